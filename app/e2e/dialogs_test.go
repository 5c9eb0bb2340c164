//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"

	"rollcall/app/e2e/engines"
)

// Each dialog is opened, used and closed, with the mouse and with the keyboard.

// joinAlone opens the page at path and joins.
func joinAlone(t *testing.T, b engines.Browser, s *server, path string) *visitor {
	t.Helper()
	v := visit(t, b, s, "ann")
	v.goTo(path)
	v.join("Ann")
	return v
}

// A name that can't be shown is refused next to the field, and the form stays.
func nameDialog(t *testing.T, b engines.Browser) {
	s := startServer(t)
	v := visit(t, b, s, "ann")
	v.goTo("/")
	v.asked()
	v.holds("the form is on the screen", `() => {
		const box = document.querySelector("#name-form").getBoundingClientRect();
		return box.left >= 0 && box.right <= innerWidth && box.bottom <= innerHeight;
	}`)
	v.press(engines.Escape)
	v.click(":is(#name-form, #card-form) [type=submit]")
	v.holds("a name is wanted", `() => document.querySelector("#name-error").textContent !== ""`)
	v.enter("#name-field", "Ann")
	v.press(engines.Enter)
	card := v.inRoom()
	v.sees(card)
	v.click("#leave")
	if name := v.asked(); name != "Ann" {
		t.Errorf("after leaving the name %q is offered", name)
	}
}

// The own card opens where it is, and others see the changes.
func editDialog(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann, bob := joinAlone(t, b, s, "/"), visit(t, b, s, "bob")
	bob.goTo("/")
	bob.join("Bob")
	own := ann.inRoom()
	closed := `() => !document.querySelector("#name-dialog").open`
	ann.click("#rename")
	ann.asked()
	ann.fits("#name-dialog")
	ann.press(engines.Escape)
	ann.holds("Escape closes it", closed)
	ann.click("#people > [aria-current]")
	ann.asked()
	ann.enter("#note-field", "until noon")
	ann.enter("#name-field", "Anna")
	if _, err := evalIn[any](ann, `() => { document.querySelector("#status-field").value = "away" }`); err != nil { // the list of options belongs to the system
		t.Fatal(err)
	}
	ann.click(":is(#name-form, #card-form) [type=submit]")
	ann.holds("it closes when it is used", closed)
	bob.holds("the others see it", `(id) => {
		const card = document.querySelector("[data-member='" + id + "']");
		return card.querySelector(".name").textContent === "Anna" && card.dataset.status === "away" && card.textContent.includes("until noon");
	}`, own.ID)
}

// The invitation has the address, to copy and as a QR code.
func inviteDialog(t *testing.T, b engines.Browser) {
	s := startServer(t)
	v := joinAlone(t, b, s, "/r/standup")
	v.click("#invite")
	v.holds("the address is there, and as a picture", `() =>
		document.querySelector("#room-address").value === location.href &&
		document.querySelector("#panel .qr svg path").getAttribute("d").length > 1000`)
	v.fits("#panel")
	v.click("#copy")
	v.holds("it is copied, and said", `() => document.querySelector("#panel [role=status]").textContent === "Copied"`)
	v.press(engines.Escape)
	v.holds("Escape closes it, and the focus is back", panelIsClosed, "invite")
	v.click("#invite")
	v.click("#panel .actions button:last-child")
	v.holds("its button closes it", panelIsClosed, "invite")
}

// The rooms panel opens another room by any title, which then heads it, or by its address.
func roomsDialog(t *testing.T, b engines.Browser) {
	s := startServer(t)
	v := joinAlone(t, b, s, "/")
	v.click("#rooms")
	v.fits("#panel")
	v.press(engines.Escape)
	v.holds("Escape closes it, and the focus is back", panelIsClosed, "rooms")
	v.click("#rooms")
	v.enter("#room-field", " ")
	v.press(engines.Enter)
	v.holds("a room has a name", `() => document.querySelector("#room-error").textContent.startsWith("Type a name")`)
	for _, c := range []struct{ title, room, heading string }{
		{"standup", "standup", "standup"},
		{"Team Frühstück!", "team-frühstück", "Team Frühstück!"},
		{"研发 周会", "研发-周会", "研发 周会"},
		{"غرفة الاجتماع", "غرفة-الاجتماع", "غرفة الاجتماع"},
		{s.url("/r/standup") + "?x", "standup", "standup"},
	} {
		if c.room != "standup" || c.title != "standup" { // for the first the panel is open
			v.click("#rooms")
		}
		v.enter("#room-field", c.title)
		v.press(engines.Enter)
		v.holds(c.title+" opens "+c.room, `(room, heading) => decodeURI(location.pathname) === "/r/" + room && document.querySelector("h1")?.textContent === heading`, c.room, c.heading)
		if name := v.asked(); name != "Ann" {
			t.Errorf("there the name %q is offered", name)
		}
		v.join("Ann")
	}
	v.click("#rooms")
	v.holds("the names of rooms that were visited", `() =>
		[...document.querySelectorAll(".recent a")].map((a) => a.textContent).join() === "غرفة-الاجتماع,研发-周会,team-frühstück,lobby"`)
	v.click(".recent li:nth-child(2) a")
	v.holds("it is open again", `() => decodeURI(location.pathname) === "/r/研发-周会"`)
	v.asked()
	v.join("Ann")
	v.click("#invite")
	v.holds("its address is there to read", `() => document.querySelector("#room-address").value === location.origin + "/r/研发-周会"`)
}

const panelIsClosed = `(opener) => !document.querySelector("#panel") && document.activeElement.id === opener`

// fits checks that an open dialog is on the screen, and that its content takes no more
// space than it needs: where an engine stretches the box, the heading shows it.
func (v *visitor) fits(selector string) {
	v.t.Helper()
	v.holds(selector+" fits", `(selector) => {
		const dialog = document.querySelector(selector), heading = dialog.querySelector("h2"), text = document.createRange();
		text.selectNodeContents(heading);
		const box = dialog.getBoundingClientRect();
		return dialog.open && box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight &&
			heading.getBoundingClientRect().height < 1.5 * text.getBoundingClientRect().height;
	}`, selector)
}

// Every dialog can be used in a window of 320 × 256, as with letters of four times the size:
// nothing is wider than the window, and each control can be scrolled to where nothing covers it.
func TestDialogsInASmallWindow(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Tomasz Kowalczyk-Wiśniewski")
	tb := sit(t, s, 0, "small")
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 320, Height: 256, DeviceScaleFactor: 1})
	tb.setLanguage("de") // the longest words
	tb.goTo("/")
	tb.asked()
	usable := func(what, selector string) {
		t.Helper()
		problems := eval[[]string](tb, `async (selector) => {
			const place = document.querySelector(selector), problems = [];
			if (document.documentElement.scrollWidth > 320 || place.scrollWidth > place.clientWidth) problems.push("too wide");
			const controls = [...place.querySelectorAll("a, button, input, select")].filter((e) => e.checkVisibility({visibilityProperty: true}));
			if (!controls.length) problems.push("nothing to use");
			for (const e of controls) {
				e.scrollIntoView({block: "nearest"});
				await new Promise(requestAnimationFrame);
				const box = e.getBoundingClientRect(), at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
				if (box.top < -1 || box.bottom > 257 || !e.contains(at)) problems.push((e.id || e.textContent || e.type) + " is covered: " + [box.top, box.bottom, at?.id || at?.className]);
			}
			return problems;
		}`, selector)
		for _, problem := range problems {
			t.Errorf("%s: %s", what, problem)
		}
	}
	usable("the form for the name", "#name-form")
	tb.join("Ann")
	for _, c := range []struct{ what, opener string }{
		{"editor", "#rename"}, {"invitation", "#invite"}, {"rooms", "#rooms"}, {"person", "#people > li:not([aria-current]) .card"},
	} {
		tb.click(c.opener)
		tb.holds("a dialog is open", `() => !!document.querySelector("dialog:modal")`)
		usable(c.what, "dialog:modal")
		tb.press("\x1b")
		tb.holds("it is closed", `() => !document.querySelector("dialog:modal")`)
	}
	tb.click("#menu")
	tb.click("#take")
	tb.holds("a dialog is open", `() => !!document.querySelector("dialog:modal")`)
	usable("list to take along", "dialog:modal")
}

// An empty field in a page that is written from right to left begins at the right, and what is
// typed has its own direction.
func TestEmptyFieldsRunLikeThePage(t *testing.T) {
	t.Parallel()
	tb := sit(t, startServer(t), 0, "reader")
	tb.setLanguage("ar")
	release := tb.pauseProgram()
	tb.goTo("/")
	runs := func(selector, direction string) {
		t.Helper()
		tb.holds(selector+" runs "+direction, `(selector, direction) => getComputedStyle(document.querySelector(selector)).direction === direction`, selector, direction)
	}
	runs("#name-field", "rtl")
	release()
	tb.asked()
	runs("#name-field", "rtl")
	tb.click("#name-field")
	tb.enter("Ann")
	runs("#name-field", "ltr")
	tb.enter("ليلى")
	runs("#name-field", "rtl")
	tb.join("Ann")
	tb.click("#rooms")
	runs("#room-field", "rtl")
	tb.press("\x1b")
	tb.click("#rename")
	tb.asked()
	runs("#note-field", "rtl")
	tb.goTo("/open")
	runs("#room-field", "rtl")
}
