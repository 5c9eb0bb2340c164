package ui

import (
	"strconv"
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// Options for the end of a note, beside a number of minutes.
const (
	endNever  = "never"
	endToday  = "today"
	endAsIs   = "as-is" // the end that the note has already
	breakEnd  = "30"
	hourEnd   = "60"
	halfDayIn = "240"
)

// noteEnd returns the time that an option stands for; asIs is the end that the note has.
func noteEnd(option string, asIs, now time.Time) time.Time {
	switch option {
	case endAsIs:
		if asIs.After(now) {
			return asIs
		}
	case endToday:
		return midnight(now, 1)
	}
	if minutes, err := strconv.Atoi(option); err == nil {
		return now.Add(time.Duration(minutes) * time.Minute)
	}
	return time.Time{}
}

// endOf returns the end of a member's note; zero if it has none.
func endOf(u shared.User) time.Time {
	if u.NoteUntil == 0 {
		return time.Time{}
	}
	return time.UnixMilli(u.NoteUntil)
}

func untilText(end time.Time) string { return msgs.Until.With("time", timeOfDay(end)) }

// endChoice returns the field for the end of the note.
func (p *Page) endChoice() app.UI {
	options := []app.UI{}
	add := func(value, text string) { options = append(options, label("option", "", text).Attr("value", value)) }
	if end := endOf(p.dialog.me); !end.IsZero() {
		add(endAsIs, untilText(end))
	}
	add(endNever, string(msgs.Never))
	for _, minutes := range []string{breakEnd, hourEnd, halfDayIn} {
		n, _ := strconv.Atoi(minutes)
		add(minutes, msgs.EndsIn.With("time", durationText(time.Duration(n)*time.Minute)))
	}
	add(endToday, string(msgs.EndsToday))
	return box("select", "", options...).ID("until-field").Attr("name", "until")
}

// A preset is a note to choose, with the status and the end that go with it.
type preset struct {
	note   i18n.Text // an emoji, a space, and words
	status shared.Status
	end    string
}

func presets() []preset {
	return []preset{
		{msgs.OnBreak, shared.StatusAway, breakEnd},
		{msgs.AtLunch, shared.StatusAway, hourEnd},
		{msgs.InCall, "", hourEnd},
		{msgs.Focusing, "", halfDayIn},
		{msgs.DoneToday, shared.StatusAway, endToday},
	}
}

// presetChoice returns the buttons that fill the fields of the editor.
func (p *Page) presetChoice() app.UI {
	buttons := []app.UI{}
	for i, choice := range presets() {
		emoji, words, _ := strings.Cut(string(choice.note), " ")
		buttons = append(buttons, button().Attr("aria-label", words).Title(words).Attr("value", i).Text(emoji))
	}
	return box("div", "presets", buttons...).Role("group").Attr("aria-label", string(msgs.Note)).OnClick(p.onPreset)
}

func (p *Page) onPreset(_ app.Context, e app.Event) {
	chosen := e.Get("target").Call("closest", "button")
	if !chosen.Truthy() {
		return
	}
	i, _ := strconv.Atoi(chosen.Get("value").String())
	choice := presets()[i]
	p.dialog.noteProblem = ""
	p.dialog.editor.show(string(choice.note), choice.status, choice.end)
}
