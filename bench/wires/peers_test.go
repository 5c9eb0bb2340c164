package wires_test

import (
	"fmt"
	"testing"

	"rollcall/bench/crowd"
	"rollcall/bench/wires"
)

func TestSocketIOLies(t *testing.T) {
	greet := func(client int) []string {
		return []string{`0{"sid":"e"}`, fmt.Sprintf(`40{"sid":"s%d"}`, client), `2`}
	}
	with := func(packets ...string) func(int) []string {
		return func(client int) []string {
			if client == 0 {
				return packets
			}
			return []string{`42["existing_users",[{"id":"s0","name":"a"},{"id":"s1","name":"b"}]]`}
		}
	}
	self := `42["existing_users",[{"id":"s0","name":"a"}]]`
	checkLies(t, func() crowd.Wire { return wires.NewSocketIO() }, greet, "", map[string]lie{
		"the truth":              {with(self, `42["new_user",{"id":"s1","name":"b"}]`), ""},
		"the truth, told twice":  {with(self, `42["new_user",{"id":"s1","name":"b"}]`, `42["new_user",{"id":"s1","name":"b"}]`), ""},
		"nothing":                {with(), "does not believe"},
		"one who is not told of": {with(self), "does not believe"},
		"one who is told gone":   {with(self, `42["new_user",{"id":"s1","name":"b"}]`, `42["disconnect_user","s1"]`), "does not believe"},
		"a ghost":                {with(self, `42["new_user",{"id":"s9","name":"b"}]`), "nobody of us"},
		"another event":          {with(`42["hello"]`), "unexpected packet"},
		"the end":                {with(`41`), "unexpected packet"},
	})
}

func TestCentrifugeLies(t *testing.T) {
	info := func(client int) string { return fmt.Sprintf(`{"client":"c%d","user":"u%d"}`, client, client) }
	push := func(what string, client int) string {
		return fmt.Sprintf(`{"push":{"channel":"lobby",%q:{"info":%s}}}`, what, info(client))
	}
	presence := func(clients ...int) string {
		text := ""
		for i, c := range clients {
			if i > 0 {
				text += ","
			}
			text += fmt.Sprintf(`"c%d":%s`, c, info(c))
		}
		return fmt.Sprintf(`{"id":3,"presence":{"presence":{%s}}}`, text)
	}
	greet := func(client int) []string {
		return []string{fmt.Sprintf(`{"id":1,"connect":{"client":"c%d"}}`, client), `{}`}
	}
	with := func(messages ...string) func(int) []string {
		return func(client int) []string {
			if client == 0 {
				return messages
			}
			return []string{presence(0, 1)}
		}
	}
	checkLies(t, func() crowd.Wire { return wires.NewCentrifuge() }, greet, "", map[string]lie{
		"the truth":              {with(`{"id":2,"subscribe":{}}`, presence(0), push("join", 1)), ""},
		"the truth, in one":      {with(presence(0) + "\n" + push("join", 1) + "\n" + push("join", 1)), ""},
		"one who is not told of": {with(presence(0)), "does not believe"},
		"one who is told gone":   {with(presence(0, 1), push("leave", 1)), "does not believe"},
		"a ghost":                {with(presence(0, 9)), "nobody of us"},
		"an error":               {with(`{"id":2,"error":{"code":100,"message":"internal"}}`), "unexpected reply"},
	})
}
