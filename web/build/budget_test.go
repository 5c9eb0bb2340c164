package main

import (
	"maps"
	"testing"
	"testing/fstest"
)

// A first visit loads every file in brotli once, and a page twice.
func TestFirstVisit(t *testing.T) {
	tree := fstest.MapFS{"web/page.html": {Data: make([]byte, 100)}}
	page, err := packedSize(tree, "web/page.html")
	if err != nil || page < 20 || page > 50 {
		t.Fatalf("a page of 100 zeros takes %d bytes, %v", page, err)
	}
	maps.Copy(tree, fstest.MapFS{
		"dist/web/app.1.wasm.br":       {Data: make([]byte, firstVisitMost-100-2*page)},
		"dist/web/app.1.wasm.gz":       {Data: make([]byte, firstVisitMost)},
		"dist/app-worker.js.br":        {Data: make([]byte, 100)},
		"dist/web/icon-512.123456.png": {Data: make([]byte, 5000)},
	})
	visit, err := firstVisit(tree, "dist")
	if err != nil {
		t.Fatal(err)
	}
	if total := sum(visit); total != firstVisitMost {
		t.Errorf("a first visit of %v loads %d bytes", visit, total)
	}
	if visit[0].what != "app.1.wasm.br" {
		t.Errorf("the largest comes as %v", visit)
	}
	if err := withinBudget(visit); err != nil {
		t.Errorf("a visit that is just within the budget: %v", err)
	}
	if err := withinBudget(append(visit, visited{"one byte", 1})); err == nil {
		t.Error("a visit that is one byte over the budget is fine")
	}
	delete(tree, "dist/web/app.1.wasm.br")
	delete(tree, "dist/app-worker.js.br")
	if visit, err := firstVisit(tree, "dist"); err == nil {
		t.Errorf("a tree without a build is visited: %v", visit)
	}
}

// section and named write the binary format; everything is shorter than 128.
func section(id byte, content ...byte) []byte {
	return append([]byte{id, byte(len(content))}, content...)
}

func named(index byte, name string) []byte {
	return append([]byte{index, byte(len(name))}, name...)
}

func joined(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// tinyModule returns a module with one import and three functions of 3, 4 and 2 bytes.
func tinyModule() []byte {
	names := joined([]byte{3}, named(1, "net_http.__Client_.Do"), named(2, "main.main"), named(3, "type_.eq.x"))
	return joined([]byte("\x00asm\x01\x00\x00\x00"),
		section(importSection, 1, 'e', 'n', 'v'),
		section(codeSection, 3, 3, 0, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0),
		section(dataSection, make([]byte, 9)...),
		section(customSection, joined([]byte{4}, []byte("name"), section(functionNames, names...))...))
}

func TestModuleByPackage(t *testing.T) {
	m, err := readModule(tinyModule())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, part := range m.byPackage("net\nnet/http\n") {
		got[part.what] = part.bytes
	}
	want := map[string]int64{
		"net/http": 3, "rollcall/app": 4, "made by the compiler": 2,
		"data: types, strings, tables of functions": 9, "other sections": 4,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the parts are %v, want %v", got, want)
	}
}

// Input that is not a module, is truncated or has no names is an error.
func TestNoModule(t *testing.T) {
	whole := tinyModule()
	nameless := whole[:len(whole)-6-len("name")-len(joined(named(1, "net_http.__Client_.Do"), named(2, "main.main"), named(3, "type_.eq.x")))]
	for what, program := range map[string][]byte{
		"nothing": nil, "text": []byte("hello, world"), "cut short": whole[:len(whole)-1], "nameless": nameless,
	} {
		if m, err := readModule(program); err == nil {
			t.Errorf("%s is a module of %d functions", what, len(m.functions))
		}
	}
	if _, err := readModule(whole); err != nil {
		t.Errorf("the whole one: %v", err)
	}
}
