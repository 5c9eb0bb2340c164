package ui

import (
	"cmp"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
)

// Page is the page of a room. Which room it is, the address says.
//
// go-app does not adopt the elements that the server sent, but puts its own in their
// place. So OnInit reads what is in them while they are still there, and OnMount, which
// runs before the browser paints again, puts it back.
type Page struct {
	app.Compo

	ctx app.Context // of the mounted page; unlike that of an element it stays valid

	room         string // "" if the address has none
	key          string // the user's secret
	token        string // lets the user in where the server requires one
	tokenExpired bool   // the token has expired since
	name         string
	you          string // the user's member id while in the room

	seen *shared.ExistingUsers // what the next client begins with: the roster in the server's page, or that of the last client
	memberList
	diverged  bool // the list shows something else than the client's roster
	total     int  // number of members, also of those who are not in the roster; -1 if unknown
	watchers  shared.Watchers
	announcer announcer
	knocks    []shared.Knocker    // who waits to be let in, for a host
	announced shared.Announcement // the latest; zero if there is none, or it was dismissed
	arrived   moves               // who arrived a moment ago
	left      moves               // who left within the last minutes

	ended    shared.Error // kicked or banned, with by whose word and why; zero unless that is why the user is out
	undo     *savedRoom   // what the user may still come back to after leaving; nil if that is not offered
	leaving  bool         // the room does not know yet that the user leaves
	knock    knock
	since    int64  // when the user came, also if the page was reloaded since; 0 if it has not joined
	nextName string // joins after that; "" if the user stays out

	client         *client.Client // a member of the room if conn.joined, otherwise a watcher; nil if the page has none
	refused        bool           // the server does not let this page watch
	connect        connector
	conn           connection
	ticking        bool // the countdown to the next attempt is running
	activity       activity
	chosenStatus   shared.Status // "" for the automatic status
	reportedStatus shared.Status // what the room was last told
	statusDue      time.Time     // when updateStatus runs again; zero if it does not

	attendance string // says that it is taken, before one joins; "" if it is not
	missing    missing
	about      about

	dialog       dialog
	early        bool // the name was submitted before the program ran
	panel        panel
	title        string // of the tab, as it was last written
	panelOpening bool   // the panel was asked for and is not open yet
	person       row    // whom the panel is about
	update       bool   // a new version is ready and was not put off

	saveScheduled bool // saveRoom is going to run
	noteWaits     bool // the room has not shown the user's latest note yet
	server        serverStatus
	badgeCount    int // the number on the app's icon

	install       installation
	copied        bool   // something was copied from the open panel
	copyRefused   bool   // the browser has refused that
	restoredQuery string // to be put into the field of the search, once it is there

	roomProblem     string    // error below the field for a room's name
	searchable      bool      // the room has been large enough for a search
	menuOpen        bool      // where there is little space
	notify          bool      // arrivals are notified while the page is hidden
	permission      string    // of the browser for that; see the function
	notifyNewsUntil time.Time // until then the page says how that stands; zero if it does not

	layout          layout
	pendingScroll   float64 // CSS pixels to scroll by after the rendering
	window          window
	printing        bool // all cards are in the document, to be printed
	motion          motion
	cardOrder       cardOrder
	domGuard        domGuard
	removeListeners []func() // removes the event listeners
}

// OnInit reads the page that the server sent.
func (p *Page) OnInit() {
	setLanguage()
	p.total = -1
	p.layout = measure() // of the server's cards, where ours will be
	p.activity.lastInput, p.activity.awayAfter = time.Now(), awayAfter()
	p.attendance = attendance()
	if hidden() { // opened in the background: nobody has looked at it
		p.activity.hiddenSince = p.activity.lastInput.Add(-p.activity.awayAfter)
	}
	p.room = roomAt(app.Window().URL().Path)
	p.key = personKey()
	p.token = tokenFromURL()
	p.name = cmp.Or(tokenName(p.token), local.get(nameItem))
	p.conn.offline = !online()
	p.readNotify()
	p.readOrder()
	p.checkInstall()
	if p.room == "" {
		return
	}
	if seen, count := embeddedRoster(); seen != nil && seen.Room == p.room {
		p.applyServerPage(seen, count)
	} else {
		p.showSaved()
	}
	if chosen := shared.Status(tab.get(statusItem)); chosen.Valid() {
		p.chosenStatus = chosen
	}
	p.dialog = dialog{kind: dialogJoin, draft: readDraft()}
	if d := &p.dialog.draft; d.text == "" {
		*d = draft{text: p.name, end: 2 * shared.MaxNameRunes, focus: d.focus}
	}
	p.early = submittedEarly()
	if tab.get(joinedItem) == p.room && nameProblem(p.name) == "" && !p.needsToken() {
		p.dialog = dialog{}
	}
}

// applyServerPage shows the roster of the server's page, which of a large room has the
// first few members.
func (p *Page) applyServerPage(seen *shared.ExistingUsers, count int) {
	first := *seen
	first.More = false
	if p.memberList.apply(first) == nil {
		p.seen, p.total = seen, count
		p.conn.heardAt, p.conn.lostAt = time.Now(), time.Time{}
	}
}

// OnMount restores what go-app has replaced, before anybody sees it missing. It prevents
// a second rendering where that would change nothing, since that takes half as long as
// the first.
func (p *Page) OnMount(ctx app.Context) {
	p.ctx = ctx
	p.domGuard.start(p.JSValue(), p.onUI(func() {}))
	p.addListeners()
	p.scheduleMidnight()
	if p.room == "" {
		ctx.PreventUpdate()
		return
	}
	joins, chooses := p.dialog.kind == dialogNone, app.Window().URL().Fragment == roomsFragment
	if joins {
		p.since = readSince()
		p.join(p.name)
	} else {
		p.watch()
	}
	if p.total < 0 || p.conn.stale(time.Now()) {
		p.poll()
	} else {
		p.schedulePoll()
	}
	padList(p.window)
	if field := byID("name-field"); field.Truthy() && field.Get("value").String() != p.dialog.draft.text {
		p.dialog.opened = true // somebody types already
	}
	p.dialog.syncElement()
	if p.order != "" {
		byID("sort").Set("value", string(p.order))
	}
	document().Get("documentElement").Call("removeAttribute", "data-joined") // start.js has hidden the form
	if p.early && !joins {
		p.submitName(p.dialog.draft.text)
	}
	if chooses {
		p.open(panelRooms)
	}
	if p.layout.guessed {
		p.layout = measure()
	}
	if !joins && !chooses && !p.early && p.windowFor(p.layout) == p.window {
		ctx.PreventUpdate()
	}
	p.restoreTyped()
}

// scheduleMidnight renders the page when the day changes: times of yesterday are then
// shown with their date.
func (p *Page) scheduleMidnight() {
	now := time.Now()
	p.ctx.After(midnight(now, 1).Sub(now), func(app.Context) { p.scheduleMidnight() })
}

// OnNav switches rooms when the address changes.
func (p *Page) OnNav(ctx app.Context) {
	if room := roomAt(app.Window().URL().Path); room != p.room {
		p.switchRoom(room)
		return
	}
	ctx.PreventUpdate()
}

// OnDismount releases what the browser holds for this page.
func (p *Page) OnDismount() {
	for _, release := range p.removeListeners {
		release()
	}
	p.removeListeners = nil
	p.domGuard.stop()
	p.closeClient()
}

// mounted reports whether the page is in the document.
func (p *Page) mounted() bool { return p.removeListeners != nil }

// OnResize lays the list out anew.
func (p *Page) OnResize(app.Context) { p.relayout() }

func (p *Page) Render() app.UI {
	if p.domGuard.observer != nil {
		p.domGuard.undoAll()
		p.ctx.Defer(func(app.Context) { p.domGuard.observe() })
	}
	switch {
	case p.room == "":
		return notFoundPage()
	case p.needsToken():
		return p.signIn()
	}
	now := time.Now()
	p.retitle(now)
	p.window = p.windowFor(p.layout)
	return pageBox().Body(
		p.header(now),
		p.problemBox(now, false),
		app.Elem("div").Body(app.If(p.dialog.kind == dialogJoin, func() app.UI { return p.entry(now) })), // always there, or go-app would make the list anew
		app.Elem("main").Body(
			p.toolbar(),
			p.list(now),
			p.belowList(now),
			app.If(p.printing, func() app.UI { return label("p", "printed", dateAndTime(now)) }),
			app.If(len(p.left) > 0, p.recentlyLeft),
			p.installOffer(),
		),
		app.Elem("p").Class("sr").ID("news").Role("status").Text(p.announcer.text),
		p.dialogBox(),
		app.If(p.panel != panelNone, func() app.UI { return p.panelBox(now) }),
		app.If(p.update && p.dialog.kind != dialogEdit, p.updateNotice), // behind the dialog nobody could reach it
	)
}

// switchRoom leaves the room for another one, or for none ("").
func (p *Page) switchRoom(room string) {
	p.closeClient()
	p.forgetJoin()
	p.room, p.you, p.undo, p.nextName, p.ended = room, "", nil, "", shared.Error{}
	p.seen, p.memberList, p.total, p.searchable, p.refused = nil, memberList{order: p.order}, -1, false, false
	p.arrived, p.left = nil, nil
	p.announcer, p.announced, p.conn = announcer{}, shared.Announcement{}, connection{offline: !online()}
	p.missing.Missing = shared.Missing{}
	p.panel, p.server = panelNone, p.server.reset()
	if room == "" {
		return
	}
	p.showSaved()
	p.badge()
	p.setDialog(dialog{kind: dialogJoin, draft: draftOf(p.name)})
	p.watch()
	p.poll()
}
