package abuse

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"rollcall/bench/frame"
)

var programs = regexp.MustCompile(`/web/app\.[0-9a-f]+\.wasm`)

// program returns the path of the browser's program.
func (a *attacker) program() string {
	client := browser()
	defer client.CloseIdleConnections()
	text, _ := a.get(client, "/")
	return programs.FindString(string(text))
}

func unreadDownloads(a *attacker) string {
	a.longer(40 * time.Second) // to see the limits of 30 and 40 s
	request := fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", a.program(), a.target)
	var cut atomic.Int64
	opened := each(300, a.deaf, func(c net.Conn) {
		_, _ = io.WriteString(c, request)
		time.Sleep(time.Until(a.until))
		_ = c.SetDeadline(time.Now().Add(patience))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err == nil {
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) { // a window of 2 KiB is slow
			cut.Add(1)
		}
	})
	return fmt.Sprintf("%d began, %d were cut", opened, cut.Load())
}

// askers request the roster as often as they may, and read nothing.
func askers(a *attacker) string {
	a.longer(12 * time.Second) // to see the limit of 10 s
	join := a.hello("honest", joinAsMallory)
	ask := frame.Append(nil, frame.Text, []byte(`{"event":"got_a_new_user","data":{"name":"Mallory","resume":{}}}`))
	var cut atomic.Int64
	opened := each(100, a.deaf, func(c net.Conn) {
		_, err := c.Write(join)
		for ; err == nil && !a.over(); time.Sleep(time.Second) {
			_, err = c.Write(ask)
		}
		if err != nil {
			cut.Add(1)
		}
	})
	return fmt.Sprintf("%d joined, %d were cut", opened, cut.Load())
}

// fullFrames sends frames of 8 KiB with as many events as fit.
func fullFrames(a *attacker) string {
	const wave = `{"event":"wave"}` + "\n" // which the server does not know
	events := strings.Repeat(wave, (8<<10)/len(wave))
	full := frame.Append(nil, frame.Text, []byte(events[:len(events)-1]))
	hello := a.hello("honest", joinAsMallory)
	before := a.cpu()
	var frames atomic.Int64
	each(50, a.deaf, func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		_ = c.SetDeadline(a.until)
		var err error
		for _, err = c.Write(hello); err == nil; _, err = c.Write(full) {
			frames.Add(1)
		}
	})
	return fmt.Sprintf("%d events written, of which the system keeps a part; the server worked for %.1f s", frames.Load()*int64(strings.Count(events, "\n")), a.cpu()-before)
}
