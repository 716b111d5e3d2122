package xero

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// tally is what became of everything that was ever recorded. It is our own
// result: no recorded body stands in it.
type tally struct {
	// Accepted counts what was mapped and adds up, by kind.
	Accepted map[receivables.Kind]int `json:"accepted"`
	// Deleted counts deleted objects, Dropped those of another side of the
	// books, by kind.
	Deleted map[receivables.Kind]int `json:"deleted"`
	Dropped map[receivables.Kind]int `json:"dropped"`
	// Rejected names each object that was not taken, and why.
	Rejected []string `json:"rejected"`
	// Unequal names each accepted object whose parts do not make its total.
	Unequal []string `json:"unequal"`
	// Beside names the answers that hold no object of ours.
	Beside []string `json:"beside"`
}

// TestEverythingRecorded decodes every answer that is held and compares what
// became of it with what was reviewed.
func TestEverythingRecorded(t *testing.T) {
	t.Parallel()
	root := data(t, "SOURCES.md")
	root = filepath.Dir(root)
	got := tally{Accepted: map[receivables.Kind]int{}, Deleted: map[receivables.Kind]int{}, Dropped: map[receivables.Kind]int{}, Rejected: []string{}}
	m := mapper{home: "USD", currencies: map[string]money.Currency{}}
	all := append(answers(t, root), specExamples(t)...)
	for _, a := range all {
		// Transfers name no currency; the accounts of most examples are shown
		// nowhere, so that all of them are taken to be in the base currency.
		var transfers []json.RawMessage
		_ = json.Unmarshal(a.body["BankTransfers"], &transfers)
		for _, id := range banksOf(transfers) {
			m.currencies[id] = "USD"
		}
	}
	for _, a := range all {
		m.home = homeOf(a.name)
		rows := every(t, m, a.body)
		if len(rows) == 0 && !strings.Contains(a.name, " ") {
			got.Beside = append(got.Beside, a.name)
		}
		for _, r := range rows {
			got.add(a.name, r)
		}
	}
	for _, r := range csvInvoices(t, mapper{home: "CAD"}, filepath.Join(root, "csv")) {
		got.add("csv/xero_invoice_data.csv", r)
	}
	slices.Sort(got.Rejected)
	slices.Sort(got.Unequal)
	slices.Sort(got.Beside)
	raw, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	raw = append(raw, '\n')
	const file = "testdata/recorded.golden.txt"
	if os.Getenv(updateGolden) != "" {
		if err := os.WriteFile(file, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, want) {
		t.Errorf("what was recorded came out as\n%s\nwant\n%s", raw, want)
	}
}

// homeOf is the base currency of the organisation that an answer is of; that of
// the examples is in New Zealand.
func homeOf(name string) money.Currency {
	switch {
	case strings.HasPrefix(name, "openapi-examples") || strings.Contains(name, " "):
		return "NZD"
	case strings.Contains(name, "base-ils"):
		return "ILS"
	}
	return "USD"
}

func (y *tally) add(source string, r row) {
	name := fmt.Sprintf("%s: %s %s", source, r.draft.Kind, r.draft.ID)
	record := mapping.Accept(r.draft)
	switch {
	case !r.keep:
		y.Dropped[r.draft.Kind]++
	case record.Rejection != nil:
		y.Rejected = append(y.Rejected, name+": "+record.Rejection.Text)
	case record.Deleted:
		y.Deleted[r.draft.Kind]++
	default:
		y.Accepted[r.draft.Kind]++
		if why := unequal(r.draft, record.Entity); why != "" {
			y.Unequal = append(y.Unequal, name+": "+why)
		}
	}
}

// parts are the figures that make a document's total, as the body has them.
type parts struct {
	LineAmountTypes                       string
	SubTotal, TotalTax, Total             number
	AmountDue, AmountPaid, AmountCredited number
	RemainingCredit, Amount, TotalAmount  number
	Status                                string
	LineItems                             []wireLine
	Allocations, Payments                 []struct{ Amount, AppliedAmount number }
}

// unequal adds the amounts of a body up by itself and compares them with what
// was mapped.
func unequal(d mapping.Draft, e receivables.Entity) string {
	p, err := decode[parts](d.Raw)
	if err != nil {
		return err.Error()
	}
	dec := func(n number) decimal.Decimal {
		v, err := decimal.NewFromString(string(n))
		if err != nil {
			return decimal.Zero
		}
		return v
	}
	minor := func(n int64, c money.Currency) decimal.Decimal {
		digits, _ := money.ISO(c)
		return decimal.New(n, -int32(digits))
	}
	lines := decimal.Zero
	for _, l := range p.LineItems {
		lines = lines.Add(dec(l.LineAmount))
	}
	if p.LineAmountTypes == "Exclusive" {
		lines = lines.Add(dec(p.TotalTax))
	}
	switch e := e.(type) {
	case receivables.Invoice:
		switch {
		case !minor(e.Total, e.Currency).Equal(dec(p.Total)):
			return "the total is another"
		case e.State == receivables.StateLive && !dec(p.Total).Equal(minor(e.Balance+*e.Paid+*e.Credited, e.Currency)):
			return "due, paid and credited do not make the total"
		case len(p.LineItems) > 0 && !lines.Equal(dec(p.Total)):
			return "the lines make " + lines.String() + ", the total is " + string(p.Total)
		}
	case receivables.Credit:
		left := dec(p.Total)
		for _, a := range append(p.Allocations, p.Payments...) {
			left = left.Sub(dec(a.Amount)).Sub(dec(a.AppliedAmount))
		}
		switch {
		case !minor(e.Total, e.Currency).Equal(dec(p.Total)):
			return "the total is another"
		case e.State == receivables.StateLive && !left.Equal(minor(e.Remaining, e.Currency)):
			return "what was used leaves " + left.String() + ", remaining is " + string(p.RemainingCredit)
		}
	case receivables.Receipt:
		if len(e.Allocations) != 1 || e.Allocations[0].Amount != e.Total || !minor(e.Total, e.Currency).Equal(dec(p.Amount)) {
			return "the payment is not allocated whole"
		}
	case receivables.Document:
		if e.Kind == receivables.DocumentJournal {
			return journalled(e)
		}
		total := dec(p.Total).Add(dec(p.Amount)).Add(dec(p.TotalAmount)) // each has one of them
		if !minor(e.Total, e.Currency).Abs().Equal(total.Abs()) {
			return "the total is another"
		}
	}
	return ""
}

// journalled says what is wrong with a journal without tax: its debits are its
// total, and its credits as much.
func journalled(d receivables.Document) string {
	var sum, debits int64
	for _, p := range d.Postings {
		sum, debits = sum+p.Amount, debits+max(p.Amount, 0)
	}
	if sum != 0 || debits != d.Total {
		return "the journal does not balance"
	}
	return ""
}

type recordedAnswer struct {
	name string
	body map[string]json.RawMessage
}

// specExamples are the answers that the specification shows.
func specExamples(t *testing.T) []recordedAnswer {
	t.Helper()
	var out []recordedAnswer
	for path, item := range specification(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Responses.Status(200) == nil {
				continue
			}
			media := operation.Responses.Status(200).Value.Content["application/json"]
			if media == nil || media.Example == nil {
				continue
			}
			raw, err := json.Marshal(media.Example)
			var b map[string]json.RawMessage
			if err == nil && json.Unmarshal(raw, &b) == nil {
				out = append(out, recordedAnswer{method + " " + path, b})
			}
		}
	}
	return out
}

// TestRecordedOrganisations reads the profiles of all organisations recorded.
func TestRecordedOrganisations(t *testing.T) {
	t.Parallel()
	read := map[string]string{}
	for _, a := range answers(t, filepath.Dir(data(t, "SOURCES.md"))) {
		var list []json.RawMessage
		_ = json.Unmarshal(a.body["Organisations"], &list)
		for _, raw := range list {
			p, err := profileOf(raw)
			if err != nil || p.ExternalID == "" {
				t.Errorf("%s: %+v, %v", a.name, p, err)
			}
			read[a.name] = fmt.Sprintf("%s %s %s live=%v lock=%s", p.Country, p.Home, p.Zone, p.Live, p.Lock)
		}
	}
	for name, want := range map[string]string{
		"recorded-2026-04/getOrganisation.json":               "CA USD America/New_York live=false lock=2008-09-30",
		"http-recordings/get_organisations.yaml":              "NZ NZD Pacific/Auckland live=false lock=2009-09-30",
		"openapi-examples/getOrganisations.response.200.json": "NZ NZD Pacific/Auckland live=true lock=2018-12-31",
	} {
		if read[name] != want {
			t.Errorf("%s: %q, want %q", name, read[name], want)
		}
	}
}

var cassette = regexp.MustCompile(`(?s)string: ("(?:[^"\\]|\\.)*"|'[^']*')`)

// answers are all JSON bodies below root that came as an answer, and those
// inside the recorded conversations.
func answers(t *testing.T, root string) []recordedAnswer {
	t.Helper()
	var out []recordedAnswer
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err != nil || entry.IsDir() || strings.HasSuffix(name, ".request.json") {
			return err
		}
		switch {
		case strings.HasSuffix(name, ".json"):
			out = append(out, recordedAnswer{name, body(t, path)})
		case strings.HasPrefix(name, "http-recordings"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, found := range cassette.FindAllSubmatch(text, -1) {
				var b map[string]json.RawMessage
				raw := unfold(t, string(found[1]))
				if err := json.Unmarshal([]byte(raw), &b); err != nil && !strings.HasPrefix(raw, "[") {
					t.Errorf("%s: %v", name, err)
				}
				out = append(out, recordedAnswer{name, b})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unfold reads a quoted text of YAML that runs over several lines.
func unfold(t *testing.T, quoted string) string {
	t.Helper()
	if strings.HasPrefix(quoted, "'") {
		return strings.Trim(quoted, "'")
	}
	text := regexp.MustCompile(`\\\n\s*`).ReplaceAllString(quoted, "")
	text = regexp.MustCompile(`\n\s*`).ReplaceAllString(text, " ")
	text = strings.ReplaceAll(text, `\ `, " ")
	plain, err := strconv.Unquote(text)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// csvInvoices maps the rows of a table of real invoices: base CAD, documents in
// CAD, USD and GBP. Bills are mapped as if they were sales: their amounts have
// the same form.
func csvInvoices(t *testing.T, m mapper, folder string) []row {
	t.Helper()
	lines := map[string][]map[string]any{}
	for _, l := range table(t, filepath.Join(folder, "xero_invoice_line_item_data.csv")) {
		lines[l["invoice_id"]] = append(lines[l["invoice_id"]], map[string]any{
			"LineItemID": l["line_item_id"], "Quantity": l["quantity"], "UnitAmount": l["unit_amount"],
			"LineAmount": l["line_amount"], "TaxAmount": l["tax_amount"], "TaxType": l["tax_type"], "AccountCode": l["account_code"],
		})
	}
	var rows []row
	for _, r := range table(t, filepath.Join(folder, "xero_invoice_data.csv")) {
		raw, err := json.Marshal(map[string]any{
			"InvoiceID": r["invoice_id"], "Type": "ACCREC", "Status": r["status"], "InvoiceNumber": r["invoice_number"],
			"Contact": map[string]string{"ContactID": r["contact_id"]}, "Date": r["date"], "DueDate": r["due_date"],
			"UpdatedDateUTC": strings.Replace(strings.TrimSuffix(r["updated_date_utc"], " UTC"), " ", "T", 1),
			"CurrencyCode":   r["currency_code"], "CurrencyRate": r["currency_rate"], "LineAmountTypes": r["line_amount_types"],
			"Total": r["total"], "TotalTax": r["total_tax"], "AmountDue": r["amount_due"], "AmountPaid": r["amount_paid"], "AmountCredited": r["amount_credited"],
			"LineItems": lines[r["invoice_id"]], "HasAttachments": r["has_attachments"],
		})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, m.invoice(raw))
	}
	return rows
}

func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(all), err)
	}
	var out []map[string]string
	for _, r := range all[1:] {
		one := map[string]string{}
		for i, name := range all[0] {
			one[name] = r[i]
		}
		out = append(out, one)
	}
	return out
}
