// Program centrifuge serves rooms with the centrifuge library as its documentation
// describes: a channel per room, with presence and join/leave.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"net/http"

	"github.com/centrifugal/centrifuge"
)

// patient disables the check of pongs: otherwise the library closes clients whose pings
// wait behind a storm, or who answer two of them late, and there is nothing to compare.
var patient = centrifuge.PingPongConfig{PongTimeout: -1}

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "where to listen")
	flag.Parse()
	node, err := centrifuge.New(centrifuge.Config{
		// With the default of 1 MiB it closes clients that fall behind in a storm of
		// 3,000, but how long all take is to be compared.
		ClientQueueMaxSize: 64 << 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	node.OnConnecting(func(_ context.Context, e centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		var who struct{ Name string }
		if err := json.Unmarshal(e.Data, &who); err != nil {
			return centrifuge.ConnectReply{}, centrifuge.DisconnectBadRequest
		}
		return centrifuge.ConnectReply{Credentials: &centrifuge.Credentials{UserID: who.Name}}, nil
	})
	node.OnConnect(func(client *centrifuge.Client) {
		client.OnSubscribe(func(_ centrifuge.SubscribeEvent, cb centrifuge.SubscribeCallback) {
			cb(centrifuge.SubscribeReply{Options: centrifuge.SubscribeOptions{
				EmitPresence: true, EmitJoinLeave: true, PushJoinLeave: true,
			}}, nil)
		})
		client.OnPresence(func(_ centrifuge.PresenceEvent, cb centrifuge.PresenceCallback) {
			cb(centrifuge.PresenceReply{}, nil)
		})
	})
	if err := node.Run(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{
		PingPongConfig: patient,
	}))
	log.Fatal(http.ListenAndServe(*addr, nil))
}
