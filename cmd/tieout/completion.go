package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help says how to load the script.
func (k *completionCommand) Help() string {
	return "bash: source <(tieout completion bash)\n\nzsh: source <(tieout completion zsh)\n\nfish: tieout completion fish | source"
}

// Run prints a script that completes commands, flags, and the values of
// arguments that have a fixed choice.
func (k *completionCommand) Run(c console, model *kong.Application) error {
	words, valued := map[string][]string{}, map[string]bool{}
	collect(model.Node, "", words, valued)
	if k.Shell == "fish" {
		c.say("%s", fishScript(words))
		return nil
	}
	c.say("%s", bashScript(words, slices.Sorted(maps.Keys(valued)), k.Shell == "zsh"))
	return nil
}

// collect notes under each command's path, such as "book new", the words that
// may follow it: commands below it, choices of its arguments, its flags; and
// which flags take a value.
func collect(node *kong.Node, path string, words map[string][]string, valued map[string]bool) {
	var list []string
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		list = append(list, child.Name)
		collect(child, strings.TrimSpace(path+" "+child.Name), words, valued)
	}
	for _, arg := range node.Positional {
		list = append(list, arg.EnumSlice()...)
	}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			list = append(list, "--"+flag.Name)
			if !flag.IsBool() {
				valued["--"+flag.Name] = true
			}
		}
	}
	words[path] = slices.DeleteFunc(list, func(w string) bool { return w == "" })
}

// bashScript walks over the words typed so far: as long as they lead from one
// command to another below it the path grows, everything else (flags with
// their values, arguments) leaves it as it is. zsh runs the same script.
func bashScript(words map[string][]string, valued []string, zsh bool) string {
	var b strings.Builder
	if zsh {
		b.WriteString("autoload -U +X compinit && compinit -u\nautoload -U +X bashcompinit && bashcompinit\n")
	}
	b.WriteString("_tieout() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" i words\n")
	b.WriteString("  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \"$path ${COMP_WORDS[i]}\" in\n")
	for _, flag := range valued {
		fmt.Fprintf(&b, "      *\" %s\") ((i++)) ;;\n", flag)
	}
	for _, path := range slices.Sorted(maps.Keys(words)) {
		if path == "" {
			continue
		}
		parent, name := "", path
		if cut := strings.LastIndexByte(path, ' '); cut >= 0 {
			parent, name = path[:cut], path[cut+1:]
		}
		fmt.Fprintf(&b, "      %q) path=%q ;;\n", parent+" "+name, path)
	}
	b.WriteString("    esac\n  done\n  case \"$path\" in\n")
	for _, path := range slices.Sorted(maps.Keys(words)) {
		fmt.Fprintf(&b, "    %q) words=%q ;;\n", path, strings.Join(words[path], " "))
	}
	b.WriteString("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _tieout tieout")
	return b.String()
}

func fishScript(words map[string][]string) string {
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(words)) {
		when := "__fish_use_subcommand"
		if path != "" {
			var seen []string
			for word := range strings.FieldsSeq(path) {
				seen = append(seen, "__fish_seen_subcommand_from "+word)
			}
			when = strings.Join(seen, "; and ")
		}
		for _, word := range words[path] {
			if flag, ok := strings.CutPrefix(word, "--"); ok {
				lines = append(lines, fmt.Sprintf("complete -c tieout -n '%s' -l %s", when, flag))
				continue
			}
			lines = append(lines, fmt.Sprintf("complete -c tieout -f -n '%s' -a %s", when, word))
		}
	}
	return strings.Join(lines, "\n")
}
