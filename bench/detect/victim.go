package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"rollcall/shared/client"
)

// victimArg makes the program one who goes: it joins, and does what it reads.
const victimArg = "-victim"

// What a victim can be told.
const (
	orderClose = "close"
	orderLeave = "leave"
)

// beVictim joins under a name, as "name url" says.
func beVictim(what string) error {
	name, url, _ := strings.Cut(what, " ")
	c, err := client.Dial(context.Background(), url, client.Options{Name: name})
	if err != nil {
		return err
	}
	go func() {
		for {
			if _, err := c.Next(context.Background()); err != nil {
				return
			}
		}
	}()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch in.Text() {
		case orderClose:
			return c.Close()
		case orderLeave:
			return c.Leave(context.Background())
		}
	}
	return c.Close()
}

// victim is one who goes, in a process of its own.
type victim struct {
	name string
	cmd  *exec.Cmd
	to   io.Writer
}

// newVictim starts one behind a prefix, such as a command that puts it elsewhere.
func newVictim(name, url string, prefix ...string) (*victim, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := append(prefix, self, victimArg, name+" "+url)
	v := &victim{name: name, cmd: exec.Command(args[0], args[1:]...)}
	v.cmd.Stderr = os.Stderr
	if v.to, err = v.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return v, v.cmd.Start()
}

func (v *victim) tell(order string) error {
	_, err := fmt.Fprintln(v.to, order)
	return err
}

// end ends the process, whatever it does.
func (v *victim) end() {
	_ = v.cmd.Process.Kill() // it may have ended
	_ = v.cmd.Wait()
}
