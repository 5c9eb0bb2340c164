package engines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// message is a message of WebDriver BiDi or of DevTools, which addresses a page by its
// session. A command and its answer have an id, an event has none.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`   // a string in BiDi, an object in DevTools
	Message string          `json:"message,omitempty"` // explains a string
}

// pipe sends commands to a browser and receives their answers. It is safe for concurrent
// use.
type pipe struct {
	conn    *websocket.Conn
	onEvent func(message) // receives every event, on the reading goroutine

	mu      sync.Mutex
	last    int
	pending map[int]chan message // commands without an answer, by id
	err     error                // why there are no more answers
}

// dial connects to a browser. onEvent must not block.
func dial(ctx context.Context, url string, hear func(message)) (*pipe, error) {
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1) // answers may be large, and we trust a browser that we have started
	p := &pipe{conn: conn, onEvent: hear, pending: map[int]chan message{}}
	go p.read()
	return p, nil
}

func (p *pipe) close() { _ = p.conn.CloseNow() }

// read dispatches messages until the connection ends.
func (p *pipe) read() {
	for {
		var m message
		if err := wsjson.Read(context.Background(), p.conn, &m); err != nil {
			p.fail(fmt.Errorf("the browser is gone: %w", err))
			return
		}
		if m.ID == 0 {
			p.onEvent(m)
			continue
		}
		p.mu.Lock()
		answer := p.pending[m.ID]
		delete(p.pending, m.ID)
		p.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}

// fail ends all pending commands.
func (p *pipe) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	for _, answer := range p.pending {
		close(answer)
	}
	clear(p.pending)
}

// call sends a command and decodes its result into result, unless that is nil.
func (p *pipe) call(ctx context.Context, session, method string, params, result any) error {
	encoded, err := json.Marshal(params)
	if err != nil {
		return err
	}
	id, answer, err := p.register()
	if err != nil {
		return err
	}
	defer p.unregister(id)
	if err := wsjson.Write(ctx, p.conn, message{ID: id, Session: session, Method: method, Params: encoded}); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s is not answered: %w", method, ctx.Err())
	case m, ok := <-answer:
		if !ok {
			return fmt.Errorf("%s is not answered: %w", method, p.err)
		}
		if m.Error != nil {
			return errors.New(method + ": " + string(m.Error) + " " + m.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

func (p *pipe) register() (id int, answer chan message, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, nil, p.err
	}
	p.last++
	answer = make(chan message, 1)
	p.pending[p.last] = answer
	return p.last, answer, nil
}

func (p *pipe) unregister(id int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, id)
}
