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
		l            connection
		state, label string
		wait         int
		stale        bool
	}{
		{"nobody asked yet", connection{}, stateConnecting, "Not joined", 0, false},
		{"no network to join with", connection{offline: true}, stateOffline, "Offline", 0, false},
		{"joining", connection{joined: true, state: client.Connecting}, stateConnecting, "Connecting", 0, false},
		{"live", connection{joined: true, member: true, state: client.Live, heardAt: now}, stateLive, "Live", 0, false},
		{"lost", connection{joined: true, state: client.Reconnecting, heardAt: heard, lostAt: now, retryAt: now.Add(1500 * time.Millisecond)}, stateReconnecting, "Reconnecting", 2, false},
		{"lost for long", connection{joined: true, state: client.Reconnecting, heardAt: heard, lostAt: now.Add(-staleAfter)}, stateReconnecting, "Reconnecting", 0, true},
		{"late", connection{joined: true, state: client.Reconnecting, heardAt: heard, lostAt: now, retryAt: heard}, stateReconnecting, "Reconnecting", 0, false},
		{"full", connection{joined: true, state: client.Reconnecting, lastError: shared.CodeRoomFull, retryAt: now.Add(time.Second)}, stateReconnecting, "No room left", 1, false},
		{"no network", connection{joined: true, state: client.Reconnecting, heardAt: heard, offline: true, retryAt: now.Add(time.Second)}, stateOffline, "Offline", 0, true},
		{"watching", connection{state: client.Live, heardAt: heard}, stateConnecting, "Not joined", 0, false},
		{"watching, and about to join", connection{joined: true, state: client.Live, heardAt: heard}, stateConnecting, "Connecting", 0, false},
		{"not watching any more", connection{state: client.Reconnecting, heardAt: heard, lostAt: now}, stateConnecting, "Not joined", 0, false},
		{"left", connection{heardAt: heard}, stateConnecting, "Not joined", 0, true},
	} {
		if got := c.l.displayState(); got != c.state {
			t.Errorf("%s: shown as %s, want %s", c.name, got, c.state)
		}
		if got := c.l.label(); got != c.label {
			t.Errorf("%s: labelled %q, want %q", c.name, got, c.label)
		}
		if got := c.l.secondsToRetry(now); got != c.wait {
			t.Errorf("%s: %d s to the next try, want %d", c.name, got, c.wait)
		}
		if got := c.l.stale(now); got != c.stale {
			t.Errorf("%s: stale is %v", c.name, got)
		}
	}
}

// The browser's report that there is no network counts until a frame arrives.
func TestAFrameProvesTheNetwork(t *testing.T) {
	l := connection{joined: true, state: client.Live, offline: true, lastError: shared.CodeStopping}
	l.update(client.Update{State: client.Live, You: "a"}, time.Unix(1000, 0))
	if l.displayState() != stateLive || l.lastError != "" {
		t.Errorf("after a frame the page shows %s and %q", l.displayState(), l.lastError)
	}
	l.offline = true
	l.update(client.Update{State: client.Reconnecting}, time.Unix(1001, 0))
	if l.displayState() != stateOffline {
		t.Errorf("without a frame the page shows %s", l.displayState())
	}
	l.offline = false
	for seconds, want := range map[int64]bool{1010: false, 1011: true} {
		l.update(client.Update{State: client.Reconnecting}, time.Unix(seconds, 0))
		if got := l.stale(time.Unix(seconds, 0)); got != want {
			t.Errorf("%d s after the loss, the sheet is stale: %v", seconds-1001, got)
		}
	}
}
