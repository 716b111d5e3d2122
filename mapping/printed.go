package mapping

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tieout/receivables"
)

// maxPrinted bounds how many different words of one invoice can be searched
// for: an invoice of thousands of lines repeats itself.
const maxPrinted = 500

// Words are the words of a text in the form in which they are compared: letter
// case, accents and punctuation are left out, and so are words of one letter.
func Words(text string) []string {
	words := strings.FieldsFunc(fold(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.DeleteFunc(words, func(w string) bool { return utf8.RuneCountInString(w) == 1 })
}

// PrintedWords are the different words that are printed on an invoice besides
// its number, reference and customer, divided by spaces, the message first.
func PrintedWords(inv receivables.Invoice) string {
	var kept []string
	seen := map[string]bool{}
	add := func(text string) {
		for _, w := range Words(text) {
			if len(kept) < maxPrinted && !seen[w] {
				seen[w] = true
				kept = append(kept, w)
			}
		}
	}
	add(inv.Memo)
	for _, l := range inv.Lines {
		add(l.Description)
	}
	return strings.Join(kept, " ")
}
