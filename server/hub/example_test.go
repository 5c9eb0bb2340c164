package hub_test

import (
	"bytes"
	"fmt"

	"rollcall/server/hub"
	"rollcall/shared"
)

// printer is a peer that prints who arrives and leaves. Events that it has no method
// for would make it panic.
type printer struct {
	shared.ServerEvents
	printed chan struct{} // has a value for each message
}

func (p *printer) Write(parts [][]byte) error {
	defer func() { p.printed <- struct{}{} }()
	return shared.ReadServer(bytes.Join(parts, nil), p)
}

func (p *printer) Close(shared.CloseCode, string) {}

func (p *printer) ExistingUsers(e shared.ExistingUsers) error {
	for _, u := range e.Users {
		fmt.Println("here:", u.Name)
	}
	return nil
}

func (p *printer) NewUser(e shared.NewUser) error {
	fmt.Println("arrives:", e.User.Name)
	return nil
}

func (p *printer) DisconnectUser(e shared.DisconnectUser) error {
	fmt.Println("leaves:", e.Reason)
	return nil
}

// silent is a peer that ignores what it is sent.
type silent struct{}

func (silent) Write([][]byte) error           { return nil }
func (silent) Close(shared.CloseCode, string) {}

// Two members join a room, and one of them leaves. The first is told.
func Example() {
	h := hub.New(hub.Config{})
	ada := &printer{printed: make(chan struct{}, 9)}
	first, err := h.Connect("standup", ada)
	if err != nil {
		panic(err)
	}
	first.Receive(shared.Encode(shared.GotANewUser{Name: "Ada"}))
	<-ada.printed

	second, err := h.Connect("standup", silent{})
	if err != nil {
		panic(err)
	}
	second.Receive(shared.Encode(shared.GotANewUser{Name: "Bo"}))
	<-ada.printed
	second.Receive(shared.Encode(shared.Leave{}))
	<-ada.printed
	first.End(shared.ReasonClosed)
	h.Close()
	// Output:
	// here: Ada
	// arrives: Bo
	// leaves: left
}
