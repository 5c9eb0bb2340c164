package hub

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
)

func mustSuggest(t *testing.T, h *Hub, room, title string) {
	t.Helper()
	if err := h.SuggestTitle(room, title); err != nil {
		t.Fatal(err)
	}
}

// Who opens a room by a title is the first to see it, and whoever comes later does.
func TestASuggestedTitle(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		mustSuggest(t, h, "lobby", " The Cafe\u0301 ")
		mustSuggest(t, h, "lobby", "THE CAFÉ")
		said := shared.RoomInfo{Title: "The Café"}
		want(t, "the page before somebody comes", h.Preload("lobby", 1).Info, said)
		w, watcher := watch(t, h, "lobby", theRoster)
		ada, member := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		want(t, "the page", h.Preload("lobby", 1).Info, said)
		want(t, "the watcher sees", w.info(), said)
		want(t, "Ada sees", ada.info(), said)
		time.Sleep(suggestedFor)
		mustSuggest(t, h, "lobby", "the café")
		want(t, "the page", h.Preload("lobby", 1).Info, said)
		mustSet(t, h, "lobby", shared.RoomInfo{Topic: "cake"})
		time.Sleep(suggestedFor)
		mustSuggest(t, h, "lobby", "The Café")
		synctest.Wait()
		want(t, "Ada sees what was set", ada.info(), shared.RoomInfo{Topic: "cake"})
		member.Receive(shared.Encode(shared.Leave{}))
		watcher.End(shared.ReasonClosed)
		time.Sleep(suggestedFor)
		want(t, "the room is forgotten, with its title", h.Preload("lobby", 1).Info, shared.RoomInfo{})
	})
}

// A title suggested to a room that has none is shown at once.
func TestATitleForARoomInUse(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		ada.take()
		mustSuggest(t, h, "lobby", "Lobby!")
		synctest.Wait()
		want(t, "Ada hears", ada.take()[0], shared.Event(shared.RoomInfoChanged{Rev: 2, RoomInfo: shared.RoomInfo{Title: "Lobby!"}}))
	})
}

func TestTitlesThatAreNotTaken(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for code, bad := range map[shared.Code][2]string{
			shared.CodeBadRoom:  {"no room", "title"},
			shared.CodeBadTitle: {"lobby", strings.Repeat("x", shared.MaxNameRunes+1)},
		} {
			var why shared.Error
			if err := h.SuggestTitle(bad[0], bad[1]); !errors.As(err, &why) || why.Code != code {
				t.Errorf("%q: %v, want %s", bad, err, code)
			}
		}
		want(t, "the page", h.Preload("lobby", 1).Info, shared.RoomInfo{})
	})
}

// As many suggestions as are kept replace the one before them.
func TestSuggestionsAreBounded(t *testing.T) {
	run(t, Config{}, func(t *testing.T, h *Hub) {
		for i := range maxSuggested + 1 {
			mustSuggest(t, h, "r"+strconv.Itoa(i), "T"+strconv.Itoa(i))
		}
		want(t, "the first", h.Preload("r0", 1).Info.Title, "")
		want(t, "the second", h.Preload("r1", 1).Info.Title, "T1")
		want(t, "kept", len(h.suggestions), maxSuggested)
	})
}

// A suggestion travels to the other nodes, and loses there against what was set, whichever
// of the two a node hears first.
func TestNodesAgreeOnASuggestion(t *testing.T) {
	for _, first := range []int{0, 1} {
		runPair(t, func(p *pair) {
			ada, _ := p.enter(0, "Ada", "")
			bo, _ := p.enter(1, "Bo", "")
			p.exchange()
			mustSuggest(t, p.hubs[0], shown, "Typed")
			p.exchange()
			want(t, "Bo sees", bo.info().Title, "Typed")
			mustSuggest(t, p.hubs[1], shown, "TYPED")
			p.exchange()
			want(t, "Ada sees", ada.info().Title, "Typed")
		})
		runPair(t, func(p *pair) {
			ada, _ := p.enter(0, "Ada", "")
			bo, _ := p.enter(1, "Bo", "")
			p.exchange()
			mustSuggest(t, p.hubs[0], shown, "Typed")
			mustSet(t, p.hubs[1], shown, shared.RoomInfo{Title: "Set"})
			p.deliver(first)
			p.exchange()
			want(t, "both say", []string{ada.info().Title, bo.info().Title}, []string{"Set", "Set"})
			want(t, "the rosters are one", ada.hash(), bo.hash())
		})
	}
}

// A suggestion is not remembered when the room is empty, and does not replace what is, until
// somebody sets the same.
func TestASuggestionIsNotRemembered(t *testing.T) {
	run(t, remembering, func(t *testing.T, h *Hub) {
		mustSuggest(t, h, "lobby", "Typed")
		ada, _ := enter(t, h, "lobby", shared.GotANewUser{Name: "Ada"})
		synctest.Wait()
		want(t, "Ada sees", ada.info().Title, "Typed")
		want(t, "remembered", h.Remembered("lobby").Title, "")
		mustSet(t, h, "lobby", shared.RoomInfo{Title: "Typed"})
		want(t, "remembered", h.Remembered("lobby").Title, "Typed")
		mustSet(t, h, "kitchen", shared.RoomInfo{Title: "Set"})
		mustSuggest(t, h, "kitchen", "Typed")
		want(t, "the page", h.Preload("kitchen", 1).Info.Title, "Set")
		bo, _ := enter(t, h, "kitchen", shared.GotANewUser{Name: "Bo"})
		synctest.Wait()
		want(t, "Bo sees", bo.info().Title, "Set")
	})
}

// While a node does not know what others have set, it waits with the title.
func TestASuggestionWaitsForTheOtherNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLookout()
		mustSuggest(t, l.Hub, shown, "Typed")
		go l.Preload(shown, 9)
		synctest.Wait()
		l.Remote(shown, "south", []Change{{Kind: ChangeRoom, Room: RoomRecord{Info: shared.RoomInfo{Topic: "set"}, Stamp: recalledStamp, Node: "south"}}})
		l.tell()
		want(t, "it says", l.Preload(shown, 9).Info, shared.RoomInfo{Topic: "set"})
		time.Sleep(preloadKeeps)
		l.Close()
	})
}
