package client

import (
	"encoding/json"

	"rollcall/shared"
)

// handshakeError returns the error of a handshake that failed with err: the error
// event that body, the HTTP response, holds, as a shared.Error. It returns err if
// body is none, as when a proxy answered.
func handshakeError(body []byte, err error) error {
	var answer struct {
		Event string
		Data  shared.Error
	}
	if json.Unmarshal(body, &answer) != nil || answer.Event != shared.EventError || answer.Data.Code == "" {
		return err
	}
	return answer.Data
}
