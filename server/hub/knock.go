package hub

import (
	"errors"
	"maps"
	"slices"
	"time"

	"rollcall/shared"
)

// knocks are those who knock at the locked room, and those whom hosts have refused. Guarded by
// room.mu.
type knocks struct {
	waiting []*Session // those who wait on this node, of different ids, at most shared.MaxKnocks
	encoded []byte     // the envelope of shared.Knocks; nil until a host is sent it
	refused []refusal  // by their end, at most shared.MaxRefused
	kept    int        // sessions with a knock
}

// refusal is a host's "not now", for whoever has that id.
type refusal struct {
	id    string
	until time.Time
}

// knock is what a session keeps from its first knock on.
type knock struct {
	shared.Knocker
	waiting bool      // it is in knocks.waiting
	letIn   bool      // it may join once as that id, though the room is locked
	limit   rateLimit // of knocks
}

// Knock has hosts see that a watcher wants to be let in, or takes that back.
func (in inbox) Knock(e shared.Knock) error {
	if e.Name == "" {
		in.asWatcher(e, (*Session).stopKnocking)
		return nil
	}
	who, err := in.who(e.Name, e.Key)
	if err != nil {
		return in.refuse(err)
	}
	var fatal error
	in.asWatcher(e, func(s *Session) { fatal = s.startKnocking(who) })
	return fatal
}

// asWatcher calls do with the session under the room's lock if it watches, and otherwise says
// why not.
func (in inbox) asWatcher(e shared.Event, do func(*Session)) {
	r := in.s.room
	r.mu.Lock()
	defer r.unlock()
	switch {
	case in.s.ended:
	case in.s.role == rolePending:
		in.s.say(shared.Errorf(shared.CodeNotJoined, "%s needs a %s first", e.Event(), shared.EventWatch))
	case in.s.role.joined():
		in.s.say(shared.Errorf(shared.CodeAlreadyJoined, "this connection is in the room: it need not knock"))
	default:
		do(in.s)
	}
}

// startKnocking has s wait for an answer to its knock, or answers it at once. An error ends the
// session.
func (s *Session) startKnocking(who shared.Knocker) error {
	r := s.room
	if err := s.refused(who.ID, 0); err != nil {
		return err
	}
	if s.knock == nil {
		s.knock = &knock{}
		r.knocks.kept++
	}
	k, now := s.knock, time.Now()
	if wait := k.limit.wait(now); wait > 0 {
		s.say(tooOften("knock again", wait))
		return nil
	}
	k.limit.use(now)
	if k.waiting && k.Knocker == who {
		return nil
	}
	s.stopKnocking()
	k.Knocker, k.letIn = who, k.letIn && k.ID == who.ID
	if wait := r.knocks.refusedFor(who.ID, now); wait > 0 {
		s.answer(shared.KnockAnswered{AgainMS: wait.Milliseconds() + 1})
		return nil
	}
	if !r.shutTo(s, who.ID) {
		s.answer(shared.KnockAnswered{LetIn: true})
		return nil
	}
	if other := r.knocks.of(who.ID); other != nil { // the same person, who has loaded the page again
		other.answerKnock(shared.KnockAnswered{})
	}
	if len(r.knocks.waiting) >= shared.MaxKnocks {
		s.say(tooOften("as many knock as may: knock again", shared.KnockRetry))
		return nil
	}
	k.waiting = true
	r.knocks.waiting = append(r.knocks.waiting, s)
	r.tellKnocks()
	return nil
}

// stopKnocking removes s from those who wait.
func (s *Session) stopKnocking() {
	if s.knock == nil || !s.knock.waiting {
		return
	}
	r := s.room
	s.knock.waiting = false
	r.knocks.waiting = slices.DeleteFunc(r.knocks.waiting, func(other *Session) bool { return other == s })
	r.tellKnocks()
}

// forgetKnock forgets the knock of s, which ends or joins, and that it was let in.
func (s *Session) forgetKnock() {
	if s.knock != nil {
		s.stopKnocking()
		s.knock = nil
		s.room.knocks.kept--
	}
}

// answerKnock answers the knock of s, which waits for that.
func (s *Session) answerKnock(answer shared.KnockAnswered) {
	s.stopKnocking()
	s.knock.letIn = answer.LetIn
	s.answer(answer)
}

// AnswerKnock lets somebody in who knocks, by the word of a host, or has them wait.
func (in inbox) AnswerKnock(e shared.AnswerKnock) error {
	if err := shared.CheckID(e.ID); err != nil {
		return in.refuse(err)
	}
	in.asHost(e, func(host shared.User) error {
		r := in.s.room
		all := r.allKnocks()
		i := slices.IndexFunc(all, func(k shared.Knocker) bool { return k.ID == e.ID })
		if i < 0 {
			return shared.Errorf(shared.CodeNotHere, "whoever knocked does not any more")
		}
		c := Change{Kind: ChangeKnockAnswered, ID: e.ID, LetIn: e.LetIn}
		if mesh := r.hub.config.Mesh; mesh != nil {
			mesh.Tell(r.name, c)
		}
		r.hearAnswer(c)
		if e.LetIn {
			r.act(shared.ActLetIn, host.Name, all[i].Name)
		}
		return nil
	})
	return nil
}

// hearAnswer takes over what a host, on this node or another, has answered whoever knocks with
// an id. Those of other nodes knock no more here at once, though it takes until they say so.
func (r *room) hearAnswer(c Change) {
	answer := shared.KnockAnswered{LetIn: c.LetIn}
	if !c.LetIn {
		r.knocks.refuse(c.ID, time.Now())
		answer.AgainMS = shared.KnockAgain.Milliseconds()
	}
	if s := r.knocks.of(c.ID); s != nil {
		s.answerKnock(answer)
	}
	for _, p := range r.replica.parts {
		r.setKnocks(p, slices.DeleteFunc(slices.Clone(p.knocks), func(k shared.Knocker) bool { return k.ID == c.ID }))
	}
}

// setKnocks takes over who knocks on another node.
func (r *room) setKnocks(p *part, all []shared.Knocker) {
	if !slices.Equal(p.knocks, all) {
		p.knocks = all
		r.oweKnocks()
	}
}

// checkKnocks returns an error for those who can't knock on another node.
func checkKnocks(all []shared.Knocker) error {
	if len(all) > shared.MaxKnocks {
		return errors.New("hub: more knock than may")
	}
	for _, k := range all {
		if name, err := shared.CleanName(k.Name); err != nil || name != k.Name || shared.CheckID(k.ID) != nil {
			return errors.New("hub: somebody knocks who can't be a member")
		}
	}
	return nil
}

// openToKnocks lets all in who knock, because the room is locked no more.
func (r *room) openToKnocks() {
	for _, s := range slices.Clone(r.knocks.waiting) {
		s.answerKnock(shared.KnockAnswered{LetIn: true})
	}
}

// shutTo reports whether the lock keeps s out as the member with that id.
func (r *room) shutTo(s *Session, id string) bool {
	letIn := s.knock != nil && s.knock.letIn && s.knock.ID == id
	return r.roster.Info().Locked && r.members[id] == nil && s.roleAs(id) != shared.RoleHost && !letIn
}

// of returns the session that waits as that id, or nil.
func (k *knocks) of(id string) *Session {
	i := slices.IndexFunc(k.waiting, func(s *Session) bool { return s.knock.ID == id })
	if i < 0 {
		return nil
	}
	return k.waiting[i]
}

// refuse notes that a host has refused somebody. Where too many are noted, the one whose time
// ends first may knock again.
func (k *knocks) refuse(id string, now time.Time) {
	k.refused = slices.DeleteFunc(k.refused, func(r refusal) bool { return r.id == id || !r.until.After(now) })
	if len(k.refused) >= shared.MaxRefused {
		k.refused = k.refused[1:]
	}
	k.refused = append(k.refused, refusal{id, now.Add(shared.KnockAgain)})
}

// refusedFor returns for how long somebody may not knock, which is not positive if they may.
func (k *knocks) refusedFor(id string, now time.Time) (wait time.Duration) {
	for _, r := range k.refused {
		if r.id == id {
			wait = r.until.Sub(now)
		}
	}
	return wait
}

// own returns who knocks on this node; it is never nil.
func (k *knocks) own() []shared.Knocker {
	all := make([]shared.Knocker, 0, len(k.waiting))
	for _, s := range k.waiting {
		all = append(all, s.knock.Knocker)
	}
	return all
}

// allKnocks returns who knocks on any node, each once: at most shared.MaxKnocks, those of this
// node first.
func (r *room) allKnocks() []shared.Knocker {
	all := r.knocks.own()
	for _, node := range slices.Sorted(maps.Keys(r.replica.parts)) {
		for _, k := range r.replica.parts[node].knocks {
			if !slices.ContainsFunc(all, func(other shared.Knocker) bool { return other.ID == k.ID }) {
				all = append(all, k)
			}
		}
	}
	return all[:min(len(all), shared.MaxKnocks)]
}

// tellKnocks has hosts, on all nodes, sent anew who knocks, because that has changed on this
// one.
func (r *room) tellKnocks() {
	if mesh := r.hub.config.Mesh; mesh != nil {
		mesh.Tell(r.name, Change{Kind: ChangeKnocks, Knocks: r.knocks.own()})
	}
	r.oweKnocks()
}

// oweKnocks has the hosts of this node sent who knocks. However often that changes, a host who
// does not read is owed it once.
func (r *room) oweKnocks() {
	r.knocks.encoded = nil
	for _, m := range r.hosting.here {
		m.oweKnocks()
	}
}

// oweKnocks has the sessions of m, who is a host, sent who knocks.
func (m *member) oweKnocks() {
	for _, s := range m.sessions {
		s.owesKnocks = true
		s.room.wake(s)
	}
}

// takeKnocks returns the envelope that s is owed of who knocks, if it is still a host's.
func (s *Session) takeKnocks() []byte {
	owed, r := s.owesKnocks, s.room
	s.owesKnocks = false
	if !owed || s.member == nil || r.hosting.here[s.member.id] == nil {
		return nil
	}
	if r.knocks.encoded == nil {
		r.knocks.encoded = shared.Append(nil, shared.Knocks{Knocks: r.allKnocks()})
	}
	return r.knocks.encoded
}
