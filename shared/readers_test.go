package shared

import (
	"reflect"
	"testing"
)

// The codec reads every event that ClientEvents and ServerEvents have a method for.
// The compiler does not check this, and the codec would report an event that it does
// not read as unknown.
func TestEveryHandledEventIsRead(t *testing.T) {
	const unknown = 1 // the method Unknown, which stands for no event
	if handled := reflect.TypeFor[ClientEvents]().NumMethod() - unknown; handled != len(clientReaders) {
		t.Errorf("ClientEvents handles %d events, the codec reads %d", handled, len(clientReaders))
	}
	if handled := reflect.TypeFor[ServerEvents]().NumMethod() - unknown; handled != len(serverReaders) {
		t.Errorf("ServerEvents handles %d events, the codec reads %d", handled, len(serverReaders))
	}
}
