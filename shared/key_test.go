package shared_test

import (
	"regexp"
	"strings"
	"testing"

	"rollcall/shared"
)

func TestCheckKey(t *testing.T) {
	const sixteen = "0123456789abcdef"
	for key, fine := range map[string]bool{
		sixteen:                  true,
		strings.Repeat("!~", 8):  true, // the first and the last printable ASCII characters
		strings.Repeat("k", 128): true,
		"":                       false,
		sixteen[1:]:              false,
		strings.Repeat("k", 129): false,
		sixteen + " ":            false,
		sixteen + "\x7f":         false,
		sixteen + "\n":           false,
		sixteen + "\x00":         false,
		sixteen + "é":            false,
		sixteen + "\xff":         false,
	} {
		err := shared.CheckKey(key)
		wantCode(t, err, shared.CodeBadKey, !fine)
		if fine != (err == nil) {
			t.Errorf("CheckKey(%+q) = %v", key, err)
		}
		if err != nil && len(key) > 0 && strings.Contains(err.Error(), key) {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
}

func TestNewKeyIsValidAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		key := shared.NewKey()
		if err := shared.CheckKey(key); err != nil {
			t.Fatal(err)
		}
		if seen[key] {
			t.Fatalf("%s came twice", key)
		}
		seen[key] = true
	}
}

func TestMemberID(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z2-7]{16}$`)
	for _, v := range vectors(t).MemberIDs {
		got := shared.MemberID(v.Key)
		if got != v.ID {
			t.Errorf("MemberID(%q) = %s, want %s", v.Key, got, v.ID)
		}
		if !form.MatchString(got) {
			t.Errorf("MemberID(%q) = %q", v.Key, got)
		}
	}
}
