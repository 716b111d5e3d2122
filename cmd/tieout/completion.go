package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// completionScript completes command words, then the flags of the command.
func completionScript(shell string, flags map[string]string) string {
	var names []string
	seen := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		word, _, _ := strings.Cut(path, " ")
		if !seen[word] {
			seen[word] = true
			names = append(names, word)
		}
	}
	if shell == "fish" {
		return fishScript(names, flags)
	}
	var b strings.Builder
	if shell == "zsh" {
		b.WriteString("autoload -U +X bashcompinit && bashcompinit\n")
	}
	b.WriteString("_tieout() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" words\n")
	b.WriteString("  case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n")
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		pattern := path + "*"
		if !strings.Contains(path, " ") {
			pattern = path + "*"
		}
		fmt.Fprintf(&b, "    %s) words=%q ;;\n", strings.ReplaceAll(pattern, " *", "*"), flags[path])
	}
	fmt.Fprintf(&b, "  esac\n  [ \"$COMP_CWORD\" = 1 ] && words=%q\n", strings.Join(names, " "))
	b.WriteString("  COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _tieout tieout")
	return b.String()
}

func fishScript(names []string, flags map[string]string) string {
	lines := []string{fmt.Sprintf("complete -c tieout -f -n __fish_use_subcommand -a %q", strings.Join(names, " "))}
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		word, _, _ := strings.Cut(path, " ")
		for _, flag := range strings.Fields(flags[path]) {
			lines = append(lines, fmt.Sprintf("complete -c tieout -n '__fish_seen_subcommand_from %s' -l %s", word, strings.TrimPrefix(flag, "--")))
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}
