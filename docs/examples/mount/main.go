// Program mount is a web server of its own with Rollcall's pages under /presence/. The
// pages must have been built: `make assets` in a clone does that; a published module
// has them.
//
//	go run ./docs/examples/mount
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"time"

	"rollcall/server"
	"rollcall/web"
)

func main() {
	rooms, err := server.New(server.Config{
		Base:   "/presence/",
		Host:   []string{"localhost"},
		Assets: web.Assets(),
		Log:    slog.Default(),
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/presence/", rooms)
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<a href="/presence/r/kitchen">%d in the kitchen</a>`, len(rooms.Members("kitchen")))
	})
	srv := &http.Server{
		Addr:              "localhost:8080",
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
		ConnState:         rooms.ConnState,
		ConnContext:       rooms.ConnContext,
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = srv.Close() // no new request comes
	}()
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := rooms.Shutdown(end); err != nil {
		log.Print(err)
	}
}
