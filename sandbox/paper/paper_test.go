package paper_test

import (
	"bytes"
	"fmt"
	"testing"

	"tieout/sandbox/paper"
)

// TestPDF: every line stands on a page, brackets do not end a string, and the
// table of contents points at its objects.
func TestPDF(t *testing.T) {
	t.Parallel()
	var lines []string
	for i := range 120 {
		lines = append(lines, fmt.Sprintf("line %d (of\\120)", i))
	}
	file := paper.PDF(lines)
	if n := bytes.Count(file, []byte("/Type /Page /Parent")); n != 3 {
		t.Errorf("%d pages for 120 lines, want 3", n)
	}
	for i := range lines {
		if !bytes.Contains(file, fmt.Appendf(nil, `(line %d \(of\\120\)) Tj`, i)) {
			t.Fatalf("line %d is missing", i)
		}
	}
	_, table, _ := bytes.Cut(file, []byte("xref\n"))
	for i, entry := range bytes.Split(table, []byte("\n"))[2:] {
		var at int
		if _, err := fmt.Sscanf(string(entry), "%010d 00000 n", &at); err != nil {
			break
		}
		if want := fmt.Appendf(nil, "%d 0 obj", i+1); !bytes.HasPrefix(file[at:], want) {
			t.Errorf("object %d is not where the table says", i+1)
		}
	}
}
