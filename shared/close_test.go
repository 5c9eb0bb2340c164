package shared_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"rollcall/shared"
)

// survives stands for no close code: the error does not end the connection.
const survives = 0

// codes maps every error code to the close code that follows it. It spells them as
// they are on the wire, so that a change of a constant fails the tests.
var codes = map[shared.Code]shared.CloseCode{
	"bad_utf8":        1007,
	"bad_json":        4000,
	"bad_event":       4000,
	"binary_frame":    1003,
	"frame_too_large": 1009,
	"unknown_event":   survives,
	"bad_name":        survives,
	"bad_note":        survives,
	"bad_status":      survives,
	"bad_title":       survives,
	"bad_topic":       survives,
	"bad_text":        survives,
	"bad_key":         survives,
	"bad_origin":      survives,
	"bad_room":        4000,
	"not_joined":      survives,
	"not_host":        survives,
	"lock_stands":     survives,
	"not_here":        survives,
	"hosted":          survives,
	"already_joined":  survives,
	"too_often":       survives,
	"unauthorized":    4010,
	"forbidden":       4010,
	"token_expired":   4011,
	"locked":          4012,
	"kicked":          4013,
	"banned":          4014,
	"join_timeout":    4002,
	"room_full":       4003,
	"server_full":     4003,
	"too_slow":        4004,
	"left":            4001,
	"stopping":        1001,
	"internal":        1011,
}

func TestEveryCodeEndsTheConnectionOrNot(t *testing.T) {
	declared := map[shared.Code]string{}
	for name, text := range constants(t, "Code", "Code") {
		code := shared.Code(text)
		if twin := declared[code]; twin != "" {
			t.Errorf("%s and %s are both %q", name, twin, text)
		}
		declared[code] = name
		want, known := codes[code]
		if !known {
			t.Errorf("codes lacks %s (%q): add whether a connection survives it", name, text)
		}
		got, ends := code.Close()
		if got != want || ends != (want != survives) {
			t.Errorf("%s closes with %d, %v, want %d", name, got, ends, want)
		}
	}
	for code := range codes {
		if declared[code] == "" {
			t.Errorf("there is no code %q", code)
		}
	}
}

func TestUnknownCodeDoesNotEndTheConnection(t *testing.T) {
	if code, ends := shared.Code("of_a_newer_server").Close(); ends || code != 0 {
		t.Errorf("closes with %d, %v", code, ends)
	}
}

// final has every code after which a client does not reconnect by itself.
var final = map[shared.Code]bool{
	"bad_utf8": true, "bad_json": true, "bad_event": true, "binary_frame": true, "frame_too_large": true,
	"bad_room": true, "unauthorized": true, "forbidden": true, "token_expired": true, "left": true,
	"locked": true, "kicked": true, "banned": true,
}

// Only a code that ends the connection is final, and none that stands for a passing
// problem of the server.
func TestEveryCodeIsFinalOrNot(t *testing.T) {
	for code, closes := range codes {
		if code.Final() != final[code] {
			t.Errorf("%s is final: %v", code, code.Final())
		}
		if final[code] && closes == survives {
			t.Errorf("%s is final, and the connection survives it", code)
		}
	}
	if shared.Code("of_a_newer_server").Final() {
		t.Error("a code that nobody knows is final")
	}
}

// closes maps every close code to the longest wait before a client reconnects.
var closes = map[shared.CloseCode]time.Duration{
	1000: time.Second,
	1001: 2 * time.Second,
	1003: time.Second,
	1006: time.Second,
	1007: time.Second,
	1009: time.Second,
	1011: 5 * time.Second,
	4000: time.Second,
	4001: time.Second,
	4002: time.Second,
	4003: 30 * time.Second,
	4004: time.Second,
	4005: time.Second,
	4010: time.Second,
	4011: time.Second,
	4012: time.Second,
	4013: time.Second,
	4014: time.Second,
}

func TestPauseAfterEveryCloseCode(t *testing.T) {
	declared := map[shared.CloseCode]string{}
	for name, text := range constants(t, "Close", "CloseCode") {
		number, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		code := shared.CloseCode(number)
		if twin := declared[code]; twin != "" {
			t.Errorf("%s and %s are both %d", name, twin, code)
		}
		declared[code] = name
		want, known := closes[code]
		if !known {
			t.Errorf("closes lacks %s (%d): add how long a client waits after it", name, code)
		}
		if got := code.Pause(); got != want {
			t.Errorf("after %s a client returns within %v, want %v", name, got, want)
		}
	}
	for code := range closes {
		if declared[code] == "" {
			t.Errorf("there is no close code %d", code)
		}
	}
}

// A newer server, or a proxy, may send codes that this client does not know.
func TestPauseAfterAnUnknownCloseCode(t *testing.T) {
	for _, code := range []shared.CloseCode{-1, 0, 1, 999, 1005, 1008, 1012, 1015, 3000, 4006, 4999, 1 << 20} {
		if got := code.Pause(); got != time.Second {
			t.Errorf("after %d a client returns within %v", code, got)
		}
	}
}

// RFC 6455 §7.4 defines the codes 1000 to 1015, of which 1004, 1005, 1006 and 1015
// must not be sent, and leaves 4000 to 4999 to applications.
func TestCloseCodesMayBeSent(t *testing.T) {
	sendable := map[shared.CloseCode]bool{1000: true, 1001: true, 1002: true, 1003: true, 1007: true, 1008: true, 1009: true, 1010: true, 1011: true}
	for code := range closes {
		valid := sendable[code] || code >= 4000 && code <= 4999
		if !valid && code != shared.CloseAbnormal {
			t.Errorf("%d must not stand in a close frame", code)
		}
	}
	for code, end := range codes {
		if end == shared.CloseAbnormal {
			t.Errorf("%s would send %d, which stands for no close frame at all", code, end)
		}
	}
}

func TestError(t *testing.T) {
	err := fmt.Errorf("joining: %w", shared.Errorf(shared.CodeTooOften, "%d is too many", 3))
	var e shared.Error
	if !errors.As(err, &e) || e.Code != shared.CodeTooOften || e.Message != "3 is too many" || e.RetryAfter() != 0 {
		t.Errorf("the error is %#v", e)
	}
	if got, want := err.Error(), "joining: too_often: 3 is too many"; got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
	if got := shared.AsError(err); got != e {
		t.Errorf("AsError finds %#v in it", got)
	}
	if got := shared.AsError(errors.New("disk full")); got.Code != shared.CodeInternal || strings.Contains(got.Message, "disk") {
		t.Errorf("AsError makes %#v of another error", got)
	}
	e.RetryAfterMS = 1500
	if got, want := e.RetryAfter(), 1500*time.Millisecond; got != want {
		t.Errorf("wait %v, want %v", got, want)
	}
}
