package shared_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"rollcall/shared"
)

// survives marks a code that costs its sender one message and no more.
const survives = 0

// What every error code does to a connection, in the words and numbers of the
// wire, so that a change of either is seen here.
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
	"bad_key":         survives,
	"bad_room":        4000,
	"not_joined":      survives,
	"already_joined":  survives,
	"too_often":       survives,
	"unauthorized":    4010,
	"forbidden":       4010,
	"token_expired":   4011,
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
			t.Errorf("nobody decided whether a connection survives %s (%q): say so in codes", name, text)
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

// staysAway marks a close code after which a client does not come back by itself.
const staysAway = 0

// The longest wait before a client comes back, after every close code.
var closes = map[shared.CloseCode]time.Duration{
	1000: staysAway,
	1001: 2 * time.Second,
	1003: staysAway,
	1006: time.Second,
	1007: staysAway,
	1009: staysAway,
	1011: 5 * time.Second,
	4000: staysAway,
	4001: staysAway,
	4002: time.Second,
	4003: 30 * time.Second,
	4004: time.Second,
	4005: time.Second,
	4010: staysAway,
	4011: staysAway,
}

func TestEveryCloseCodeReturnsOrNot(t *testing.T) {
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
			t.Errorf("nobody decided whether a client returns after %s (%d): say so in closes", name, code)
		}
		within, returns := code.Returns()
		if within != want || returns != (want != staysAway) {
			t.Errorf("after %s a client returns within %v, %v, want %v", name, within, returns, want)
		}
		if within < 0 || within > 30*time.Second {
			t.Errorf("after %s a client returns within %v", name, within)
		}
	}
	for code := range closes {
		if declared[code] == "" {
			t.Errorf("there is no close code %d", code)
		}
	}
}

// A server of tomorrow may have codes that this client does not know.
func TestClientReturnsAfterAnUnknownCloseCode(t *testing.T) {
	for _, code := range []shared.CloseCode{-1, 0, 1, 999, 1005, 1008, 1012, 1015, 3000, 4006, 4999, 1 << 20} {
		within, returns := code.Returns()
		if !returns || within != time.Second {
			t.Errorf("after %d a client returns within %v, %v", code, within, returns)
		}
	}
}

// RFC 6455 §7.4: 1000 to 1015 mean what it says, of those 1004, 1005, 1006 and
// 1015 are never sent; 4000 to 4999 are for applications.
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
	e.RetryAfterMS = 1500
	if got, want := e.RetryAfter(), 1500*time.Millisecond; got != want {
		t.Errorf("wait %v, want %v", got, want)
	}
}
