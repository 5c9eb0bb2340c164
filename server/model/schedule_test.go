package model

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// shape is the world that a schedule is played in. Tab i belongs to member
// i % Members, so that a member has several tabs; member m is in room
// m % Rooms with key m / Rooms, so that a key is used in several rooms.
type shape struct {
	Tabs     int    `json:"tabs"`
	Members  int    `json:"members"`
	Rooms    int    `json:"rooms"`
	Observed bool   `json:"observed"`           // in each room somebody sees all and never goes
	Audience int    `json:"audience,omitempty"` // of each observed room: sessions that only take part
	Buffer   int    `json:"buffer"`             // frames that a connection holds in each direction
	LogBytes int    `json:"log"`                // hub.Config.LogBytes
	Nodes    int    `json:"nodes,omitempty"`    // of a cluster; 0 is a server alone
	Patient  bool   `json:"patient"`            // clients wait as long as they would, not as the schedule says
	Delays   uint64 `json:"delays"`             // seeds what is random while the schedule is played
}

// step is one thing that happens.
type step struct {
	op    *op
	who   int // a tab or a room
	n     int
	d     time.Duration
	burst bool // the next step comes at the same time
}

// schedule is what happens in a world.
type schedule struct {
	shape shape
	steps []step
}

// String is the text of a schedule: its shape, then a line per step.
func (s schedule) String() string {
	head, err := json.Marshal(s.shape)
	if err != nil {
		panic(err)
	}
	lines := []string{string(head)}
	for _, st := range s.steps {
		lines = append(lines, st.String())
	}
	return strings.Join(lines, "\n") + "\n"
}

func (s step) String() string {
	words := []string{s.op.name}
	for _, arg := range s.op.args {
		switch arg {
		case aTab, aRoom, aNode:
			words = append(words, strconv.Itoa(s.who))
		case aNumber:
			words = append(words, strconv.Itoa(s.n))
		case aTime:
			words = append(words, s.d.String())
		}
	}
	if s.burst {
		words = append(words, "&")
	}
	return strings.Join(words, " ")
}

// parse reads the text of a schedule; a line that begins with # is a comment.
func parse(text string) (schedule, error) {
	var s schedule
	headed := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		var err error
		switch {
		case line == "" || line[0] == '#':
		case !headed:
			headed = true
			err = json.Unmarshal([]byte(line), &s.shape)
		default:
			var st step
			st, err = parseStep(strings.Fields(line))
			s.steps = append(s.steps, st)
		}
		if err != nil {
			return s, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return s, s.shape.check()
}

func (s shape) check() error {
	if s.Tabs < 1 || s.Members < 1 || s.Rooms < 1 || s.Buffer < 1 {
		return fmt.Errorf("a world of %+v is none", s)
	}
	return nil
}

func parseStep(words []string) (s step, err error) {
	if words[len(words)-1] == "&" {
		s.burst = true
		words = words[:len(words)-1]
	}
	if len(words) == 0 {
		return s, fmt.Errorf("nothing to do")
	}
	if s.op = opNamed(words[0]); s.op == nil {
		return s, fmt.Errorf("no step is called %q", words[0])
	}
	if words = words[1:]; len(words) != len(s.op.args) {
		return s, fmt.Errorf("%s has %d arguments", s.op.name, len(s.op.args))
	}
	for i, arg := range s.op.args {
		switch arg {
		case aTab, aRoom, aNode:
			s.who, err = strconv.Atoi(words[i])
		case aNumber:
			s.n, err = strconv.Atoi(words[i])
		case aTime:
			s.d, err = time.ParseDuration(words[i])
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
