// Traffic reckons what the nodes of a cluster tell each other, and keep, at
// sizes that no machine at hand has. It draws rooms and spreads their people
// over nodes; what one record, one change, one want takes is measured (see
// docs/scale.md), the rest is counting.
//
//	traffic [-nodes 10] [-people 1e6] [-room 20] [-stay 10m]
package main

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

var (
	nodes  = flag.Int("nodes", 10, "nodes")
	people = flag.Float64("people", 1e6, "people present at a time")
	room   = flag.Float64("room", 20, "people in a room, on average: sizes are drawn, many small and few large")
	stay   = flag.Duration("stay", 10*time.Minute, "how long a person stays, on average")

	change = flag.Float64("change", 221, "bytes of one change told to one node")
	record = flag.Float64("record", 1450, "bytes of memory of one person who is on another node")
	wish   = flag.Float64("want", 60, "bytes of one want told to one node")
	kept   = flag.Float64("kept", 120, "bytes of memory of one want of another node")
)

// sampled is how many people are drawn at most; larger worlds are scaled up.
const sampled = 2e6

// load is what one node bears.
type load struct {
	remote       float64 // people on other nodes that it keeps
	in, out      float64 // changes a second
	wantsKept    float64
	wantsASecond float64 // it is told
}

func main() {
	flag.Parse()
	fmt.Printf("%d nodes, %.0f people in rooms of %.0f on average, each for %v\n\n", *nodes, *people, *room, *stay)
	fmt.Println("| balancer, and what a node carries | people of others kept per node | memory for them | changes told per s and node | traffic in + out per node |")
	fmt.Println("|---|---|---|---|---|")
	print("any, the whole roster", whole())
	print("any, the rooms of its own clients", drawn(func(int) int { return rand.IntN(*nodes) }))
	print("by room, 5% astray", drawn(func(r int) int {
		if rand.IntN(20) == 0 {
			return rand.IntN(*nodes)
		}
		return r % *nodes
	}))
}

func print(what string, l load) {
	bytes := (l.in+l.out)**change + l.wantsASecond**wish*2
	memory := l.remote**record + l.wantsKept**kept
	fmt.Printf("| %s | %.3g | %s | %.3g | %s/s |\n", what, l.remote, size(memory), l.out, size(bytes))
}

func size(b float64) string {
	for _, unit := range []string{"B", "kB", "MB", "GB"} {
		if b < 1000 {
			return fmt.Sprintf("%.3g %s", b, unit)
		}
		b /= 1000
	}
	return fmt.Sprintf("%.3g TB", b)
}

// rate is how many changes a second a person makes: comes, and goes.
func rate() float64 { return 2 / stay.Seconds() }

func whole() load {
	own := *people / float64(*nodes)
	others := *people - own
	return load{remote: others, in: others * rate(), out: own * rate() * float64(*nodes-1)}
}

// drawn spreads rooms over nodes, each person to where place says.
func drawn(place func(room int) int) load {
	want := min(*people, sampled)
	var l load
	var drawn, wants float64
	on := make([]int, *nodes)
	for r := 0; drawn < want; r++ {
		n := 1 + int(rand.ExpFloat64()*rand.ExpFloat64()*(*room-1)) // a long tail
		clear(on)
		for range n {
			on[place(r)]++
		}
		carry := 0
		for _, k := range on {
			if k > 0 {
				carry++
			}
		}
		drawn += float64(n)
		wants += float64(carry)
		l.remote += float64(n) * float64(carry-1)
		l.out += float64(n) * float64(carry-1) * rate()
	}
	scale := *people / drawn / float64(*nodes)
	l.remote, l.out = l.remote*scale, l.out*scale
	l.in = l.out
	perNode := wants * scale
	l.wantsKept = perNode * float64(*nodes-1)
	l.wantsASecond = perNode * float64(*nodes-1) / math.Max(stay.Seconds(), 1)
	return l
}
