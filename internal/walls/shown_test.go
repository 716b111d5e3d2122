package walls_test

import (
	"go/ast"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tieout/internal/walls"
)

// promises is how many docs/promises.md has to name.
const promises = 16

// shownBy is a folder and its tests as our documents name them.
var shownBy = regexp.MustCompile("`([a-z0-9/]+)`: ((?:`(?:Test|Fuzz)\\w+`(?:, )?)+)") //nolint:gochecknoglobals // a pattern

// lacking gives the tests in text that there are not, and how many are named.
func lacking(t *testing.T, text string) (missing []string, named int) {
	t.Helper()
	for _, found := range shownBy.FindAllStringSubmatch(text, -1) {
		sources := testsIn(t, found[1])
		for name := range strings.SplitSeq(strings.Trim(found[2], ", "), ", ") {
			named++
			if name = strings.Trim(name, "`"); !strings.Contains(sources, "func "+name+"(") {
				missing = append(missing, found[1]+": "+name)
			}
		}
	}
	return missing, named
}

// TestEveryPromiseHasItsTest holds docs/promises.md to the tests there are.
func TestEveryPromiseHasItsTest(t *testing.T) {
	t.Parallel()
	seen := 0
	for line := range strings.Lines(text(t, "docs/promises.md")) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			continue
		}
		number, err := strconv.Atoi(strings.TrimSpace(cells[1]))
		if err != nil {
			continue // the head of the table
		}
		if seen++; number != seen {
			t.Errorf("promise %d stands where %d should", number, seen)
		}
		if missing, named := lacking(t, cells[3]); named == 0 || len(missing) > 0 {
			t.Errorf("promise %d names %d tests; there is no %v", number, named, missing)
		}
	}
	if seen != promises {
		t.Errorf("%d promises, want %d", seen, promises)
	}
}

// TestEveryRequirementHasItsTest holds the tables of docs/security.md to the
// tests there are: every line names one, or says "-" after an answer in words.
func TestEveryRequirementHasItsTest(t *testing.T) {
	t.Parallel()
	rows, total := 0, 0
	for line := range strings.Lines(text(t, "docs/security.md")) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) < 5 || strings.HasPrefix(cells[1], " ---") {
			continue
		}
		last := strings.TrimSpace(cells[len(cells)-2])
		if last == "shown by" {
			continue
		}
		rows++
		missing, named := lacking(t, last)
		if total += named; len(missing) > 0 || named == 0 && (last != "-" || len(strings.TrimSpace(cells[len(cells)-3])) < 10) {
			t.Errorf("%s names %d tests; there is no %v", cells[1], named, missing)
		}
	}
	const least = 40
	if rows < least || total < least {
		t.Errorf("%d requirements with %d tests", rows, total)
	}
}

// unfuzzed are folders that decode and whose bytes are no stranger's, each with
// whose they are.
func unfuzzed() map[string]string {
	return map[string]string{
		"connectors/example":       "a vendor to learn from",
		"connectors/connectortest": "a suite for tests",
	}
}

// TestParsersAreFuzzed: a folder that decodes what strangers have written has a
// fuzz test.
func TestParsersAreFuzzed(t *testing.T) {
	t.Parallel()
	tree, err := walls.Load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	foreign := []string{"connectors", "money", "receivables", "sync/statement", "sync/schedule", "sync/notify", "internal/secret", "internal/vendorhttp"}
	decoding := map[string]bool{"money": true, "receivables": true, "connectors": true, "sync/schedule": true, "sync/notify": true, "internal/secret": true, "internal/vendorhttp": true}
	for _, file := range tree.Files {
		if file.Test || !slices.Contains(foreign, file.Folder) && path.Dir(file.Folder) != "connectors" {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			if s, ok := node.(*ast.SelectorExpr); ok && slices.Contains([]string{"Unmarshal", "NewDecoder", "NewReader"}, s.Sel.Name) {
				if p, ok := s.X.(*ast.Ident); ok && slices.Contains([]string{"json", "xml", "csv"}, p.Name) {
					decoding[file.Folder] = true
				}
			}
			return true
		})
	}
	for folder := range decoding {
		if fuzzed := strings.Contains(testsIn(t, folder), "\nfunc Fuzz"); fuzzed == (unfuzzed()[folder] != "") {
			t.Errorf("%s decodes what strangers write: it needs a fuzz test, or a reason, and not both", folder)
		}
	}
	const least = 11
	if len(decoding) < least {
		t.Errorf("only %d folders decode", len(decoding))
	}
}
