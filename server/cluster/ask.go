package cluster

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"rollcall/server/hub"
)

// The bounds of queries.
const (
	askWithin  = 300 * time.Millisecond // how long Ask waits for answers
	maxQueries = 64                     // queries of other nodes that wait to be answered; further ones are dropped
)

// ErrStarting is the error of Ask and Missing while this node may not have heard the others
// yet, in the first 1.5 s after Start, and after Close.
var ErrStarting = errors.New("this node has not heard the others yet")

// query is a query of another node.
type query struct {
	from   string
	number uint64
	body   []byte
	at     time.Time // when it came
}

// gathering collects the answers to a query of this node. Guarded by Cluster.mu.
type gathering struct {
	waiting map[*peer]string // the names of the nodes that have not answered
	answers []answer
	done    chan struct{} // closed when nobody is waited for
}

// answer is the answer of one node.
type answer struct {
	name string
	body []byte
}

// AnswerWith sets the function that answers the queries of other nodes. It returns JSON of at
// most most bytes, or nil for no answer, and is called by one goroutine at a time.
// AnswerWith must be called before Start.
func (c *Cluster) AnswerWith(f func(query []byte, most int) []byte) { c.answerTo = f }

// Ask sends a query, which must be JSON, to all other nodes, waits for their answers for at
// most 300 ms, and then calls take with each. It returns the sorted names of the nodes that
// did not answer or for whose answer take returned an error. The only error is ErrStarting.
func (c *Cluster) Ask(ctx context.Context, body []byte, take func(answer []byte) error) (missing []string, err error) {
	number, g, missing, err := c.beginAsk()
	if err != nil {
		return nil, err
	}
	c.transport.Broadcast(message{Kind: kindAsk, From: c.id, Ask: number, Body: body}.encode())
	timer := time.NewTimer(askWithin)
	defer timer.Stop()
	select {
	case <-g.done:
	case <-timer.C:
	case <-ctx.Done():
	}
	c.mu.Lock()
	delete(c.asking, number)
	for _, name := range g.waiting {
		missing = append(missing, name)
	}
	c.mu.Unlock()
	for _, a := range g.answers {
		if take(a.body) != nil {
			missing = append(missing, a.name)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// beginAsk prepares for the answers to a query. It returns the names of lost nodes, for which
// Ask does not wait.
func (c *Cluster) beginAsk() (number uint64, g *gathering, missing []string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.discovered || c.closed {
		return 0, nil, nil, ErrStarting
	}
	g = &gathering{waiting: make(map[*peer]string), done: make(chan struct{})}
	for _, p := range c.peers {
		switch {
		case p.stopped:
		case p.lostAt.IsZero():
			g.waiting[p] = p.name()
		default:
			missing = append(missing, p.name())
		}
	}
	if len(g.waiting) == 0 {
		close(g.done)
	}
	c.lastAsk++
	c.asking[c.lastAsk] = g
	return c.lastAsk, g, missing, nil
}

// Missing returns the sorted names of the nodes whose members of a room may be missing from
// this node's hub: those that have not synced the room, those that are lost, and all while
// the link is down. The only error is ErrStarting.
func (c *Cluster) Missing(room string) (missing []string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.discovered || c.closed {
		return nil, ErrStarting
	}
	r, up := c.rooms[room], c.transport.Connected()
	for _, p := range c.peers {
		if !p.stopped && (!up || r == nil || !p.lostAt.IsZero() || r.sync[p] != synced) {
			missing = append(missing, p.name())
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// name returns what operators call p.
func (p *peer) name() string { return cmp.Or(p.info.Name, p.id) }

// receiveQuery queues a query of p to be answered.
func (c *Cluster) receiveQuery(p *peer, m message) {
	select {
	case c.queries <- query{p.id, m.Ask, m.Body, time.Now()}:
	default: // p will report this node as missing
	}
}

// answerQueries answers the queries of other nodes, until Close.
func (c *Cluster) answerQueries() {
	for {
		select {
		case q := <-c.queries:
			c.answerQuery(q)
		case <-c.done:
			return
		}
	}
}

// answerQuery answers a query, unless it has waited for so long that whoever asked has
// stopped waiting.
func (c *Cluster) answerQuery(q query) {
	if time.Since(q.at) > askWithin {
		return
	}
	defer hub.Rescue(c.config.Log, nil)
	if body := c.answerTo(q.body, c.transport.MaxMessage()-messageSize); body != nil {
		c.transport.Send(q.from, message{Kind: kindAnswer, From: c.id, Ask: q.number, Body: body}.encode())
	}
}

// receiveAnswer stores the answer of p, unless p is not waited for.
func (c *Cluster) receiveAnswer(p *peer, m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.asking[m.Ask]
	if g == nil || g.waiting[p] == "" {
		return
	}
	g.answers = append(g.answers, answer{g.waiting[p], m.Body})
	delete(g.waiting, p)
	if len(g.waiting) == 0 {
		close(g.done)
	}
}
