// Program floor does the least that a server of rooms must do: it upgrades connections by
// hand, and when one of a room sends something or ends, it writes one prebuilt frame to
// each of the others, from one goroutine or from several. Its cost is the system's; what
// another server costs beyond that is its own.
package main

import (
	"bufio"
	"flag"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"

	"rollcall/bench/wires"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	writers := flag.Int("writers", 1, "goroutines that share the writing to a room")
	flag.Parse()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	s := server{writers: *writers}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go s.serve(c)
	}
}

// server has the rooms by path.
type server struct {
	writers int
	rooms   sync.Map
}

type room struct {
	writers int
	mu      sync.Mutex
	conns   []net.Conn
}

// upgraded answers the key that every client of the bench sends; see frame.Request.
const upgraded = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

var (
	arrival = textFrame(wires.FloorArrival)
	leaving = textFrame(wires.FloorLeaving)
)

// textFrame returns an unmasked text frame of up to 65,535 bytes (RFC 6455 §5.2).
func textFrame(s string) []byte {
	if len(s) < 126 {
		return append([]byte{0x81, byte(len(s))}, s...)
	}
	return append([]byte{0x81, 126, byte(len(s) >> 8), byte(len(s))}, s...)
}

func (s *server) serve(c net.Conn) {
	defer c.Close()
	path, err := upgrade(c)
	if err != nil {
		return
	}
	found, _ := s.rooms.LoadOrStore(path, &room{writers: s.writers})
	r := found.(*room)
	r.mu.Lock()
	r.conns = append(r.conns, c)
	_, _ = c.Write([]byte(upgraded))
	r.mu.Unlock()
	r.listen(c)
}

// upgrade reads the request. It is a function of its own so that its buffers are freed
// before the connection ends.
func upgrade(c net.Conn) (path string, err error) {
	request, err := http.ReadRequest(bufio.NewReaderSize(c, 512))
	if err != nil {
		return "", err
	}
	return request.URL.Path, nil
}

// listen announces c whenever it sends something, and its departure at its end.
func (r *room) listen(c net.Conn) {
	var buf [64]byte
	for {
		if _, err := c.Read(buf[:]); err != nil {
			break
		}
		r.broadcast(c, arrival)
	}
	r.mu.Lock()
	r.conns = slices.DeleteFunc(r.conns, func(other net.Conn) bool { return other == c })
	r.mu.Unlock()
	r.broadcast(c, leaving)
}

// broadcast writes a frame to all connections but one, with r.writers goroutines.
func (r *room) broadcast(from net.Conn, frame []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var others sync.WaitGroup
	share := (len(r.conns) + r.writers - 1) / r.writers
	for begin := share; begin < len(r.conns); begin += share {
		others.Go(func() { write(r.conns[begin:min(begin+share, len(r.conns))], from, frame) })
	}
	write(r.conns[:min(share, len(r.conns))], from, frame)
	others.Wait()
}

func write(conns []net.Conn, from net.Conn, frame []byte) {
	for _, c := range conns {
		if c != from {
			_, _ = c.Write(frame) // listen notices the end
		}
	}
}
