package walls_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// points is how many points docs/sandbox-points.md has to name.
const points = 68

// TestEveryPointHasItsTests holds docs/sandbox-points.md to the tests there are.
func TestEveryPointHasItsTests(t *testing.T) {
	t.Parallel()
	seen := 0
	for line := range strings.Lines(text(t, "docs/sandbox-points.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		number, err := strconv.Atoi(strings.TrimSpace(cells[1]))
		if err != nil {
			continue // the head of the table
		}
		if seen++; number != seen {
			t.Errorf("point %d stands where %d should", number, seen)
		}
		quoted := regexp.MustCompile("`([^`]+)`")
		var sources strings.Builder
		for _, folder := range quoted.FindAllStringSubmatch(cells[3], -1) {
			sources.WriteString(testsIn(t, folder[1]))
		}
		names := quoted.FindAllStringSubmatch(cells[4], -1)
		if len(names) == 0 {
			t.Errorf("point %d has no test", number)
		}
		for _, name := range names {
			if !strings.Contains(sources.String(), "func "+name[1]+"(t *testing.T)") {
				t.Errorf("point %d: there is no test %s in %s", number, name[1], strings.TrimSpace(cells[3]))
			}
		}
	}
	if seen != points {
		t.Errorf("%d points, want %d", seen, points)
	}
}

// testsIn is the text of a folder's tests.
func testsIn(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(content)
	}
	return all.String()
}
