// Program copy keeps a copy of who is in which rooms, and serves it as JSON at /. It is told
// by webhooks, sent to its path /webhook, or without WEBHOOK_SECRET by a stream of events.
//
//	ROLLCALL_SERVER=http://localhost:8000 ROLLCALL_API_KEY=… WEBHOOK_SECRET=whsec_… go run ./docs/examples/copy localhost:9000
package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"rollcall/shared"
	"rollcall/shared/api"
)

var (
	server = &api.Client{Server: os.Getenv("ROLLCALL_SERVER"), Key: os.Getenv("ROLLCALL_API_KEY")}
	mu     sync.Mutex
	rooms  = map[string]map[string]shared.User{} // by room and id
)

// apply brings the copy in line with an event. Without a name in it the copy is not that of
// the event, the hash of which tells; then the API says how the room is.
func apply(e api.Event) error {
	mu.Lock()
	defer mu.Unlock()
	room, m := e.Data.Room, e.Data.Member
	if rooms[room] == nil {
		rooms[room] = map[string]shared.User{}
	}
	switch e.Type {
	case api.MemberJoined, api.MemberUpdated:
		rooms[room][m.ID] = *m
	case api.MemberLeft:
		delete(rooms[room], m.ID)
	case api.StreamFrom:
		if !e.Data.Lost {
			return nil
		}
		return repair(room)
	case api.AttendanceGap:
		return repair(room)
	case api.StreamEnd, "test":
		return nil
	}
	hash := shared.Hash(0)
	for _, u := range rooms[room] {
		hash ^= shared.HashUser(u)
	}
	if room != "" && (hash != e.Data.Hash || len(rooms[room]) != e.Data.Count) {
		return repair(room)
	}
	return nil
}

// repair asks the API how a room is, or with "" all rooms. mu is held.
func repair(room string) error {
	names := map[string]bool{room: true}
	if room == "" {
		names = map[string]bool{}
		for room := range rooms {
			names[room] = true
		}
		for page := (api.Page{}); ; {
			list, err := server.Rooms(context.Background(), "", page)
			if err != nil {
				return err
			}
			for _, r := range list.Rooms {
				names[r.Room] = true
			}
			if page.Cursor = list.Next; page.Cursor == "" {
				break
			}
		}
		delete(names, "")
	}
	for room := range names {
		people := map[string]shared.User{}
		for page := (api.Page{}); ; {
			list, err := server.Members(context.Background(), room, page)
			if err != nil {
				return err
			}
			for _, u := range list.Members {
				people[u.ID] = u
			}
			if page.Cursor = list.Next; page.Cursor == "" {
				break
			}
		}
		rooms[room] = people
	}
	return nil
}

// verify checks a signature as Standard Webhooks has it.
func verify(h http.Header, body []byte) bool {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_"))
	at, err2 := strconv.ParseInt(h.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || err2 != nil || math.Abs(float64(time.Now().Unix()-at)) > 300 {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%d.%s", h.Get("Webhook-Id"), at, body)
	for _, signature := range strings.Fields(h.Get("Webhook-Signature")) {
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signature, "v1,"))
		if err == nil && hmac.Equal(sum, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// receive takes a request of a webhook. It is acknowledged once the copy has what it says.
func receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || !verify(r.Header, body) {
		http.Error(w, "no valid signature", http.StatusUnauthorized)
		return
	}
	var sent struct {
		api.Event
		Events []api.Event `json:"events"` // of a batch
	}
	if err = json.Unmarshal(body, &sent); err == nil && sent.Events == nil {
		sent.Events = []api.Event{sent.Event}
	}
	for _, e := range sent.Events {
		if err == nil {
			err = apply(e)
		}
	}
	if err != nil { // it is sent again
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
}

// follow reads streams of events, each from where the last has ended.
func follow() {
	for cursor, begun := "", false; ; time.Sleep(time.Second) {
		for e, err := range server.Follow(context.Background(), "", cursor) {
			if err == nil && !begun { // who was there before
				e.Data.Lost, begun = true, true
			}
			if err == nil {
				err = apply(e)
			}
			if err != nil {
				log.Print(err)
				break
			}
			cursor = e.Cursor
		}
	}
}

func main() {
	if os.Getenv("WEBHOOK_SECRET") == "" {
		go follow()
	} else {
		http.HandleFunc("POST /webhook", receive)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		copied := maps.Clone(rooms)
		maps.DeleteFunc(copied, func(_ string, people map[string]shared.User) bool { return len(people) == 0 })
		_ = json.NewEncoder(w).Encode(copied)
	})
	log.Fatal(http.ListenAndServe(os.Args[1], nil))
}
