package hub

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/unicode/norm"

	"rollcall/shared"
)

// The codes that a peer can be told for what it sends. The seeds together must
// draw all of them.
var drawable = []shared.Code{
	shared.CodeAlreadyJoined, shared.CodeBadEvent, shared.CodeBadJSON, shared.CodeBadKey, shared.CodeBadName,
	shared.CodeBadNote, shared.CodeBadStatus, shared.CodeBadUTF8, shared.CodeFrameTooLarge, shared.CodeNotJoined,
	shared.CodeTooOften, shared.CodeUnknownEvent,
}

const fuzzedKey = "key-of-the-fuzzed" // of the peer who has joined: the seeds know it

// FuzzReceive sends frames, which are what stands between zero bytes, from a
// peer who has not joined and from one who has. Whatever they are, errors for
// the sender may come of it, and what a member may do to themselves.
func FuzzReceive(f *testing.F) {
	var told []shared.Code
	checkCorpus(f, func() []shared.Code { return told })
	f.Fuzz(func(t *testing.T, frames []byte) {
		run(t, Config{LogBytes: MinLogBytes}, func(t *testing.T, h *Hub) {
			told = append(told, trial(t, h, frames, false)...)
			told = append(told, trial(t, h, frames, true)...)
		})
	})
}

// trial has one peer send the frames, and returns the errors that it was told.
func trial(t *testing.T, h *Hub, frames []byte, joined bool) (told []shared.Code) {
	watcher, watching := enter(t, h, "lobby", shared.GotANewUser{Name: "watcher"})
	time.Sleep(time.Millisecond)
	innocent, bystanding := enter(t, h, "lobby", shared.GotANewUser{Name: "innocent"})
	time.Sleep(time.Millisecond)
	sender := newPeer(t)
	s, err := h.Connect("lobby", sender)
	if err != nil {
		t.Fatal(err)
	}
	if joined {
		s.Receive(shared.Encode(shared.GotANewUser{Name: "sender", Key: fuzzedKey}))
	}
	synctest.Wait()
	watcher.take()
	sender.take()
	v := victims{watcher: watcher, sender: sender.you}
	for frame := range bytes.SplitSeq(frames, []byte{0}) {
		_, v.over = sender.closedWith()
		s.Receive(frame)
		checkWaiting(t, s)
		synctest.Wait()
		told = append(told, checkAnswer(t, sender, frame)...)
		v.check(t, h, sender)
	}
	s.End(shared.ReasonClosed)
	time.Sleep(shared.DefaultGrace)
	synctest.Wait()
	want(t, "when the sender is gone there are", watcher.users(), []string{"innocent", "watcher"})
	want(t, "the bystander sees", innocent.hash(), watcher.hash())
	watching.Receive(shared.Encode(shared.Leave{}))
	bystanding.Receive(shared.Encode(shared.Leave{}))
	return told
}

// checkWaiting checks how much waits for a peer, who may not have read yet.
func checkWaiting(t *testing.T, s *Session) {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	const envelope = 1 << 10 // more than the longest error
	if n := len(s.direct); n > maxDirect+2*envelope {
		t.Errorf("%d bytes wait", n)
	}
}

// checkAnswer checks what the sender was told, and how its connection ended if
// it did. It returns the codes.
func checkAnswer(t *testing.T, sender *peer, frame []byte) (told []shared.Code) {
	last := shared.CloseNormal // of who leaves
	for _, e := range sender.take() {
		if why, ok := e.(shared.Error); ok {
			told = append(told, why.Code)
			last, _ = why.Code.Close()
			if !slices.Contains(drawable, why.Code) || why.Message == "" {
				t.Errorf("%q was answered with %#v", frame, why)
			}
		}
	}
	if code, closed := sender.closedWith(); closed && len(told) > 0 && code != last {
		t.Errorf("%q was answered with %v and closed with %d", frame, told, code)
	}
	return told
}

// victims are those who must not suffer.
type victims struct {
	watcher *peer
	sender  string // the id that they know the sender by; "" until there is one
	over    bool   // the sender's connection was closed before
}

// check checks that the room heard of the sender only, and only what may be shown.
func (v *victims) check(t *testing.T, h *Hub, sender *peer) {
	for _, e := range v.watcher.take() {
		id := ""
		switch e := e.(type) {
		case shared.ExistingUsers: // of so much news that the log did not keep it
			v.sender = e.Users[len(e.Users)-1].ID
			id = v.sender
			checkPresentable(t, e.Users[len(e.Users)-1])
		case shared.NewUser:
			if v.sender == "" {
				v.sender = e.User.ID
			}
			id = e.User.ID
			checkPresentable(t, e.User)
		case shared.UserUpdated:
			id = e.User.ID
			checkPresentable(t, e.User)
		case shared.DisconnectUser:
			id = e.ID
		}
		if id == "" || id != v.sender || v.over || sender.you != "" && id != sender.you {
			t.Errorf("the room was told %#v because of %q (closed: %v)", e, sender.you, v.over)
		}
	}
	if _, closed := v.watcher.closedWith(); closed {
		t.Error("the watcher's connection was closed")
	}
	var hash shared.Hash
	view := h.View("lobby", 9)
	for _, u := range view.Users {
		hash ^= shared.HashUser(u)
	}
	want(t, "the watcher sees", v.watcher.hash(), hash)
	want(t, "the hub counts", view.Count, len(v.watcher.users()))
	want(t, "the first two are", []string{view.Users[0].Name, view.Users[1].Name}, []string{"watcher", "innocent"})
}

func checkPresentable(t *testing.T, u shared.User) {
	checkText(t, "name", u.Name, shared.CleanName)
	checkText(t, "note", u.Note, shared.CleanNote)
	if !u.Status.Valid() {
		t.Errorf("the status is %q", u.Status)
	}
}

// checkText checks that a text keeps to its rule, and is in NFC where that does.
func checkText(t *testing.T, what, text string, rule func(string) (string, error)) {
	if again, err := rule(text); again != text || err != nil {
		t.Errorf("the %s is %+q: %v", what, text, err)
	}
	if composed, err := rule(norm.NFC.String(text)); err == nil && composed != text {
		t.Errorf("the %s is %+q and could be %+q", what, text, composed)
	}
}

// checkCorpus checks, when f is done, that its seeds drew every error: so they
// were there, and ran.
func checkCorpus(f *testing.F, told func() []shared.Code) {
	const corpus = "testdata/fuzz/FuzzReceive"
	seeds, err := os.ReadDir(corpus)
	if err != nil || len(seeds) == 0 {
		f.Fatalf("%s has %d seeds: %v", corpus, len(seeds), err)
	}
	part := strings.Contains(flag.Lookup("test.run").Value.String(), "/") || flag.Lookup("test.fuzz").Value.String() != ""
	f.Cleanup(func() {
		for _, code := range drawable {
			if !part && !slices.Contains(told(), code) {
				f.Errorf("no seed draws %s", code)
			}
		}
	})
}
