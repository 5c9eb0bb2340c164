package cluster

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"rollcall/server/notice"
)

// NATS configures the connection to the NATS servers that carry a cluster's messages. Only
// core NATS is used: subjects, and the answer that a request has no responders.
type NATS struct {
	URLs []string
	// Name is the first part of every subject, and so separates clusters that share the
	// servers; "rollcall" if empty.
	Name string
	// Credentials is a file with a user's JWT and seed; CA, Cert and Key are PEM
	// files. Each may be empty.
	Credentials, CA, Cert, Key string
	// Embedded, if not nil, is used instead of URLs.
	Embedded *Embedded
}

// nameOr returns the name of a cluster, which defaults to "rollcall".
func nameOr(name string) string { return cmp.Or(name, "rollcall") }

// With its own defaults the NATS client notices a dead server after minutes, and then gives
// up.
const (
	natsPing      = 2 * time.Second // after two unanswered pings the link is down
	natsRetry     = 250 * time.Millisecond
	natsWrite     = 2 * time.Second
	natsPending   = 1 << 16 // received messages that wait to be processed; further ones are dropped, and requested again
	natsPendBytes = 64 << 20
	natsProbe     = time.Second
	natsMaxBytes  = 1 << 20  // of a message until a server has set another bound; NATS' default
	natsMinBytes  = 16 << 10 // of a message at least: the longest operation fits
)

// natsTransport is a Transport over NATS. Its subjects are NAME.all and NAME.node.ID.
type natsTransport struct {
	conn   *nats.Conn
	prefix string
	up     atomic.Bool
	log    *slog.Logger
	failed notice.Warning // of publishing
}

// Dial returns a transport over NATS, for Start. If no server can be reached now, it keeps
// trying in the background. It fails where trying again can't help, as with credentials that
// can't be read.
func (c *Cluster) Dial(n NATS) (Transport, error) {
	t := &natsTransport{prefix: nameOr(n.Name), log: c.config.Log, failed: notice.Warning{Every: logEvery}}
	options, err := t.options(n)
	if err != nil {
		return nil, err
	}
	if t.conn, err = nats.Connect(strings.Join(n.URLs, ","), options...); err != nil {
		return nil, fmt.Errorf("NATS at %s: %w", strings.Join(n.URLs, ", "), err)
	}
	if t.conn.IsConnected() {
		t.up.Store(true)
	}
	for _, subject := range []string{t.broadcastSubject(), t.nodeSubject(c.id)} {
		sub, err := t.conn.Subscribe(subject, func(m *nats.Msg) { c.Receive(m.Data) })
		if err == nil {
			err = sub.SetPendingLimits(natsPending, natsPendBytes)
		}
		if err != nil {
			t.conn.Close()
			return nil, fmt.Errorf("NATS: subscribing to %s: %w", subject, err)
		}
	}
	return t, nil
}

// options returns the options of the NATS client.
func (t *natsTransport) options(n NATS) ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name("rollcall"), nats.NoEcho(),
		nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(natsRetry), nats.ReconnectJitter(natsRetry/2, natsRetry/2),
		nats.PingInterval(natsPing), nats.MaxPingsOutstanding(2), nats.FlusherTimeout(natsWrite),
		nats.ReconnectBufSize(-1), // streams repair what can't be sent now
		nats.ConnectHandler(t.connected),
		nats.ReconnectHandler(t.connected),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			t.up.Store(false)
			if err != nil {
				t.log.Warn("NATS is gone", "err", err)
			}
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			t.log.Warn("NATS complains", "err", err)
		}),
	}
	if n.Embedded != nil {
		options = append(options, n.Embedded.options()...)
	}
	if n.Credentials != "" {
		if err := checkCredentials(n.Credentials); err != nil {
			return nil, fmt.Errorf("NATS: the credentials in %s: %w", n.Credentials, err)
		}
		options = append(options, nats.UserCredentials(n.Credentials))
	}
	if n.CA != "" {
		options = append(options, nats.RootCAs(n.CA))
	}
	if (n.Cert == "") != (n.Key == "") {
		return nil, errors.New("NATS: a client certificate takes both a certificate and a key")
	}
	if n.Cert != "" {
		if _, err := tls.LoadX509KeyPair(n.Cert, n.Key); err != nil {
			return nil, fmt.Errorf("NATS: the certificate in %s with the key in %s: %w", n.Cert, n.Key, err)
		}
		options = append(options, nats.ClientCert(n.Cert, n.Key))
	}
	return options, nil
}

// checkCredentials reports why a file has no usable credentials. The client reads the file
// only when it connects, and would try forever.
func checkCredentials(file string) error {
	var o nats.Options
	if err := nats.UserCredentials(file)(&o); err != nil {
		return err
	}
	if _, err := o.UserJWT(); err != nil {
		return err
	}
	_, err := o.SignatureCB([]byte("a nonce"))
	return err
}

func (t *natsTransport) broadcastSubject() string       { return t.prefix + ".all" }
func (t *natsTransport) nodeSubject(node string) string { return t.prefix + ".node." + node }

// connected notes that the link is up, and logs an error if the server's max_payload is too
// small for an operation.
func (t *natsTransport) connected(conn *nats.Conn) {
	t.up.Store(true)
	if most := conn.MaxPayload(); most < natsMinBytes {
		t.log.Error("NATS takes too small messages for this: raise its max_payload", "bytes", most, "need", natsMinBytes)
	}
}

// Broadcast and Send drop what they can't send now: streams repair themselves.
func (t *natsTransport) Broadcast(message []byte)         { t.publish(t.broadcastSubject(), message) }
func (t *natsTransport) Send(node string, message []byte) { t.publish(t.nodeSubject(node), message) }

func (t *natsTransport) publish(subject string, message []byte) {
	err := t.conn.Publish(subject, message)
	if err == nil {
		return
	}
	if n := t.failed.Due(); n > 0 {
		t.log.Warn("messages to other nodes were not sent", "such", n, "err", err, "bytes", len(message))
	}
}

// MaxMessage returns the server's max_payload.
func (t *natsTransport) MaxMessage() int {
	if most := t.conn.MaxPayload(); most > 0 {
		return int(most)
	}
	return natsMaxBytes
}

// Probe sends a request, which NATS answers itself if the subject has no subscriber. A node
// that is alive says hello instead of answering.
func (t *natsTransport) Probe(node string, message []byte, gone func()) {
	go func() {
		if _, err := t.conn.Request(t.nodeSubject(node), message, natsProbe); errors.Is(err, nats.ErrNoResponders) {
			gone()
		}
	}()
}

func (t *natsTransport) Connected() bool { return t.up.Load() }

func (t *natsTransport) Close() {
	_ = t.conn.FlushTimeout(natsProbe)
	t.conn.Close()
}
