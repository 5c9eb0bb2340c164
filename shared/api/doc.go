// Package api has the answers of the HTTP API of a server as Go structs, and a client for
// it. docs/api.md describes the calls.
//
//	c := api.Client{Server: "https://example.org", Key: os.Getenv("ROLLCALL_API_KEY")}
//	members, err := c.Members(ctx, "standup", api.Page{})
//
// The server makes its answers from the same structs, and its OpenAPI description of their
// tags.
package api
