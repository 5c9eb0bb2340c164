//go:build !js

package e2e

import (
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
