package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rollcall/shared"
	"rollcall/shared/client"
	"rollcall/shared/client/pipetest"
)

// A program connects, prints who comes and goes, changes its name, and leaves.
// It connects over memory here; without Options.Connect, Dial connects to a URL
// such as wss://example.org/ws.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	here, there := pipetest.New(16)
	go standup(ctx, there)

	c, err := client.Dial(ctx, "", client.Options{
		Name:    "Ada",
		Room:    "standup",
		Connect: func(context.Context) (client.Conn, error) { return here, nil },
	})
	if err != nil {
		fmt.Println("not admitted:", err)
		return
	}
	defer c.Close()

	for {
		update, err := c.Next(ctx)
		if e, ok := errors.AsType[shared.Error](err); ok {
			fmt.Println("the client has ended:", e.Code)
			return
		} else if err != nil {
			fmt.Println(err)
			return
		}
		for _, event := range update.Events {
			switch e := event.(type) {
			case shared.ExistingUsers:
				for _, user := range e.Users {
					fmt.Println("here:", user.Name)
				}
			case shared.NewUser:
				fmt.Println("came:", e.User.Name)
			case shared.UserUpdated:
				fmt.Println("now called:", e.User.Name)
				err = c.Leave(ctx)
			case shared.DisconnectUser:
				fmt.Println("went:", e.ID, e.Reason)
				err = c.Rename(ctx, "Countess")
			}
			if err != nil {
				fmt.Println(err)
			}
		}
		c.Roster(func(r *shared.Roster) {
			if len(update.Events) > 0 {
				fmt.Println("members:", r.Len())
			}
		})
	}
	// Output:
	// here: Ada
	// here: Bea
	// members: 2
	// came: Cleo
	// members: 3
	// went: BEA left
	// members: 2
	// now called: Countess
	// members: 2
	// the client has ended: left
}

// standup plays a server: Bea is in the room, Cleo comes, Bea leaves, and Ada gets
// the name that she asks for.
func standup(ctx context.Context, conn client.Conn) {
	ada := shared.User{ID: "ADA", Name: "Ada", Status: shared.StatusActive, JoinedAt: 1}
	bea := shared.User{ID: "BEA", Name: "Bea", Status: shared.StatusIdle, JoinedAt: 2}
	cleo := shared.User{ID: "CLEO", Name: "Cleo", Status: shared.StatusActive, JoinedAt: 3}
	conn.Read(ctx) // got_a_new_user
	for _, event := range []shared.Event{
		shared.ExistingUsers{You: "ADA", Room: "standup", Epoch: "monday", Rev: 2, Users: []shared.User{ada, bea}},
		shared.NewUser{Rev: 3, User: cleo},
		shared.DisconnectUser{Rev: 4, ID: "BEA", Reason: shared.ReasonLeft},
	} {
		conn.Write(ctx, shared.Encode(event))
	}
	for {
		frame, err := conn.Read(ctx)
		if err != nil {
			return
		}
		var got clientEvents
		shared.ReadClient(frame, &got)
		for _, event := range got {
			if e, ok := event.(shared.UpdateUser); ok && e.Name != nil {
				ada.Name = *e.Name
				conn.Write(ctx, shared.Encode(shared.UserUpdated{Rev: 5, User: ada}))
			}
		}
	}
}

// A program watches a room before it joins: it sees who is here, and nobody sees it. The
// same connection then makes it a member, which is not sent the roster again. With
// shared.DetailCount it would be sent only how many are here, as shared.Occupancy.
func ExampleClient_Join() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	here, there := pipetest.New(16)
	go watched(ctx, there)

	c, err := client.Dial(ctx, "", client.Options{
		Room:    "standup",
		Watch:   shared.DetailRoster,
		Connect: func(context.Context) (client.Conn, error) { return here, nil },
	})
	if err != nil {
		fmt.Println("may not watch:", err)
		return
	}
	defer c.Close()

	for {
		update, err := c.Next(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, event := range update.Events {
			switch e := event.(type) {
			case shared.ExistingUsers:
				for _, user := range e.Users {
					fmt.Println("here:", user.Name)
				}
			case shared.Watchers:
				fmt.Println("watching:", e.Count)
				if err := c.Join(ctx, "Ada"); err != nil {
					fmt.Println(err)
				}
			case shared.Resumed:
				fmt.Println("joined as", e.You)
			case shared.NewUser:
				fmt.Println("came:", e.User.Name)
				return
			}
		}
	}
	// Output:
	// here: Bea
	// watching: 2
	// joined as ADA
	// came: Ada
}

// watched plays a server: Bea is in the room, two watch it, and one of them joins.
func watched(ctx context.Context, conn client.Conn) {
	ada := shared.User{ID: "ADA", Name: "Ada", Status: shared.StatusActive, JoinedAt: 2}
	bea := shared.User{ID: "BEA", Name: "Bea", Status: shared.StatusActive, JoinedAt: 1}
	conn.Read(ctx) // watch
	conn.Write(ctx, shared.Encode(
		shared.ExistingUsers{Room: "standup", Epoch: "monday", Rev: 1, Users: []shared.User{bea}},
		shared.Watchers{Count: 2}))
	conn.Read(ctx) // got_a_new_user
	conn.Write(ctx, shared.Encode(
		shared.Resumed{Epoch: "monday", Rev: 1, You: "ADA"},
		shared.NewUser{Rev: 2, User: ada}))
}
