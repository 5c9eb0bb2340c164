package transport

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// UpgradeError says why a request can't become a WebSocket, and how to answer it.
type UpgradeError struct {
	Status int               // of the HTTP answer
	Header map[string]string // that the status asks for; may be nil
	Reason string
}

func (e *UpgradeError) Error() string { return e.Reason }

// CheckUpgrade returns what keeps r from becoming a WebSocket (RFC 6455 §4.2.1), or nil.
// The method is not checked. The WebSocket library checks too, but only in Accept.
func CheckUpgrade(r *http.Request) *UpgradeError {
	if !r.ProtoAtLeast(1, 1) || r.ProtoMajor > 1 || !hasElement(r.Header, "Connection", "upgrade") || !hasElement(r.Header, "Upgrade", "websocket") {
		e := &UpgradeError{Status: http.StatusUpgradeRequired, Reason: "here is a WebSocket, over HTTP/1.1"}
		if r.ProtoMajor == 1 { // a later HTTP has no such headers (RFC 9113 §8.2.2)
			e.Header = map[string]string{"Connection": "Upgrade", "Upgrade": "websocket"}
		}
		return e
	}
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		return &UpgradeError{http.StatusBadRequest, map[string]string{"Sec-WebSocket-Version": "13"}, "the version of WebSocket is 13 here"}
	}
	keys := r.Header.Values("Sec-WebSocket-Key")
	if len(keys) != 1 {
		return &UpgradeError{http.StatusBadRequest, nil, fmt.Sprintf("%d of Sec-WebSocket-Key instead of one", len(keys))}
	}
	if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err != nil || len(key) != 16 {
		return &UpgradeError{http.StatusBadRequest, nil, "Sec-WebSocket-Key is not 16 bytes in base64"}
	}
	return nil
}

// hasElement reports whether a header that is a list has an element, in whatever case.
func hasElement(h http.Header, name, element string) bool {
	for e := range strings.SplitSeq(strings.Join(h.Values(name), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(e), element) {
			return true
		}
	}
	return false
}
