//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// setOffline cuts the tab and its workers off the network, and tells the page,
// or undoes that.
func (tb *tab) setOffline(offline bool) {
	tb.t.Helper()
	none := -1.0 // no limit
	call(tb, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		EmulateOfflineServiceWorker: &offline,
		MatchedNetworkConditions:    []*network.Conditions{{Offline: offline, DownloadThroughput: none, UploadThroughput: none}},
	})
	call(tb, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: offline, DownloadThroughput: none, UploadThroughput: none,
	})
}

// equipped waits until the worker can open pages without a network.
func (tb *tab) equipped() {
	tb.t.Helper()
	tb.holds("the worker is active", `async () => (await navigator.serviceWorker.getRegistration())?.active?.state === "activated"`)
}

// Without a network every room opens, seen or not, says so, and comes alive when there is a network again.
func TestOfflineOpen(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	home := sharedBrowser(t, 0).newProfile(t)
	lobby, other := home.newTab(t, s, "lobby"), home.newTab(t, s, "other")
	lobby.goTo("/")
	lobby.join("Ann")
	lobby.equipped()
	s.stop()
	for _, tb := range []*tab{lobby, other} {
		tb.expect(unreachable, noSocket)
		tb.setOffline(true)
	}
	lobby.goTo("/")
	lobby.shows("offline")
	other.goTo("/r/never-seen")
	other.shows("offline")
	if people, err := other.people(); err != nil || len(people) != 0 {
		t.Errorf("a room that was never seen shows people: %v\n%s", err, listing(people))
	}
	if heading := eval[string](other, `() => document.querySelector("h1").textContent`); heading != "never-seen" {
		t.Errorf("the room that was never seen is headed %q", heading)
	}
	if name := other.asked(); name != "Ann" {
		t.Errorf("offline the name %q is offered", name)
	}

	s.start()
	for _, tb := range []*tab{lobby, other} {
		tb.setOffline(false)
	}
	lobby.present() // it was in the room, and needs nobody to say so
	lobby.sees("Ann")
	other.join("Ann")
	other.sees("Ann")
}

// What the browser keeps to open pages offline names nobody: who was there on
// the day it was kept is nobody's business on another.
func TestNobodyIsKeptForOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	robot(t, s, "lobby", "Passer-by")
	tb := sit(t, s, 0, "visitor")
	tb.goTo("/")
	tb.join("Visitor")
	tb.equipped()
	kept := eval[map[string]bool](tb, `async () => {
		const kept = {};
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			for (const request of await cache.keys()) {
				const text = await (await cache.match(request)).text();
				kept[request.url] = text.includes("Passer-by") || text.includes("Visitor");
			}
		}
		return kept;
	}`)
	for url, names := range kept {
		if names {
			t.Errorf("%s is kept with people in it", url)
		}
	}
	if len(kept) < 5 {
		t.Errorf("what is kept are only %v", kept)
	}
}

// A page that is open when the network goes says so, and is back by itself.
func TestNetworkGoesAndComes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := meet(t, s, "/", "Ann", "Bob")
	ann := people[0]
	ann.expect(unreachable, noSocket)
	ann.setOffline(true)
	ann.shows("offline")
	ann.setOffline(false)
	for _, p := range people {
		p.sees("Ann", "Bob")
	}
}

// Who joins offline is in the room as soon as there is one.
func TestJoinOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.asked()
	tb.equipped()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.setOffline(true)
	tb.goTo("/r/standup")
	tb.asked()
	tb.sign("Ann")
	tb.shows("offline")
	s.start()
	tb.setOffline(false)
	tb.present()
	tb.sees("Ann")
}
