package walls

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// foreign are what the project's text must not name, by what it is: the
// project is read and built on machines that know none of it. The patterns
// are put together so that this file does not name them either.
func foreign() map[string]*regexp.Regexp {
	roots := strings.Join([]string{"wor" + `k\b`, "roo" + `t\b`, "hom" + "e/", "User" + "s/", "tmp/bri" + "ef"}, "|")
	hosts := strings.Join([]string{
		`(?:proxy|sum|index)\.golan` + `g\.org`, `goprox` + `y\.(?:io|cn)`, `registry\.npmj` + `s\.(?:org|com)`,
		`pyp` + `i\.org`, `rubygem` + `s\.org`, `crate` + `s\.io`,
	}, "|")
	return map[string]*regexp.Regexp{
		"a machine's path":       regexp.MustCompile(`(?:^|[\s"'(=:` + "`" + `])/(?:` + roots + `)`),
		"a package registry":     regexp.MustCompile(hosts),
		"the pinned test folder": regexp.MustCompile(`\.\./share` + `d/(?:design|hooks|prototypes|vendors)`),
	}
}

// texts refuses paths of one machine and addresses of package registries, in
// code, SQL, configuration and documents.
func texts(t *Tree) []Problem {
	var found []Problem
	for what, pattern := range foreign() {
		for _, name := range slices.Sorted(maps.Keys(t.Texts)) {
			for at, line := range strings.Split(t.Texts[name], "\n") {
				if hit := pattern.FindString(line); hit != "" {
					where := fmt.Sprintf("%s:%d", name, at+1)
					found = append(found, Problem{Where: where, Rule: "texts", What: fmt.Sprintf("names %s: %s", what, strings.TrimSpace(hit))})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Problem) int { return cmp.Compare(a.Where, b.Where) })
	return found
}

// floatColumns refuses columns that hold binary fractions. On SQLite numeric
// and decimal are such too.
func floatColumns(t *Tree) []Problem {
	binary := regexp.MustCompile(`(?i)^\s+\w+\s+(real|float\w*|double)\b`)
	inexact := regexp.MustCompile(`(?i)^\s+\w+\s+(real|float\w*|double|numeric|decimal)\b`)
	var found []Problem
	for _, name := range slices.Sorted(maps.Keys(t.Texts)) {
		if path.Ext(name) != ".sql" {
			continue
		}
		pattern := binary
		if strings.Contains(name, "sqlite") {
			pattern = inexact
		}
		for at, line := range strings.Split(t.Texts[name], "\n") {
			if hit := pattern.FindStringSubmatch(line); hit != nil {
				where := fmt.Sprintf("%s:%d", name, at+1)
				found = append(found, Problem{Where: where, Rule: "floats", What: "a column of type " + hit[1]})
			}
		}
	}
	return found
}
