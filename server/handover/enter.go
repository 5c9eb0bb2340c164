package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"rollcall/server/hub"
)

// syncWithin bounds the wait for a server before this one to tell all it has.
const syncWithin = 5 * time.Second

// Enter makes h take over from the server before it, if there is one or has
// been a moment ago, and then waits in the background for the next. When it
// returns, what the other had is in h's hands.
func (l *Link) Enter(h *hub.Hub) error {
	l.hub = h
	if err := os.MkdirAll(filepath.Dir(l.socket), 0o700); err != nil {
		return err
	}
	conn, err := net.Dial("unix", l.socket)
	if err != nil { // nobody listens; whatever else is wrong is found below
		l.readFile()
	} else if err := l.follow(conn); err != nil {
		return fmt.Errorf("handover: the server that runs: %w", err)
	}
	if err := os.Remove(l.socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.listen()
}

// follow begins a conversation with the server before this one, and returns
// when that has said all.
func (l *Link) follow(conn net.Conn) error {
	p, from, err := l.greet(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	synced := make(chan struct{})
	ended := make(chan struct{})
	l.running.Go(func() {
		defer close(ended)
		l.converse(p, from, sync.OnceFunc(func() { close(synced) }))
	})
	select {
	case <-synced:
		l.log.Info("handover: linked with the server that runs; it may stop now")
		return nil
	case <-ended:
		return errors.New("it ended")
	case <-time.After(syncWithin):
		return errors.Join(errors.New("it does not answer"), conn.Close())
	}
}

// greet says who this is and hears who the other is.
func (l *Link) greet(conn net.Conn) (*peer, *json.Decoder, error) {
	_ = conn.SetDeadline(time.Now().Add(syncWithin))
	if err := json.NewEncoder(conn).Encode(line{Node: l.node}); err != nil {
		return nil, nil, err
	}
	from := json.NewDecoder(conn)
	var hello line
	if err := from.Decode(&hello); err != nil {
		return nil, nil, err
	}
	if hello.Node == "" || hello.Node == l.node {
		return nil, nil, fmt.Errorf("it says it is %q", hello.Node)
	}
	_ = conn.SetDeadline(time.Time{})
	return newPeer(hello.Node, conn), from, nil
}

// listen waits for the server after this one.
func (l *Link) listen() error {
	listener, err := net.Listen("unix", l.socket)
	if err != nil {
		return err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // the path may be the next one's by then
	l.listener = listener
	l.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed
			}
			l.running.Go(func() { l.welcome(conn) })
		}
	})
	return nil
}

func (l *Link) welcome(conn net.Conn) {
	p, from, err := l.greet(conn)
	if err != nil {
		l.log.Warn("handover: not a server", "err", err)
		_ = conn.Close()
		return
	}
	l.log.Info("handover: another server is there")
	l.converse(p, from, func() {})
}
