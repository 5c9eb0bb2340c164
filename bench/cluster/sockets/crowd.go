package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"time"

	"rollcall/bench/crowd"
	"rollcall/shared"
)

// crowdProcess is the clients of one node. It says when all are connected, is
// told to have them join, says when each sees everybody, and ends with its input.
type crowdProcess struct {
	cmd    *exec.Cmd
	orders io.WriteCloser
	says   *bufio.Reader
}

func startCrowd(node netip.AddrPort, index, own, others int) (*crowdProcess, error) {
	cmd := exec.Command(os.Args[0], "-at", node.String(), "-index", strconv.Itoa(index), "-own", strconv.Itoa(own),
		"-others", strconv.Itoa(others), "-people", strconv.Itoa(*people), "-rooms", strconv.Itoa(*rooms),
		"-pace", strconv.Itoa(*pace))
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	says, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &crowdProcess{cmd, orders, bufio.NewReader(says)}, cmd.Start()
}

// hear waits for what the crowd says next.
func (p *crowdProcess) hear() error {
	_, err := p.says.ReadString('\n')
	if err != nil {
		return errors.New("a crowd has failed")
	}
	return nil
}

func (p *crowdProcess) join() error {
	_, err := fmt.Fprintln(p.orders, "join")
	return err
}

func (p *crowdProcess) end() {
	_ = p.orders.Close()
	_ = p.cmd.Wait() // what it had to say it has said
}

const (
	within  = 5 * time.Minute // bounds each step of a crowd
	portion = 50              // how many join together
)

// beCrowd is a crowd's process.
func beCrowd() error {
	node, err := netip.ParseAddrPort(*at)
	if err != nil {
		return err
	}
	w, err := crowd.New(node, counting{})
	if err != nil {
		return err
	}
	defer w.Close()
	var orders, over atomic.Bool
	go func() {
		input := bufio.NewReader(os.Stdin)
		_, err := input.ReadString('\n')
		orders.Store(err == nil)
		if err == nil {
			_, _ = input.ReadByte() // its end
		}
		over.Store(true)
	}()
	clients, err := w.Open(*own, crowd.Spec{
		Room: func(i int) string { return roomName(i % *rooms) },
		Name: func(i int) string { return fmt.Sprintf("person %d of %d", i, *index) },
	})
	if err != nil {
		return err
	}
	fmt.Println("connected")
	if err := w.Until(func() bool { return orders.Load() || over.Load() }, within); err != nil || !orders.Load() {
		return err
	}
	w.Watch(nil, false)
	for i, c := range clients {
		w.Expect(c, spread(*own, i%*rooms)+*others*spread(*people, i%*rooms))
	}
	began := time.Now()
	for i, c := range clients {
		if i%portion == 0 { // what came meanwhile is read, pings among it
			due := began.Add(time.Duration(i) * time.Second / time.Duration(*pace))
			if err := w.Rest(max(time.Until(due), time.Millisecond)); err != nil {
				return err
			}
		}
		if err := w.Join(c); err != nil {
			return err
		}
	}
	if _, err := w.Await(within); err != nil {
		return err
	}
	fmt.Println("whole")
	return w.Until(over.Load, within)
}

func roomName(i int) string { return fmt.Sprint("room-", i) }

// spread is how many of n people, dealt to the rooms in turn, are in the given one.
func spread(n, room int) int {
	if room < n%*rooms {
		return n / *rooms + 1
	}
	return n / *rooms
}

// counting is a wire that counts who is there, and compares that with the count
// in each heartbeat.
type counting struct{}

func (counting) Path(room string) string {
	return shared.SocketPath("/") + "?" + shared.RoomParam + "=" + room
}

func (counting) Decoder(c *crowd.Client) crowd.Decoder { return &counter{client: c} }

func (counting) Join(c *crowd.Client) error {
	return c.Send(shared.Encode(shared.GotANewUser{Name: c.Name}))
}

func (counting) Ask([]*crowd.Client) (func() bool, error) { return nil, errors.ErrUnsupported }
func (counting) Check([]*crowd.Client) error              { return errors.ErrUnsupported }

// counter counts for one client.
type counter struct {
	client *crowd.Client
	here   int
}

func (d *counter) Opened() error {
	d.client.Ready()
	return nil
}

func (d *counter) Text(data []byte, last bool) (int, error) {
	if !last {
		return 0, nil
	}
	for line := range bytes.Lines(data) {
		if err := d.event(line); err != nil {
			return 0, err
		}
	}
	return len(data), nil
}

// begins is how an event begins, as the server writes it.
func begins(line []byte, event string) bool {
	return bytes.HasPrefix(line, []byte(`{"event":"`+event+`"`))
}

func (d *counter) event(line []byte) error {
	switch {
	case begins(line, shared.EventExistingUsers):
		d.here = 0
		d.client.Forgot()
		d.count(bytes.Count(line, []byte(`"id":`)))
	case begins(line, shared.EventNewUser):
		d.count(1)
	case begins(line, shared.EventDisconnectUser):
		d.count(-1)
	case begins(line, shared.EventHeartbeat):
		var beat struct{ Data shared.Heartbeat }
		if err := json.Unmarshal(line, &beat); err != nil {
			return err
		}
		if beat.Data.Count != d.here {
			return fmt.Errorf("the server counts %d, and has told of %d", beat.Data.Count, d.here)
		}
	case begins(line, shared.EventError):
		return fmt.Errorf("%s", line)
	}
	return nil
}

func (d *counter) count(by int) {
	d.here += by
	d.client.Counted(by)
}
