package roll

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"rollcall/shared"
	"rollcall/shared/i18n"
)

// ownKey is the fragment with which attendance.js gives the key of the room's page.
const ownKey = "#own"

// missing tells the page of a room who is missing, which it shows to a host who is there. The
// key or token is in a header that neither a form nor a link can send, so no cookie counts. Who
// hosts the room by a claim is told only what they have seen there themselves: who has been in
// the room since they came.
func (p *page) missing(w http.ResponseWriter, r *http.Request, v *view) {
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	opens, ok, since := false, false, time.Time{}
	if secret != "" && len(secret) <= maxSecret {
		if _, opens = p.Check(secret, v.Room); !opens {
			since, ok = p.site.HostSince(v.Room, secret)
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	if !opens && !ok {
		status := http.StatusForbidden
		if p.site.Refused(r) {
			status = http.StatusTooManyRequests
		}
		w.WriteHeader(status)
		return
	}
	answer, err := p.missingNow(r, v, since)
	if err != nil {
		w.WriteHeader(p.failed(w, v, err))
		return
	}
	if opens {
		answer.Page, answer.Path = string(v.Words.Title), v.Here+ownKey
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the client may be gone
}

// missingNow returns who is missing within the time that a request asks for, as far as that is
// after since.
func (p *page) missingNow(r *http.Request, v *view, since time.Time) (answer shared.Missing, _ error) {
	v.span, _ = spanOf(r.URL.Query(), "", v.Words, time.Now())
	if since.After(v.from) {
		v.from = since
	}
	if !v.from.Before(v.to) {
		return answer, nil
	}
	ctx, cancel := context.WithTimeout(r.Context(), madeWithin)
	defer cancel()
	m, err := p.Roll.Missing(ctx, v.Room, v.from, v.to)
	if m.Expected == 0 || err != nil {
		return answer, err
	}
	answer.Text = v.Words.MissingOf.With("n", v.Text.Number(m.Absent), "all", v.Text.Number(m.Expected))
	for i, name := range m.Names {
		m.Names[i] = i18n.Isolate(name)
	}
	answer.Names = strings.Join(m.Names, ", ")
	if more := m.Absent - len(m.Names); more > 0 {
		answer.Names += " +" + v.Text.Number(more)
	}
	if len(m.Gaps) > 0 {
		answer.Names += " (" + string(v.Words.Unsure) + ")"
	}
	return answer, nil
}
