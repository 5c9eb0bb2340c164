package shared

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Most of what a client reads is what Append has written: the fields in their order, no
// white space, few escapes. A plain reader takes just that, without reflection. It gives
// up on all else, and encoding/json reads it from its beginning, so that what is taken and
// what is refused, and why, is the same for both. In a browser the difference is more
// than the time to decode: it compiles, and then optimizes, every function that runs.
type plain struct {
	text []byte // what has not been read
	lost bool   // it is no plain text: whatever has been read does not count
}

// plainEvent reads the data of an event of which many come, and reports whether it could.
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

// plainEnvelope cuts an envelope into the name of its event and the data, which nobody has
// looked at.
func plainEnvelope(line []byte) (event string, data []byte, ok bool) {
	p := plain{text: line}
	p.want(`{"event":`)
	event = p.str()
	p.want(`,"data":`)
	data, closed := bytes.CutSuffix(p.text, []byte("}"))
	return event, data, closed && !p.lost
}

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
	p.want(`,"users":[`)
	s.Users = []User{}
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

func (p *plain) user() (u User) {
	p.want(`{"id":`)
	u.ID = p.str()
	p.want(`,"name":`)
	u.Name = p.str()
	p.want(`,"status":`)
	u.Status = Status(p.str())
	if p.have(`,"note":`) {
		u.Note = p.str()
	}
	p.want(`,"joined_at":`)
	u.JoinedAt = int64(p.number())
	p.want(`}`)
	return u
}

// have takes what is given if it stands next, and reports whether it does.
func (p *plain) have(next string) bool {
	if len(p.text) < len(next) || string(p.text[:len(next)]) != next {
		return false
	}
	p.text = p.text[len(next):]
	return true
}

// want is have for what must stand next.
func (p *plain) want(next string) {
	if !p.have(next) {
		p.lost = true
	}
}

// str takes a string.
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

// escaped takes a string whose first escape is at an index. There are few, for it is in
// names and notes alone that a person might want one.
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

// plainDigits is how many digits fit any integer of 64 bits.
const plainDigits = 18

// number takes an integer that is not negative.
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
