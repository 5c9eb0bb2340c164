package hub

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

// lookout is a hub with other nodes that the test plays.
type lookout struct {
	*Hub
	loaded chan struct{}

	mu             sync.Mutex
	opened, closed []string
}

func newLookout() *lookout {
	l := &lookout{loaded: make(chan struct{})}
	l.Hub = New(Config{Mesh: &Mesh{
		Node:   "north",
		Opened: func(room string) <-chan struct{} { l.note(&l.opened, room); return l.loaded },
		Closed: func(room string) { l.note(&l.closed, room) },
		Tell:   func(string, Change) {},
	}})
	return l
}

func (l *lookout) note(list *[]string, room string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*list = append(*list, room)
}

// noted is the rooms that were opened, and closed, so far.
func (l *lookout) noted() (opened, closed []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.opened), slices.Clone(l.closed)
}

// tell has the other node tell that Bo is in the room, and nobody else.
func (l *lookout) tell() {
	bo := shared.User{ID: "bo", Name: "Bo", Status: shared.StatusActive, JoinedAt: 1}
	l.Remote(shown, "south", []Change{{Kind: ChangeHere, Record: Record{User: bo, Stamp: 1}}})
	close(l.loaded)
}

func TestALookWaitsForTheOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		seen := make(chan View, 1)
		go func() { seen <- l.Preload(shown, 9) }()
		synctest.Wait()
		want(t, "seen already", len(seen), 0)
		l.tell()
		synctest.Wait()
		view := <-seen
		want(t, "seen", view.Count, 1)
		time.Sleep(preloadKeeps - time.Nanosecond)
		want(t, "looked at again", l.Preload(shown, 9).Epoch, view.Epoch)
		opened, closed := l.noted()
		want(t, "opened", opened, []string{shown})
		want(t, "closed", closed, []string(nil))
		time.Sleep(2 * time.Nanosecond)
		synctest.Wait()
		_, closed = l.noted()
		want(t, "closed", closed, []string{shown})
		want(t, "then", l.View(shown, 9), View{})
		l.Close()
	})
}

func TestALookWaitsNotLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		began := time.Now()
		want(t, "seen", l.Preload(shown, 9).Count, 0)
		want(t, "after", time.Since(began), preloadWithin)
		l.Close()
	})
}

// A session that connects after Preload is in the preloaded room, which lasts as long as
// the session.
func TestWhoLooksMayConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		go l.Preload(shown, 9)
		synctest.Wait()
		l.tell()
		synctest.Wait()
		view := l.View(shown, 9)
		ada, session := enter(t, l.Hub, shown, shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		want(t, "Ada is in the room that was looked at", ada.roster.Epoch(), view.Epoch)
		time.Sleep(2 * preloadKeeps)
		want(t, "Ada sees nobody go", l.View(shown, 9).Count, 2)
		session.Receive(shared.Encode(shared.Leave{}))
		synctest.Wait()
		_, closed := l.noted()
		want(t, "closed", closed, []string{shown})
		l.Close()
	})
}

func TestLooksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		close(l.loaded)
		for i := range maxPreloaded {
			l.Preload(fmt.Sprint("room-", i), 9)
		}
		want(t, "one too many", l.Preload(shown, 9), View{})
		opened, _ := l.noted()
		want(t, "opened", len(opened), maxPreloaded)
		time.Sleep(preloadKeeps + 1)
		synctest.Wait()
		_, closed := l.noted()
		want(t, "closed", len(closed), maxPreloaded)
		l.Preload(shown, 9)
		opened, _ = l.noted()
		want(t, "later it is opened", slices.Contains(opened, shown), true)
		l.Close()
		want(t, "not of a hub that is closed", l.Preload("other", 9), View{})
		alone := New(Config{})
		want(t, "nor of a server alone", alone.Preload(shown, 9), View{})
	})
}
