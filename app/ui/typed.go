package ui

import (
	"encoding/json"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// typedItem holds the content of the page's fields during a reload for a new version.
const typedItem = "rollcall.typed"

const fields = "input[id], textarea[id]"

// saveTyped saves what is typed, for restoreTyped on the tab's next page.
func saveTyped() {
	typed := map[string]string{}
	eachField(func(id string, field app.Value) {
		if text := field.Get("value").String(); text != "" {
			typed[id] = text
		}
	})
	if text, err := json.Marshal(typed); err == nil {
		tab.set(typedItem, string(text))
	}
}

// restoreTyped fills the fields again, once, with the events of input.
func (p *Page) restoreTyped() {
	var typed map[string]string
	text := tab.get(typedItem)
	if text == "" || json.Unmarshal([]byte(text), &typed) != nil {
		return
	}
	tab.del(typedItem)
	eachField(func(id string, field app.Value) {
		if text := typed[id]; text != "" && field.Get("value").String() != text {
			field.Set("value", text)
			event := app.Window().Get("Event").New("input", map[string]any{"bubbles": true})
			field.Call("dispatchEvent", event)
		}
	})
}

func eachField(do func(id string, field app.Value)) {
	all := document().Call("querySelectorAll", fields)
	for i := range all.Length() {
		field := all.Index(i)
		do(field.Get("id").String(), field)
	}
}
