//go:build !js

package ui

import (
	"strings"
	"testing"
	"time"

	"rollcall/shared/i18n"
)

// An option for the end of a note is a time; an end that is over is none.
func TestNoteEnd(t *testing.T) {
	now := time.Date(2026, 3, 4, 15, 20, 0, 0, time.UTC)
	for _, c := range []struct {
		option     string
		asIs, want time.Time
	}{
		{endNever, now.Add(time.Hour), time.Time{}},
		{endAsIs, now.Add(time.Hour), now.Add(time.Hour)},
		{endAsIs, now, time.Time{}},
		{breakEnd, time.Time{}, now.Add(30 * time.Minute)},
		{hourEnd, time.Time{}, now.Add(time.Hour)},
		{halfDayIn, time.Time{}, now.Add(4 * time.Hour)},
		{endToday, time.Time{}, time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC)},
	} {
		if got := noteEnd(c.option, c.asIs, now); !got.Equal(c.want) {
			t.Errorf("%q is %v, want %v", c.option, got, c.want)
		}
	}
}

// A preset is an emoji and words in every language, and a note that is accepted.
func TestPresets(t *testing.T) {
	for _, lang := range i18n.Languages() {
		speakIn(t, lang)
		for _, choice := range presets() {
			emoji, words, _ := strings.Cut(string(choice.note), " ")
			if emoji == "" || words == "" || emoji[0] < 0x80 || noteProblem(string(choice.note)) != "" {
				t.Errorf("%s: %q is no emoji and words", lang, choice.note)
			}
		}
	}
}
