package crowd

import "fmt"

// Join has the client enter its room.
func (w *Crowd) Join(c *Client) error { return w.Return(c, w.wire.Join) }

// Return has the client enter its room in a way of its own.
func (w *Crowd) Return(c *Client, join func(*Client) error) error {
	c.joined = true
	if err := join(c); err != nil {
		return fmt.Errorf("%s joins: %w", c.Name, err)
	}
	return nil
}

// Wire returns what the crowd speaks.
func (w *Crowd) Wire() Wire { return w.wire }
