package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"rollcall/bench/crowd"
	"rollcall/bench/subject"
	"rollcall/bench/wires"
)

// small is how many people are in the small room: of a team.
const small = 11

// longest bounds how long people stay.
const longest = time.Hour

// room is a server whose lobby has people in it.
type room struct {
	process *subject.Process
	leave   atomic.Bool
	gone    chan error
}

// fill starts the server and has n people join its lobby, who stay until
// close. They and the server give way to the browser: a visitor's machine has
// neither.
func (s settings) fill(n int) (*room, error) {
	process, err := subject.All(s.bench, s.binary)[subject.NameRollcall].Start("-max-room-sessions", fmt.Sprint(n+64))
	if err != nil {
		return nil, err
	}
	r := &room{process: process, gone: make(chan error, 1)}
	people, err := crowd.New(process.Addr, wires.NewRollcall())
	if err != nil {
		process.Stop()
		return nil, err
	}
	ready := make(chan error, 1)
	go func() { // a crowd is for one goroutine
		defer people.Close()
		runtime.LockOSThread() // until its end, and the thread's
		err := errors.Join(
			unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), subject.Courtesy),
			process.GiveWay(),
			enter(people, n),
		)
		ready <- err
		if err == nil {
			err = people.Until(r.leave.Load, longest)
		}
		r.gone <- err
	}()
	if err := <-ready; err != nil {
		process.Stop()
		return nil, err
	}
	return r, nil
}

func enter(people *crowd.Crowd, n int) error {
	made, err := people.Open(n, crowd.Spec{
		Room: func(int) string { return "lobby" },
		Name: func(i int) string { return fmt.Sprintf("Person %d", i) },
	})
	if err != nil {
		return err
	}
	people.Watch(made, false)
	for _, c := range made {
		if err := people.Join(c); err != nil {
			return err
		}
		people.Expect(c, n)
	}
	_, err = people.Await(time.Minute)
	return err
}

func (r *room) url() string { return "http://" + r.process.Addr.String() + "/" }

// close has everybody leave and ends the server.
func (r *room) close() error {
	r.leave.Store(true)
	err := <-r.gone
	r.process.Stop()
	return err
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimSpace(line)
}
