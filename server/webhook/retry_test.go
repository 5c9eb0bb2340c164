//go:build unix

package webhook

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/server/store/storetest"
	"rollcall/shared/api"
)

// answers is an endpoint inside a test's bubble.
type answers func(req *http.Request, body string) *http.Response

func (a answers) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	res := a(req, string(body))
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return res, nil
}

func answer(status int, retryAfter string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: http.NoBody}
}

// An endpoint that asks to be left alone is, though it takes what was under way at that time.
func TestRetryAfterOutlivesSuccess(t *testing.T) {
	file := storetest.File(t)
	synctest.Test(t, func(t *testing.T) {
		n := start(t, file, &Hook{URL: "http://receiver.example", Types: []string{api.MemberJoined}})
		begun := make(chan time.Duration, 100)
		first := time.Now()
		n.sender.endpoints[0].client.Transport = answers(func(_ *http.Request, body string) *http.Response {
			begun <- time.Since(first)
			time.Sleep(time.Second)
			switch {
			case len(begun) > 2:
			case strings.Contains(body, `"busy"`):
				return answer(http.StatusTooManyRequests, "60")
			default:
				time.Sleep(time.Second)
			}
			return answer(http.StatusOK, "")
		})
		n.enter("busy", "Ada")
		n.enter("idle", "Bo")
		time.Sleep(3 * time.Second)
		n.enter("idle", "Cy")
		time.Sleep(2 * time.Minute)
		want(t, "requests", len(begun), 4)
		_, _ = <-begun, <-begun
		for range 2 {
			if at := <-begun; at < time.Minute {
				t.Errorf("a request after %v, though it had asked for a minute", at)
			}
		}
		n.stop()
	})
}
