package mapping

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// legalForms are endings that say what a company is in law, not who it is.
var legalForms = map[string]bool{
	"inc": true, "incorporated": true, "llc": true, "ltd": true, "limited": true, "corp": true, "corporation": true,
	"co": true, "company": true, "plc": true, "gmbh": true, "ag": true, "kg": true, "ug": true, "sa": true, "sas": true,
	"sarl": true, "srl": true, "spa": true, "bv": true, "nv": true, "oy": true, "ab": true, "as": true, "aps": true,
	"pty": true, "pte": true, "llp": true, "lp": true,
}

// NameKey is what two spellings of one customer's name have in common: letter
// case, accents, punctuation, "and" and the legal form are left out. Two
// customers may share a key, so it never joins by itself when they do.
func NameKey(name string) string {
	words := strings.FieldsFunc(fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	kept := words[:0]
	for _, w := range words {
		if w != "and" && !legalForms[w] {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// EmailKey is an address in lower case without surrounding space.
func EmailKey(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// NumberKey is an invoice number without case, spaces and punctuation:
// "INV-0042" and "inv 0042" are one, "42" is another.
func NumberKey(number string) string {
	var b strings.Builder
	for _, r := range strings.ToUpper(number) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// minNumber is the shortest bare number that is taken for an invoice number
// inside a text: anything shorter is a quantity or a day.
const minNumber = 3

// NumberKeys are the keys of everything in a text that could be an invoice
// number: each word with a digit, and each pair of words whose second has one
// ("Invoice INV 0042").
func NumberKeys(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:()[]{}\"'|+&", r)
	})
	var keys []string
	seen := map[string]bool{}
	add := func(key string) {
		if len(key) >= minNumber && strings.ContainsFunc(key, unicode.IsDigit) && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	for i, w := range words {
		add(NumberKey(strings.TrimLeft(w, "#")))
		if i > 0 {
			add(NumberKey(words[i-1] + w))
		}
	}
	return keys
}

// fold lowers the case and takes marks off letters, so that "Müller" and
// "Muller" are one.
func fold(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(strings.ReplaceAll(text, "&", " and "))) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return strings.ReplaceAll(b.String(), "ß", "ss")
}
