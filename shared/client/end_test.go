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

// allCodes is every code of an error event, and what becomes of a client that
// is told so: before its join is answered, and in the room.
var allCodes = map[shared.Code]struct{ unjoined, joined fate }{
	shared.CodeBadUTF8:       {ends, ends},
	shared.CodeBadJSON:       {ends, ends},
	shared.CodeBadEvent:      {ends, ends},
	shared.CodeBinaryFrame:   {ends, ends},
	shared.CodeFrameTooLarge: {ends, ends},
	shared.CodeUnknownEvent:  {stays, stays},
	shared.CodeBadName:       {ends, stays},
	shared.CodeBadNote:       {stays, stays},
	shared.CodeBadStatus:     {stays, stays},
	shared.CodeBadKey:        {ends, stays},
	shared.CodeBadRoom:       {ends, stays},
	shared.CodeNotJoined:     {stays, stays},
	shared.CodeAlreadyJoined: {stays, stays},
	shared.CodeTooOften:      {returns, stays},
	shared.CodeJoinTimeout:   {returns, returns},
	shared.CodeRoomFull:      {returns, returns},
	shared.CodeServerFull:    {returns, returns},
	shared.CodeTooSlow:       {returns, returns},
	shared.CodeLeft:          {ends, ends},
	shared.CodeStopping:      {returns, returns},
	shared.CodeInternal:      {returns, returns},
	"of_a_newer_server":      {stays, stays},
}

type fate string

const (
	ends    fate = "ends for good"
	stays   fate = "stays connected"
	returns fate = "connects anew"
)

func TestErrorsOfTheServer(t *testing.T) {
	for code, fates := range allCodes {
		t.Run(string(code)+" to a join", func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				defer c.Close()
				l := s.link()
				hear[shared.GotANewUser](l)
				meet(t, s, c, l, code, fates.unjoined)
			})
		})
		t.Run(string(code)+" in the room", func(t *testing.T) {
			bubble(t, func(t *testing.T, s *server) {
				c := s.open()
				defer c.Close()
				l, _ := s.join(room("e1"))
				until(t, c, client.Live)
				meet(t, s, c, l, code, fates.joined)
			})
		})
	}
}

func meet(t *testing.T, s *server, c *client.Client, l *link, code shared.Code, want fate) {
	t.Helper()
	said := shared.Errorf(code, "so there")
	l.say(said)
	if got := events(t, c); len(got) != 1 || got[0] != said {
		t.Errorf("the error is shown as %v", got)
	}
	switch want {
	case ends:
		if got := l.goodbye(); got != shared.CloseNormal {
			t.Errorf("closed with %d", got)
		}
		if err := end(t, c); err != said {
			t.Errorf("ended with %v, want %v", err, said)
		}
	case returns:
		l.goodbye()
		s.join(room("e2"))
		until(t, c, client.Live)
	case stays:
		l.quiet()
		if len(s.links) > 0 {
			t.Error("connected anew")
		}
	}
}

// Closes without an error event before them.
func TestClosesOfTheServer(t *testing.T) {
	for code := shared.CloseCode(1000); code < 5000; code++ {
		if code > 1020 && code < 3990 || code > 4020 && code < 4990 {
			continue
		}
		_, back := code.Returns()
		bubble(t, func(t *testing.T, s *server) {
			c := s.open()
			defer c.Close()
			l, _ := s.join(room("e1"))
			until(t, c, client.Live)
			l.Close(code, "bye")
			if back {
				until(t, c, client.Reconnecting)
				s.join(room("e1"))
				until(t, c, client.Live)
			} else if err := end(t, c); err != (client.CloseError{Code: code, Reason: "bye"}) {
				t.Errorf("after %d: ended with %v", code, err)
			}
		})
	}
}

// A server that goes away while it is spoken to has said why.
func TestTheServersLastWordIsHeard(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open(func(o *client.Options) {
			o.Connect = func(ctx context.Context) (client.Conn, error) {
				conn, err := s.connect(ctx)
				return &deafAfterJoin{Conn: conn}, err
			}
		})
		defer c.Close()
		l, _ := s.join(room("e1"))
		events(t, c) // the client has failed to say its status
		left := shared.Errorf(shared.CodeLeft, "left elsewhere")
		l.say(left)
		l.Close(shared.CloseLeft, "")
		if err := end(t, c); err != left {
			t.Errorf("ended with %v", err)
		}
	})
}

// deafAfterJoin is a connection whose other end takes one frame and no more.
type deafAfterJoin struct {
	client.Conn
	joined bool
}

func (d *deafAfterJoin) Write(ctx context.Context, frame []byte) error {
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
				c := s.open()
				defer c.Close()
				r := room("e1")
				l, _ := s.join(r)
				events(t, c)
				if err := l.Write(t.Context(), []byte(frame)); err != nil {
					t.Fatal(err)
				}
				if code := l.goodbye(); code != shared.CloseBadRequest {
					t.Errorf("closed with %d", code)
				}
				s.join(r)
				until(t, c, client.Live)
			})
		})
	}
}

func TestLeave(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		c := s.open()
		l, _ := s.join(room("e1"))
		until(t, c, client.Live)
		if err := c.Leave(t.Context()); err != nil {
			t.Fatal(err)
		}
		hear[shared.Leave](l)
		if code := l.goodbye(); code != shared.CloseNormal {
			t.Errorf("closed with %d", code)
		}
		var why shared.Error
		if err := end(t, c); !errors.As(err, &why) || why.Code != shared.CodeLeft {
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

func TestLeaveThatCannotBeTold(t *testing.T) {
	enough := errors.New("enough")
	for name, leave := range map[string]func(*server, *client.Client) (got, want error){
		"before the join": func(s *server, c *client.Client) (error, error) {
			hear[shared.GotANewUser](s.link())
			return leaveAtOnce(s.t, c), client.ErrNotTold
		},
		"while reconnecting": func(s *server, c *client.Client) (error, error) {
			l, _ := s.join(room("e1"))
			until(s.t, c, client.Live)
			s.down.Store(true)
			l.Break()
			until(s.t, c, client.Reconnecting)
			return leaveAtOnce(s.t, c), client.ErrNotTold
		},
		"to a server that does not read": func(s *server, c *client.Client) (error, error) {
			fillUp(s, c)
			ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, enough)
			defer cancel()
			return c.Leave(ctx), enough
		},
		"over a connection that breaks": func(s *server, c *client.Client) (error, error) {
			l := fillUp(s, c)
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
				if err := end(t, c); err == nil {
					t.Error("goes on")
				}
			})
		})
	}
}

// leaveAtOnce leaves and checks that this does not take time.
func leaveAtOnce(t *testing.T, c *client.Client) error {
	t.Helper()
	start := time.Now()
	err := c.Leave(context.Background())
	if took := time.Since(start); took > 0 {
		t.Errorf("took %v", took)
	}
	return err
}

// fillUp makes the client say so much that it has to wait for the server.
func fillUp(s *server, c *client.Client) *link {
	l, _ := s.join(room("e1"))
	until(s.t, c, client.Live)
	for i := range 100 {
		status := []shared.Status{shared.StatusIdle, shared.StatusAway}[i%2]
		if err := c.SetStatus(s.t.Context(), status); err != nil {
			s.t.Fatal(err)
		}
		synctest.Wait()
	}
	return l
}
