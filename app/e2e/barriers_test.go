//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// barriers returns what makes the page inaccessible in its present state, as far as the
// browser itself can tell.
func (tb *tab) barriers() []string {
	tb.t.Helper()
	return slices.Concat(tb.unnamed(), tb.smallTargets(), tb.structure())
}

// operableRoles are the roles that need a name.
var operableRoles = []string{"button", "checkbox", "combobox", "dialog", "image", "link", "list", "listbox", "menu",
	"menuitem", "menuitemradio", "option", "radio", "searchbox", "slider", "switch", "textbox"}

// unnamed returns the elements that a screen reader finds without a name.
func (tb *tab) unnamed() (problems []string) {
	tb.t.Helper()
	call(tb, accessibility.Enable, cdp.Empty{})
	defer call(tb, accessibility.Disable, cdp.Empty{})
	seen := 0
	for _, node := range call(tb, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		role := axText(node.Role)
		if node.Ignored || !slices.Contains(operableRoles, role) {
			continue
		}
		seen++
		if strings.TrimSpace(axText(node.Name)) == "" {
			problems = append(problems, fmt.Sprintf("a %s has no name (%s)", role, node.NodeID))
		}
	}
	if seen == 0 {
		problems = append(problems, "a screen reader finds nothing to use")
	}
	return problems
}

func axText(v *accessibility.Value) (text string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &text) // a value that is no string names nothing
	}
	return text
}

// smallTargets returns the targets of less than 44 CSS pixels in either direction (WCAG
// 2.5.5). The area that reacts may be larger than what is drawn. Links within a sentence
// are exempt.
func (tb *tab) smallTargets() []string {
	tb.t.Helper()
	return eval[[]string](tb, `() => {
		const small = [], reach = 21.5;
		for (const e of document.querySelectorAll("button, input, select, textarea, summary, [role=button], a.button")) {
			const box = e.getBoundingClientRect();
			const x = box.x + box.width / 2, y = box.y + box.height / 2;
			const caught = (dx, dy) => { const top = document.elementFromPoint(x + dx, y + dy); return top && (e === top || e.contains(top)); };
			if (!e.checkVisibility({visibilityProperty: true}) || !caught(0, 0) || Math.min(box.width, box.height) > 2 * reach) continue;
			if (![[reach, 0], [-reach, 0], [0, reach], [0, -reach]].every(([dx, dy]) => caught(dx, dy)))
				small.push("a target is too small: " + e.outerHTML.slice(0, 120));
		}
		return small;
	}`)
}

// structure returns flaws of the document as a whole.
func (tb *tab) structure() []string {
	tb.t.Helper()
	return eval[[]string](tb, `() => {
		const wrong = [];
		const must = (ok, what) => ok || wrong.push(what);
		const root = document.documentElement;
		must(/^[a-z]{2}/.test(root.lang), "the language is " + JSON.stringify(root.lang));
		must(["ltr", "rtl"].includes(root.dir), "the direction is " + JSON.stringify(root.dir));
		must(document.title.trim() !== "", "there is no title");
		must(document.querySelectorAll("h1").length === 1, "there is not one h1");
		must(document.querySelectorAll("main").length === 1, "there is not one main");
		must(root.scrollWidth <= innerWidth, "it is wider than its window");
		const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
		must(new Set(ids).size === ids.length, "two elements have one id");
		return wrong;
	}`)
}

// Each of these barriers is found when it is planted in a page without any.
func TestBarriersAreNoticed(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "victim")
	tb.goTo("/")
	tb.join("Ada")
	if found := tb.barriers(); len(found) > 0 {
		t.Fatalf("a page that nobody touched has the barriers %q", found)
	}
	for _, planted := range []struct{ script, undo, seen string }{
		// In a button of its own: the program repairs its own texts when it next
		// renders.
		{`document.body.append(Object.assign(document.createElement("button"), {id: "nameless"}))`, `document.querySelector("#nameless").remove()`, "a button has no name"},
		{`document.querySelector("#people").removeAttribute("aria-label")`, `document.querySelector("#people").ariaLabel = "People"`, "a list has no name"},
		{`document.styleSheets[0].insertRule("#leave { block-size: 30px; min-block-size: 0 }", document.styleSheets[0].cssRules.length)`,
			`document.styleSheets[0].deleteRule(document.styleSheets[0].cssRules.length - 1)`, "a target is too small"},
		{`document.documentElement.removeAttribute("lang")`, `document.documentElement.lang = "en"`, "the language is"},
		{`document.title = ""`, `document.title = "lobby"`, "there is no title"},
		{`document.querySelector("#leave").id = "rename"`, `document.querySelectorAll("#rename")[1].id = "leave"`, "two elements have one id"},
		{`document.querySelector("h1").remove()`, `document.querySelector("header").append(document.createElement("h1"))`, "there is not one h1"},
	} {
		eval[chromedp.Void](tb, "() => { "+planted.script+" }")
		if found := strings.Join(tb.barriers(), "\n"); !strings.Contains(found, planted.seen) {
			t.Errorf("after %s the barriers are %q", planted.script, found)
		}
		eval[chromedp.Void](tb, "() => { "+planted.undo+" }")
		if found := tb.barriers(); len(found) > 0 {
			t.Errorf("after %s the barriers are %q", planted.undo, found)
		}
	}
}
