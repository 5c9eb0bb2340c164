package hub

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"rollcall/shared"
)

// maxAnnounced is how many announcements a room keeps for sessions that can't keep up.
const maxAnnounced = 8

// announced are the latest announcements of a room. They travel in the log; a session that
// skips a part of that is sent those in it apart. Guarded by room.mu.
type announced struct {
	kept []announcement
	last int64 // the latest Announcement.At of this node: no two have the same
}

// announcement is one announcement, and the offset of the log at which it begins.
type announcement struct {
	at       uint64
	envelope []byte
}

// announceEverywhere announces a now, on all nodes.
func (r *room) announceEverywhere(a shared.Announcement) {
	a.At = max(time.Now().UnixMilli(), r.announced.last+1)
	r.announced.last = a.At
	if m := r.hub.config.Mesh; m != nil {
		m.Tell(r.name, Change{Kind: ChangeAnnounce, Announcement: &a})
	}
	r.announce(a)
}

// announce shows an announcement to all who read the log.
func (r *room) announce(a shared.Announcement) {
	r.appendWatchers()
	k := &r.announced.kept
	if len(*k) == maxAnnounced {
		*k = slices.Delete(*k, 0, 1)
	}
	*k = append(*k, announcement{r.log.Head(), shared.Append(nil, a)})
	r.log.AppendOther(a, r.keep())
	r.wakeAll()
}

// between returns the envelopes of the announcements in a part of the log.
func (a *announced) between(from, to uint64) (envelopes []byte) {
	for _, k := range a.kept {
		if from <= k.at && k.at < to {
			envelopes = appendEncoded(envelopes, k.envelope)
		}
	}
	return envelopes
}

// checkAnnouncement returns an error for an announcement of another node that this one
// would not have made.
func checkAnnouncement(a *shared.Announcement) error {
	if a == nil || a.At <= 0 || a.At > maxStamp {
		return errors.New("no announcement")
	}
	clean := shared.Rule(shared.CleanAnnouncement)
	if a.Act != "" {
		clean = shared.CleanReason // which may be empty
	}
	if a.Act != "" && !a.Act.Valid() {
		return errors.New("an act that this version does not know")
	}
	text, err := clean(a.Text)
	by, err2 := shared.CleanBy(a.By)
	if err = cmp.Or(err, err2); err == nil && (text != a.Text || by != a.By) {
		err = errors.New("an announcement that is not clean")
	}
	return err
}
