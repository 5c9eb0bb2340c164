package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// module has the sizes of the parts of a WebAssembly module, in bytes.
type module struct {
	functions []function
	data      int64 // of the data section
	other     int64 // bytes that are neither code nor data, without the names
}

type function struct {
	name  string // as Go's linker writes it: all but letters, digits, _ and . are _
	bytes int64
}

// Sections of a module (WebAssembly Core §5.5).
const (
	customSection = 0
	importSection = 2
	codeSection   = 10
	dataSection   = 11
	functionNames = 1 // subsection of the custom section "name" (§7.4.1)
)

var errWasm = errors.New("not a module that Go's linker made")

// readModule reads the module of a program that Go linked without -s.
func readModule(program []byte) (m module, err error) {
	defer func() {
		if recover() != nil {
			err = errWasm // it is truncated
		}
	}()
	if !bytes.HasPrefix(program, []byte("\x00asm\x01\x00\x00\x00")) {
		return m, errWasm
	}
	var bodies []int64
	var names map[uint64]string
	var imports uint64
	r := reader{program[8:]}
	for len(r.rest) > 0 {
		id := r.take(1)[0]
		section := reader{r.take(r.number())}
		size := int64(len(section.rest))
		switch id {
		case importSection:
			imports = section.number() // Go imports nothing but functions
			m.other += size
		case codeSection:
			bodies = section.bodies()
		case dataSection:
			m.data = size
		case customSection:
			if string(section.take(section.number())) == "name" {
				names = section.names()
			} else {
				m.other += size
			}
		default:
			m.other += size
		}
	}
	if len(bodies) == 0 || len(names) < len(bodies) {
		return m, fmt.Errorf("%w: %d functions have %d names", errWasm, len(bodies), len(names))
	}
	for i, size := range bodies {
		m.functions = append(m.functions, function{names[imports+uint64(i)], size})
	}
	return m, nil
}

// reader reads the binary format. It panics at the end of the input.
type reader struct{ rest []byte }

func (r *reader) take(n uint64) []byte {
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

// number reads a LEB128 (§5.2.2).
func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	r.take(uint64(size))
	return n
}

// bodies reads the sizes of the functions of a code section.
func (r *reader) bodies() []int64 {
	sizes := make([]int64, r.number())
	for i := range sizes {
		size := r.number()
		r.take(size)
		sizes[i] = int64(size)
	}
	return sizes
}

// names reads the function names of a name section.
func (r *reader) names() map[uint64]string {
	names := map[uint64]string{}
	for len(r.rest) > 0 {
		id := r.take(1)[0]
		sub := reader{r.take(r.number())}
		if id != functionNames {
			continue
		}
		for range sub.number() {
			index := sub.number()
			names[index] = string(sub.take(sub.number()))
		}
	}
	return names
}

// byPackage returns the total size of the functions of each package. packages lists package
// paths, one a line. Functions that the compiler generates belong to none.
func (m module) byPackage(packages string) []visited {
	paths := map[string]string{} // by how the linker writes them
	for path := range strings.Lines(packages) {
		path = strings.TrimSpace(path)
		paths[mangled.ReplaceAllString(path, "_")] = path
	}
	paths["main"] = "rollcall/app"
	sizes := map[string]int64{}
	for _, f := range m.functions {
		sizes[packageOf(f.name, paths)] += f.bytes
	}
	parts := []visited{{"data: types, strings, tables of functions", m.data}, {"other sections", m.other}}
	for path, bytes := range sizes {
		parts = append(parts, visited{path, bytes})
	}
	largestFirst(parts)
	return parts
}

// mangled matches the characters that Go's linker replaces in names.
var mangled = regexp.MustCompile(`[^\w.]`)

// packageOf returns the package of a function: the longest path, in the linker's spelling, that
// its name begins with.
func packageOf(name string, paths map[string]string) string {
	for end := len(name); end > 0; end = strings.LastIndexByte(name[:end], '.') {
		if path, ok := paths[name[:end]]; ok {
			return path
		}
	}
	return "made by the compiler"
}
