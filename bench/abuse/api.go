package abuse

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// call makes a call of the API and returns the status of the answer; 0 if there is none.
func (a *attacker) call(client *http.Client, path, key string) int {
	return a.send(client, http.MethodGet, path, key, "")
}

// send is call with any method and a body.
func (a *attacker) send(client *http.Client, method, path, key, body string) int {
	req, err := http.NewRequest(method, "http://"+a.target+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// wrongKeys asks for rooms, people and what does not exist, with keys and tokens that are
// none: short, long, and with one letter of a good one changed.
func wrongKeys(a *attacker) string {
	var refused, others atomic.Int64
	client := browser()
	defer client.CloseIdleConnections()
	keys := []string{"", "rollcall_", a.key[:len(a.key)-1], a.key[:len(a.key)-1] + "_", strings.ToLower(a.key), "a.b.c", strings.Repeat("x", 8<<10)}
	a.repeat(20, func(i, n int) {
		path := []string{"rooms", fmt.Sprintf("rooms/room-%d-%d/members", i, n), "members/MFZWIZTHNBVGWMJU/rooms", fmt.Sprintf("%d", n)}[n%4]
		switch a.call(client, path, keys[n%len(keys)]) {
		case 0:
		case http.StatusUnauthorized:
			refused.Add(1)
		default:
			others.Add(1)
		}
	})
	return fmt.Sprintf("%d calls answered alike (401), %d not", refused.Load(), others.Load())
}

// greedyKey uses a good key as fast as can be, with parameters of all kinds.
func greedyKey(a *attacker) string {
	var pages, late, invalid, others atomic.Int64
	client := browser()
	defer client.CloseIdleConnections()
	paths := []string{
		"rooms?limit=1000", "rooms/honest/members?limit=1000", "members/MFZWIZTHNBVGWMJU/rooms", "rooms/made-up/members",
		"rooms?limit=99999999999999999999", "rooms?cursor=" + strings.Repeat("A", 8<<10), "rooms?" + strings.Repeat("a&", 4<<10), "rooms?prefix=%00",
	}
	a.repeat(20, func(i, n int) {
		switch a.call(client, paths[(i+n)%len(paths)], a.key) {
		case 0:
		case http.StatusOK:
			pages.Add(1)
		case http.StatusTooManyRequests:
			late.Add(1)
		case http.StatusUnprocessableEntity:
			invalid.Add(1)
		default:
			others.Add(1)
		}
	})
	return fmt.Sprintf("%d pages, %d calls were too many, %d made no sense, %d had other answers", pages.Load(), late.Load(), invalid.Load(), others.Load())
}

// slowBody is a call with a body that never ends.
func slowBody(a *attacker) []byte {
	return fmt.Appendf(nil, "GET /api/v1/rooms HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 1000000\r\n\r\n", a.target, a.key)
}
