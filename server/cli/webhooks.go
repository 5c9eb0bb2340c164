package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"rollcall/server/store"
	"rollcall/server/webhook"
)

// Webhooks is the commands about endpoints that are told what happens.
type Webhooks struct {
	List  webhookList  `cmd:"" help:"List the endpoints, and what waits for them."`
	Retry webhookRetry `cmd:"" help:"Tell an endpoint again what happens, after it has answered 410."`
	Test  webhookTest  `cmd:"" help:"Send an endpoint an event of the type test, now."`
}

// hooks is the flag that says which file has the endpoints.
type hooks struct {
	WebhooksFile string `required:"" placeholder:"FILE" help:"The file with the endpoints, as the server's -webhooks-file says."`
}

// find returns the endpoint with an address.
func (h *hooks) find(url string) (*webhook.Hook, error) {
	all, err := webhook.Read(h.WebhooksFile)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(h *webhook.Hook) bool { return h.URL == url }); i >= 0 {
		return all[i], nil
	}
	return nil, errors.New("the file has no endpoint with this address")
}

type webhookList struct {
	hooks
	database
	output
}

// Help returns an example.
func (*webhookList) Help() string {
	return "Example:\n\n  rollcall webhooks list -webhooks-file webhooks.toml -database /var/lib/rollcall/rollcall.db\n\nwaiting is the number of events that the endpoint has not acknowledged, and oldest since when the first of them waits."
}

// hookRow is an endpoint as it is listed.
type hookRow struct {
	URL     string `json:"url"`
	State   string `json:"state"` // "active", or "ended" after it has answered 410
	Waiting int    `json:"waiting"`
	Oldest  int64  `json:"oldest"` // in milliseconds since 1970; 0 if nothing waits
}

var hookList = list[hookRow]{[]string{"url", "state", "waiting", "oldest"}, func(r hookRow, at func(int64) string) []string {
	return []string{r.URL, r.State, strconv.Itoa(r.Waiting), at(r.Oldest)}
}}

// Run prints the endpoints.
func (c *webhookList) Run(e *Env) error {
	all, err := webhook.Read(c.WebhooksFile)
	if err != nil {
		return err
	}
	s, err := c.open(e.Context)
	if err != nil {
		return err
	}
	waiting, err := s.Waiting(e.Context)
	ended, err2 := s.EndedEndpoints(e.Context)
	if err := errors.Join(err, err2, s.Close()); err != nil {
		return err
	}
	rows := make([]hookRow, len(all))
	for i, h := range all {
		rows[i] = hookRow{URL: h.URL, State: "active"}
		if slices.Contains(ended, h.Key()) {
			rows[i].State = "ended"
		}
		if k := slices.IndexFunc(waiting, func(w store.Waiting) bool { return w.Endpoint == h.Key() }); k >= 0 {
			rows[i].Waiting, rows[i].Oldest = waiting[k].Events, time.UnixMicro(waiting[k].Oldest).UnixMilli()
		}
	}
	return hookList.print(e.Stdout, c.output, rows)
}

type webhookRetry struct {
	URL string `arg:"" help:"The address of the endpoint, as in the file."`
	hooks
	database
}

// Help returns an example.
func (*webhookRetry) Help() string {
	return "Example:\n\n  rollcall webhooks retry https://example.com/rollcall -webhooks-file webhooks.toml -database /var/lib/rollcall/rollcall.db\n\nThe server begins within some seconds, with the event that events are missing. Endpoints that fail otherwise are tried again anyway."
}

// Run has the endpoint be told again.
func (c *webhookRetry) Run(e *Env) error {
	h, err := c.find(c.URL)
	if err != nil {
		return err
	}
	s, err := c.open(e.Context)
	if err != nil {
		return err
	}
	return errors.Join(s.ResumeEndpoint(e.Context, h.Key()), s.Close())
}

type webhookTest struct {
	URL string `arg:"" help:"The address of the endpoint, as in the file."`
	hooks
}

// Help returns an example.
func (*webhookTest) Help() string {
	return "Example:\n\n  rollcall webhooks test https://example.com/rollcall -webhooks-file webhooks.toml\n\nIt exits with 1 if the endpoint does not acknowledge the event, and says why. The server need not run."
}

// Run sends the event.
func (c *webhookTest) Run(e *Env) error {
	h, err := c.find(c.URL)
	if err != nil {
		return err
	}
	if err := h.Test(e.Context); err != nil {
		return fmt.Errorf("%s: %w", h.Host(), err)
	}
	_, err = fmt.Fprintln(e.Stdout, "acknowledged")
	return err
}
