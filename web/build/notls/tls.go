// Package tls takes the place of crypto/tls in the browser program, which has no
// sockets: requests go through the browser's fetch, and TLS is the browser's. It has
// what net/http names and nothing that works.
//
// The real package brings in certificates and all of cryptography, a fifth of what a
// first visit would fetch (1.61 MB instead of 1.31, brotli), and none of it ever runs.
// Where a new Go makes net/http use more of crypto/tls, the build stops at the missing
// name.
package tls

import (
	"context"
	"errors"
	"net"
)

var errNoTLS = errors.New("tls: a browser program has no sockets")

// Config stands for crypto/tls.Config.
type Config struct {
	NextProtos         []string
	ServerName         string
	Certificates       []Certificate
	GetCertificate     func() // net/http only asks whether there is one
	GetConfigForClient func()
}

// Clone returns a copy.
func (c *Config) Clone() *Config {
	clone := *c
	return &clone
}

// Certificate stands for crypto/tls.Certificate.
type Certificate struct{}

// LoadX509KeyPair fails.
func LoadX509KeyPair(certFile, keyFile string) (Certificate, error) { return Certificate{}, errNoTLS }

// ConnectionState stands for crypto/tls.ConnectionState.
type ConnectionState struct {
	NegotiatedProtocol         string
	NegotiatedProtocolIsMutual bool
}

// Conn stands for crypto/tls.Conn. It never shakes hands.
type Conn struct{ net.Conn }

// Client returns conn as one that never shakes hands.
func Client(conn net.Conn, _ *Config) *Conn { return &Conn{conn} }

// HandshakeContext fails.
func (*Conn) HandshakeContext(context.Context) error { return errNoTLS }

// ConnectionState returns that of a connection before its handshake.
func (*Conn) ConnectionState() ConnectionState { return ConnectionState{} }

// NewListener returns a listener that accepts nothing.
func NewListener(net.Listener, *Config) net.Listener { return deaf{} }

type deaf struct{}

func (deaf) Accept() (net.Conn, error) { return nil, errNoTLS }
func (deaf) Close() error              { return nil }
func (deaf) Addr() net.Addr            { return &net.TCPAddr{} }

// RecordHeaderError stands for crypto/tls.RecordHeaderError. Nothing returns it.
type RecordHeaderError struct {
	RecordHeader [5]byte
	Conn         net.Conn
}

func (RecordHeaderError) Error() string { return errNoTLS.Error() }
