package shared_test

import (
	"testing"
	"unicode/utf8"

	"rollcall/shared"
)

// The longest message of a client fits in a frame even if its writer escapes every
// character as a surrogate pair, in twelve bytes.
func TestLongestClientMessagesFit(t *testing.T) {
	const (
		escaped  = 2 * len(`\ud83d`)
		envelope = len(`{"event":"got_a_new_user","data":{"name":"","key":"","note":"","status":"active","resume":{"epoch":"","rev":18446744073709551615}}}`)
		epoch    = 64
	)
	longest := envelope + epoch + escaped*(shared.MaxNameRunes+shared.MaxNoteRunes) + shared.MaxKeyBytes*escaped/2
	if longest > 4<<10 || longest > shared.MaxClientFrame {
		t.Errorf("a message may have %d bytes, a frame %d", longest, shared.MaxClientFrame)
	}
}

func TestByteLimitsLeaveRoomForEveryCharacter(t *testing.T) {
	if shared.MaxNameBytes != utf8.UTFMax*shared.MaxNameRunes || shared.MaxNoteBytes != utf8.UTFMax*shared.MaxNoteRunes {
		t.Error("a text of the longest characters is cut short")
	}
	longestUser := shared.MaxNameBytes + shared.MaxNoteBytes
	if shared.MaxServerFrame < 100*longestUser {
		t.Error("a server's frame holds too few users")
	}
}

func TestIntervalsFitTogether(t *testing.T) {
	if shared.PingEvery+shared.PongWithin >= shared.SilentAfter {
		t.Error("a client gives up on a server that is about to speak")
	}
	if shared.RetryFirst > shared.RetryMost || shared.RetryFirst <= 0 {
		t.Error("the first wait is beyond the longest")
	}
	if shared.DefaultGrace <= 0 || shared.JoinWithin <= 0 || shared.ResyncEvery <= 0 || shared.StuckWriteAfter <= 0 || shared.UpdateEvery <= 0 ||
		shared.WatcherAfter <= 0 || shared.WatchersEvery <= 0 || shared.OccupancyEvery <= 0 {
		t.Error("an interval is not positive")
	}
}

func TestConstantsNameWhatTheRulesAllow(t *testing.T) {
	if err := shared.CheckRoom(shared.Lobby); err != nil {
		t.Error(err)
	}
	for _, s := range []shared.Status{"active", "idle", "away"} {
		if !s.Valid() {
			t.Errorf("%q is no status", s)
		}
	}
	for _, s := range []shared.Status{"", "Active", "busy", "active "} {
		if s.Valid() {
			t.Errorf("%q is a status", s)
		}
	}
}
