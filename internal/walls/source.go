package walls

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// buckets are package names that say nothing about what is inside.
func buckets() []string {
	return []string{"util", "utils", "common", "helper", "helpers", "types", "models"}
}

// names refuses packages that are buckets, or not named after their folder.
func names(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		name := strings.TrimSuffix(file.Syntax.Name.Name, "_test")
		switch {
		case slices.Contains(buckets(), name) || slices.Contains(buckets(), path.Base(file.Folder)):
			found = append(found, t.problem(file.Syntax.Name.Pos(), "names", "a package named %s says nothing about itself", name))
		case name != "main" && name != path.Base(file.Folder) && file.Folder != ".":
			found = append(found, t.problem(file.Syntax.Name.Pos(), "names", "package %s lies in the folder %s", name, file.Folder))
		}
	}
	return found
}

// clocks refuses reading the wall clock outside internal/clock, and sleeping
// anywhere: steps are given a clock, tests wait for signals.
func clocks(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		if file.Folder == "internal/clock" {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			selector, ok := node.(*ast.SelectorExpr)
			if !ok || !isPackage(selector.X, "time") {
				return true
			}
			switch name := selector.Sel.Name; {
			case name == "Sleep", !file.Test && slices.Contains([]string{"Now", "Since", "Until"}, name):
				found = append(found, t.problem(node.Pos(), "clock", "time.%s outside internal/clock", name))
			}
			return true
		})
	}
	return found
}

func isPackage(expression ast.Expr, name string) bool {
	identifier, ok := expression.(*ast.Ident)
	return ok && identifier.Name == name
}

// exactFolders are where amounts live.
func exactFolders() []string {
	return []string{"money", "receivables", "mapping", "books", "links", "connect", "store/...", "sync/...", "connectors/..."}
}

// FloatReasons are the files behind exactFolders that use a float for
// something that is no amount, each with what it is.
func FloatReasons() map[string]string {
	return map[string]string{
		"sync/schedule/scheduler.go":    "the jitter is a share of an interval of time",
		"sync/push/push.go":             "the jitter is a share of a pause",
		"connectors/quickbooks/auth.go": "oauth2 decodes the seconds of an answer's extra fields as a float",
		"sync/match/bar.go":             "how sure a match has to be, as a share",
		"sync/match/bank/assign.go":     "what an assignment is worth as evidence",
		"sync/match/bank/batch.go":      "how alike two names are",
		"sync/match/bank/evidence.go":   "what names and dates are worth as evidence",
		"sync/match/bank/exact.go":      "what a pair is worth as evidence",
		"sync/match/bank/differ.go":     "what a pair is worth as evidence",
		"sync/match/bank/offset.go":     "what a pair is worth as evidence",
		"sync/match/chain.go":           "how likely a set of items is, as a logarithm",
		"sync/monthend/pdf.go":          "places on paper in millimetres",
		"sync/match/chance.go":          "how likely a coincidence is, as a logarithm",
		"sync/match/likely.go":          "how likely an item is to be paid",
		"sync/match/rank.go":            "how alike two names are",
		"sync/match/habit.go":           "how often payers pay so late",
		"sync/match/likeness.go":        "how rare a piece of a name is",
		"sync/match/match.go":           "how sure a match is, as a share",
		"sync/match/names.go":           "how alike two names are",
		"sync/match/rounds.go":          "how sure a match has to be, as a share",
		"sync/match/why.go":             "how sure a match is, in percent",
	}
}

// floats refuses binary fractions, and conversions to them, where amounts
// live. A reason for a file that uses none is refused as well.
func floats(t *Tree) []Problem {
	var found []Problem
	reasons := FloatReasons()
	used := map[string]bool{}
	for _, file := range t.Files {
		if file.Test || !anyOf(exactFolders(), file.Folder) {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			identifier, ok := node.(*ast.Ident)
			if !ok || !isFloat(identifier.Name) {
				return true
			}
			used[file.Path] = true
			if reasons[file.Path] == "" {
				found = append(found, t.problem(node.Pos(), "floats", "%s where amounts live", identifier.Name))
			}
			return true
		})
	}
	for _, file := range t.Files {
		if reasons[file.Path] != "" && !used[file.Path] {
			found = append(found, t.problem(file.Syntax.Package, "floats", "a reason is given for floats, but there are none"))
		}
	}
	return found
}

func isFloat(name string) bool {
	for _, part := range []string{"float32", "float64", "Float32", "Float64", "ParseFloat", "FormatFloat", "AppendFloat", "InexactFloat"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// inits refuses code that runs because a package was imported.
func inits(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		for _, declaration := range file.Syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Recv == nil && function.Name.Name == "init" {
				found = append(found, t.problem(function.Pos(), "init", "nothing registers itself"))
			}
		}
	}
	return found
}
