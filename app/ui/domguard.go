package ui

import (
	"sync"

	"github.com/maxence-charriere/go-app/v10/pkg/app"
)

// domGuard keeps the document as the program rendered it. Page translators and other
// extensions replace text nodes by elements of their own: go-app would then write into
// nodes that nobody sees, or fail to remove one that is no longer there. Before each
// rendering the guard undoes what others changed.
//
// It does not undo changes at once: a translator that ignores translate="no" would then
// translate again, without end.
type domGuard struct {
	root     app.Value
	observer app.Value // a MutationObserver (DOM §4.3); nil before start and after stop
	callback app.Func

	mu      sync.Mutex
	changes []app.Value // MutationRecords, oldest first
}

// maxForeign is how many foreign changes are recorded before they force a rendering.
const maxForeign = 10_000

// start guards the document below root. It calls crowded, outside of the UI goroutine,
// when more than maxForeign changes are recorded.
func (g *domGuard) start(root app.Value, crowded func()) {
	g.root = root
	g.callback = app.FuncOf(func(_ app.Value, args []app.Value) any {
		if g.record(args[0]) > maxForeign {
			crowded()
		}
		return nil
	})
	g.observer = app.Window().Get("MutationObserver").New(g.callback)
	g.observe()
}

// stop ends the guarding.
func (g *domGuard) stop() {
	if g.observer != nil {
		g.observer.Call("disconnect")
		g.callback.Release()
		g.observer = nil
	}
}

// observe starts to record the changes of others.
func (g *domGuard) observe() {
	if g.observer != nil {
		g.observer.Call("observe", g.root, map[string]any{
			"subtree": true, "childList": true, "characterData": true, "characterDataOldValue": true,
		})
	}
}

// record keeps the records and returns how many there are now.
func (g *domGuard) record(records app.Value) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range records.Length() {
		g.changes = append(g.changes, records.Index(i))
	}
	return len(g.changes)
}

// undoAll undoes the recorded changes, latest first, and stops recording, so that the
// program may change the document.
func (g *domGuard) undoAll() {
	if g.observer == nil {
		return
	}
	g.record(g.observer.Call("takeRecords"))
	g.observer.Call("disconnect")
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := len(g.changes) - 1; i >= 0; i-- {
		undoChange(g.changes[i])
	}
	g.changes = nil
}

// undoChange undoes one change, given that all later ones are undone. What can't be
// undone was inside a foreign element.
func undoChange(record app.Value) {
	defer ignorePanic()
	target := record.Get("target")
	if record.Get("type").String() == "characterData" {
		target.Set("data", record.Get("oldValue"))
		return
	}
	added, removed := record.Get("addedNodes"), record.Get("removedNodes")
	for i := range added.Length() {
		if node := added.Index(i); target.Equal(node.Get("parentNode")) {
			target.Call("removeChild", node)
		}
	}
	next := record.Get("nextSibling")
	for i := range removed.Length() {
		target.Call("insertBefore", removed.Index(i), next)
	}
}

// pageBox returns the element around everything that the program renders. It opts out of
// translation: its texts are in the reader's language already, and names must not be
// translated.
func pageBox() app.HTMLElem {
	return app.Elem("div").Class("page", "notranslate").Attr("translate", "no")
}
