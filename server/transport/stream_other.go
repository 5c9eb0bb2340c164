//go:build !unix

package transport

import "syscall"

// canPoll is false on this system: the goroutine of a connection waits in Read.
const canPoll = false

func readNow(syscall.RawConn, []byte) (int, error) { panic("a stream parks where it can't poll") }

func peekNow(syscall.RawConn, []byte) int { panic("a stream parks where it can't poll") }

func hasData(uintptr) bool { panic("a stream parks where it can't poll") }
