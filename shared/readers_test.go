package shared

import (
	"reflect"
	"testing"
)

// The compiler makes every reader of a direction handle a new event, but can't
// know that the codec has no entry for it: then it would be an unknown one.
func TestEveryEventThatIsHandledIsRead(t *testing.T) {
	const unknown = 1 // the method Unknown handles no event of its own
	if handled := reflect.TypeFor[ClientEvents]().NumMethod() - unknown; handled != len(clientReaders) {
		t.Errorf("ClientEvents handles %d events, the codec reads %d", handled, len(clientReaders))
	}
	if handled := reflect.TypeFor[ServerEvents]().NumMethod() - unknown; handled != len(serverReaders) {
		t.Errorf("ServerEvents handles %d events, the codec reads %d", handled, len(serverReaders))
	}
}
