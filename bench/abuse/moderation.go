package abuse

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
)

// joinWith is how somebody joins with a key of their own.
func joinWith(key string) string {
	return string(shared.Encode(shared.GotANewUser{Name: "Mallory", Key: key}))
}

// bannedKey is the key of one of those who are banned.
func bannedKey(i int) string { return fmt.Sprintf("somebody-who-is-banned-%d", i) }

// manyBans fills a room with bans, one more than there may be, and then reads pages of them
// while those who are banned try to join.
func manyBans(a *attacker) string {
	client := browser()
	defer client.CloseIdleConnections()
	var next, made, full atomic.Int64
	a.longer(30 * time.Second)
	filled := a.until.Add(-8 * time.Second)
	many(len(a.hosts), len(a.hosts), func(i int) {
		for n := next.Add(1); full.Load() == 0 && time.Now().Before(filled); {
			id := shared.MemberID(bannedKey(int(n)))
			switch a.send(client, http.MethodDelete, "rooms/honest/members/"+id+"?ban=1h&address=true&reason=x", a.hosts[i], "") {
			case http.StatusOK:
				made.Add(1)
				n = next.Add(1)
			case http.StatusConflict:
				full.Add(1)
			case http.StatusTooManyRequests:
				time.Sleep(20 * time.Millisecond)
			}
		}
	})
	var tries, pages, late timings
	a.repeat(20, func(i, n int) {
		began := time.Now()
		if i == 0 { // at 20 a second, which a key may do
			if a.send(client, http.MethodGet, "rooms/honest/bans?limit=100", a.hosts[n%len(a.hosts)], "") == http.StatusOK {
				pages.add(time.Since(began))
			}
			began = time.Now()
			if a.send(client, http.MethodDelete, "rooms/honest/members/"+shared.MemberID(bannedKey(1+n))+"?ban=2h", a.hosts[n%len(a.hosts)], "") == http.StatusOK {
				late.add(time.Since(began))
			}
			time.Sleep(50 * time.Millisecond)
			return
		}
		c, err := a.dial()
		if err != nil {
			return
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(patience))
		if upgraded(c, a.hello("honest", joinWith(bannedKey(i+n*20)))) {
			tries.add(time.Since(began))
		}
	})
	return fmt.Sprintf("%d bans, %d refused as too many; a page of 100 took %s, a ban among them %s; %d tries to join",
		made.Load(), full.Load(), &pages, &late, tries.count())
}

// timings are how long something took each time.
type timings struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *timings) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

func (t *timings) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.all)
}

// String returns the median and the longest.
func (t *timings) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return "(never)"
	}
	slices.Sort(t.all)
	return fmt.Sprintf("%.1f ms (at most %.1f)", t.all[len(t.all)/2].Seconds()*1e3, t.all[len(t.all)-1].Seconds()*1e3)
}

// kicks has each of several keys kick one of the attacker's own members, who comes back at
// once.
func kicks(a *attacker) string {
	client := browser()
	defer client.CloseIdleConnections()
	var kicked, absent, tooMany, joins atomic.Int64
	a.repeat(2*len(a.hosts), func(i, n int) {
		key := fmt.Sprintf("somebody-who-is-kicked-%d", i/2)
		if i%2 == 0 {
			if c, err := a.dial(); err == nil {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(patience))
				if upgraded(c, a.hello("honest", joinWith(key))) {
					joins.Add(1)
					_, _ = c.Read(make([]byte, 1)) // the first that it is sent
					time.Sleep(10 * time.Millisecond)
				}
			}
			return
		}
		switch a.send(client, http.MethodDelete, "rooms/honest/members/"+shared.MemberID(key)+"?reason=x", a.hosts[i/2], "") {
		case http.StatusOK:
			kicked.Add(1)
		case http.StatusNotFound:
			absent.Add(1)
		case http.StatusTooManyRequests:
			tooMany.Add(1)
		}
	})
	return fmt.Sprintf("%d joins, %d kicks, %d of who was not there, %d calls were too many", joins.Load(), kicked.Load(), absent.Load(), tooMany.Load())
}

// knocks has one of the attacker's own members host the honest room and lock it, and watchers
// knock there and take it back, again and again.
func knocks(a *attacker) string {
	const key = "somebody-who-opens-the-door"
	ctx, cancel := context.WithDeadline(context.Background(), a.until.Add(time.Second))
	defer cancel()
	host, err := a.socket(ctx, "honest")
	if err != nil {
		return err.Error()
	}
	defer host.CloseNow()
	var lists atomic.Int64
	go func() {
		for frame, err := []byte(nil), error(nil); err == nil; _, frame, err = host.Read(ctx) {
			lists.Add(int64(bytes.Count(frame, []byte(`"`+shared.EventKnocks+`"`))))
		}
	}()
	events := shared.Encode(shared.GotANewUser{Name: "Mallory", Key: key},
		shared.UpdateRole{ID: shared.MemberID(key), Role: shared.RoleHost}, shared.UpdateRoom{Locked: new(true)})
	if err := host.Write(ctx, websocket.MessageText, events); err != nil {
		return err.Error()
	}
	sent := a.sessions(100, func(int) string { return "honest" }, `{"event":"watch","data":{"detail":"roster"}}`, func(i, n int) string {
		if n%2 == 1 {
			return `{"event":"knock","data":{}}`
		}
		return fmt.Sprintf(`{"event":"knock","data":{"name":"Mallory %d","key":"somebody-at-the-door-%d"}}`, n, i)
	}, 0)
	return fmt.Sprintf("%d knocks written; the host was sent %d lists of them", sent, lists.Load())
}

// harmfulTexts says to the honest room what should do harm: markup, what turns the direction
// of writing, what is no text, what is too long, and what is no JSON.
func harmfulTexts(a *attacker) string {
	client := browser()
	defer client.CloseIdleConnections()
	texts := []string{
		`<script>alert(1)</script>`, "a\u202eb", "\x00", strings.Repeat("z\u0301\u0302\u0303\u0304\u0305\u0306\u0307", 40), strings.Repeat("😀", shared.MaxTextRunes),
		strings.Repeat("x", 1<<20), "\u200b\u200b", "a\nb", "{{.}}", `"},{"event":"disconnect_user"`,
	}
	var shown, invalid, tooLarge, tooMany, others atomic.Int64
	a.repeat(20, func(i, n int) {
		text := texts[n%len(texts)]
		quoted, _ := json.Marshal(text)
		method, path, body := http.MethodPost, "rooms/honest/announcements", `{"text":`+string(quoted)+`}`
		switch (i + n) % 4 {
		case 1:
			method, path, body = http.MethodPatch, "rooms/honest", `{"title":`+string(quoted)+`,"topic":`+string(quoted)+`}`
		case 2:
			method, path, body = http.MethodDelete, "rooms/honest/members/MFZWIZTHNBVGWMJU?ban=1s&reason="+url.QueryEscape(text[:min(len(text), 4<<10)]), ""
		case 3:
			body = strings.Repeat("[", 4<<10) + text
		}
		switch a.send(client, method, path, a.hosts[i], body) {
		case 0:
		case http.StatusOK:
			shown.Add(1)
		case http.StatusUnprocessableEntity:
			invalid.Add(1)
		case http.StatusRequestEntityTooLarge:
			tooLarge.Add(1)
		case http.StatusTooManyRequests:
			tooMany.Add(1)
		default:
			others.Add(1)
		}
	})
	return fmt.Sprintf("%d texts taken, %d invalid, %d too large, %d calls were too many, %d had other answers",
		shown.Load(), invalid.Load(), tooLarge.Load(), tooMany.Load(), others.Load())
}
