//go:build unix

package main

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"rollcall/server/attendance"
	"rollcall/server/store"
	"rollcall/server/store/storetest"
	"rollcall/shared"
)

// stays is who was in the room standup, by a database, each with the reason of the end.
func stays(t *testing.T, address string) (all []string) {
	t.Helper()
	s, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	for stay, err := range attendance.Stays(s.Visits(t.Context(), "standup", now.Add(-time.Hour), now.Add(time.Hour), now)) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(append(stay.Names, stay.Identity, stay.Reason), " "))
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	slices.Sort(all)
	return all
}

// What the program is told to keep is there when it has ended, and nothing is kept that it
// was not told to.
func TestAttendanceIsTaken(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, address string) {
		for _, c := range []struct {
			args []string
			want []string
		}{
			{nil, nil},
			{[]string{"-attendance", "-attendance-names=false"}, []string{"typed stopping"}},
			{[]string{"-attendance"}, []string{"Ada typed stopping", "typed stopping"}},
		} {
			r := startProgram(t, append([]string{"-database", address}, c.args...)...)
			ws := r.join(t, "standup", "Ada")
			if _, err := read(t, ws); err != nil {
				t.Fatal(err)
			}
			if end := r.stop(); end.code != exitOK {
				t.Errorf("%+v", end)
			}
			if got := stays(t, address); !slices.Equal(got, c.want) {
				t.Errorf("%q: %q, want %q", c.args, got, c.want)
			}
		}
	})
}

// What was set for rooms holds for a program that starts with the database: somebody is
// banned, and a room is locked.
func TestRoomsAreKept(t *testing.T) {
	const key = "the-secret-key-of-Ada"
	storetest.Each(t, func(t *testing.T, address string) {
		s, err := store.Open(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		if err := errors.Join(
			s.SetRooms(t.Context(), []store.Room{{Room: "kitchen", RoomInfo: shared.RoomInfo{Locked: true}}}),
			s.SetBans(t.Context(), []store.Ban{{Room: "standup", Member: shared.MemberID(key), Since: now, Until: now.Add(time.Hour)}}),
			s.Close(),
		); err != nil {
			t.Fatal(err)
		}
		r := startProgram(t, "-database", address)
		for room, code := range map[string]shared.CloseCode{"standup": shared.CloseBanned, "kitchen": shared.CloseLocked} {
			ws := r.joinAs(t, room, shared.GotANewUser{Name: "Ada", Key: key})
			var err error
			for err == nil {
				_, err = read(t, ws)
			}
			if got := shared.CloseCode(websocket.CloseStatus(err)); got != code {
				t.Errorf("%s: %v, want %d", room, err, code)
			}
		}
		if end := r.stop(); end.code != exitOK {
			t.Errorf("%+v", end)
		}
	})
}

// Two real processes with one file: whoever moves from one to the other was never away.
func TestNobodyIsAwayInAHandover(t *testing.T) {
	t.Parallel()
	dir, addr, file := t.TempDir(), freePort(t), storetest.File(t)
	args := []string{"-addr", addr, "-handover", dir, "-drain", "8s", "-grace", "1s", "-database", file, "-attendance"}
	first, url, _ := startProcess(t, args...)
	all := crowd(t, url, 10)
	before := epochs(all)
	second, _, _ := startProcess(t, args...)
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Errorf("the first ended with %v", err)
	}
	checkMoved(t, all, before)
	if err := second.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := second.Wait(); err != nil {
		t.Errorf("the second ended with %v", err)
	}
	got := stays(t, file)
	if len(got) != 10 || slices.ContainsFunc(got, func(s string) bool { return !strings.HasSuffix(s, " typed stopping") }) {
		t.Errorf("%d stays: %q", len(got), got)
	}
}
