package api_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rollcall/server"
	"rollcall/server/api"
	"rollcall/server/api/keys"
	shapes "rollcall/shared/api"
	"rollcall/shared/client"
)

// A program that mounts rooms can mount the API with them, for those who have a key.
func Example() {
	dir, err := os.MkdirTemp("", "keys")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "keys")
	key, err := keys.Add(file, "dashboard", []shapes.Scope{shapes.ScopeRead}) // as rollcall key does
	if err != nil {
		log.Fatal(err)
	}

	known, err := keys.Open(file, slog.New(slog.DiscardHandler))
	if err != nil {
		log.Fatal(err)
	}
	calls := api.New(api.Config{Base: "/presence/", Keys: known})
	rooms, err := server.New(server.Config{Base: "/presence/", Handlers: calls.Handlers()})
	if err != nil {
		log.Fatal(err)
	}
	calls.Start(rooms.Hub())
	srv := httptest.NewServer(rooms)
	defer srv.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ada, err := client.Dial(ctx, "ws"+strings.TrimPrefix(srv.URL, "http")+"/presence/ws", client.Options{Room: "kitchen", Name: "Ada"})
	if err != nil {
		log.Fatal(err)
	}
	defer ada.Close()
	dashboard := shapes.Client{Server: srv.URL + "/presence", Key: key}
	members, err := dashboard.Members(ctx, "kitchen", shapes.Page{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(members.Members[0].Name, "is in the kitchen")
	_, err = (&shapes.Client{Server: srv.URL + "/presence", Key: "a guess"}).Rooms(ctx, "", shapes.Page{})
	fmt.Println(err)

	if err := rooms.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Ada is in the kitchen
	// A valid key is required
}
