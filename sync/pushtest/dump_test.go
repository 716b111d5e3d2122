package pushtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// counted are the fields that say when and how often something was changed or
// asked: they differ between runs that end the same.
var counted = map[string]bool{
	"MetaData": true, "Id": true, "deleted": true, "calls": true, "UpdatedDateUTC": true, "UpdatedDateUTCString": true, "created": true, "CreatedDateUTC": true,
	// Xero shows a contact's only once there were some; those of the accounts are compared.
	"Balances": true,
	// Of Stripe: a price that no link uses is nothing that anybody sees.
	"events": true, "prices": true, "products": true,
}

// ids are what chance has given: Xero's ids, Stripe's, and addresses with them.
var ids = regexp.MustCompile(`https?://[^"]*|\b[a-z]{2,8}_(?:test_)?[A-Za-z0-9]{14,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// canonical is a dump as text, one object a line, in an order that is the same
// whichever was made first, and without the ids that chance has given.
func canonical(b *bench, dump []byte) string {
	b.Helper()
	var whole map[string]any
	d := json.NewDecoder(bytes.NewReader(dump))
	d.UseNumber()
	b.must(d.Decode(&whole))
	var lines []string
	for part, v := range whole {
		if counted[part] {
			continue
		}
		lines = append(lines, rows(part, stripped(v))...)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// rows are the objects of a part of a dump.
func rows(where string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		if where != "entities" && where != "objects" {
			break
		}
		var out []string
		for kind, list := range v {
			out = append(out, rows(kind, list)...)
		}
		return out
	case []any:
		var out []string
		for _, item := range v {
			out = append(out, rows(where, item)...)
		}
		return out
	}
	text, _ := json.Marshal(v) // it was decoded from JSON
	return []string{where + " " + ids.ReplaceAllString(string(text), "id")}
}

func stripped(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			if counted[key] {
				delete(v, key)
				continue
			}
			v[key] = stripped(v[key])
		}
	case []any:
		for i := range v {
			v[i] = stripped(v[i])
		}
	}
	return v
}

var (
	taken   = regexp.MustCompile(`"Status":"(DELETED|VOIDED)"|"PrivateNote":"Voided`)
	version = regexp.MustCompile(`"(SyncToken|TxnId|DocNumber|InvoiceNumber|CreditNoteNumber)":"[^"]+",?`)
)

// living is a state without what has been taken away, and without how often
// the rest was changed on the way, and the ids and
// numbers of what was made anew.
func living(state string) string {
	var out strings.Builder
	for line := range strings.Lines(state) {
		if !taken.MatchString(line) {
			out.WriteString(version.ReplaceAllString(line, ""))
		}
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// difference shows what only one of two states has.
func difference(want, got string) string {
	if want == got {
		return ""
	}
	var out strings.Builder
	for _, side := range []struct{ says, has, lacks string }{{"should be there", want, got}, {"should not be there", got, want}} {
		left := map[string]int{}
		for line := range strings.Lines(side.lacks + "\n") {
			left[line]++
		}
		for line := range strings.Lines(side.has + "\n") {
			if left[line]--; left[line] < 0 {
				fmt.Fprintf(&out, "\n  %s: %.200s", side.says, line)
			}
		}
	}
	return out.String()
}
