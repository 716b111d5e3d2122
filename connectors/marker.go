package connectors

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"tieout/mapping"
)

// markerPattern finds our marker in a reference or note: "TIE-" and sixteen
// letters and digits.
var markerPattern = regexp.MustCompile(`TIE-[A-Z2-7]{16}`)

// Marker names a set of parts inside a ledger document. It is evidence of
// ownership, not proof: people copy documents. Scope is the book.
func Marker(scope string, parts []mapping.Part) string {
	keys := make([]string, len(parts))
	for i, p := range parts {
		keys[i] = p.Key()
	}
	sort.Strings(keys)
	sum := sha256.Sum256([]byte(scope + "\n" + strings.Join(keys, "\n")))
	return "TIE-" + base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// FindMarker gives the first marker in the texts, "" when there is none.
func FindMarker(texts ...string) string {
	for _, t := range texts {
		if m := markerPattern.FindString(t); m != "" {
			return m
		}
	}
	return ""
}

// Key is the idempotency key of the write that books marker in the given
// generation. A new generation starts when a person asks for a document that
// was deleted to be written again.
func Key(marker string, generation int) string {
	return fmt.Sprintf("%s:g%d", marker, generation)
}
