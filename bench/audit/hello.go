package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/andybalholm/brotli"
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"rollcall/bench/audit/hello"
)

// serveHello serves the hello page as go-app does, but in brotli. The program
// is built like Rollcall's, and compressed as hard.
func (s settings) serveHello() (url string, stop func(), err error) {
	program, compressed, err := s.buildHello()
	if err != nil {
		return "", nil, err
	}
	hello.Route()
	handler := &app.Handler{Name: "Hello", Description: "A page that says hello", WasmContentLength: fmt.Sprint(program)}
	mux := http.NewServeMux()
	mux.HandleFunc("/web/app.wasm", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write(compressed) // the browser may be gone
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		out := brotli.HTTPCompressor(w, r)
		handler.ServeHTTP(plain{w, out}, r)
		_ = out.Close()
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }() // until it is closed
	return "http://" + listener.Addr().String() + "/", func() { _ = server.Close() }, nil
}

// plain hands a body to the compressor, whose length is another one.
type plain struct {
	http.ResponseWriter
	out interface{ Write([]byte) (int, error) }
}

func (p plain) WriteHeader(status int) {
	p.Header().Del("Content-Length")
	p.ResponseWriter.WriteHeader(status)
}

func (p plain) Write(b []byte) (int, error) {
	p.Header().Del("Content-Length")
	return p.out.Write(b)
}

// buildHello returns the size of the program and its compressed form, which is
// kept until the program is another one.
func (s settings) buildHello() (size int, compressed []byte, err error) {
	out := filepath.Join(s.bench, "bin", "hello.wasm")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./audit/hello/app")
	build.Dir = s.bench
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		return 0, nil, fmt.Errorf("building the hello page: %w\n%s", err, output)
	}
	program, err := os.ReadFile(out)
	if err != nil {
		return 0, nil, err
	}
	kept := filepath.Join(s.bench, "bin", "hello.wasm.br")
	if compressed, err = os.ReadFile(kept); err == nil && unpacks(compressed, program) {
		return len(program), compressed, nil
	}
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	if _, err := w.Write(program); err != nil {
		return 0, nil, err
	}
	if err := w.Close(); err != nil {
		return 0, nil, err
	}
	return len(program), b.Bytes(), os.WriteFile(kept, b.Bytes(), 0o644)
}

func unpacks(compressed, program []byte) bool {
	var b bytes.Buffer
	_, err := b.ReadFrom(brotli.NewReader(bytes.NewReader(compressed)))
	return err == nil && bytes.Equal(b.Bytes(), program)
}
