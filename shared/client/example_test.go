//go:build !js

package client_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/coder/websocket"

	"rollcall/shared"
	"rollcall/shared/client"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(standup))
	defer server.Close()
	url := "ws" + strings.TrimPrefix(server.URL, "http") + shared.SocketPath("/")

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{Name: "Ada", Room: "standup"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for range 3 {
		update, err := c.Next(ctx)
		if err != nil {
			log.Fatal(err) // the server has ended it for good, or ctx has
		}
		for _, event := range update.Events {
			switch e := event.(type) {
			case shared.NewUser:
				fmt.Println("came:", e.User.Name)
			case shared.DisconnectUser:
				fmt.Println("went:", e.ID, e.Reason)
			}
		}
		c.Roster(func(r *shared.Roster) {
			for user := range r.All() {
				fmt.Println("here:", user.Name)
			}
		})
	}
	// Output:
	// here: Ada
	// here: Bea
	// came: Cleo
	// here: Ada
	// here: Bea
	// here: Cleo
	// went: BEA left
	// here: Ada
	// here: Cleo
}

// standup stands in for a server: Bea is there, Cleo comes, Bea goes.
func standup(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{shared.Subprotocol}})
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.Read(r.Context()) // got_a_new_user
	ada := shared.User{ID: "ADA", Name: "Ada", Status: shared.StatusActive, JoinedAt: 1}
	bea := shared.User{ID: "BEA", Name: "Bea", Status: shared.StatusIdle, JoinedAt: 2}
	cleo := shared.User{ID: "CLEO", Name: "Cleo", Status: shared.StatusActive, JoinedAt: 3}
	for _, event := range []shared.Event{
		shared.ExistingUsers{You: "ADA", Room: "standup", Epoch: "monday", Rev: 2, Users: []shared.User{ada, bea}},
		shared.NewUser{Rev: 3, User: cleo},
		shared.DisconnectUser{Rev: 4, ID: "BEA", Reason: shared.ReasonLeft},
	} {
		ws.Write(r.Context(), websocket.MessageText, shared.Encode(event))
	}
	ws.Read(r.Context()) // until the client goes
}
