// Program bot prints who comes to a room and who goes. It uses the client alone.
//
//	go run ./docs/examples/bot ws://localhost:8000/ws standup
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	"rollcall/shared"
	"rollcall/shared/client"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: bot URL ROOM")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := client.Dial(ctx, os.Args[1], client.Options{Room: os.Args[2], Name: "Bot"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	names := map[string]string{} // of members, by id
	for {
		update, err := c.Next(ctx)
		if err != nil {
			log.Print(err)
			return
		}
		for _, event := range update.Events {
			if gone, ok := event.(shared.DisconnectUser); ok {
				fmt.Println(names[gone.ID], "went:", gone.Reason)
				delete(names, gone.ID)
			}
		}
		c.Roster(func(r *shared.Roster) {
			for user := range r.All() {
				if names[user.ID] == "" {
					fmt.Println(user.Name, "is here")
				}
				names[user.ID] = user.Name
			}
		})
	}
}
