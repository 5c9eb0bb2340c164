package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"syscall"
	"time"

	"rollcall/server/hub"
)

// syncWithin bounds the wait for the predecessor to send its members.
const syncWithin = 5 * time.Second

// Enter makes h take over from its predecessor, which runs or has left a file, and then waits
// in the background for the successor. When Enter returns, h has the predecessor's members. It
// fails if the predecessor does not answer within 5 s, and if the directory, or what is in it,
// could have been written by another user. h must have been made with Mesh.
func (l *Link) Enter(h *hub.Hub) error {
	l.hub = h
	var err error
	if l.dir, err = openDir(l.path); err != nil {
		return err
	}
	conn, err := l.dial()
	switch {
	case err != nil:
		return err
	case conn == nil:
		if err := l.readFile(); err != nil {
			return err
		}
	default:
		if err := l.link(conn); err != nil {
			return fmt.Errorf("the server that runs: %w", err)
		}
	}
	if err := l.dir.Remove(socketName); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return l.listen()
}

// dial connects to the predecessor. It returns nil if none listens.
func (l *Link) dial() (net.Conn, error) {
	info, err := l.dir.Lstat(socketName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (info.Mode().Type() != fs.ModeSocket || !isOwn(info)) {
		err = errors.New("not a socket of the user that serves")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.socket(), err)
	}
	conn, err := net.Dial("unix", l.socket())
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// link runs the connection to the predecessor in the background, and returns when that has
// sent its members.
func (l *Link) link(conn net.Conn) error {
	p, from, err := l.handshake(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	synced := make(chan struct{})
	ended := make(chan struct{})
	l.running.Go(func() {
		defer close(ended)
		l.run(p, from, sync.OnceFunc(func() { close(synced) }))
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

// handshake exchanges the names of the two servers.
func (l *Link) handshake(conn net.Conn) (*peer, *json.Decoder, error) {
	if err := checkUser(conn); err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(syncWithin))
	if err := json.NewEncoder(conn).Encode(line{Node: l.node}); err != nil {
		return nil, nil, err
	}
	from := json.NewDecoder(conn)
	var hello line
	if err := from.Decode(&hello); err != nil {
		return nil, nil, err
	}
	if !isNode(hello.Node) || hello.Node == l.node {
		return nil, nil, fmt.Errorf("it says it is %.80q", hello.Node)
	}
	_ = conn.SetDeadline(time.Time{})
	return newPeer(hello.Node, conn), from, nil
}

// listen accepts successors in the background.
func (l *Link) listen() error {
	listener, err := net.Listen("unix", l.socket())
	if err != nil {
		return err
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false) // the path may be the successor's by then
	l.listener = listener
	l.running.Go(func() { l.accept(listener) })
	return nil
}

// After a failed accept, as when the process has too many open files, the next attempt comes
// after minPause, and after each further failure after twice the pause, up to maxPause.
const (
	minPause = 5 * time.Millisecond
	maxPause = time.Second
)

// accept serves connections until the listener is closed.
func (l *Link) accept(listener net.Listener) {
	pause := minPause
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			pause = minPause
			l.running.Go(func() { l.serve(conn) })
			continue
		}
		l.acceptWarning.Log(l.log, "handover: another server could not be let in", "err", err)
		select {
		case <-time.After(pause):
			pause = min(2*pause, maxPause)
		case <-l.stopped:
			return
		}
	}
}

// serve runs a connection from another server.
func (l *Link) serve(conn net.Conn) {
	p, from, err := l.handshake(conn)
	if err != nil {
		l.log.Warn("handover: not a server", "err", err)
		_ = conn.Close()
		return
	}
	l.log.Info("handover: another server is there")
	l.run(p, from, func() {})
}
