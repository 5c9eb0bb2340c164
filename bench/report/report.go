// Package report has what all measurements share: results in a file, documents made of
// them, the format of figures, and a description of the machine.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// Save writes results to a file, as JSON.
func Save(path string, results any) error {
	text, err := json.MarshalIndent(results, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}

// Load reads results from a file.
func Load(path string, results any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, results); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Fill executes a template of files, with functions that format figures.
func Fill(files fs.FS, name string, data any) (string, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"count":     Count,
		"join":      strings.Join,
		"duration":  Duration,
		"durations": Durations,
		"seconds":   func(ms float64) string { return fmt.Sprintf("%.2f s", ms/1000) },
		"ms":        func(ms float64) string { return fmt.Sprintf("%.0f ms", ms) },
	}).ParseFS(files, name)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = t.Execute(&text, data)
	return text.String(), err
}

// Write writes documents, which are keyed by their paths in dir.
func Write(dir string, documents map[string]string) error {
	for path, text := range documents {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
			return err
		}
	}
	return nil
}

// Row returns a row of a table in Markdown.
func Row(cells ...any) string {
	text := "|"
	for _, c := range cells {
		text += fmt.Sprintf(" %v |", c)
	}
	return text + "\n"
}

// Head returns the first row of a table in Markdown, and the line below it.
func Head(titles ...any) string { return Row(titles...) + strings.Repeat("|---", len(titles)) + "|\n" }
