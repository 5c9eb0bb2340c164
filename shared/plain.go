package shared

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// plain decodes, without reflection, the JSON that Append writes: fields in order, no
// white space, few escapes. It gives up on anything else, which encoding/json then
// decodes from the beginning, so that both accept the same and fail with the same errors.
// In a browser this saves more than decoding time, because a browser compiles, and then
// optimizes, every function that runs.
type plain struct {
	text []byte // not read yet
	lost bool   // the input is not plain: ignore what was read
}

// plainEvent decodes the data of a frequent event into e, and reports whether it could.
func plainEvent(data []byte, e any) bool {
	p := plain{text: data}
	switch e := e.(type) {
	case *ExistingUsers:
		*e = p.existingUsers()
	case *NewUser:
		e.Rev, e.User = p.userDiff()
	case *UserUpdated:
		e.Rev, e.User = p.userDiff()
	case *DisconnectUser:
		*e = p.disconnectUser()
	default:
		return false
	}
	return !p.lost && len(p.text) == 0
}

// plainEnvelope splits an envelope into the name of its event and the data, which it does
// not check.
func plainEnvelope(line []byte) (event string, data []byte, ok bool) {
	p := plain{text: line}
	p.want(`{"event":`)
	event = p.str()
	p.want(`,"data":`)
	data, closed := bytes.CutSuffix(p.text, []byte("}"))
	return event, data, closed && !p.lost
}

// shortUser is about how many bytes the JSON of a User has without anything that may be
// left out.
const shortUser = 80

func (p *plain) existingUsers() (s ExistingUsers) {
	p.want(`{"you":`)
	s.You = p.str()
	p.want(`,"room":`)
	s.Room = p.str()
	p.want(`,"epoch":`)
	s.Epoch = p.str()
	p.want(`,"rev":`)
	s.Rev = p.number()
	s.More = p.have(`,"more":true`)
	if p.have(`,"room_info":`) {
		s.Info = p.roomInfo()
	}
	p.want(`,"users":[`)
	s.Users = make([]User, 0, len(p.text)/shortUser)
	for !p.lost && !p.have(`]}`) {
		if len(s.Users) > 0 {
			p.want(`,`)
		}
		s.Users = append(s.Users, p.user())
	}
	return s
}

func (p *plain) userDiff() (rev uint64, u User) {
	p.want(`{"rev":`)
	rev = p.number()
	p.want(`,"user":`)
	u = p.user()
	p.want(`}`)
	return rev, u
}

func (p *plain) disconnectUser() (d DisconnectUser) {
	p.want(`{"rev":`)
	d.Rev = p.number()
	p.want(`,"id":`)
	d.ID = p.str()
	p.want(`,"reason":`)
	d.Reason = Reason(p.str())
	p.want(`}`)
	return d
}

// have consumes next if the text begins with it, and reports whether it does.
func (p *plain) have(next string) bool {
	if len(p.text) < len(next) || string(p.text[:len(next)]) != next {
		return false
	}
	p.text = p.text[len(next):]
	return true
}

// want is like have, but sets lost if the text does not begin with next.
func (p *plain) want(next string) {
	if !p.have(next) {
		p.lost = true
	}
}

// str consumes a JSON string and returns its value.
func (p *plain) str() (s string) {
	p.want(`"`)
	if p.lost {
		return ""
	}
	for i := 0; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			s, p.text = string(p.text[:i]), p.text[i+1:]
			p.lost = !utf8.ValidString(s)
			return s
		case c == '\\':
			return p.escaped(i)
		case c < ' ':
			p.lost = true
			return ""
		}
	}
	p.lost = true
	return ""
}

// escaped consumes a string whose first escape is at index i. Such strings are rare: only
// what people write has escapes.
func (p *plain) escaped(i int) (s string) {
	for i < len(p.text) && p.text[i] != '"' {
		if p.text[i] == '\\' {
			i++
		}
		i++
	}
	if i >= len(p.text) || json.Unmarshal(append(append([]byte{'"'}, p.text[:i]...), '"'), &s) != nil {
		p.lost = true
		return ""
	}
	p.text = p.text[i+1:]
	return s
}

// plainDigits is a number of decimal digits that always fits an integer of 64 bits.
const plainDigits = 18

// number consumes an integer that is not negative.
func (p *plain) number() (n uint64) {
	i := 0
	for i < len(p.text) && '0' <= p.text[i] && p.text[i] <= '9' {
		n = 10*n + uint64(p.text[i]-'0')
		i++
	}
	if i == 0 || i > plainDigits || i > 1 && p.text[0] == '0' {
		p.lost = true
		return 0
	}
	p.text = p.text[i:]
	return n
}
