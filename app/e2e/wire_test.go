//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// message is an envelope that was sent over a tab's socket. It is decoded here and not
// by package shared, so that the two ends can't agree on something that differs from the
// protocol.
type message struct {
	sent       bool // by the tab
	connection string
	at         time.Time
	raw        string

	event string
	data  data
}

// data has the fields of all events.
type data struct {
	Name   *string `json:"name"`
	Key    string  `json:"key"`
	Resume *struct {
		Epoch string `json:"epoch"`
		Rev   uint64 `json:"rev"`
	} `json:"resume"`
	You    string `json:"you"`
	Room   string `json:"room"`
	Epoch  string `json:"epoch"`
	Rev    uint64 `json:"rev"`
	User   user   `json:"user"`
	Users  []user `json:"users"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
	Status string `json:"status"`
	Code   string `json:"code"`
}

type user struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Status   string `json:"status"`
	JoinedAt int64  `json:"joined_at"`
}

// decodeFrame splits a frame into messages. What is no envelope becomes a message with
// an event that no test expects.
func decodeFrame(sent bool, connection string, at time.Time, frame []byte) []message {
	var messages []message
	for line := range strings.SplitSeq(string(frame), "\n") {
		var envelope struct {
			Event string `json:"event"`
			Data  data   `json:"data"`
		}
		if err := json.Unmarshal([]byte(line), &envelope); err != nil {
			envelope.Event = "not an envelope: " + err.Error()
		}
		messages = append(messages, message{sent, connection, at, line, envelope.Event, envelope.Data})
	}
	return messages
}

func (m message) String() string {
	direction := "received"
	if m.sent {
		direction = "sent"
	}
	return fmt.Sprintf("%s %s %s", m.at.Format("15:04:05.000"), direction, lastBytes(m.raw, 600))
}

// transcript formats messages, one a line.
func transcript(messages []message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintln(&b, m)
	}
	return b.String()
}
