package quickbooks_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// holding is what one recorded file holds of one entity, as the model takes it.
// Amounts are in minor units, added up over currencies: they are sums to
// compare, not figures.
type holding struct {
	File, Entity        string
	Accepted            int
	Deleted             int               `json:",omitempty"`
	Total, Open, Tax    int64             `json:",omitempty"`
	Allocated, Postings int64             `json:",omitempty"`
	Rejected            map[string]string `json:",omitempty"`
	// Odd are objects whose lines do not add up to what they state.
	Odd map[string]string `json:",omitempty"`
}

// TestEveryRecordedObject maps every recorded object of the entities that are
// pulled, whatever it was recorded as (JSON, XML, rows of a table), adds its
// amounts up again, and compares what came of it with the golden file. Objects
// are rejected one by one, by name and with the reason, and never by kind:
// those are rows of tables from which an anonymiser has taken the date. The odd
// ones are documents in XML out of which the authors of a test have cut lines
// or cents; in the tables of the anonymiser no line is as it was.
func TestEveryRecordedObject(t *testing.T) {
	t.Parallel()
	found := recordedObjects(t)
	var got []holding
	for _, key := range sortedKeys(found) {
		file, entity, _ := strings.Cut(key, " ")
		h := holding{File: file, Entity: entity, Rejected: map[string]string{}, Odd: map[string]string{}}
		for _, d := range mapped(t, homeOf(file), entity, found[key]) {
			h.take(t, d)
		}
		if !strings.HasPrefix(file, "xml/") && len(h.Odd) > 0 {
			t.Errorf("%s: lines that do not add up: %v", file, h.Odd)
		}
		got = append(got, h)
	}
	compareGolden(t, filepath.Join("testdata", "recorded.golden.json"), got)
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// homeOf is the home currency of the company that a file was recorded from.
func homeOf(file string) money.Currency {
	switch {
	case strings.Contains(file, "home_aud"):
		return "AUD"
	case strings.HasSuffix(file, "fetch_credit_memo.xml"):
		return "BRL"
	}
	return "USD"
}

// mapped gives the drafts of the objects of one entity.
func mapped(t *testing.T, home money.Currency, entity string, objects []json.RawMessage) []mapping.Draft {
	t.Helper()
	page := []byte(`{"QueryResponse":{"` + entity + `":[`)
	page = append(append(page, bytes.Join(rawBytes(objects), []byte(","))...), `]}}`...)
	s := servedAt(t, home, func(string) (int, []byte) { return 200, page })
	p, err := s.Pull(t.Context(), streamOf[entity], nil)
	if err != nil || len(p.Drafts) != len(objects) {
		t.Fatalf("%s: %d of %d drafts, %v", entity, len(p.Drafts), len(objects), err)
	}
	return p.Drafts
}

func rawBytes(raws []json.RawMessage) [][]byte {
	out := make([][]byte, len(raws))
	for i, raw := range raws {
		out[i] = raw
	}
	return out
}

func (h *holding) take(t *testing.T, d mapping.Draft) {
	t.Helper()
	r := mapping.Accept(d)
	switch {
	case r.Rejection != nil:
		h.Rejected[d.ID] = r.Rejection.Text
		return
	case r.Deleted:
		h.Deleted++
		return
	}
	h.Accepted++
	where := fmt.Sprintf("%s: %s %s", h.File, h.Entity, d.ID)
	body := amountsOf(t, d.Raw)
	switch e := r.Entity.(type) {
	case receivables.Invoice:
		h.Total, h.Open, h.Tax = h.Total+e.Total, h.Open+e.Balance, h.Tax+e.Tax
		body.equal(t, where, "total", e.Total, body.TotalAmt)
		h.linesAddUp(d.ID, body, e.State)
		linesOf(t, where, e, body)
	case receivables.Credit:
		h.Total, h.Open = h.Total+e.Total, h.Open+e.Remaining
		body.equal(t, where, "total", e.Total, body.TotalAmt)
		h.linesAddUp(d.ID, body, e.State)
	case receivables.Receipt:
		h.Total, h.Open = h.Total+e.Total, h.Open+e.Unapplied
		h.Allocated += allocated(e)
		body.equal(t, where, "total", e.Total, body.TotalAmt)
		if rest := e.Total - allocated(e) - e.Unapplied; rest != 0 && len(e.Allocations) > 0 {
			t.Errorf("%s: %d minor units are neither allocated nor unapplied", where, rest)
		}
	case receivables.Document:
		h.Total += e.Total
		for _, p := range e.Postings {
			h.Postings += p.Amount
		}
		h.documentAddsUp(t, where, body, e)
	case receivables.Customer:
		h.Open += orZero(e.Balance)
	case receivables.Account:
		h.Open += orZero(e.Balance)
	default:
		t.Errorf("%s became %T", where, e)
	}
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// allocated is what a receipt pays; credits among its allocations are sources.
func allocated(r receivables.Receipt) (sum int64) {
	for _, a := range r.Allocations {
		if a.Target.Kind == receivables.KindCredit || strings.HasPrefix(a.Target.ID, "JournalEntry:") {
			sum -= a.Amount
		} else {
			sum += a.Amount
		}
	}
	return sum
}

// amounts are those of a body, read apart from the connector.
type amounts struct {
	TotalAmt, Amount decimal.Decimal
	TxnTaxDetail     struct {
		TotalTax decimal.Decimal
		TaxLine  []struct{ Amount decimal.Decimal }
	}
	CashBack struct{ Amount decimal.Decimal }
	Line     []struct {
		Amount                 decimal.Decimal
		DetailType             string
		JournalEntryLineDetail struct{ PostingType string }
	}
}

func amountsOf(t *testing.T, raw []byte) amounts {
	t.Helper()
	var a amounts
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return a
}

// equal compares minor units of a currency with two digits.
func (a amounts) equal(t *testing.T, where, what string, minor int64, want decimal.Decimal) {
	t.Helper()
	if !decimal.New(minor, -2).Equal(want) {
		t.Errorf("%s: %s is %d minor units, recorded as %s", where, what, minor, want)
	}
}

// lines adds up the lines: what was sold, less discount, and tax. A form that
// shows none of its lines but their sum has the sum.
func (a amounts) lines() decimal.Decimal {
	sum, shown := decimal.Zero, decimal.Zero
	for _, l := range a.Line {
		switch l.DetailType {
		case "SubTotalLineDetail":
			shown = l.Amount
		case "DiscountLineDetail":
			sum = sum.Sub(l.Amount)
		default:
			sum = sum.Add(l.Amount)
		}
	}
	if len(a.Line) == 1 && !shown.IsZero() {
		sum = shown
	}
	tax := a.TxnTaxDetail.TotalTax
	if tax.IsZero() {
		for _, l := range a.TxnTaxDetail.TaxLine {
			tax = tax.Add(l.Amount)
		}
	}
	return sum.Add(tax).Round(2)
}

// compare notes lines that do not add up.
func (h *holding) compare(id string, a amounts, sum, want decimal.Decimal) {
	if len(a.Line) > 0 && !sum.Equal(want) && !strings.HasPrefix(h.File, "csv/") {
		h.Odd[id] = fmt.Sprintf("lines %s, total %s", sum, want)
	}
}

func (h *holding) linesAddUp(id string, a amounts, state receivables.State) {
	if state == receivables.StateLive {
		h.compare(id, a, a.lines(), a.TotalAmt)
	}
}

// linesOf adds the lines of the model.
func linesOf(t *testing.T, where string, i receivables.Invoice, body amounts) {
	t.Helper()
	sum := decimal.New(i.Tax, -2)
	for _, l := range i.Lines {
		if l.Amount != "" {
			sum = sum.Add(decimal.RequireFromString(l.Amount))
		}
	}
	if len(i.Lines) > 0 && !sum.Round(2).Equal(body.lines()) {
		t.Errorf("%s: the lines taken over add up to %s, those of the body to %s", where, sum, body.lines())
	}
}

func (h *holding) documentAddsUp(t *testing.T, where string, a amounts, d receivables.Document) {
	t.Helper()
	debits := decimal.Zero
	for _, l := range a.Line {
		if l.JournalEntryLineDetail.PostingType == "Debit" {
			debits = debits.Add(l.Amount)
		}
	}
	var posted int64
	for _, p := range d.Postings {
		posted += p.Amount
	}
	want := a.TotalAmt
	switch h.Entity {
	case "JournalEntry":
		want = debits
		h.compare(d.ID, a, decimal.New(posted, -2), decimal.Zero)
	case "Transfer":
		want = a.Amount
		if posted != 0 {
			t.Errorf("%s: its postings add up to %d", where, posted)
		}
	case "Deposit":
		h.compare(d.ID, a, a.lines().Sub(a.CashBack.Amount), want)
	default:
		h.compare(d.ID, a, a.lines(), want)
	}
	a.equal(t, where, "total", d.Total, want)
}

// recordedObjects finds the objects of the pulled entities in all recordings,
// by file and entity.
func recordedObjects(t *testing.T) map[string][]json.RawMessage {
	t.Helper()
	found := map[string][]json.RawMessage{}
	root := recorded(t)
	s := readSchema(t)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		add := func(entity string, raw json.RawMessage) {
			if streamOf[entity] != "" {
				key := filepath.ToSlash(name) + " " + entity
				found[key] = append(found[key], raw)
			}
		}
		switch top, _, _ := strings.Cut(filepath.ToSlash(name), "/"); top {
		case "json", "company":
			inJSON(text, bareEntity(name), add)
		case "xml":
			inXML(t, s, text, add)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	inTables(t, recorded(t, "csv", "fivetran"), func(table, entity string, raw json.RawMessage) {
		key := "csv/fivetran/" + table + " " + entity
		found[key] = append(found[key], raw)
	})
	return found
}

// bareEntity names the entity of recordings that are lists without an envelope.
func bareEntity(name string) string {
	for part, entity := range map[string]string{"accounts_67": "Account", "journal_entries_10": "JournalEntry", "invoices_multi": "Invoice", "refundreceipt_66": "RefundReceipt"} {
		if strings.Contains(name, part) {
			return entity
		}
	}
	return ""
}

// inJSON finds objects at any depth below an answer's envelope.
func inJSON(text []byte, bare string, add func(string, json.RawMessage)) {
	var list []json.RawMessage
	if bare != "" {
		if json.Unmarshal(text, &list) != nil {
			list = []json.RawMessage{text}
		}
		for _, raw := range list {
			add(bare, raw)
		}
		return
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return
	}
	for name, value := range members {
		switch {
		case streamOf[name] != "" && json.Unmarshal(value, &list) == nil:
			for _, raw := range slices.Clone(list) {
				add(name, raw)
			}
		case streamOf[name] != "":
			add(name, value)
		case (name == "CDCResponse" || name == "QueryResponse") && json.Unmarshal(value, &list) == nil:
			for _, raw := range slices.Clone(list) {
				inJSON(raw, "", add)
			}
		case name == "QueryResponse":
			inJSON(value, "", add)
		}
	}
}

// inXML finds objects at any depth and writes them as JSON has them.
func inXML(t *testing.T, s *schema, text []byte, add func(string, json.RawMessage)) {
	t.Helper()
	var root node
	if err := xml.Unmarshal(text, &root); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var walk func(node)
	walk = func(n node) {
		if name := n.XMLName.Local; streamOf[name] != "" {
			add(name, s.fromXML(t, name, n))
			return
		}
		for _, c := range n.Children {
			walk(c)
		}
	}
	walk(root)
}
