package shared_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"strconv"
	"strings"
	"testing"
)

// parsed returns the syntax trees of the Go files in this directory for whose names
// match returns true.
func parsed(t testing.TB, match func(file string) bool) []*ast.File {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || !match(entry.Name()) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// constants returns the values of the package's constants that have the given type or
// a name with the prefix, by name, so that a test can compare a table with them.
func constants(t *testing.T, prefix, typ string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, file := range parsed(t, func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
		ast.Inspect(file, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				return true
			}
			for _, spec := range decl.Specs {
				spec := spec.(*ast.ValueSpec)
				declared, _ := spec.Type.(*ast.Ident)
				for i, name := range spec.Names {
					if strings.HasPrefix(name.Name, prefix) || declared != nil && declared.Name == typ {
						found[name.Name] = literal(t, spec, i)
					}
				}
			}
			return true
		})
	}
	if len(found) == 0 {
		t.Fatalf("the source has no constant that begins with %s", prefix)
	}
	return found
}

// literal returns the value of the i-th constant of spec, which must be a literal.
func literal(t *testing.T, spec *ast.ValueSpec, i int) string {
	t.Helper()
	if i >= len(spec.Values) {
		t.Fatalf("%s has no value of its own", spec.Names[i])
	}
	lit, ok := spec.Values[i].(*ast.BasicLit)
	if !ok {
		t.Fatalf("%s is not a plain literal", spec.Names[i])
	}
	if text, err := strconv.Unquote(lit.Value); err == nil {
		return text
	}
	return lit.Value
}

// functions yields the names of the functions and methods of file.
func functions(file *ast.File) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && !yield(fn.Name.Name) {
				return
			}
		}
	}
}
