package transport

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rollcall/server/hub"
	"rollcall/server/transport/wiretest"
	"rollcall/shared"
)

// overlong returns an event of a member that is n bytes long.
func overlong(n int) string {
	return `{"event":"update_user","data":{"note":"` + strings.Repeat("x", n-len(`{"event":"update_user","data":{"note":""}}`)) + `"}}`
}

// A peer that sends something wrong gets an error event that says what. Its session ends
// with the close code for that error, or goes on. Nobody else in the room is affected.
func TestBadInputCostsTheSenderOnly(t *testing.T) {
	for name, c := range map[string]struct {
		joined bool
		send   []byte
		want   []string // what the sender hears
		goesOn bool
	}{
		"no JSON":                {false, wiretest.TextFrame("hello"), []string{"error bad_json", "closed 4000"}, false},
		"no JSON, joined":        {true, wiretest.TextFrame("hello"), []string{"error bad_json", "closed 4000"}, false},
		"an empty message":       {false, wiretest.TextFrame(""), []string{"error bad_json", "closed 4000"}, false},
		"half an envelope":       {true, wiretest.TextFrame(`{"event":"leave"`), []string{"error bad_json", "closed 4000"}, false},
		"no event's name":        {true, wiretest.TextFrame(`{"data":{}}`), []string{"error bad_event", "closed 4000"}, false},
		"data of another shape":  {true, wiretest.TextFrame(`{"event":"update_user","data":{"name":7}}`), []string{"error bad_event", "closed 4000"}, false},
		"not UTF-8":              {true, wiretest.TextFrame("{\"event\":\"\xff\"}"), []string{"error bad_utf8", "closed 1007"}, false},
		"not UTF-8, not joined":  {false, wiretest.TextFrame("\xc3\x28"), []string{"error bad_utf8", "closed 1007"}, false},
		"binary":                 {true, wiretest.Frame(wiretest.Fin|wiretest.Binary, []byte("x")), []string{"error binary_frame", "closed 1003"}, false},
		"binary and too large":   {false, wiretest.Frame(wiretest.Fin|wiretest.Binary, make([]byte, 1<<20)), []string{"error binary_frame", "closed 1003"}, false},
		"a byte too large":       {true, wiretest.TextFrame(overlong(shared.MaxClientFrame + 1)), []string{"error frame_too_large", "closed 1009"}, false},
		"a megabyte":             {true, wiretest.TextFrame(overlong(1 << 20)), []string{"error frame_too_large", "closed 1009"}, false},
		"too large in fragments": {true, fragments(overlong(2*shared.MaxClientFrame), 100), []string{"error frame_too_large", "closed 1009"}, false},
		"too large, not joined":  {false, wiretest.TextFrame(strings.Repeat(" ", shared.MaxClientFrame+1)), []string{"error frame_too_large", "closed 1009"}, false},

		"as large as may be":      {true, wiretest.TextFrame(overlong(shared.MaxClientFrame)), []string{"error bad_note"}, true},
		"an unknown event":        {true, wiretest.TextFrame(`{"event":"dance","data":{"name":"x"}}`), []string{"error unknown_event"}, true},
		"unknown before joining":  {false, wiretest.TextFrame(`{"event":"dance"}`), []string{"error unknown_event"}, true},
		"update before joining":   {false, wiretest.Message(shared.UpdateUser{}), []string{"error not_joined"}, true},
		"leave before joining":    {false, wiretest.Message(shared.Leave{}), []string{"error not_joined"}, true},
		"joining twice":           {true, wiretest.Message(wiretest.Member("Mallory")), []string{"error already_joined"}, true},
		"joining as another":      {true, wiretest.Message(wiretest.Member("Another")), []string{"error already_joined"}, true},
		"no name":                 {false, wiretest.Message(shared.GotANewUser{Name: " \t "}), []string{"error bad_name"}, true},
		"a name with an override": {false, wiretest.Message(shared.GotANewUser{Name: "a\u202eb"}), []string{"error bad_name"}, true},
		"10,000 characters":       {false, wiretest.Message(shared.GotANewUser{Name: strings.Repeat("x", 8000)}), []string{"error bad_name"}, true},
		"a short key":             {false, wiretest.Message(shared.GotANewUser{Name: "x", Key: "short"}), []string{"error bad_key"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, hub.Config{Grace: time.Millisecond})
			witness := r.Join("standup", "Witness")
			var sender *wiretest.Client
			if c.joined {
				sender = r.Join("standup", "Mallory")
			} else {
				sender = r.Enter("standup")
			}
			sender.Send(c.send)
			if heard := sender.Until(c.want[len(c.want)-1]); !slices.Equal(heard, c.want) {
				t.Errorf("the sender heard %q, want %q", heard, c.want)
			}
			if c.goesOn && !c.joined {
				sender.Send(wiretest.Message(wiretest.Member("Mallory")))
				sender.Until("existing_users")
			} else if c.goesOn {
				sender.Send(wiretest.Message(shared.UpdateUser{Note: new("still here")}))
				sender.Until("user_updated")
			} else if end := sender.Next(); end.(wiretest.Closed).Err == nil {
				t.Errorf("after the close frame came %#v", end)
			}
			checkWitness(t, r, witness, c.joined, c.goesOn)
		})
	}
}

// checkWitness checks what a witness heard about a sender.
func checkWitness(t *testing.T, r *rig, witness *wiretest.Client, joined, goesOn bool) {
	t.Helper()
	var want []string
	if joined || goesOn {
		want = append(want, "new_user Mallory")
	}
	if joined && goesOn {
		want = append(want, "user_updated")
	}
	if joined && !goesOn {
		want = append(want, "disconnect_user closed")
		if got := witness.Until(want[len(want)-1]); !slices.Equal(got, want) {
			t.Errorf("the witness heard %q, want %q", got, want)
		}
		want = nil
	}
	r.Join("standup", "Marker")
	want = append(want, "new_user Marker")
	if got := witness.Until("new_user Marker"); !slices.Equal(got, want) {
		t.Errorf("the witness heard %q, want %q", got, want)
	}
}

// fragments returns a text message in frames of n bytes (RFC 6455 §5.4).
func fragments(message string, n int) (b []byte) {
	first := byte(wiretest.Text)
	for len(message) > n {
		b = append(b, wiretest.Frame(first, []byte(message[:n]))...)
		message, first = message[n:], wiretest.Continuation
	}
	return append(b, wiretest.Frame(wiretest.Fin|first, []byte(message))...)
}

// A violation of the WebSocket protocol ends the connection, in most cases with a close
// frame (RFC 6455 §5.1, §5.2, §5.4, §5.5). Nobody else in the room is affected.
func TestWhatIsNotWebSocketCostsTheSenderOnly(t *testing.T) {
	for name, c := range map[string]struct {
		send []byte
		want string
	}{
		"an unmasked frame":          {[]byte{wiretest.Fin | wiretest.Text, 2, '{', '}'}, "closed without a word"},
		"a reserved bit":             {wiretest.Frame(wiretest.Fin|0x40|wiretest.Text, []byte("{}")), "closed 1002"},
		"a reserved opcode":          {wiretest.Frame(wiretest.Fin|0x3, []byte("{}")), "closed 1002"},
		"a continuation of nothing":  {wiretest.Frame(wiretest.Fin|wiretest.Continuation, []byte("{}")), "closed 1002"},
		"a message within a message": {append(wiretest.Frame(wiretest.Text, []byte("{")), wiretest.TextFrame("{}")...), "closed 1002"},
		"a ping in fragments":        {wiretest.Frame(wiretest.Ping, nil), "closed 1002"},
		"a ping of 126 bytes":        {wiretest.Frame(wiretest.Fin|wiretest.Ping, make([]byte, 126)), "closed 1002"},
		"a close code of nobody":     {wiretest.Frame(wiretest.Fin|wiretest.Close, []byte{0x03, 0xED}), "closed 1002"},
		"a close reason not UTF-8":   {wiretest.Frame(wiretest.Fin|wiretest.Close, []byte{0x03, 0xE8, 'a', 0xff}), "closed 1007"},
		"a length in two bytes":      {append([]byte{wiretest.Fin | wiretest.Text, wiretest.Masked | 126, 0, 2, 0, 0, 0, 0}, "{}"...), "closed 1002"},
		"a length in eight bytes":    {append([]byte{wiretest.Fin | wiretest.Text, wiretest.Masked | 127, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}, "{}"...), "closed 1002"},
		"126 in eight bytes":         {append([]byte{wiretest.Fin | wiretest.Text, wiretest.Masked | 127, 0, 0, 0, 0, 0, 0, 0, 126, 0, 0, 0, 0}, make([]byte, 126)...), "closed 1002"},
		"a long ping of nothing":     {[]byte{wiretest.Fin | wiretest.Ping, wiretest.Masked | 126, 0, 0, 0, 0, 0, 0}, "closed 1002"},
		"half a frame, then the end": {wiretest.TextFrame("{}")[:3], "closed without a word"},
		"HTTP again":                 {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "closed 1002"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, hub.Config{Grace: time.Millisecond})
			witness := r.Join("standup", "Witness")
			sender := r.Join("standup", "Mallory")
			sender.Send(c.send)
			if strings.HasSuffix(name, "then the end") {
				_ = sender.Close()
			}
			if got := wiretest.Brief(sender.Next()); got != c.want {
				t.Errorf("the sender heard %q, want %q", got, c.want)
			}
			checkWitness(t, r, witness, true, false)
		})
	}
}
