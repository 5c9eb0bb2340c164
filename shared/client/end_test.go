package client_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
)

// allCodes maps every code of an error event to its effect on a client that
// receives it: before the answer to its join, and in the room.
var allCodes = map[shared.Code]struct{ unjoined, joined outcome }{
	shared.CodeBadUTF8:       {ends, ends},
	shared.CodeBadJSON:       {ends, ends},
	shared.CodeBadEvent:      {ends, ends},
	shared.CodeBinaryFrame:   {ends, ends},
	shared.CodeFrameTooLarge: {ends, ends},
	shared.CodeUnknownEvent:  {stays, stays},
	shared.CodeBadName:       {ends, stays},
	shared.CodeBadNote:       {stays, stays},
	shared.CodeBadTitle:      {stays, stays},
	shared.CodeBadTopic:      {stays, stays},
	shared.CodeBadStatus:     {stays, stays},
	shared.CodeBadKey:        {ends, stays},
	shared.CodeBadRoom:       {ends, stays},
	shared.CodeNotJoined:     {stays, stays},
	shared.CodeAlreadyJoined: {stays, stays},
	shared.CodeTooOften:      {returns, stays},
	shared.CodeUnauthorized:  {ends, ends},
	shared.CodeForbidden:     {ends, ends},
	shared.CodeTokenExpired:  {ends, ends},
	shared.CodeLocked:        {ends, ends},
	shared.CodeJoinTimeout:   {returns, returns},
	shared.CodeRoomFull:      {returns, returns},
	shared.CodeServerFull:    {returns, returns},
	shared.CodeTooSlow:       {returns, returns},
	shared.CodeLeft:          {ends, ends},
	shared.CodeStopping:      {returns, returns},
	shared.CodeInternal:      {returns, returns},
	"of_a_newer_server":      {stays, stays},
}

type outcome string

const (
	ends    outcome = "ends for good"
	stays   outcome = "stays connected"
	returns outcome = "connects anew"
)

func TestErrorsOfTheServer(t *testing.T) {
	for code, outcomes := range allCodes {
		t.Run(string(code)+" to a join", func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				l, _ := s.joining()
				wantOutcome(t, s, c, l, code, outcomes.unjoined)
			})
		})
		t.Run(string(code)+" in the room", func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c, l := s.joined(room("e1"))
				wantOutcome(t, s, c, l, code, outcomes.joined)
			})
		})
	}
}

// wantOutcome sends the client an error with the code and checks that Next returns
// it and that it has the wanted effect.
func wantOutcome(t *testing.T, s *server, c *client.Client, l *link, code shared.Code, want outcome) {
	t.Helper()
	said := shared.Errorf(code, "so there")
	l.send(said)
	if got := drain(t, c); len(got) != 1 || got[0] != said {
		t.Errorf("the error is shown as %v", got)
	}
	switch want {
	case ends:
		if got := l.closeCode(); got != shared.CloseNormal {
			t.Errorf("closed with %d", got)
		}
		if err := waitForEnd(t, c); err != said {
			t.Errorf("ended with %v, want %v", err, said)
		}
	case returns:
		l.closeCode()
		s.join(room("e2"))
		waitFor(t, c, client.Live)
	case stays:
		l.expectNothing()
		if len(s.links) > 0 {
			t.Error("connected anew")
		}
	}
}

// A close code alone never ends a client: without an error event before it, it may
// come from a proxy, which uses codes of its own and some of the server's.
func TestNoCloseCodeEndsAClient(t *testing.T) {
	for code := shared.CloseCode(1000); code < 5000; code++ {
		if code > 1020 && code < 3990 || code > 4020 && code < 4990 {
			continue
		}
		bubble(t, func(t *testing.T, s *server) {
			c, l := s.joined(room("e1"))
			l.Close(code, "bye")
			waitFor(t, c, client.Reconnecting)
			s.join(room("e1"))
			waitFor(t, c, client.Live)
		})
	}
}

// An error event that came before a failed write is still received: it says why
// the server ended the connection.
func TestErrorBeforeAFailedWriteIsReceived(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				conn, err := s.connect(ctx)
				return &failsAfterJoin{Conn: conn}, err
			}
		})
		l, _ := s.join(room("e1"))
		drain(t, c) // meanwhile the client fails to send its status
		left := shared.Errorf(shared.CodeLeft, "left elsewhere")
		l.send(left)
		l.Close(shared.CloseLeft, "")
		if err := waitForEnd(t, c); err != left {
			t.Errorf("ended with %v", err)
		}
	})
}

// failsAfterJoin is a connection on which every write but the first fails.
type failsAfterJoin struct {
	client.Conn
	joined bool
}

func (d *failsAfterJoin) Write(ctx context.Context, frame []byte) error {
	if d.joined {
		return net.ErrClosed
	}
	d.joined = true
	return d.Conn.Write(ctx, frame)
}

func TestUnreadableFramesAreTheServersFault(t *testing.T) {
	for name, frame := range map[string]string{
		"not UTF-8":     "{\"event\":\"error\",\"data\":{\"message\":\"\xff\"}}",
		"not JSON":      "hello",
		"no event":      "{}",
		"data mismatch": `{"event":"new_user","data":7}`,
		"empty":         "",
		"an error that would end a client, misspelt": `{"event":"error","data":{"code":7}}`,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				r := room("e1")
				c, l := s.joined(r)
				drain(t, c)
				if err := l.Write(t.Context(), []byte(frame)); err != nil {
					t.Fatal(err)
				}
				if code := l.closeCode(); code != shared.CloseBadRequest {
					t.Errorf("closed with %d", code)
				}
				s.join(r)
				waitFor(t, c, client.Live)
			})
		})
	}
}

func TestLeave(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c, l := s.joined(room("e1"))
		if err := c.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		receive[shared.Leave](l)
		if code := l.closeCode(); code != shared.CloseNormal {
			t.Errorf("closed with %d", code)
		}
		var why shared.Error
		if err := waitForEnd(t, c); !errors.As(err, &why) || why.Code != shared.CodeLeft {
			t.Errorf("ended with %v", err)
		}
		if err := c.Leave(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}
		time.Sleep(time.Hour)
		if len(s.links) > 0 {
			t.Error("came back")
		}
	})
}

func TestLeaveThatCannotBeSent(t *testing.T) {
	enough := errors.New("enough")
	for name, leave := range map[string]func(*server, *client.Client) (got, want error){
		"before the join": func(s *server, c *client.Client) (error, error) {
			s.joining()
			return leaveAtOnce(s.t, c), client.ErrNotTold
		},
		"while reconnecting": func(s *server, c *client.Client) (error, error) {
			l, _ := s.join(room("e1"))
			waitFor(s.t, c, client.Live)
			s.down.Store(true)
			l.Break()
			waitFor(s.t, c, client.Reconnecting)
			return leaveAtOnce(s.t, c), client.ErrNotTold
		},
		"to a server that does not read": func(s *server, c *client.Client) (error, error) {
			fillBuffer(s, c)
			ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, enough)
			defer cancel()
			return c.Leave(ctx), enough
		},
		"over a connection that breaks": func(s *server, c *client.Client) (error, error) {
			l := fillBuffer(s, c)
			time.AfterFunc(time.Second, l.Break)
			return c.Leave(context.Background()), client.ErrNotTold
		},
		"after Close": func(s *server, c *client.Client) (error, error) {
			c.Close()
			return c.Leave(context.Background()), client.ErrClosed
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				if got, want := leave(s, c); !errors.Is(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
				if err := waitForEnd(t, c); err == nil {
					t.Error("goes on")
				}
			})
		})
	}
}

// leaveAtOnce calls Leave and checks that it returns at once.
func leaveAtOnce(t *testing.T, c *client.Client) error {
	t.Helper()
	start := time.Now()
	err := c.Leave(context.Background())
	if took := time.Since(start); took > 0 {
		t.Errorf("took %v", took)
	}
	return err
}

// fillBuffer joins and makes the client send until its writes block, because the
// server does not read.
func fillBuffer(s *server, c *client.Client) *link {
	l, _ := s.join(room("e1"))
	waitFor(s.t, c, client.Live)
	for i := range 100 {
		status := []shared.Status{shared.StatusIdle, shared.StatusAway}[i%2]
		if err := c.SetStatus(s.t.Context(), status); err != nil {
			s.t.Fatal(err)
		}
		synctest.Wait()
	}
	return l
}
