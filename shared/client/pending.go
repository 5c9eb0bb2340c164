package client

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// pendingChange is a text of the member, such as the name or the note, and what this
// client has asked to change it to. The same member may have other clients: as
// long as no change is pending here, what the room shows is adopted.
type pendingChange struct {
	want  string
	shown string   // what the room showed last
	known bool     // shown was seen on this connection, so it is current
	open  bool     // want was requested here and has not been shown since
	sent  []string // sent on this connection and not shown since, oldest first
	again bool     // the last of sent must be sent once more
	asked bool     // a ping was sent after the last of sent
}

// maxSent bounds pendingChange.sent. When it is full, the oldest is dropped:
// its answer could be mistaken for one to the same text sent later.
const maxSent = 16

// set requests the change to v. It needs no sending if the room shows v
// already, unless something else was sent that the server will show.
func (p *pendingChange) set(v string) {
	p.want = v
	p.open = !p.known || v != p.shown || len(p.sent) > 0
}

// due reports whether the change must be sent to the server.
func (p *pendingChange) due() bool {
	n := len(p.sent)
	return p.open && (n == 0 || p.sent[n-1] != p.want || p.again)
}

// send returns the text to send, and marks it as sent. If nothing else is
// unanswered and the room may already show the text in its normalized form, no
// event will confirm it: then the change counts as granted at once.
func (p *pendingChange) send() *string {
	text := p.want
	if len(p.sent) == 0 && normalizes(text, p.shown) {
		p.drop()
		return &text
	}
	p.again, p.asked = false, false
	p.sent = append(p.sent, text)
	if len(p.sent) > maxSent {
		p.sent = slices.Delete(p.sent, 0, 1)
	}
	return &text
}

// sendAgain has the last text sent once more, unless it is shown before then:
// the server may have rejected it. As it may also have accepted it, the text
// stays in sent.
func (p *pendingChange) sendAgain() { p.again = len(p.sent) > 0 }

// ping notes that a ping is sent after everything in sent.
func (p *pendingChange) ping() { p.asked = len(p.sent) > 0 }

// pong ends the change when the pong proves that the server has received all of
// sent: the room will show the last of it.
func (p *pendingChange) pong() {
	if p.asked && len(p.sent) > 0 && !p.due() {
		p.sent, p.open = nil, false
	}
}

// disconnect forgets what was sent and shown on the connection that has ended.
func (p *pendingChange) disconnect() { p.sent, p.again, p.asked, p.known = nil, false, false, false }

// seeSnapshot takes the text that a whole roster shows. The snapshot may have
// been made before or after the server received what was sent.
func (p *pendingChange) seeSnapshot(shown string) {
	p.shown, p.known = shown, true
	p.sendAgain()
	p.adopt(len(p.sent) == 0 && shown == p.want)
}

// seeChange takes the text that a user_updated shows. It answers the first
// matching text of sent and all before it.
func (p *pendingChange) seeChange(shown string) {
	if shown == p.shown {
		return // something else about the member has changed
	}
	p.shown = shown
	granted := shown == p.want
	if i := slices.IndexFunc(p.sent, func(text string) bool { return normalizes(text, shown) }); i >= 0 {
		granted = granted || p.sent[i] == p.want
		p.sent = p.sent[i+1:]
	}
	p.adopt(len(p.sent) == 0 && granted)
}

// adopt ends the change if it was granted, and makes the shown text the wanted
// one unless a change is still pending.
func (p *pendingChange) adopt(granted bool) {
	if granted {
		p.open, p.again = false, false
	}
	if !p.open {
		p.want = p.shown
	}
}

// reopen requests the wanted text again, of a server that has made a new member.
func (p *pendingChange) reopen() { p.open = true }

// drop cancels the change and adopts the shown text.
func (p *pendingChange) drop() { p.want, p.open, p.sent, p.again = p.shown, false, nil, false }

// normalizes reports whether shown can be what a server that normalizes text to
// Unicode NFC makes of asked. It has no normalization tables: a character of
// several code points in asked matches any one character in its place.
func normalizes(asked, shown string) bool {
	for asked != "" && shown != "" {
		a, b := composed(asked), composed(shown)
		if asked[:a] != shown[:b] && utf8.RuneCountInString(asked[:a]) == 1 {
			return false
		}
		asked, shown = asked[a:], shown[b:]
	}
	return asked == shown
}

// composed returns the length in bytes of the first character of s, including
// the code points that NFC may compose with it: combining marks, and the vowels
// and final consonants of Hangul.
func composed(s string) int {
	for i, r := range s {
		if i > 0 && !unicode.Is(unicode.M, r) && !(r >= 0x1160 && r <= 0x11FF) {
			return i
		}
	}
	return len(s)
}
