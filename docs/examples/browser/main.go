//go:build js

// Program browser shows who is in a room in a page of your own, live. It watches, so
// nobody sees it in the room.
//
//	GOOS=js GOARCH=wasm go build -o main.wasm ./docs/examples/browser
//
// The page loads wasm_exec.js of the same Go, runs main.wasm with it, and says what to
// show where:
//
//	<ul id="rollcall" data-server="wss://rollcall.example.org/ws" data-room="standup"></ul>
//
// A page of another origin than the server's needs `rollcall serve -allow-origin`.
package main

import (
	"context"
	"log"
	"syscall/js"

	"rollcall/shared"
	"rollcall/shared/client"
)

func main() {
	list := js.Global().Get("document").Call("getElementById", "rollcall")
	data := list.Get("dataset")
	ctx := context.Background() // a page ends without telling its program
	c, err := client.Dial(ctx, data.Get("server").String(), client.Options{
		Room:  data.Get("room").String(),
		Watch: shared.DetailRoster,
	})
	if err != nil {
		log.Fatal(err)
	}
	for {
		if _, err := c.Next(ctx); err != nil {
			log.Fatal(err)
		}
		show(list, c)
	}
}

// show replaces the items of a list by the names of who is in the room.
func show(list js.Value, c *client.Client) {
	var items []any
	c.Roster(func(r *shared.Roster) {
		for user := range r.All() {
			item := js.Global().Get("document").Call("createElement", "li")
			item.Set("textContent", user.Name) // a name is text, never markup
			items = append(items, item)
		}
	})
	list.Call("replaceChildren", items...)
}
