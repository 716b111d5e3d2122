package sheet_test

import (
	"strings"
	"testing"

	"tieout/sync/sheet"
)

func TestCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                     "",
		"INV-1":                "INV-1",
		"-12.50":               "-12.50",
		"12.50":                "12.50",
		"=1+1":                 "'=1+1",
		"+49 30":               "'+49 30",
		"-1+cmd|' /C calc'!A0": "'-1+cmd|' /C calc'!A0",
		"-1.2.3":               "'-1.2.3",
		"-":                    "'-",
		"-.":                   "'-.",
		"@SUM(A1)":             "'@SUM(A1)",
		"\t=1":                 "'\t=1",
		"\r=1":                 "'\r=1",
		"\n=1":                 "'\n=1",
		"a=1":                  "a=1",
	} {
		if got := sheet.Cell(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := sheet.Write(&out, [][]string{{"a", "b"}, {`=HYPERLINK("x")`, "two\nlines"}}); err != nil {
		t.Fatal(err)
	}
	if want := "a,b\r\n\"'=HYPERLINK(\"\"x\"\")\",\"two\r\nlines\"\r\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
