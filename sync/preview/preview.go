// Package preview shows what stands to be written, document by document,
// before it is: what a person confirms is what was shown. It is pure: it plans
// nothing and reads nothing.
package preview

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
)

// Action is what happens to a document.
type Action string

// The actions. What stays cannot be taken back; the reason says why.
const (
	ActionWrite  Action = "write"
	ActionChange Action = "change"
	ActionRemove Action = "remove"
	ActionStay   Action = "stays"
)

// Line is one document as a person is shown it.
type Line struct {
	Action Action `json:"action"`
	// Date is the document's, "" where it has none of its own.
	Date receivables.Date `json:"date,omitempty"`
	Kind string           `json:"kind"`
	// From and To are the accounts' names; To may be several.
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Customer string `json:"customer,omitempty"`
	// Invoice is the number, or the numbers, that it is for.
	Invoice  string `json:"invoice,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Why      string `json:"why"`
	// Document is the one that exists already, "" for a new one, and URL where
	// a person opens it.
	Document string `json:"document,omitempty"`
	URL      string `json:"url,omitempty"`
	// Op is the vendor's own name of the operation.
	Op string `json:"op,omitempty"`
}

// Names gives ids of the ledger the names that people know them by; an id
// without a name stays as it is.
type Names struct {
	Accounts, Customers, Invoices map[string]string
}

func named(names map[string]string, id string) string { return cmp.Or(names[id], id) }

// Lines shows intents, in one fixed order that does not depend on theirs.
func Lines(intents []push.Intent, names Names) []Line {
	lines := make([]Line, len(intents))
	for i, in := range intents {
		lines[i] = LineOf(in, names)
	}
	Sort(lines)
	return lines
}

// Sort puts lines into the order in which they are shown.
func Sort(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Invoice, b.Invoice),
			cmp.Compare(a.Document, b.Document), cmp.Compare(a.Amount, b.Amount), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Op, b.Op))
	})
}

// LineOf shows one intent.
func LineOf(in push.Intent, names Names) Line {
	w, b := in.Write, in.Booking
	l := Line{Action: ActionWrite, Kind: kindOf(in), Why: in.Why, Op: w.Op, Date: w.Natural.Date, From: named(names.Accounts, w.Natural.AccountID)}
	if w.Target.ID != "" {
		l.Action, l.Document = ActionChange, string(w.Target.Kind)+"/"+w.Target.ID
	}
	if in.Effect == push.EffectUndone {
		l.Action = ActionRemove
	}
	customer, currency, amount := w.Natural.CustomerID, w.Natural.Currency, w.Natural.Amount
	var total int64
	for _, p := range w.Parts {
		total += p.Amount
	}
	if amount == 0 {
		amount = total
		if b != nil {
			currency = cmp.Or(b.Settlement, currency)
		}
	}
	if b != nil {
		l.Date = cmp.Or(l.Date, b.Date)
		customer, currency = cmp.Or(customer, b.CustomerID, contact(*b, names)), cmp.Or(currency, b.Currency)
		l.From, l.To = accounts(*b, names)
	}
	if b != nil && total < 0 { // money that flows the other way
		l.From, l.To, amount = l.To, l.From, max(amount, -amount)
	}
	if currency != "" {
		l.Currency, l.Amount = string(currency), money.Money{Minor: amount, Currency: currency}.Text(money.ISO)
	}
	l.Customer = named(names.Customers, customer)
	l.Invoice = strings.Join(invoices(in, names), ", ")
	return l
}

// contact is whom an expense is owed to, where that has a name: the contact of
// fees is no customer in every ledger.
func contact(b mapping.Booking, names Names) string {
	if names.Customers[b.Contact] == "" {
		return ""
	}
	return b.Contact
}

// kindOf is what a write makes or changes, in words.
func kindOf(in push.Intent) string {
	switch {
	case in.Effect == push.EffectLinkMade, in.Effect == push.EffectLinkOff:
		return "payment link"
	case in.Effect == push.EffectPageEnded:
		return "payment page"
	case in.Effect == push.EffectLinkShown, in.Effect == push.EffectLinkRemoved:
		return "link on invoice"
	case in.Write.Natural.Kind != "":
		return words(in.Write.Natural.Kind)
	case in.Booking != nil && in.Booking.Kind != "":
		return words(in.Booking.Kind)
	case in.Write.Target.Kind != "":
		return string(in.Write.Target.Kind)
	}
	return in.Write.Op
}

func words(kind receivables.DocumentKind) string { return strings.ReplaceAll(string(kind), "_", " ") }

// accounts are the names of where a booking takes from and gives to.
func accounts(b mapping.Booking, names Names) (from, to string) {
	var all []string
	for _, id := range append([]string{b.To}, lineAccounts(b)...) {
		if name := named(names.Accounts, id); name != "" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return named(names.Accounts, b.From), strings.Join(all, ", ")
}

func lineAccounts(b mapping.Booking) []string {
	ids := make([]string, len(b.Lines))
	for i, l := range b.Lines {
		ids[i] = l.Account
	}
	return ids
}

// invoices are the numbers of the invoices that a write is for.
func invoices(in push.Intent, names Names) []string {
	var all []string
	for _, id := range InvoiceIDs(in) {
		all = append(all, named(names.Invoices, id))
	}
	return all
}

// InvoiceIDs are the ids of the ledger's invoices that a write is for.
func InvoiceIDs(in push.Intent) []string {
	ids := []string{in.Invoice, in.Write.Natural.InvoiceID}
	for _, p := range in.Write.Parts {
		if p.Purpose == mapping.PurposeReceipt {
			ids = append(ids, p.Target)
		}
	}
	if in.Booking != nil {
		for _, l := range in.Booking.Lines {
			ids = append(ids, l.Invoice)
		}
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// CustomerIDs are the ids of the ledger's customers that a write concerns.
func CustomerIDs(in push.Intent) []string {
	ids := []string{in.Write.Natural.CustomerID}
	if in.Booking != nil {
		ids = append(ids, in.Booking.CustomerID, in.Booking.Contact)
	}
	slices.Sort(ids)
	return slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
}

// Between keeps the lines dated from a day to a day, both included; "" is no
// bound. Lines without a date of their own, such as links, stay.
func Between(lines []Line, from, to receivables.Date) []Line {
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool {
		return l.Date != "" && (from != "" && l.Date < from || to != "" && l.Date > to)
	})
}

// Digest names what was shown: a person who confirms it confirms these lines of
// this subject and no others.
func Digest(subject string, lines []Line, kept ...string) (string, error) {
	text, err := json.Marshal(struct {
		Subject string
		Lines   []Line
		Kept    []string
	}{subject, lines, kept})
	if err != nil {
		return "", fmt.Errorf("preview: digest: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:digestLength], nil
}

// digestLength is how many digits of the hash a person types.
const digestLength = 12

// Rows are the lines as a table with a head.
func Rows(lines []Line) [][]string {
	rows := [][]string{{"action", "date", "kind", "from", "to", "customer", "invoice", "amount", "currency", "why", "document", "url"}}
	for _, l := range lines {
		rows = append(rows, []string{
			string(l.Action), string(l.Date), l.Kind, l.From, l.To, l.Customer, l.Invoice, l.Amount, l.Currency, l.Why, l.Document, l.URL,
		})
	}
	return rows
}

// Totals count lines and add up their amounts by action, kind and currency.
func Totals(lines []Line) []string {
	type key struct{ action, kind, currency string }
	counts, sums := map[key]int{}, map[key]int64{}
	for _, l := range lines {
		k := key{string(l.Action), l.Kind, l.Currency}
		counts[k]++
		if m, err := money.Parse(l.Amount, money.Currency(l.Currency), money.ISO); err == nil {
			sums[k] += m.Minor
		}
	}
	keys := make([]key, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.action, b.action), cmp.Compare(a.kind, b.kind), cmp.Compare(a.currency, b.currency))
	})
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = fmt.Sprintf("%s %d × %s", k.action, counts[k], k.kind)
		if k.currency != "" {
			out[i] += ", " + money.Money{Minor: sums[k], Currency: money.Currency(k.currency)}.String()
		}
	}
	return out
}
