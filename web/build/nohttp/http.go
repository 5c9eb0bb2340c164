// Package http takes the place of net/http in the browser program, whose requests are
// the browser's own. It has what go-app names, which is for servers, and nothing that works.
//
// The real package brings in a client, a server, TLS and cryptography, and none of it
// ever runs. Where a new go-app uses more of it, the build stops at the missing name.
package http

import (
	"errors"
	"io"
	"net/url"
)

var errNoHTTP = errors.New("http: a browser program has no sockets")

// The status codes that are named (RFC 9110 §15).
const (
	StatusOK                  = 200
	StatusNotModified         = 304
	StatusNotFound            = 404
	StatusInternalServerError = 500
)

// Header stands for net/http.Header.
type Header map[string][]string

// Get returns nothing.
func (Header) Get(string) string { return "" }

// Set keeps nothing.
func (Header) Set(string, string) {}

// Request stands for net/http.Request.
type Request struct {
	URL    *url.URL
	Host   string
	Header Header
	TLS    *struct{} // go-app only asks whether there is one
}

// Response stands for net/http.Response.
type Response struct {
	StatusCode int
	Header     Header
	Body       io.ReadCloser
}

// ResponseWriter stands for net/http.ResponseWriter.
type ResponseWriter interface {
	Header() Header
	Write([]byte) (int, error)
	WriteHeader(statusCode int)
}

// Handler stands for net/http.Handler.
type Handler interface {
	ServeHTTP(ResponseWriter, *Request)
}

// NotFound answers nothing.
func NotFound(ResponseWriter, *Request) {}

// Dir stands for net/http.Dir.
type Dir string

// FileServer returns no server.
func FileServer(Dir) Handler { return nil }

// Get fails.
func Get(string) (*Response, error) { return nil, errNoHTTP }
