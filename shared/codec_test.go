package shared_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"rollcall/shared"
)

func TestMalformedFrames(t *testing.T) {
	const fine = `{"event":"leave"}`
	deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
	for name, c := range map[string]struct {
		read  direction
		frame string
		code  shared.Code
		after int // how many events are read before the error
	}{
		"not UTF-8":                      {toServer, "{\"event\":\"leave\xff\"}", shared.CodeBadUTF8, 0},
		"not UTF-8 in the second line":   {toServer, fine + "\n{\"event\":\"\xc3\"}", shared.CodeBadUTF8, 0},
		"a surrogate in UTF-8":           {toServer, "{\"event\":\"\xed\xa0\x80\"}", shared.CodeBadUTF8, 0},
		"nothing":                        {toServer, "", shared.CodeBadJSON, 0},
		"only a separator":               {toServer, "\n", shared.CodeBadJSON, 0},
		"an empty line at the end":       {toServer, fine + "\n\n", shared.CodeBadJSON, 1},
		"an empty line at the beginning": {toServer, "\n" + fine, shared.CodeBadJSON, 0},
		"an empty line between":          {toServer, fine + "\n\n" + fine, shared.CodeBadJSON, 1},
		"a word":                         {toServer, "leave", shared.CodeBadJSON, 0},
		"half an envelope":               {toServer, `{"event":"leave"`, shared.CodeBadJSON, 0},
		"an envelope over two lines":     {toServer, "{\"event\":\n\"leave\"}", shared.CodeBadJSON, 0},
		"garbage behind the envelope":    {toServer, fine + "x", shared.CodeBadJSON, 0},
		"two envelopes in a line":        {toServer, fine + fine, shared.CodeBadJSON, 0},
		"a byte order mark":              {toServer, "\ufeff" + fine, shared.CodeBadJSON, 0},
		"a raw control character":        {toServer, "{\"event\":\"a\x01\"}", shared.CodeBadJSON, 0},
		"a list":                         {toServer, `["leave"]`, shared.CodeBadJSON, 0},
		"a string":                       {toServer, `"leave"`, shared.CodeBadJSON, 0},
		"a number for a name":            {toServer, `{"event":7}`, shared.CodeBadJSON, 0},
		"deeper than the decoder goes":   {toServer, `{"event":"leave","x":` + deep + `}`, shared.CodeBadJSON, 0},
		"null":                           {toServer, `null`, shared.CodeBadEvent, 0},
		"no name":                        {toServer, `{"data":{}}`, shared.CodeBadEvent, 0},
		"an empty name":                  {toServer, `{"event":"","data":{}}`, shared.CodeBadEvent, 0},
		"null for a name":                {toServer, `{"event":null}`, shared.CodeBadEvent, 0},
		"join without data":              {toServer, `{"event":"got_a_new_user"}`, shared.CodeBadEvent, 0},
		"join with null":                 {toServer, `{"event":"got_a_new_user","data":null}`, shared.CodeBadEvent, 0},
		"update without data":            {toServer, `{"event":"update_user"}`, shared.CodeBadEvent, 0},
		"a list for data":                {toServer, `{"event":"update_user","data":[]}`, shared.CodeBadEvent, 0},
		"a word for leave":               {toServer, `{"event":"leave","data":"now"}`, shared.CodeBadEvent, 0},
		"a number for a person's name":   {toServer, fine + "\n" + `{"event":"got_a_new_user","data":{"name":5}}`, shared.CodeBadEvent, 1},
		"a list for resume":              {toServer, `{"event":"got_a_new_user","data":{"name":"a","resume":[]}}`, shared.CodeBadEvent, 0},
		"a negative revision":            {toServer, `{"event":"got_a_new_user","data":{"name":"a","resume":{"rev":-1}}}`, shared.CodeBadEvent, 0},
		"a snapshot without data":        {toClient, `{"event":"existing_users"}`, shared.CodeBadEvent, 0},
		"a snapshot of null":             {toClient, `{"event":"existing_users","data": null }`, shared.CodeBadEvent, 0},
		"a map for users":                {toClient, `{"event":"existing_users","data":{"users":{}}}`, shared.CodeBadEvent, 0},
		"a heartbeat without data":       {toClient, `{"event":"heartbeat"}`, shared.CodeBadEvent, 0},
		"a number for a hash":            {toClient, `{"event":"heartbeat","data":{"hash":12}}`, shared.CodeBadEvent, 0},
		"a short hash":                   {toClient, `{"event":"heartbeat","data":{"hash":"c0ffee"}}`, shared.CodeBadEvent, 0},
		"a hash of other digits":         {toClient, `{"event":"heartbeat","data":{"hash":"000000000000000g"}}`, shared.CodeBadEvent, 0},
		"a hash with a sign":             {toClient, `{"event":"heartbeat","data":{"hash":"+00000000000000a"}}`, shared.CodeBadEvent, 0},
		"a revision of 65 bits":          {toClient, `{"event":"heartbeat","data":{"rev":18446744073709551616}}`, shared.CodeBadEvent, 0},
		"a revision with a point":        {toClient, `{"event":"heartbeat","data":{"rev":1.0}}`, shared.CodeBadEvent, 0},
		"a revision beyond all numbers":  {toClient, `{"event":"heartbeat","data":{"rev":1e999}}`, shared.CodeBadEvent, 0},
		"a string for a time":            {toClient, `{"event":"new_user","data":{"rev":1,"user":{"joined_at":"now"}}}`, shared.CodeBadEvent, 0},
		"data without its name":          {toClient, `{"event":"disconnect_user"{"rev":1,"id":"A","reason":"left"}}`, shared.CodeBadJSON, 0},
		"an error code that is a number": {toClient, `{"event":"error","data":{"code":4000}}`, shared.CodeBadEvent, 0},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := c.read([]byte(c.frame))
			var e shared.Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Errorf("the error is %v, want code %s", err, c.code)
			}
			if len(events) != c.after {
				t.Errorf("%d events came before the error, want %d", len(events), c.after)
			}
			if _, ends := e.Code.Close(); !ends {
				t.Errorf("a session survives %s", e.Code)
			}
		})
	}
}

// Readers accept some frames that no writer of this package sends. As in
// encoding/json, field names match in any case, and the last of two equal ones
// counts. That is safe because only one program reads a frame, so no two readers can
// disagree about its meaning.
func TestToleratedFrames(t *testing.T) {
	join := shared.GotANewUser{Name: "a"}
	for name, c := range map[string]struct {
		read  direction
		frame string
		want  shared.Event
	}{
		"leave without data":            {toServer, `{"event":"leave"}`, shared.Leave{}},
		"leave with null":               {toServer, `{"event":"leave","data":null}`, shared.Leave{}},
		"leave with fields":             {toServer, `{"event":"leave","data":{"why":"lunch"}}`, shared.Leave{}},
		"spaces and a carriage return":  {toServer, " {\t\"event\" : \"leave\" } \r", shared.Leave{}},
		"a separator behind the last":   {toServer, `{"event":"leave"}` + "\n", shared.Leave{}},
		"the same, with a return":       {toServer, `{"event":"leave"}` + "\r\n", shared.Leave{}},
		"the same, of a server":         {toClient, `{"event":"heartbeat","data":{"rev":1,"count":1,"hash":"0000000000000001"}}` + "\n", shared.Heartbeat{Rev: 1, Count: 1, Hash: 1}},
		"data before the name":          {toServer, `{"data":{"name":"a"},"event":"got_a_new_user"}`, join},
		"an unknown field of any depth": {toServer, `{"event":"leave","x":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`, shared.Leave{}},
		"an unknown field of any size":  {toServer, `{"event":"got_a_new_user","data":{"name":"a","x":1e999}}`, join},
		"escaped letters":               {toServer, `{"event":"\u006ceave"}`, shared.Leave{}},
		"other case":                    {toServer, `{"EVENT":"got_a_new_user","Data":{"NAME":"a"}}`, join},
		"a field twice":                 {toServer, `{"event":"leave","event":"got_a_new_user","data":{"name":"b","name":"a"}}`, join},
		"null for an absent field":      {toServer, `{"event":"got_a_new_user","data":{"name":"a","key":null,"resume":null}}`, join},
		"an update of nothing":          {toServer, `{"event":"update_user","data":{"name":null}}`, shared.UpdateUser{}},
		"half a surrogate pair":         {toServer, `{"event":"got_a_new_user","data":{"name":"\ud800"}}`, shared.GotANewUser{Name: "\ufffd"}},
		"an event of the other side":    {toServer, `{"event":"heartbeat","data":{"rev":1}}`, shared.Unknown{Name: "heartbeat", Rev: 1}},
		"a name in other case":          {toServer, `{"event":"LEAVE"}`, unknown("LEAVE")},
		"a hash in capitals":            {toClient, `{"event":"heartbeat","data":{"hash":"00C0FFEE00000001"}}`, shared.Heartbeat{Hash: 0xc0ffee00000001}},
		"the largest revision":          {toClient, `{"event":"heartbeat","data":{"rev":18446744073709551615}}`, shared.Heartbeat{Rev: 1<<64 - 1}},
		"null for users":                {toClient, `{"event":"existing_users","data":{"rev":1,"users":null}}`, shared.ExistingUsers{Rev: 1}},
		"join of the other side":        {toClient, `{"event":"got_a_new_user"}`, unknown("got_a_new_user")},
	} {
		t.Run(name, func(t *testing.T) {
			if got := mustRead(t, c.read, []byte(c.frame)); !reflect.DeepEqual(got, []shared.Event{c.want}) {
				t.Errorf("read %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestReadStopsAtTheHandlersError(t *testing.T) {
	full := errors.New("full")
	frame := shared.Encode(shared.Leave{}, unknown("wave"), shared.Leave{}, unknown("wave"))
	for most := 1; most <= 3; most++ {
		r := recorder{most: most, full: full}
		if err := shared.ReadClient(frame, &r); err != full {
			t.Errorf("after %d events the error is %v, want the handler's own", most, err)
		}
		if len(r.events) != most {
			t.Errorf("%d events were handed over, want %d", len(r.events), most)
		}
	}
}

func TestSplitSnapshotAndUsersMakeTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := shared.ExistingUsers{
			You: rapid.String().Draw(t, "you"), Room: rapid.String().Draw(t, "room"), Epoch: rapid.String().Draw(t, "epoch"),
			Rev: rapid.Uint64().Draw(t, "rev"), More: rapid.Bool().Draw(t, "more"),
			Users: rapid.SliceOfN(anyUser(), 0, 5).Draw(t, "users"),
		}
		head, tail := shared.SplitSnapshot(whole)
		for i, u := range whole.Users {
			if i > 0 {
				head = append(head, ',')
			}
			head = shared.AppendUser(head, u)
		}
		if got, want := append(head, tail...), shared.Append(nil, whole); !bytes.Equal(got, want) {
			t.Errorf("spliced\n%s\nwant\n%s", got, want)
		}
	})
}

func TestSplitSnapshotHalvesShareNoMemory(t *testing.T) {
	s := shared.ExistingUsers{Room: "lobby", Users: []shared.User{ana}}
	head, tail := shared.SplitSnapshot(s)
	before := string(tail)
	_ = append(head, '!')
	if string(tail) != before {
		t.Errorf("appending to the head made the tail %q", tail)
	}
	if len(s.Users) != 1 {
		t.Error("the caller's users are gone")
	}
}

func anyUser() *rapid.Generator[shared.User] {
	return rapid.Custom(func(t *rapid.T) shared.User {
		return shared.User{
			ID: rapid.StringN(1, -1, -1).Draw(t, "id"), Name: hostile().Draw(t, "name"), Note: hostile().Draw(t, "note"),
			Status: shared.Status(rapid.String().Draw(t, "status")), JoinedAt: rapid.Int64().Draw(t, "joined"),
		}
	})
}

// hostile generates texts with characters that are special in HTML, in JSON or to a
// terminal.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("<>&\"'\\/\n\r\x00\x1b\u2028\u2029\ufffd{}[],a"))))
}

// Envelopes are embedded in pages and joined to frames: whatever texts they hold, they
// contain no markup character and no separator, and decode to the same events.
func TestEnvelopesAreInertAndDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := []shared.Event{
			shared.NewUser{Rev: rapid.Uint64().Draw(t, "rev"), User: anyUser().Draw(t, "user")},
			shared.Errorf(shared.Code(hostile().Draw(t, "code")), "%s", hostile().Draw(t, "message")),
			shared.Heartbeat{Hash: shared.Hash(rapid.Uint64().Draw(t, "hash"))},
			shared.DisconnectUser{ID: hostile().Draw(t, "id"), Reason: shared.Reason(hostile().Draw(t, "reason"))},
			shared.ExistingUsers{Users: append([]shared.User{}, rapid.SliceOfN(anyUser(), 0, 5).Draw(t, "users")...)},
		}
		frame := shared.Encode(events...)
		if i := bytes.IndexAny(frame, "<>&\u2028\u2029"); i >= 0 {
			t.Errorf("the frame has markup at %d: %s", i, frame)
		}
		if n := bytes.Count(frame, []byte{shared.Separator}); n != len(events)-1 {
			t.Errorf("the frame of %d envelopes has %d separators", len(events), n)
		}
		got, err := toClient(frame)
		if err != nil || !reflect.DeepEqual(got, events) {
			t.Errorf("read back %#v, %v\nwant %#v", got, err, events)
		}
	})
}

// ReadExistingUsers accepts and returns the same as ReadServer for a snapshot in an
// envelope, whether the fast parser can read it or not.
func TestASnapshotAloneIsReadAsInAnEnvelope(t *testing.T) {
	for _, data := range []string{
		`{"you":"","room":"lobby","epoch":"e","rev":7,"users":[{"id":"A","name":"Ada","status":"idle","joined_at":1}]}`,
		`{"users":[{"joined_at":-1,"name":"Ada"}],"rev":7}`,
		`{"you":"","room":"lobby","epoch":"e","rev":7,"users":[{"id":"A","name":"\ud83d\ude00","status":"idle","joined_at":1}]}`,
		`{"you":"","room":"lobby","epoch":"e","rev":7,"users":[]} `,
		`{"you":"","room":"lobby","epoch":"e","rev":7,"users":[]}x`,
		`{"you":"","room":"lobby","epoch":"e","rev":7,"users":[{"id":"A","name":"","status":"","joined_at":1}{"id":"B","name":"","status":"","joined_at":2}]}`,
		`{"you":"","room":"lobby","epoch":"e","rev":07,"users":[]}`,
		`{"you":"","room":"lobby","epoch":"e","rev":-7,"users":[]}`,
		`{"you":"","room":"lobby","epoch":"e","rev":99999999999999999999,"users":[]}`,
		`{"you":"","room":"lob`,
		`{"you":"","room":"lob\`,
		`{"you":"\x","room":"","epoch":"","rev":1,"users":[]}`,
		"{\"you\":\"\t\",\"room\":\"\",\"epoch\":\"\",\"rev\":1,\"users\":[]}",
		`{"you":"","room":"","epoch":"","rev":1,"users":[,]}`,
		`{"you":"","room":"","epoch":"","rev":,"users":[]}`,
		``,
	} {
		got, err := shared.ReadExistingUsers([]byte(data))
		enveloped, refused := toClient([]byte(` {"event":"existing_users","data":` + data + `}`))
		if (err == nil) != (refused == nil) {
			t.Errorf("%s\nis %v, in an envelope %v", data, err, refused)
		}
		if err == nil && !reflect.DeepEqual([]shared.Event{got}, enveloped) {
			t.Errorf("%s\nis %#v\nin an envelope %#v", data, got, enveloped)
		}
		if err != nil {
			wantCode(t, err, shared.CodeBadEvent, true)
		}
	}
}

func TestEncodeOfNothing(t *testing.T) {
	if frame := shared.Encode(); len(frame) != 0 {
		t.Errorf("a frame of no events is %q", frame)
	}
}

func TestAppendKeepsWhatWasThere(t *testing.T) {
	got := string(shared.Append([]byte("before"), shared.Leave{}))
	if got != `before{"event":"leave","data":{}}` {
		t.Errorf("appended to %q", got)
	}
}

// An unknown event is a diff if its data has a revision, wherever in it and whatever else
// there is.
func TestRevisionOfAnUnknownEvent(t *testing.T) {
	for data, rev := range map[string]uint64{
		`{"rev":7}`:                           7,
		`{"user":{"rev":1},"rev":7,"x":null}`: 7,
		`{"rev":18446744073709551615}`:        1<<64 - 1,
		`{"user":{"rev":1}}`:                  0,
		`{"rev":0}`:                           0,
		`{"rev":-7}`:                          0,
		`{"rev":7.5}`:                         0,
		`{"rev":"7"}`:                         0,
		`{"rev":null}`:                        0,
		`{"rev":18446744073709551616}`:        0,
		`[7]`:                                 0,
		`7`:                                   0,
		`null`:                                0,
	} {
		got := mustRead(t, toClient, []byte(`{"event":"wave","data":`+data+`}`))
		if want := []shared.Event{shared.Unknown{Name: "wave", Rev: rev}}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v", data, got)
		}
	}
}
