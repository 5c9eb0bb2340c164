package ui

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// putOut takes over that the server has kicked or banned the user. What this device keeps
// of the others is deleted, as when the user leaves. A ban is said until it is over, or
// until the next attempt to join: another clock than the server's may have reached the end
// already, and a ban may be lifted.
func (p *Page) putOut(why shared.Error) {
	p.forgetRoom()
	p.ended = why
	p.announcer.announce(p.putOutText())
	wait := time.Until(time.UnixMilli(why.Until))
	if why.Code != shared.CodeBanned || wait <= 0 {
		return
	}
	p.ctx.After(wait, func(app.Context) {
		if p.ended == why {
			p.ended, p.refused = shared.Error{}, false
			p.watch()
		}
	})
}

// putOutText says that the user was kicked or banned, by whose word, why and until when,
// each on a line.
func (p *Page) putOutText() string {
	why := p.ended
	lines := []string{errorText(why.Code)}
	if why.By != "" {
		lines = append(lines, msgs.ByWhom.With("name", i18n.Isolate(why.By)))
	}
	if why.Reason != "" {
		lines = append(lines, msgs.Because.With("text", i18n.Isolate(why.Reason)))
	}
	if why.Until > 0 {
		lines = append(lines, msgs.BackAfter.With("time", endText(time.UnixMilli(why.Until), time.Now())))
	}
	return strings.Join(lines, "\n")
}
