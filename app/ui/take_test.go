//go:build !js

package ui

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
)

// pageOf returns a page that lists the users.
func pageOf(t *testing.T, users ...shared.User) *Page {
	t.Helper()
	p := &Page{room: "standup"}
	if err := p.memberList.apply(shared.ExistingUsers{Room: "standup", Epoch: "e", Rev: 1, Users: users}); err != nil {
		t.Fatal(err)
	}
	return p
}

// The list as CSV has everybody, also those that a search hides, and no cell that a
// spreadsheet would calculate.
func TestListAsCSV(t *testing.T) {
	names := []string{"=1+1", "+1", "-1", "@A1", `say "hi", Bob`, "Ünal", "a=b"}
	want := []string{"'=1+1", "'+1", "'-1", "'@A1", `say "hi", Bob`, "Ünal", "a=b"}
	users := members(len(names))
	for i := range users {
		users[i].Name = names[i]
	}
	users[0].Note, users[1].Status = "=cmd()", shared.StatusAway
	p := pageOf(t, users...)
	p.setQuery("nobody")
	rows, err := csv.NewReader(strings.NewReader(p.listCSV())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows[1:] {
		got = append(got, row[0])
	}
	if !slices.Equal(rows[0], []string{"name", "status", "joined_at", "note"}) || !slices.Equal(got, want) {
		t.Errorf("the rows are %q", rows)
	}
	if first := rows[1]; first[1] != "active" || first[2] != "1970-01-01T00:00:00Z" || first[3] != "'=cmd()" || rows[2][1] != "away" {
		t.Errorf("the first rows are %q", rows[1:3])
	}
}

// Cells that begin with a tab or a line end are escaped, too; a name can't have one.
func TestCSVCell(t *testing.T) {
	for text, want := range map[string]string{"": `""`, "\tx": "\"'\tx\"", "\rx": "\"'\rx\"", "x": `"x"`, `"`: `""""`} {
		if got := csvCell(text); got != want {
			t.Errorf("the cell of %q is %q, want %q", text, got, want)
		}
	}
}

// The list as text has everybody, with tags, times and notes.
func TestListAsText(t *testing.T) {
	users := members(3)
	users[1].Name, users[2].Name = "Kim", "Kim"
	users[2].ID, users[2].Note, users[2].Status = "K7", "in Taipei", shared.StatusIdle
	p := pageOf(t, users...)
	at := func(u shared.User) string { return timeOfDay(time.UnixMilli(u.JoinedAt)) }
	want := "standup · 3 people are here · 2026-03-04 15:20\n\n" +
		"Person 0 · active · here since " + at(users[0]) + "\n" +
		"Kim (u1) · active · here since " + at(users[1]) + "\n" +
		"Kim (K7) · idle · here since " + at(users[2]) + " · in Taipei\n"
	if got := p.listText(time.Date(2026, 3, 4, 15, 20, 0, 0, time.UTC)); got != want {
		t.Errorf("the list is\n%s\nwant\n%s", got, want)
	}
}
