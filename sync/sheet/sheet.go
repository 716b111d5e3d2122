// Package sheet writes CSV that a spreadsheet program can open without running
// any of it. It knows nothing of what the cells say.
package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// formula are the characters that a spreadsheet program takes as the beginning
// of a formula, or of one behind white space (OWASP: CSV Injection).
const formula = "=+-@\t\r\n"

// Cell is a text that no spreadsheet program takes for a formula: one that
// begins like one gets a leading quotation mark. Amounts are no formulas: a
// minus sign before digits alone stays as it is.
func Cell(text string) string {
	if text == "" || !strings.ContainsRune(formula, rune(text[0])) || amount(text) {
		return text
	}
	return "'" + text
}

// amount says whether the text is a plain decimal number.
func amount(text string) bool {
	digits, points := 0, 0
	for _, r := range strings.TrimPrefix(text, "-") {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points < 2
}

// Write writes rows as RFC 4180 has it, with every cell made harmless.
func Write(to io.Writer, rows [][]string) error {
	w := csv.NewWriter(to)
	w.UseCRLF = true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = Cell(text)
		}
		if err := w.Write(safe); err != nil {
			return fmt.Errorf("sheet: write: %w", err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("sheet: write: %w", err)
	}
	return nil
}
