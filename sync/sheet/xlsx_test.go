package sheet

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func table() []Column {
	return []Column{{"name", 20}, {"issued", 11}, {"days", 6}, {"total", 14}, {"balance", 14}}
}

// opened writes rows into a workbook, with at most so many on a sheet, and has
// another library read it.
func opened(t *testing.T, most int, rows ...[]Value) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	b, err := NewBook(&out, "Invoices", table())
	if err != nil {
		t.Fatal(err)
	}
	b.most = most
	for _, row := range rows {
		if err := b.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestBook: words stay words, amounts are exact numbers with the digits of
// their currency, days are dates, and the head stays in sight.
func TestBook(t *testing.T) {
	t.Parallel()
	nasty := "=HYPERLINK(\"x\")<&>_x0041_\x01 ä\n "
	f := opened(t, maxRows, []Value{Text(nasty), Day("2026-11-22"), Whole(21), Number("-9007199254740.91", 2), Number("1234567", 0)},
		[]Value{Text(""), Day("no date"), Whole(0), Number("1.005", 3), Number("0.1", 1)})
	for cell, want := range map[string]string{
		"A1": "name", "A2": strings.ReplaceAll(nasty, "\x01", "\uFFFD"), "B2": "2026-11-22", "C2": "21", "D2": "-9,007,199,254,740.91", "E2": "1,234,567",
		"A3": "", "B3": "no date", "C3": "0", "D3": "1.005", "E3": "0.1",
	} {
		if got, err := f.GetCellValue("Invoices", cell); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", cell, got, want, err)
		}
	}
	if raw, err := f.GetCellValue("Invoices", "D2", excelize.Options{RawCellValue: true}); err != nil || raw != "-9007199254740.91" {
		t.Errorf("the amount is kept as %q (%v)", raw, err)
	}
	if raw, err := f.GetCellValue("Invoices", "B2", excelize.Options{RawCellValue: true}); err != nil || raw != "46348" {
		t.Errorf("the day is kept as %q (%v)", raw, err)
	}
	if formula, err := f.GetCellFormula("Invoices", "A2"); err != nil || formula != "" {
		t.Errorf("a text became the formula %q (%v)", formula, err)
	}
	if panes, err := f.GetPanes("Invoices"); err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("the head is not frozen: %+v %v", panes, err)
	}
}

// TestLongTable continues on another sheet, with its head.
func TestLongTable(t *testing.T) {
	t.Parallel()
	f := opened(t, 3, []Value{Text("a")}, []Value{Text("b")}, []Value{Text("c")})
	if names := f.GetSheetList(); len(names) != 2 || names[1] != "Invoices 2" {
		t.Fatalf("the sheets are %q", names)
	}
	for cell, want := range map[string]string{"A1": "name", "A2": "c", "A3": ""} {
		if got, err := f.GetCellValue("Invoices 2", cell); err != nil || got != want {
			t.Errorf("%s of the second sheet is %q, want %q (%v)", cell, got, want, err)
		}
	}
}

// TestLetters are those of columns.
func TestLetters(t *testing.T) {
	t.Parallel()
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := letters(i); got != want {
			t.Errorf("column %d is %s, want %s", i, got, want)
		}
	}
}
