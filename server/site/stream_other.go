//go:build !unix

package site

import "syscall"

// canWait says that a connection's goroutine waits in Read on this system, and
// costs what that costs.
const canWait = false

func readNow(syscall.RawConn, []byte) (int, error) { panic("a stream rests where it can't wait") }

func peekNow(syscall.RawConn, []byte) int { panic("a stream rests where it can't wait") }

func readable(uintptr) bool { panic("a stream rests where it can't wait") }
