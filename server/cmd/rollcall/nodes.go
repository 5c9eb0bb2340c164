package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"text/tabwriter"
	"time"

	"rollcall/server/cluster"
)

// ServeHTTP lists the nodes for the command nodes. A server alone knows none.
func (o *others) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var known []cluster.Node
	if o != nil {
		known = o.cluster.Nodes()
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(known) // whoever asked may be gone
}

// nodes is the command that lists the servers that share rooms.
type nodes struct {
	Admin string `default:"127.0.0.1:9100" placeholder:"HOST:PORT" help:"The admin address of the server to ask. (${default})"`
}

// askWithin bounds the asking.
const askWithin = 5 * time.Second

func (n *nodes) Run(p *program) error {
	client := &http.Client{Timeout: askWithin}
	res, err := client.Get("http://" + n.Admin + "/nodes")
	if err != nil {
		return fmt.Errorf("no server answers (it needs -admin): %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", n.Admin, res.Status)
	}
	var known []cluster.Node
	if err := json.NewDecoder(res.Body).Decode(&known); err != nil {
		return fmt.Errorf("%s answers something else: %w", n.Admin, err)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tID\tSESSIONS\tHEARD\tLAG\tVERSION")
	for _, k := range known {
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%d\t%s\n", cmp.Or(k.Name, "-"), k.ID, k.Sessions, lastHeard(k), k.Lag, k.Version)
	}
	if len(known) == 0 {
		fmt.Fprintln(table, "(it shares rooms with no other)")
	}
	return table.Flush()
}

func lastHeard(n cluster.Node) string {
	switch {
	case n.Self:
		return "itself"
	case n.Lost:
		return fmt.Sprintf("lost, %v ago", n.Heard.Round(time.Second))
	}
	return fmt.Sprintf("%v ago", n.Heard.Round(10*time.Millisecond))
}
