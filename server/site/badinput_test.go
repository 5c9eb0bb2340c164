package site

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/shared"
)

// overlong is a member's event that is n bytes long.
func overlong(n int) string {
	return `{"event":"update_user","data":{"note":"` + strings.Repeat("x", n-len(`{"event":"update_user","data":{"note":""}}`)) + `"}}`
}

// A peer that makes mistakes is told which, ends with the code that is shared
// for it or goes on, and nobody else in the room hears of it.
func TestBadInputCostsTheSenderOnly(t *testing.T) {
	for name, c := range map[string]struct {
		joined bool
		send   []byte
		want   []string // what the sender hears
		goesOn bool
	}{
		"no JSON":                {false, text("hello"), []string{"error bad_json", "closed 4000"}, false},
		"no JSON, joined":        {true, text("hello"), []string{"error bad_json", "closed 4000"}, false},
		"an empty message":       {false, text(""), []string{"error bad_json", "closed 4000"}, false},
		"half an envelope":       {true, text(`{"event":"leave"`), []string{"error bad_json", "closed 4000"}, false},
		"no event's name":        {true, text(`{"data":{}}`), []string{"error bad_event", "closed 4000"}, false},
		"data of another shape":  {true, text(`{"event":"update_user","data":{"name":7}}`), []string{"error bad_event", "closed 4000"}, false},
		"not UTF-8":              {true, text("{\"event\":\"\xff\"}"), []string{"error bad_utf8", "closed 1007"}, false},
		"not UTF-8, not joined":  {false, text("\xc3\x28"), []string{"error bad_utf8", "closed 1007"}, false},
		"binary":                 {true, frame(fin|opBinary, []byte("x")), []string{"error binary_frame", "closed 1003"}, false},
		"binary and too large":   {false, frame(fin|opBinary, make([]byte, 1<<20)), []string{"error binary_frame", "closed 1003"}, false},
		"a byte too large":       {true, text(overlong(shared.MaxClientFrame + 1)), []string{"error frame_too_large", "closed 1009"}, false},
		"a megabyte":             {true, text(overlong(1 << 20)), []string{"error frame_too_large", "closed 1009"}, false},
		"too large in fragments": {true, fragments(overlong(2*shared.MaxClientFrame), 100), []string{"error frame_too_large", "closed 1009"}, false},
		"too large, not joined":  {false, text(strings.Repeat(" ", shared.MaxClientFrame+1)), []string{"error frame_too_large", "closed 1009"}, false},

		"as large as may be":      {true, text(overlong(shared.MaxClientFrame)), []string{"error bad_note"}, true},
		"an unknown event":        {true, text(`{"event":"dance","data":{"name":"x"}}`), []string{"error unknown_event"}, true},
		"unknown before joining":  {false, text(`{"event":"dance"}`), []string{"error unknown_event"}, true},
		"update before joining":   {false, say(shared.UpdateUser{}), []string{"error not_joined"}, true},
		"leave before joining":    {false, say(shared.Leave{}), []string{"error not_joined"}, true},
		"joining twice":           {true, say(member("Mallory")), []string{"error already_joined"}, true},
		"joining as another":      {true, say(member("Another")), []string{"error already_joined"}, true},
		"no name":                 {false, say(shared.GotANewUser{Name: " \t "}), []string{"error bad_name"}, true},
		"a name with an override": {false, say(shared.GotANewUser{Name: "a\u202eb"}), []string{"error bad_name"}, true},
		"10,000 characters":       {false, say(shared.GotANewUser{Name: strings.Repeat("x", 8000)}), []string{"error bad_name"}, true},
		"a short key":             {false, say(shared.GotANewUser{Name: "x", Key: "short"}), []string{"error bad_key"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, hub.Config{Grace: time.Millisecond})
			witness := r.join("standup", "Witness")
			var sender *wire
			if c.joined {
				sender = r.join("standup", "Mallory")
			} else {
				sender = r.enter("standup")
			}
			sender.send(c.send)
			if heard := sender.until(c.want[len(c.want)-1]); !slices.Equal(heard, c.want) {
				t.Errorf("the sender heard %q, want %q", heard, c.want)
			}
			if c.goesOn && !c.joined {
				sender.send(say(member("Mallory")))
				sender.until("existing_users")
			} else if c.goesOn {
				sender.send(say(shared.UpdateUser{Note: new("still here")}))
				sender.until("user_updated")
			} else if end := sender.next(); end.(closed).err == nil {
				t.Errorf("after the close frame came %#v", end)
			}
			r.checkWitness(witness, c.joined, c.goesOn)
		})
	}
}

// checkWitness finds out what a witness heard of a sender.
func (r *rig) checkWitness(witness *wire, joined, goesOn bool) {
	r.t.Helper()
	var want []string
	if joined || goesOn {
		want = append(want, "new_user Mallory")
	}
	if joined && goesOn {
		want = append(want, "user_updated")
	}
	if joined && !goesOn {
		want = append(want, "disconnect_user closed")
		if got := witness.until(want[len(want)-1]); !slices.Equal(got, want) {
			r.t.Errorf("the witness heard %q, want %q", got, want)
		}
		want = nil
	}
	r.join("standup", "Marker")
	want = append(want, "new_user Marker")
	if got := witness.until("new_user Marker"); !slices.Equal(got, want) {
		r.t.Errorf("the witness heard %q, want %q", got, want)
	}
}

// fragments is a text message in frames of n bytes (RFC 6455 §5.4).
func fragments(message string, n int) (b []byte) {
	first := byte(opText)
	for len(message) > n {
		b = append(b, frame(first, []byte(message[:n]))...)
		message, first = message[n:], opContinuation
	}
	return append(b, frame(fin|first, []byte(message))...)
}

// What is not WebSocket ends the connection; some of it is worth a word
// (RFC 6455 §5.1, §5.2, §5.4, §5.5).
func TestWhatIsNotWebSocketCostsTheSenderOnly(t *testing.T) {
	for name, c := range map[string]struct {
		send []byte
		want string
	}{
		"an unmasked frame":          {[]byte{fin | opText, 2, '{', '}'}, "closed without a word"},
		"a reserved bit":             {frame(fin|0x40|opText, []byte("{}")), "closed 1002"},
		"a reserved opcode":          {frame(fin|0x3, []byte("{}")), "closed 1002"},
		"a continuation of nothing":  {frame(fin|opContinuation, []byte("{}")), "closed 1002"},
		"a message within a message": {append(frame(opText, []byte("{")), text("{}")...), "closed 1002"},
		"a ping in fragments":        {frame(opPing, nil), "closed 1002"},
		"a ping of 126 bytes":        {frame(fin|opPing, make([]byte, 126)), "closed 1002"},
		"a close code of nobody":     {frame(fin|opClose, []byte{0x03, 0xED}), "closed 1002"},
		"half a frame, then the end": {text("{}")[:3], "closed without a word"},
		"HTTP again":                 {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "closed 1002"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, hub.Config{Grace: time.Millisecond})
			witness := r.join("standup", "Witness")
			sender := r.join("standup", "Mallory")
			sender.send(c.send)
			if strings.HasSuffix(name, "then the end") {
				_ = sender.Close()
			}
			if got := short(sender.next()); got != c.want {
				t.Errorf("the sender heard %q, want %q", got, c.want)
			}
			r.checkWitness(witness, true, false)
		})
	}
}

func TestABadRoomIsRefusedBeforeTheUpgrade(t *testing.T) {
	r := start(t, hub.Config{})
	for _, query := range []string{
		"", "?room=", "?room=Standup", "?room=a&room=b", "?room=a%20b", "?room=%3Cscript%3E", "?room=caf%C3%A9", "?room=a/b",
		"?room=" + strings.Repeat("x", shared.MaxRoomBytes+1), "?Room=standup", "?room=%zz",
	} {
		w := r.open()
		w.send([]byte(upgrade("/ws" + query)))
		res := w.response()
		var told struct {
			Event string
			Data  shared.Error
		}
		err := json.Unmarshal([]byte(body(t, res)), &told)
		if res.StatusCode != http.StatusBadRequest || err != nil || told.Event != shared.EventError ||
			told.Data.Code != shared.CodeBadRoom || told.Data.Message == "" {
			t.Errorf("%s: %s, %+v, %v", query, res.Status, told, err)
		}
		if got := res.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("%s: Content-Type %s", query, got)
		}
	}
}
