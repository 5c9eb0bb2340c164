//go:build !js

package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

// networkRules are the parameters of Network.emulateNetworkConditionsByRule. In the
// newest protocol, which the library follows, each rule has its own Offline; Chromium
// 148 requires one for all of them. Each version accepts both.
type networkRules struct {
	network.EmulateNetworkConditionsByRuleParams
	Offline bool `json:"offline"`
}

var emulateNetwork = cdp.Command[networkRules, cdp.Empty]{Method: network.CommandEmulateNetworkConditionsByRule}

// setOffline disconnects the tab and its workers from the network and tells the page, or
// reverts that.
func (tb *tab) setOffline(offline bool) {
	tb.t.Helper()
	call(tb, emulateNetwork, networkRules{
		EmulateNetworkConditionsByRuleParams: network.EmulateNetworkConditionsByRuleParams{
			EmulateOfflineServiceWorker: &offline,
			MatchedNetworkConditions:    []*network.Conditions{{Offline: offline, DownloadThroughput: unlimited, UploadThroughput: unlimited}},
		},
		Offline: offline,
	})
	tb.offline = offline
	tb.overrideNetworkState()
}

// overrideNetworkState sets navigator.onLine of the open document. Up to version 150
// Chromium forgets it with each document.
func (tb *tab) overrideNetworkState() {
	tb.t.Helper()
	call(tb, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: tb.offline, DownloadThroughput: unlimited, UploadThroughput: unlimited,
	})
}

// unlimited is the protocol's value for an unlimited throughput.
const unlimited = -1

// workerReady waits until the worker can open pages offline, and has claimed the page: the
// page does not hear of a newer worker that takes over before that.
func (tb *tab) workerReady() {
	tb.t.Helper()
	tb.holds("the worker is active", `async () => navigator.serviceWorker.controller !== null
		&& (await navigator.serviceWorker.getRegistration())?.active?.state === "activated"`)
}

// A page that is being opened while the first worker becomes active has that worker: its
// request was sent before there was one, and its document comes after that worker has
// claimed the pages that are open.
func TestWorkerOfAPageThatIsBeingOpened(t *testing.T) {
	t.Parallel()
	proxy := behindProxy(t, startServer(t))
	requested, active := make(chan struct{}), make(chan struct{})
	proxy.hold = func(path string) {
		switch path {
		case "/r/next":
			close(requested) // the page is requested once
			<-active
		case workerPath:
			<-requested
		}
	}
	home := sharedBrowser(t, 0).newProfile(t)
	calm, hurried := home.newTab(t, proxy.server, "calm"), home.newTab(t, proxy.server, "hurried")
	for _, tb := range []*tab{calm, hurried} {
		tb.goTo("/")
		tb.asked()
	}
	hurried.click("#rooms") // or the browser reports a page that was left without having been used
	eval[any](hurried, `() => { location.href = "/r/next" }`)
	calm.workerReady()
	close(active)
	hurried.holds("the next page is open", `() => location.pathname === "/r/next"`)
	hurried.asked()
	hurried.workerReady()
}

// Without a network every room opens, whether it was visited or not, says so, and
// becomes live when the network is back.
func TestOfflineOpen(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	home := sharedBrowser(t, 0).newProfile(t)
	lobby, other := home.newTab(t, s, "lobby"), home.newTab(t, s, "other")
	lobby.goTo("/")
	lobby.join("Ann")
	lobby.workerReady()
	s.stop()
	for _, tb := range []*tab{lobby, other} {
		tb.expect(unreachable, noSocket)
		tb.setOffline(true)
	}
	lobby.goTo("/")
	lobby.connectionIs("offline")
	other.goTo("/r/never-seen")
	other.connectionIs("offline")
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
	lobby.inRoom() // it had joined, and does so again by itself
	lobby.sees("Ann")
	other.join("Ann")
	other.sees("Ann")
}

// What the browser keeps to open pages offline contains no names: they would be outdated
// on another day.
func TestNobodyIsKeptForOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	bot(t, s, "lobby", "Passer-by")
	tb := sit(t, s, 0, "visitor")
	tb.goTo("/")
	tb.join("Visitor")
	tb.workerReady()
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

// An open page shows that the network is gone, and recovers by itself.
func TestNetworkGoesAndComes(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	people := joinAll(t, s, "/", "Ann", "Bob")
	ann := people[0]
	ann.expect(unreachable, noSocket)
	ann.setOffline(true)
	ann.connectionIs("offline")
	ann.setOffline(false)
	for _, p := range people {
		p.sees("Ann", "Bob")
	}
}

// A user who joins offline is in the room as soon as there is a network. Until then the page
// says that nobody knows who is there.
func TestJoinOffline(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	tb := sit(t, s, 0, "ann")
	tb.goTo("/")
	tb.asked()
	tb.workerReady()
	tb.expect(unreachable, noSocket)
	s.stop()
	tb.setOffline(true)
	tb.goTo("/r/standup")
	tb.asked()
	tb.submitName("Ann")
	tb.connectionIs("offline")
	tb.problemIs("network")
	tb.holds("it says what that means", `() => document.querySelector("#problem").textContent.includes("who is here is not known yet")`)
	s.start()
	tb.setOffline(false)
	tb.inRoom()
	tb.problemIs("")
	tb.sees("Ann")
}
