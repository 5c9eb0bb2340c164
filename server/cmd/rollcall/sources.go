package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"

	"rollcall/server/cli"
)

// envPrefix begins the name of every setting in the environment, with an underscore.
const envPrefix = "ROLLCALL"

// configFile is the name of a file with settings.
type configFile string

// BeforeResolve has kong look up in the file what neither the command line nor
// the environment says. kong asks for each command that has this flag.
func (configFile) BeforeResolve(c *kong.Context, trace *kong.Path) error {
	if !slices.Contains(c.Selected().Flags, trace.Flag) {
		return nil
	}
	name := string(c.FlagValue(trace.Flag).(configFile))
	if name == "" {
		return nil
	}
	values := map[string]any{}
	text, err := readFile(name)
	if err == nil {
		err = toml.Unmarshal(text, &values)
	}
	if err != nil {
		return fmt.Errorf("--config: %w", inFile(name, err))
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if flag := flagOf(c, key); flag == nil || flag == trace.Flag {
			return fmt.Errorf("--config: %s: there is no setting %q", name, key)
		}
	}
	c.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		value, ok := values[flag.Name]
		if !ok || inEnvironment(flag) {
			return nil, nil
		}
		text, err := asText(flag, value)
		if err != nil {
			return nil, inFile(name, err)
		}
		return text, nil
	}))
	return nil
}

// inFile is err with the name of the file, unless it has it already.
func inFile(name string, err error) error {
	if strings.Contains(err.Error(), name) {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// asText is a value of the file as one would write it on the command line.
func asText(flag *kong.Flag, value any) (string, error) {
	switch v := value.(type) {
	case string:
		if flag.IsSlice() {
			return kong.JoinEscaped([]string{v}, flag.Tag.Sep), nil
		}
		return v, nil
	case int64, bool:
		return fmt.Sprint(v), nil
	case []any:
		if !flag.IsSlice() {
			return "", fmt.Errorf("%s is one value, not a list", flag.Name)
		}
		var texts []string
		for _, element := range v {
			text, ok := element.(string)
			if !ok {
				return "", fmt.Errorf("%s is a list of strings", flag.Name)
			}
			texts = append(texts, text)
		}
		return kong.JoinEscaped(texts, flag.Tag.Sep), nil
	}
	return "", fmt.Errorf("%s is not a string, an integer, true or false, or a list of strings", flag.Name)
}

// flagOf is the flag of the given name that the command has; nil if there is none.
func flagOf(c *kong.Context, name string) *kong.Flag {
	for _, flag := range c.Selected().Flags {
		if flag.Name == name {
			return flag
		}
	}
	return nil
}

// inEnvironment reports whether the environment says something of a flag. An
// empty variable does.
func inEnvironment(flag *kong.Flag) bool {
	return slices.ContainsFunc(flag.Envs, func(name string) bool {
		_, ok := os.LookupEnv(name)
		return ok
	})
}

// checkEnvironment finds a variable that looks like a setting and is none: a
// mistyped one would be noticed only by what it does not do.
func checkEnvironment(app *kong.Application) error {
	known := map[string]bool{cli.KeyVariable: true}
	for _, command := range app.Children {
		for _, flag := range command.Flags {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, envPrefix+"_") && !known[name] {
			return fmt.Errorf("the environment has %s, and there is no such setting", name)
		}
	}
	return nil
}

// origin says where the value of a flag comes from.
func origin(c *kong.Context, flag *kong.Flag) string {
	for _, path := range c.Path {
		switch {
		case path.Flag != flag:
		case path.Resolved:
			return "file"
		default:
			return "flag"
		}
	}
	if inEnvironment(flag) {
		return "environment"
	}
	return "default"
}
