//go:build !js

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// A large room is printed with all its members and when they came, whatever is searched, on
// as many pages as that takes, and continues as before.
func TestPrint(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	crowd(t, s, "lobby", 250)
	tb := sit(t, s, 0, "printer")
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	tb.holds("all are there", `() => document.querySelector("#count").textContent === "251"`)
	tb.holds("a part is in the document", `() => document.querySelectorAll("#people > li").length < 200`)
	tb.click("#search")
	tb.enter("Ann")
	tb.holds("one is found", `() => document.querySelectorAll("#people > li").length === 1`)
	eval[any](tb, `() => addEventListener("beforeprint", () => {
		globalThis.printed = [...document.querySelectorAll("#people > li")].filter(li => /\d/.test(li.querySelector("time")?.textContent)).length;
		globalThis.dated = /\d/.test(document.querySelector(".printed")?.textContent);
	})`)
	pdf := call(tb, page.PrintToPDF, page.PrintToPDFParams{}).Data
	if printed := eval[int](tb, `() => globalThis.printed ?? 0`); printed != 251 {
		t.Errorf("%d of 251 are printed with a time", printed)
	}
	if !eval[bool](tb, `() => globalThis.dated`) {
		t.Error("the sheet has no date")
	}
	if pages := bytes.Count(pdf, []byte("/Type /Page\n")); pages < 4 {
		t.Errorf("on %d pages", pages)
	}
	if *screenshots != "" {
		if err := os.WriteFile(filepath.Join(*screenshots, "print.pdf"), pdf, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tb.holds("one is found again", `() => document.querySelectorAll("#people > li").length === 1 && !document.querySelector(".printed")`)
}

// The list of everybody is copied as text and as CSV, also in a large room. If the browser
// refuses that, the page says so and has the text in a field.
func TestTakeAlong(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	crowd(t, s, "lobby", 250)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.asked()
	tb.submitName("Ann")
	tb.holds("all are there", `() => document.querySelector("#count").textContent === "251"`)
	eval[any](tb, `() => {
		window.refuse = false;
		navigator.clipboard.writeText = async (text) => { if (refuse) throw new Error("no"); window.copied = text };
		window.print = () => { window.prints = true };
	}`)
	tb.click("#take")
	tb.holds("the panel is open", `() => document.querySelector("#panel")?.matches(":modal")`)
	tb.checkKeyboard("list to take along")
	tb.click("#copy-csv")
	tb.holds("everybody is copied, and that is said", `() => window.copied?.trim().split("\r\n").length === 252 && copied.includes('"Ann","active",') &&
		document.querySelector("#panel [role=status]").textContent === "Copied"`)
	tb.click("#copy-text")
	tb.holds("as text, too", `() => copied.startsWith("lobby · 251 people are here · ") && copied.trim().split("\n").length === 253`)
	eval[any](tb, `() => { refuse = true }`)
	tb.click("#copy-csv")
	tb.holds("it is said that the browser refuses, with the text", `() => {
		const field = document.querySelector("#taken");
		return document.querySelector("#panel [role=status]").textContent.includes("does not allow") && field.getBoundingClientRect().height > 100 &&
			field.value.includes('"Ann","active",') && document.activeElement === field;
	}`)
	tb.click("#print")
	tb.holds("it prints", `() => window.prints === true`)
}
