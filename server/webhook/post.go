package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Bounds of a request.
const (
	answerWithin = 10 * time.Second
	maxAnswer    = 64 << 10 // bytes that are read of an answer, so that its connection can be used again
	maxHeader    = 16 << 10 // bytes
	maxConns     = 16       // connections to an endpoint, and requests at a time
	idleFor      = 30 * time.Second
)

// client returns a client for an endpoint. It uses no proxy and follows no redirect.
func (h *Hook) client() *http.Client {
	return &http.Client{
		Timeout:       answerWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            dialer(h.AllowPrivate).DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    connectWithin,
			MaxResponseHeaderBytes: maxHeader,
			MaxConnsPerHost:        maxConns,
			MaxIdleConnsPerHost:    maxConns,
			IdleConnTimeout:        idleFor,
		},
	}
}

// failure is why an endpoint has not acknowledged a request.
type failure struct {
	status int           // of the answer; 0 if there was none
	wait   time.Duration // what Retry-After asks for
	err    error
}

func (f *failure) Error() string { return f.err.Error() }

// of reports whether the failure is likely to be of all requests to the endpoint, and not of
// this one.
func (f *failure) ofAll() bool {
	return f.status == 0 || f.status >= 500 || f.status == http.StatusTooManyRequests || f.status < 400
}

// post sends a signed request, and returns why it was not acknowledged, if so.
func (h *Hook) post(ctx context.Context, c *http.Client, id string, body []byte) *failure {
	now := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return &failure{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "Rollcall-Webhooks")
	req.Header.Set("Webhook-Id", id)
	req.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	req.Header.Set("Webhook-Signature", sign(h.secrets, id, now.Unix(), body))
	res, err := c.Do(req)
	if err != nil {
		if e, ok := errors.AsType[*url.Error](err); ok {
			err = e.Err // without the address
		}
		return &failure{err: err}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // what it says does not matter
	if res.StatusCode/100 == 2 {
		return nil
	}
	return &failure{res.StatusCode, retryAfter(res.Header.Get("Retry-After"), now), fmt.Errorf("it answers %s", res.Status)}
}

// maxRetryAfter bounds how long an endpoint can ask to be left alone.
const maxRetryAfter = time.Hour

// retryAfter returns the time in a header Retry-After (RFC 9110 §10.2.3).
func retryAfter(text string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}
