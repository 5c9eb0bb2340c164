package server_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/coder/websocket"

	"rollcall/server"
	"rollcall/server/hub"
	"rollcall/shared"
	"rollcall/shared/client"
)

// Rooms stand beside the other routes of a program. With web.Assets() in Config.Assets
// they would have their pages too.
func Example() {
	rooms, err := server.New(server.Config{Base: "/presence/"})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/presence/", rooms)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "in the kitchen:", len(rooms.Members("kitchen")))
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url := "ws" + strings.TrimPrefix(srv.URL, "http") + "/presence/ws"
	ada, err := client.Dial(ctx, url, client.Options{Room: "kitchen", Name: "Ada"})
	if err != nil {
		log.Fatal(err)
	}
	defer ada.Close()
	fmt.Println(rooms.Rooms(), rooms.Members("kitchen")[0].Name)

	if err := rooms.Shutdown(ctx); err != nil { // beside that of the http.Server
		log.Fatal(err)
	}
	fmt.Println(rooms.Rooms())
	// Output:
	// [kitchen] Ada
	// []
}

// An observer learns who comes and goes.
func ExampleServer_Observe() {
	rooms, err := server.New(server.Config{})
	if err != nil {
		log.Fatal(err)
	}
	rooms.Observe("printer", func(facts []hub.Fact) {
		for _, f := range facts {
			switch f.Kind {
			case hub.FactArrived:
				fmt.Println(f.Member.Name, "is in", f.Room)
			case hub.FactDeparted:
				fmt.Println(f.Member.Name, "is gone:", f.Reason)
			}
		}
	})
	srv := httptest.NewServer(rooms)
	defer srv.Close()

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ada, err := client.Dial(ctx, "ws"+strings.TrimPrefix(srv.URL, "http")+"/ws", client.Options{Room: "kitchen", Name: "Ada"})
	if err != nil {
		log.Fatal(err)
	}
	defer ada.Close()
	if err := ada.Leave(ctx); err != nil {
		log.Fatal(err)
	}
	for len(rooms.Rooms()) > 0 {
		time.Sleep(time.Millisecond)
	}
	if err := rooms.Shutdown(ctx); err != nil { // which gives observers the last facts
		log.Fatal(err)
	}
	// Output:
	// Ada is in kitchen
	// Ada is gone: left
}

// The program's own sessions say who may enter, and under which name.
func ExampleConfig_authenticate() {
	signedIn := map[string]string{"session=17": "Ada"} // by cookie
	rooms, err := server.New(server.Config{
		Authenticate: func(r *http.Request, room string) (*server.Identity, error) {
			name, ok := signedIn[r.Header.Get("Cookie")]
			switch {
			case !ok:
				return nil, shared.Errorf(shared.CodeUnauthorized, "sign in first")
			case room == "board":
				return nil, shared.Errorf(shared.CodeForbidden, "for the board alone")
			}
			return &server.Identity{ID: shared.SubjectID(name), Name: name}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rooms.Shutdown(context.Background())
	srv := httptest.NewServer(rooms)
	defer srv.Close()

	for _, try := range []struct{ cookie, room string }{{"", "kitchen"}, {"session=17", "board"}, {"session=17", "kitchen"}} {
		ws, res, err := websocket.Dial(context.Background(), srv.URL+"/ws?room="+try.room, &websocket.DialOptions{
			HTTPHeader: http.Header{"Cookie": {try.cookie}},
		})
		fmt.Println(res.StatusCode)
		if err == nil {
			ws.CloseNow()
		}
	}
	// Output:
	// 401
	// 403
	// 101
}

// Tokens of any kind let people in; a page asks for one, and sends it along.
func ExampleConfig_verifyToken() {
	rooms, err := server.New(server.Config{
		VerifyToken: func(token, room string) (*server.Identity, error) {
			name, ok := strings.CutPrefix(token, "let-in-")
			if !ok {
				return nil, shared.Errorf(shared.CodeUnauthorized, "the token is not valid here")
			}
			return &server.Identity{ID: shared.SubjectID(name), Until: time.Now().Add(time.Hour)}, nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer rooms.Shutdown(context.Background())
	srv := httptest.NewServer(rooms)
	defer srv.Close()

	url := "ws" + strings.TrimPrefix(srv.URL, "http") + "/ws"
	_, err = client.Dial(context.Background(), url, client.Options{Name: "Eve", Token: "please"})
	fmt.Println(err)
	ada, err := client.Dial(context.Background(), url, client.Options{Name: "Ada", Token: "let-in-17"})
	if err != nil {
		log.Fatal(err)
	}
	defer ada.Close()
	fmt.Println(rooms.Members(shared.Lobby)[0].Name)
	// Output:
	// unauthorized: the token is not valid here
	// Ada
}
