package api

import (
	"encoding/json"
	"iter"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"rollcall/shared"
)

// security is the name of the security scheme in the description, whose scopes are ours.
const security = "key"

// describe adds the calls to a mux and returns their OpenAPI description. It does not depend
// on Config.Base, since the address of the server in it is relative to its own.
func (a *API) describe(mux *http.ServeMux) []byte {
	c := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Rollcall", Version: "v1",
				Description: "Who is in which rooms. Fields may be added to answers; what is there keeps its meaning.",
			},
			Servers: []*huma.Server{{URL: "./"}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{security: {
					Type: "http", Scheme: "bearer", Description: "A key of -api-keys-file, or a token with the claim api.",
				}},
			},
		},
		Formats:                      huma.DefaultFormats,
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[shared.Info](), reflect.TypeFor[map[string]string]())
	c.AllowAdditionalPropertiesByDefault = true // later versions add fields
	to := humago.New(mux, c)
	to.UseMiddleware(a.authorize)
	a.calls(to)
	describeBodies(to.OpenAPI())
	describeHeaders(to.OpenAPI())
	describeProtocol(c.Components.Schemas.Map())
	text, err := json.MarshalIndent(to.OpenAPI(), "", "  ")
	if err != nil {
		panic("api: the description can't be encoded: " + err.Error())
	}
	return append(text, '\n')
}

// describeHeaders adds the headers of problems to the description.
func describeHeaders(o *huma.OpenAPI) {
	headers := map[string]map[string]*huma.Param{
		"401": {"WWW-Authenticate": {Description: "Bearer", Schema: &huma.Schema{Type: "string"}}},
		"429": {"Retry-After": {Description: "In how many seconds the call may be made again.", Schema: &huma.Schema{Type: "integer"}}},
		"503": {"Retry-After": {Description: "In how many seconds the call may be made again.", Schema: &huma.Schema{Type: "integer"}}},
	}
	for op := range operations(o) {
		for status, response := range op.Responses {
			response.Headers = headers[status]
		}
	}
}

// operations returns the descriptions of all calls.
func operations(o *huma.OpenAPI) iter.Seq[*huma.Operation] {
	return func(yield func(*huma.Operation) bool) {
		for _, path := range o.Paths {
			for _, op := range []*huma.Operation{path.Get, path.Put, path.Post, path.Patch, path.Delete} {
				if op != nil && !yield(op) {
					return
				}
			}
		}
	}
}

// describeBodies has fields in bodies refused that are not known, as parameters are, and has
// a PATCH take the type of RFC 7396, too.
func describeBodies(o *huma.OpenAPI) {
	for op := range operations(o) {
		if op.RequestBody == nil {
			continue
		}
		const plain = "application/json"
		body := op.RequestBody.Content[plain]
		o.Components.Schemas.SchemaFromRef(body.Schema.Ref).AdditionalProperties = false
		if op.Method == http.MethodPatch {
			op.RequestBody.Content["application/merge-patch+json"] = body
		}
	}
}

// fields describes the fields of the protocol's structs, which have no descriptions
// themselves.
var fields = map[string]string{
	"id":           "Who it is: the same in every room, and for everybody.",
	"name":         "The name that they are shown with. Others may have the same.",
	"status":       "How attentive they are, over all their connections.",
	"note":         "What they say of themselves; missing if nothing.",
	"joined_at":    "When they arrived, in milliseconds since the Unix epoch.",
	"note_until":   "When the note ends, in milliseconds since the Unix epoch; missing if it does not.",
	"role":         "What they may do in the room: host; missing for everybody else.",
	"info":         "What their sign-in says of them; missing if nothing.",
	"status_since": "Since when they have the status, in milliseconds since the Unix epoch; missing if since they arrived.",
	"devices":      "The number of their connections, from 2 to 9, which stands for more as well; missing for one.",
	"title":        "What the room is called; empty if only by its name.",
	"topic":        "What the room is about; empty if it does not say.",
	"locked":       "Whether nobody new may join.",
}

// describeProtocol adds the descriptions of fields to the properties that have none.
func describeProtocol(schemas map[string]*huma.Schema) {
	for _, s := range schemas {
		for name, field := range s.Properties {
			if field.Description == "" && field.Ref == "" {
				field.Description = fields[name]
			}
		}
	}
	schemas["User"].Properties["status"].Enum = []any{shared.StatusActive, shared.StatusIdle, shared.StatusAway}
}
