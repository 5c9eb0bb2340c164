package ui

import (
	"cmp"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/client"
)

// Page is the page of a room, whichever the address names.
//
// go-app does not take over the elements that the server sent: it puts its own
// in their place. So OnInit reads what is in them while they are still there,
// and OnMount, which runs before the browser paints again, puts it back.
type Page struct {
	app.Compo

	ctx app.Context // of the mounted page; unlike an element's it stays good

	room    string // "" if the address names none
	key     string // the person's secret
	pass    string // the token that lets the person in, where one is needed
	expired bool   // the token was good until now
	name    string
	you     string // the person's id while in the room

	seen *shared.ExistingUsers // what the server's page said; nil once it is history
	sheet
	total int // how many are here, who may be more than the roster holds; -1 if not known
	news  news

	client   *client.Client // nil while not in the room
	connect  connector
	link     link
	ticking  bool // the countdown to the next try runs
	activity activity
	fixed    shared.Status // the status that the person has chosen; "" for what the page sees
	reported shared.Status // what the room was last told
	wake     time.Time     // when the status is looked at again; zero if it is not

	dialog  dialog
	panel   panel
	opening bool // the panel has been asked for and is not open yet
	update  bool // a new version is ready and has not been put off

	storing bool // the sheet is about to be kept for when there is no network
	asking  bool // whether the server is there again is about to be asked
	badged  int  // the number on the icon of the installed app

	install     installation
	copied      bool   // the address, from the open panel
	roomProblem string // with the name of a room that was typed there
	searches    bool   // the room has been large enough to search
	notify      bool   // of who arrives while the page is hidden
	canNotify   bool

	layout  layout
	shift   float64 // CSS pixels that the page is to be scrolled by when it is rendered
	window  window
	motion  motion
	places  places
	release []func() // the listeners
}

// OnInit reads the page that the server sent.
func (p *Page) OnInit() {
	speak()
	p.total = -1
	p.layout = measure() // of the server's cards, where ours will be
	p.activity.touched = time.Now()
	if hidden() { // opened behind others: nobody has looked at it
		p.activity.hidden = p.activity.touched.Add(-awayAfter)
	}
	p.room = roomAt(app.Window().URL().Path)
	p.key = personKey()
	p.pass = takeToken()
	p.name = cmp.Or(nameIn(p.pass), local.get(nameItem))
	p.link.cut = !online()
	p.readNotify()
	p.checkInstall()
	if p.room == "" {
		return
	}
	if seen, count := readIsland(); seen != nil && seen.Room == p.room {
		p.begin(seen, count)
	} else {
		p.recall()
	}
	if chosen := shared.Status(tab.get(statusItem)); chosen.Valid() {
		p.fixed = chosen
	}
	p.dialog = dialog{asks: askJoin, draft: readDraft()}
	if p.dialog.draft.text == "" {
		p.dialog.draft = draftOf(p.name)
	}
	if tab.get(joinedItem) == p.room && nameProblem(p.name) == "" && !p.stranger() {
		p.dialog = dialog{}
	}
}

// begin shows what the server's page showed: of a large room the first few.
func (p *Page) begin(seen *shared.ExistingUsers, count int) {
	first := *seen
	first.More = false
	if p.sheet.apply(first) == nil {
		p.seen, p.total = seen, count
	}
}

// OnMount puts back what go-app took away, before anybody sees it gone. It has the
// page rendered again only where that says something new: a second rendering takes
// the program as long as half of the first.
func (p *Page) OnMount(ctx app.Context) {
	p.ctx = ctx
	p.listen()
	if p.room == "" {
		ctx.PreventUpdate()
		return
	}
	setTitle(p.room) // the page may have been made for any room
	p.askAgain()
	joins, chooses := p.dialog.asks == askNothing, app.Window().URL().Fragment == roomsFragment
	if joins {
		p.join(p.name)
	}
	pad(p.window)
	p.dialog.sync()
	if chooses {
		p.open(panelRooms)
	}
	if p.layout.guessed {
		p.layout = measure()
	}
	if !joins && !chooses && p.windowFor(p.layout) == p.window {
		ctx.PreventUpdate()
	}
	p.restoreTyped()
}

// OnNav follows the address to another room.
func (p *Page) OnNav(ctx app.Context) {
	if room := roomAt(app.Window().URL().Path); room != p.room {
		p.enter(room)
		return
	}
	ctx.PreventUpdate()
}

// OnDismount frees what the browser holds of this page.
func (p *Page) OnDismount() {
	for _, release := range p.release {
		release()
	}
	p.hangUp()
}

// OnResize lays the window out anew.
func (p *Page) OnResize(app.Context) { p.relayout() }

func (p *Page) Render() app.UI {
	switch {
	case p.room == "":
		return lost()
	case p.stranger():
		return p.signIn()
	}
	now := time.Now()
	p.window = p.windowFor(p.layout)
	return app.Elem("div").Class("page").Body(
		p.header(now),
		app.Elem("main").Body(
			p.bar(),
			p.list(now),
			p.more(now),
			p.installOffer(),
		),
		app.Elem("p").Class("sr").ID("news").Role("status").Text(p.news.said),
		p.dialogBox(),
		app.If(p.panel != panelNone, p.panelBox),
		app.If(p.update && p.dialog.asks == askNothing, p.updateNotice), // nobody could reach it behind the dialog
	)
}

// enter leaves the room for another, or for none.
func (p *Page) enter(room string) {
	p.hangUp()
	tab.del(joinedItem)
	p.room, p.you = room, ""
	p.seen, p.sheet, p.total, p.searches = nil, sheet{order: p.order}, -1, false
	p.news, p.link, p.panel = news{}, link{cut: !online()}, panelNone
	if room == "" {
		return
	}
	setTitle(room)
	p.recall()
	p.badge()
	p.ask(dialog{asks: askJoin, draft: draftOf(p.name)})
	p.askAgain()
}
