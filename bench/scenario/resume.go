package scenario

import (
	"fmt"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
	"rollcall/bench/wires"
)

// longGrace is enough for thousands to come back on a busy machine.
const longGrace = "20s"

// Resume has everybody of a room lose the connection at once and come back,
// with a request for what was missed or, if not resumed, for everything.
// Nobody may be shown gone. Only Rollcall has such a thing.
func Resume(s *subject.Subject, n int, resumed bool) (Metrics, error) {
	return play(s, func(st *stage) error {
		residents, err := st.fill(n, crowd.Spec{Room: inRoom("standup"), Name: named("member")})
		if err != nil {
			return err
		}
		wire := st.crowd.Wire().(*wires.Rollcall)
		again := wire.Join
		if resumed {
			again = wire.Return
		}
		if err := st.spend("return", func() error { return st.comeBack(residents, again) }); err != nil {
			return err
		}
		if shown := st.metrics["return.diffs"]; shown > 0 {
			return fmt.Errorf("%v diffs although nobody was gone for good", shown)
		}
		return st.crowd.Verify(truthWithin)
	}, "-grace", longGrace)
}

func (st *stage) comeBack(residents []*crowd.Client, again func(*crowd.Client) error) error {
	for _, c := range residents {
		c.Close()
	}
	st.crowd.Watch(residents, false)
	for _, c := range residents {
		st.crowd.Expect(c, len(residents))
	}
	if err := st.crowd.Reopen(residents); err != nil {
		return err
	}
	for _, c := range residents {
		if err := st.crowd.Return(c, again); err != nil {
			return err
		}
	}
	return st.times("return", stormWithin)
}
