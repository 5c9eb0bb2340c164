package i18n

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every language has the same texts of hosts, in the same order, about the same people.
func TestTextsOfHosts(t *testing.T) {
	keys := func(lang string) (keys []string) {
		for line := range strings.SplitSeq(Hosts(lang), "\n") {
			key, text, _ := strings.Cut(line, " ")
			if text == "" || text != strings.TrimSpace(text) {
				t.Errorf("%s: the text %q is %q", lang, key, text)
			}
			about := regexp.MustCompile(`{\w+}`).FindAllString(text, -1)
			slices.Sort(about)
			keys = append(keys, key+strings.Join(about, ""))
		}
		return keys
	}
	want := keys(English)
	if len(want) < 23 {
		t.Errorf("there are only %q", want)
	}
	for _, lang := range Languages() {
		if got := keys(lang); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", lang, got, want)
		}
	}
	if Hosts("zh-Hant") == Hosts("zh") {
		t.Error("the texts are not in traditional characters")
	}
}
