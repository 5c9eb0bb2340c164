package ui

import (
	"testing"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

func TestPill(t *testing.T) {
	now := time.Unix(1000, 0)
	heard := now.Add(-time.Minute)
	for _, c := range []struct {
		name         string
		l            link
		state, label string
		wait         int
		stale        bool
	}{
		{"nobody asked yet", link{}, stateConnecting, "Not joined", 0, false},
		{"no network to join with", link{cut: true}, stateOffline, "Offline", 0, false},
		{"joining", link{joined: true, state: client.Connecting}, stateConnecting, "Connecting", 0, false},
		{"live", link{joined: true, state: client.Live, heard: now}, stateLive, "Live", 0, false},
		{"lost", link{joined: true, state: client.Reconnecting, heard: heard, lost: now, retryAt: now.Add(1500 * time.Millisecond)}, stateReconnecting, "Reconnecting", 2, false},
		{"lost for long", link{joined: true, state: client.Reconnecting, heard: heard, lost: now.Add(-staleAfter)}, stateReconnecting, "Reconnecting", 0, true},
		{"late", link{joined: true, state: client.Reconnecting, heard: heard, lost: now, retryAt: heard}, stateReconnecting, "Reconnecting", 0, false},
		{"full", link{joined: true, state: client.Reconnecting, trouble: shared.CodeRoomFull, retryAt: now.Add(time.Second)}, stateReconnecting, "No room left", 1, false},
		{"no network", link{joined: true, state: client.Reconnecting, heard: heard, cut: true, retryAt: now.Add(time.Second)}, stateOffline, "Offline", 0, true},
		{"left", link{state: client.Live, heard: heard}, stateConnecting, "Not joined", 0, true},
	} {
		if got := c.l.shown(); got != c.state {
			t.Errorf("%s: shown as %s, want %s", c.name, got, c.state)
		}
		if got := c.l.label(); got != c.label {
			t.Errorf("%s: labelled %q, want %q", c.name, got, c.label)
		}
		if got := c.l.wait(now); got != c.wait {
			t.Errorf("%s: %d s to the next try, want %d", c.name, got, c.wait)
		}
		if got := c.l.stale(now); got != c.stale {
			t.Errorf("%s: stale is %v", c.name, got)
		}
	}
}

// The browser's word that there is no network stands until a frame proves it wrong.
func TestAFrameProvesTheNetwork(t *testing.T) {
	l := link{joined: true, state: client.Live, cut: true, trouble: shared.CodeStopping}
	l.take(client.Update{State: client.Live}, time.Unix(1000, 0))
	if l.shown() != stateLive || l.trouble != "" {
		t.Errorf("after a frame the page shows %s and %q", l.shown(), l.trouble)
	}
	l.cut = true
	l.take(client.Update{State: client.Reconnecting}, time.Unix(1001, 0))
	if l.shown() != stateOffline {
		t.Errorf("without a frame the page shows %s", l.shown())
	}
	l.cut = false
	for seconds, want := range map[int64]bool{1010: false, 1011: true} {
		l.take(client.Update{State: client.Reconnecting}, time.Unix(seconds, 0))
		if got := l.stale(time.Unix(seconds, 0)); got != want {
			t.Errorf("%d s after the loss, the sheet is stale: %v", seconds-1001, got)
		}
	}
}
