package model

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// shape describes the world in which a schedule is played. Tab i belongs to member
// i % Members, so members may have several tabs. Member m is in room m % Rooms and has
// key m / Rooms, so a key may be used in several rooms.
type shape struct {
	Tabs     int    `json:"tabs"`
	Members  int    `json:"members"`
	Rooms    int    `json:"rooms"`
	Observed bool   `json:"observed"`           // each room has an observer; see observer
	Audience int    `json:"audience,omitempty"` // number of guests in each observed room
	Buffer   int    `json:"buffer"`             // frames that a connection buffers in each direction
	LogBytes int    `json:"log"`                // hub.Config.LogBytes
	Nodes    int    `json:"nodes,omitempty"`    // number of nodes of the cluster; 0 for a single server
	Patient  bool   `json:"patient"`            // clients wait before they reconnect; otherwise RetryNow is called
	Delays   uint64 `json:"delays"`             // seed of what is random while the schedule is played
}

// step is one event in a schedule.
type step struct {
	op    *op
	who   int // the index of a tab, a room or a node
	n     int
	d     time.Duration
	burst bool // the next step comes at the same time
}

// schedule is a world and the steps that happen in it.
type schedule struct {
	shape shape
	steps []step
}

// String returns the text of a schedule: its shape in JSON, then a line per step.
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
		case tabArg, roomArg, nodeArg:
			words = append(words, strconv.Itoa(s.who))
		case numberArg:
			words = append(words, strconv.Itoa(s.n))
		case timeArg:
			words = append(words, s.d.String())
		}
	}
	if s.burst {
		words = append(words, "&")
	}
	return strings.Join(words, " ")
}

// parse parses the text of a schedule. It ignores empty lines and comments, which begin
// with #.
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
		case tabArg, roomArg, nodeArg:
			s.who, err = strconv.Atoi(words[i])
		case numberArg:
			s.n, err = strconv.Atoi(words[i])
		case timeArg:
			s.d, err = time.ParseDuration(words[i])
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}
