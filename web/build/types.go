package main

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"rollcall/shared"
)

// declarations returns the types of what a server sends, for TypeScript: an interface for
// each struct of package shared, and the union ServerEvent of all events.
func declarations() []byte {
	var b bytes.Buffer
	declare(&b, reflect.TypeFor[shared.User]())
	declare(&b, reflect.TypeFor[shared.RoomInfo]())
	handler, union := reflect.TypeFor[shared.ServerEvents](), ""
	for i := range handler.NumMethod() {
		event := handler.Method(i).Type.In(0)
		if event == reflect.TypeFor[shared.Unknown]() {
			continue
		}
		declare(&b, event)
		name := reflect.Zero(event).Interface().(shared.Event).Event()
		union += fmt.Sprintf("\n  | ({ event: %q } & %s)", name, declared(event))
	}
	fmt.Fprintf(&b, "/** An event of the server. A newer server may have others. */\nexport type ServerEvent =%s;\n", union)
	return b.Bytes()
}

// declared returns the name of a struct in TypeScript, where Error is something else.
func declared(t reflect.Type) string {
	if t == reflect.TypeFor[shared.Error]() {
		return "RollcallError"
	}
	return t.Name()
}

// declare writes the interface of a struct as its JSON has it.
func declare(b *bytes.Buffer, t reflect.Type) {
	fmt.Fprintf(b, "export interface %s", declared(t))
	var fields strings.Builder
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			fmt.Fprintf(b, " extends %s", declared(f.Type))
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if strings.HasPrefix(options, "omit") {
			name += "?"
		}
		fmt.Fprintf(&fields, "  %s: %s;\n", name, typeOf(f.Type))
	}
	fmt.Fprintf(b, " {\n%s}\n\n", fields.String())
}

// typeOf returns the type in TypeScript of what a type is in JSON. It panics for a kind that no
// event has.
func typeOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[shared.Info]():
		return "Record<string, string>"
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()), t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Slice:
		return typeOf(t.Elem()) + "[]"
	case t.Kind() == reflect.Struct:
		return declared(t)
	case t.ConvertibleTo(reflect.TypeFor[float64]()):
		return "number"
	}
	panic(fmt.Sprintf("web/build: no type in TypeScript for %v", t))
}
