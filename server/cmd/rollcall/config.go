package main

import (
	"fmt"
	"reflect"
	"strings"
	"text/tabwriter"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// config is the command that prints the settings that are in effect.
type config struct{ settings }

// Run prints each setting as a line of a configuration file, with where it comes from.
func (config) Run(p *program, c *kong.Context) error {
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, flag := range c.Selected().Flags {
		if _, ok := flag.Target.Interface().(configFile); ok {
			continue
		}
		line, err := toml.Marshal(map[string]any{flag.Name: withoutSecrets(flag.Target)})
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t# %s\n", strings.TrimSpace(string(line)), origin(c, flag))
	}
	return w.Flush()
}

// withoutSecrets is a value that may be printed: an address in it, or in a list,
// comes without its password.
func withoutSecrets(v reflect.Value) any {
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return []string{} // nil would be left out
	}
	switch value := v.Interface().(type) {
	case string:
		return withoutPassword(value)
	case []string:
		var shown []string
		for _, s := range value {
			shown = append(shown, withoutPassword(s))
		}
		return shown
	default:
		return value
	}
}
