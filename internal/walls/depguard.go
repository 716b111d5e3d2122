package walls

import (
	"fmt"
	"slices"
	"strings"
)

// Depguard renders the table of walls as the rules of golangci-lint's
// depguard, so that an editor shows what the test refuses. The text stands in
// .golangci.yml under depguard's rules; a test compares them.
func Depguard() string {
	var b strings.Builder
	for i, wall := range Walls() {
		if slices.Contains(wall.May, "...") {
			continue // whoever wires everything may import everything
		}
		fmt.Fprintf(&b, "        %s:\n          list-mode: lax\n          files:\n", ruleName(wall.Folder))
		fmt.Fprintf(&b, "            - %q\n            - \"!$test\"\n", glob(wall.Folder))
		for _, earlier := range Walls()[:i] {
			if overlaps(wall.Folder, earlier.Folder) {
				fmt.Fprintf(&b, "            - %q\n", "!"+glob(earlier.Folder))
			}
		}
		b.WriteString("          deny:\n")
		fmt.Fprintf(&b, "            - pkg: %s\n              desc: %q\n", Module+"/", wall.Why)
		if wall.Pure {
			for _, part := range impure() {
				fmt.Fprintf(&b, "            - pkg: %s\n              desc: %q\n", part, wall.Why)
			}
		}
		renderAllowed(&b, wall)
	}
	return b.String()
}

// renderAllowed writes the imports that the rule lets through. depguard reads
// a prefix, and a whole path where it ends with $; one level below a folder is
// a prefix there, which the test over the imports makes exact.
func renderAllowed(b *strings.Builder, wall Wall) {
	if len(wall.May) == 0 {
		return
	}
	b.WriteString("          allow:\n")
	for _, pattern := range wall.May {
		imported := Module + "/" + pattern + "$"
		if above, ok := strings.CutSuffix(pattern, "/..."); ok {
			imported = Module + "/" + above
		} else if above, ok := strings.CutSuffix(pattern, "/*"); ok {
			imported = Module + "/" + above + "/"
		}
		fmt.Fprintf(b, "            - %s\n", imported)
	}
}

func ruleName(pattern string) string {
	return strings.NewReplacer("/...", "-all", "/*", "-each", "/", "-").Replace(pattern)
}

// glob is the file pattern of a folder, from where .golangci.yml lies.
func glob(pattern string) string {
	if above, ok := strings.CutSuffix(pattern, "/..."); ok {
		return "${config-path}/" + above + "/**.go"
	}
	return "${config-path}/" + pattern + "/*.go"
}

// overlaps says whether a wide pattern also fits a folder that an earlier row
// names, so that the wide rule has to leave it out.
func overlaps(wide, earlier string) bool {
	return wide != earlier && strings.ContainsAny(wide, "*.") && matches(wide, strings.TrimSuffix(strings.TrimSuffix(earlier, "/..."), "/*"))
}
