//go:build !js

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"rollcall/app/e2e/engines"
)

// told waits until the line over the list says something, without the marks that isolate names.
func (v *visitor) told(line string) {
	v.t.Helper()
	v.holds("it is told: "+line, `(line) => (document.querySelector("#announcement p")?.textContent ?? "").replace(/[\u2068\u2069\u00a0]/g, "") === line`, line)
}

// offers waits until the page offers what somebody may do with the room; "" is nothing.
func (v *visitor) offers(text string) {
	v.t.Helper()
	v.holds("it offers: "+text, `(text) => { const b = document.querySelector("#host"); return b.hidden ? text === "" : b.textContent === text }`, text)
}

// openCard opens the card of somebody else.
func (v *visitor) openCard(c card) {
	v.t.Helper()
	v.holds("nothing lies over the page", `() => !document.querySelector("dialog[open]")`)
	v.click(`#people > li[data-member="` + c.ID + `"] > button`)
	v.holds("the card is open", `() => !!document.querySelector("#panel")?.matches(":modal")`)
}

// Three people in a room that nobody hosts: one claims it, and is a host after a reload; makes
// another one a host, who removes the third; locks the room, which keeps the third out until it
// is open again. Whoever is no host sees no tool, and each act is shown to all.
func hostsKeepARoom(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann, bea, cem := visit(t, b, s, "ann"), visit(t, b, s, "bea"), visit(t, b, s, "cem")
	var cards []card
	for name, v := range map[string]*visitor{"Ann": ann, "Bea": bea, "Cem": cem} {
		v.expect(connectionErrors...) // when it is removed, or loads again
		v.goTo("/r/class")
		v.offers("")
		c := v.join(name)
		cards = append(cards, c)
	}
	byName := map[string]card{}
	for _, c := range cards {
		byName[c.Name] = c
	}
	all := []*visitor{ann, bea, cem}
	for _, v := range all { // whoever came first
		v.sees(cards...)
		v.offers("Host this room")
	}
	ann.click("#host")
	for _, v := range all {
		v.told("Ann hosts this room now.")
	}
	ann.offers("Room")
	ann.reload()
	ann.inRoom()
	ann.offers("Room")
	for _, v := range []*visitor{bea, cem} {
		v.offers("")
	}
	bea.openCard(byName["Cem"])
	bea.holds("no guest has tools", `() => !document.querySelector("#remove, #ban, #make-host")`)
	bea.press("\x1b")
	ann.openCard(byName["Bea"])
	ann.click("#make-host")
	bea.told("Ann made Bea a host.")
	bea.offers("Room")

	bea.openCard(byName["Cem"])
	bea.click("#remove")
	cem.asked()
	ann.told("Bea removed Cem.")
	ann.sees(byName["Ann"], byName["Bea"])

	ann.holds("nothing lies over the page", `() => !document.querySelector("dialog[open]")`)
	ann.click("#host")
	ann.click("#lock")
	cem.holds("the room is locked", `() => !!document.querySelector("#locked")`)
	bea.told("Ann locked the room.")
	bea.click("#host")
	bea.holds("the panel is open, with the focus in it", `() => document.querySelector("#panel").contains(document.activeElement)`)
	bea.click("#unlock")
	ann.told("Bea unlocked the room.")
	cem.holds("it is open", `() => !document.querySelector("#locked")`)
	cem.join("Cem")
	cem.offers("")

	bea.holds("nothing lies over the page", `() => !document.querySelector("dialog[open]")`)
	bea.click("#host")
	bea.click("#give-up")
	ann.told("Bea no longer hosts this room.")
	bea.offers("")
	ann.openCard(byName["Cem"])
	ann.click("#ban")
	cem.holds("it is banned", `() => document.querySelector("#problem").dataset.problem === "banned"`)
	bea.told("Ann removed Cem for 24 hours.")
}

// A host gives a room a title and a topic with the keyboard, which somebody else sees at once. A
// text that nobody could see is refused where it was typed.
func hostsNameARoom(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann, bea := visit(t, b, s, "ann"), visit(t, b, s, "bea")
	for name, v := range map[string]*visitor{"Ann": ann, "Bea": bea} {
		v.goTo("/r/class")
		v.join(name)
	}
	ann.offers("Host this room")
	ann.click("#host")
	ann.offers("Room")
	ann.click("#host")
	ann.holds("the fields are empty", `() => document.querySelector("#title-field")?.value === "" && document.querySelector("#topic-field").value === ""`)
	ann.fits("#panel")
	ann.enter("#topic-field", "fire drill at ten")
	ann.enter("#title-field", "\u202e")
	ann.press(engines.Enter)
	ann.holds("the title is refused below its field, which has the focus", `() => document.activeElement.id === "title-field" && document.activeElement.ariaInvalid === "true"
		&& document.querySelector("#title-error").textContent !== "" && document.querySelector("#topic-error").textContent === ""`)
	ann.enter("#title-field", "Class 4b")
	ann.holds("the error is gone", `() => document.querySelector("#title-error").textContent === ""`)
	ann.press(engines.Enter)
	ann.holds("the panel is closed", `() => !document.querySelector("dialog[open]")`)
	bea.told("Ann changed the topic.")
	for _, v := range []*visitor{ann, bea} {
		v.holds("it has title and topic", `() => document.querySelector("h1").textContent.includes("Class 4b") && document.body.textContent.includes("fire drill at ten")`)
	}
	ann.click("#host")
	ann.holds("the fields have them", `() => document.querySelector("#title-field")?.value === "Class 4b" && document.querySelector("#topic-field").value === "fire drill at ten"`)
}

// problemSays waits until the form says what keeps somebody out.
func (v *visitor) problemSays(text string) {
	v.t.Helper()
	v.holds("it says: "+text, `(text) => document.querySelector("#problem p")?.textContent === text`, text)
}

// knocks has somebody knock with a name.
func (v *visitor) knocks(name string) {
	v.t.Helper()
	v.problemSays("The room is locked. Knock, and a host can let you in.")
	v.enter("#name-field", name)
	v.press(engines.Enter)
	v.problemSays("You knocked. A host can let you in.")
	v.holds("the focus is on what stops it", `() => document.activeElement.id === "stop-knocking"`)
}

// hears waits until the page shows a host who knocks.
func (v *visitor) hears(names ...string) {
	v.t.Helper()
	v.holds(fmt.Sprintf("%q knock", names), `(names) => [...document.querySelectorAll("#knocks span")].map((s) => s.textContent.replace(/[\u2068\u2069]/g, "")).join() === names`,
		strings.Join(names, " knocks.,")+strings.Repeat(" knocks.", min(1, len(names))))
}

// Three people at a locked room: one knocks, takes it back, knocks again and is let in by the
// host; another one, who left, is refused, and can join when the room is open. Whoever
// is no host sees nothing of it but who was let in.
func peopleKnock(t *testing.T, b engines.Browser) {
	s := startServer(t)
	ann, bea, cem := visit(t, b, s, "ann"), visit(t, b, s, "bea"), visit(t, b, s, "cem")
	ann.goTo("/r/class")
	annCard := ann.join("Ann")
	bea.goTo("/r/class")
	beaCard := bea.join("Bea")
	ann.offers("Host this room")
	ann.click("#host")
	ann.offers("Room")
	ann.click("#host")
	ann.click("#lock")
	bea.told("Ann locked the room.")

	cem.goTo("/r/class")
	cem.asked()
	cem.holds("the button says so", `() => document.querySelector("#name-form [type=submit]").textContent === "Knock"`)
	cem.knocks("Cem")
	ann.hears("Cem")
	ann.holds("it is read out", `() => document.querySelector("#news").textContent.includes("knocks.")`)
	cem.click("#stop-knocking")
	ann.hears()
	cem.knocks("Cem")
	ann.hears("Cem")
	bea.holds("no guest hears it", `() => !document.querySelector("#knocks")`)
	ann.click("#knocks .let-in")
	cemCard := cem.inRoom()
	for _, v := range []*visitor{ann, bea} {
		v.told("Ann let Cem in.")
		v.sees(annCard, beaCard, cemCard)
	}
	ann.holds("the focus is on the heading", `() => !document.querySelector("#knocks") && document.activeElement === document.querySelector("h1")`)

	bea.click("#leave")
	ann.sees(annCard, cemCard)
	bea.knocks("Bea")
	ann.hears("Bea")
	ann.click("#knocks .not-now")
	bea.problemSays("Not now. You can knock again in a minute.")
	ann.hears()
	ann.click("#host")
	ann.click("#unlock")
	bea.holds("the form joins at once", `() => {
		const button = document.querySelector("#name-form [type=submit]");
		return button.textContent === "Join" && !button.disabled;
	}`)
	bea.join("Bea")
	ann.hears()
}
