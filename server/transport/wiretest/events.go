package wiretest

import (
	"fmt"

	"rollcall/shared"
)

// Events returns the events of a message that a server sent. An event that this version
// does not know is an error.
func Events(message []byte) ([]shared.Event, error) {
	var events collector
	err := shared.ReadServer(message, &events)
	return events, err
}

// collector keeps the events of a message.
type collector []shared.Event

func (c *collector) keep(e shared.Event) error {
	*c = append(*c, e)
	return nil
}

func (c *collector) ExistingUsers(e shared.ExistingUsers) error     { return c.keep(e) }
func (c *collector) Resumed(e shared.Resumed) error                 { return c.keep(e) }
func (c *collector) NewUser(e shared.NewUser) error                 { return c.keep(e) }
func (c *collector) UserUpdated(e shared.UserUpdated) error         { return c.keep(e) }
func (c *collector) DisconnectUser(e shared.DisconnectUser) error   { return c.keep(e) }
func (c *collector) RoomInfoChanged(e shared.RoomInfoChanged) error { return c.keep(e) }
func (c *collector) Heartbeat(e shared.Heartbeat) error             { return c.keep(e) }
func (c *collector) Occupancy(e shared.Occupancy) error             { return c.keep(e) }
func (c *collector) Watchers(e shared.Watchers) error               { return c.keep(e) }
func (c *collector) Announcement(e shared.Announcement) error       { return c.keep(e) }
func (c *collector) Knocks(e shared.Knocks) error                   { return c.keep(e) }
func (c *collector) KnockAnswered(e shared.KnockAnswered) error     { return c.keep(e) }
func (c *collector) Pong(e shared.Pong) error                       { return c.keep(e) }
func (c *collector) Error(e shared.Error) error                     { return c.keep(e) }
func (c *collector) Unknown(e shared.Unknown) error                 { return fmt.Errorf("unknown event %q", e.Name) }
