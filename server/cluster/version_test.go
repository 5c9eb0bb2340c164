package cluster

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
)

// Of the messages of a newer version a node processes what it knows, and ignores the rest.
func TestANodeOfANewerVersion(t *testing.T) {
	a := inside(t, "a")
	a.enter(t, "Ada")
	conn, err := nats.Connect("", a.embedded.options()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	told, err := conn.SubscribeSync("rollcall.node.future")
	if err != nil {
		t.Fatal(err)
	}
	say := func(to, text string) {
		t.Helper()
		if err := conn.Publish("rollcall."+to, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	say("all", `{"kind":"hello","from":"future","era":2,"info":{"name":"f","sessions":1,"mood":"good"}}`)
	say("all", `{"kind":"dance","from":"future","steps":3}`)
	say("all", `not even JSON`)
	say("node."+a.cluster.ID(), `{"kind":"open","from":"future","stream":7,"colour":"red"}`)

	var stream, want uint64
	for stream == 0 || want == 0 {
		raw, err := told.NextMsg(within)
		if err != nil {
			t.Fatal(err)
		}
		var m message
		if err := json.Unmarshal(raw.Data, &m); err != nil {
			t.Fatal(err)
		}
		if m.Kind == kindOpen {
			stream = m.Stream
		}
		for _, o := range m.Ops {
			if o.Op == opSubscribe {
				want = o.Sub
			}
		}
	}
	say("node."+a.cluster.ID(), fmt.Sprintf(`{"kind":"ops","from":"future","stream":%d,"seq":1,"ops":[
		{"op":"sing","room":"lobby"},
		{"op":"begin","room":"lobby","want":%d,"key":"c"},
		{"op":"here","room":"lobby","user":{"id":"FUTUREFUTUREFUTU","name":"From the future","status":"levitating"}},
		{"op":"here","room":"lobby","user":{"id":"GUTUREFUTUREFUTU","name":"Future","status":"idle","hat":"red"}},
		{"op":"here","room":"lobby"}]}`, stream, want))
	until(t, "who makes sense is shown", func() bool { return a.shows() == "Ada Future" })
}
