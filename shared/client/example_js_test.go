package client_test

import (
	"context"
	"log"
	"syscall/js"

	"rollcall/shared"
	"rollcall/shared/client"
)

// In a browser the package uses the browser's own WebSocket: a page written in Go can
// show who is in a room of any server that allows the page's origin.
func Example_browser() {
	here := js.Global().Get("document").Call("getElementById", "here")
	c, err := client.Open("wss://rollcall.example.com/ws", client.Options{Room: "kitchen", Name: "Ada"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	for {
		if _, err := c.Next(context.Background()); err != nil {
			log.Print(err)
			return
		}
		c.Roster(func(r *shared.Roster) {
			names := ""
			for user := range r.All() {
				names += user.Name + "\n"
			}
			here.Set("textContent", names)
		})
	}
}
