package main

import (
	"os/exec"
	"strings"
	"testing"
)

// completed are the words that a shell would offer.
func completed(t *testing.T, words ...string) []string {
	t.Helper()
	script := runToEnd(t, nil, "completion", "bash")
	if script.code != exitOK {
		t.Fatalf("%+v", script)
	}
	line := "COMP_WORDS=(" + strings.Join(words, " ") + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _rollcall; echo \"${COMPREPLY[@]}\""
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script.stdout+line).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Fields(string(out))
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"rollcall w":             "who where watch webhooks",
		"rollcall serve -api":    "-api-keys-file",
		"rollcall rooms -s":      "-server",
		"rollcall who lobby -ou": "-output",
		"rollcall nothing -":     "",
	} {
		if got := strings.Join(completed(t, strings.Fields(line)...), " "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		got := runToEnd(t, nil, "completion", shell)
		for _, flag := range settingsOf(t, "serve") {
			if got.code != exitOK || !strings.Contains(got.stdout, "-"+flag.Name+" ") && !strings.Contains(got.stdout, "-o "+flag.Name+" ") {
				t.Errorf("%s: no -%s", shell, flag.Name)
			}
		}
	}
	fish := runToEnd(t, nil, "completion", "fish").stdout
	for _, want := range []string{"-r -o database", "-o attendance"} { // one takes a value
		if !strings.Contains(fish, "'__fish_seen_subcommand_from serve' "+want+" ") {
			t.Errorf("fish: no %q", want)
		}
	}
	if got := runToEnd(t, nil, "completion", "tcsh"); got.code != exitUsage {
		t.Errorf("%+v", got)
	}
}
