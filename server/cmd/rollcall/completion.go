package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// completion is the command that prints a script which completes commands and flags.
type completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Help returns examples.
func (completion) Help() string {
	return "Examples, for the files that a shell reads at its start:\n\n  source <(rollcall completion bash)\n  source <(rollcall completion zsh)\n  rollcall completion fish | source"
}

// Run prints the script.
func (c completion) Run(p *program, parsed *kong.Context) error {
	var script strings.Builder
	if c.Shell == "fish" {
		fish(&script, parsed.Model.Node)
	} else {
		bash(&script, parsed.Model.Node)
	}
	text := script.String()
	if c.Shell == "zsh" {
		text = "autoload -U +X bashcompinit && bashcompinit\n" + text
	}
	_, err := io.WriteString(p.stdout, text)
	return err
}

// bash writes a function that completes the first word to a command, and later ones to a
// flag of it or, by the shell's default, to a file. It works in zsh, too.
func bash(w io.Writer, app *kong.Node) {
	fmt.Fprint(w, "_rollcall() {\n  local words=\n  COMPREPLY=()\n  if [ \"$COMP_CWORD\" = 1 ]; then\n    words=\"")
	for _, command := range app.Children {
		fmt.Fprint(w, command.Name, " ")
	}
	fmt.Fprint(w, "help\"\n  else case ${COMP_WORDS[1]} in\n")
	for _, command := range app.Children {
		fmt.Fprintf(w, "    %s) words=\"", command.Name)
		for _, flag := range command.Flags {
			fmt.Fprintf(w, "-%s ", flag.Name)
		}
		fmt.Fprint(w, "-help\" ;;\n")
	}
	fmt.Fprint(w, "  esac fi\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -o default -F _rollcall rollcall\n")
}

// fish writes a line for each command and each flag. After one with -r its value is completed.
func fish(w io.Writer, app *kong.Node) {
	for _, command := range app.Children {
		fmt.Fprintf(w, "complete -c rollcall -n __fish_use_subcommand -f -a %s -d %s\n", command.Name, quoted(command.Help))
		for _, flag := range command.Flags {
			value := "-r "
			if flag.IsBool() {
				value = ""
			}
			fmt.Fprintf(w, "complete -c rollcall -n '__fish_seen_subcommand_from %s' %s-o %s -d %s\n", command.Name, value, flag.Name, quoted(flag.Help))
		}
	}
}

// quoted returns text as one word of fish.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", " ").Replace(text) + "'"
}
