package quickbooks_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/receivables"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMappingGolden maps each testdata/<stream>.<case>.json, a page of one
// stream, and compares what mapping accepts with the golden file.
func TestMappingGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			stream, _, _ := strings.Cut(filepath.Base(file), ".")
			compareGolden(t, strings.TrimSuffix(file, ".json")+".golden.json", outcomes(t, stream, body))
		})
	}
}

// outcome is a draft as mapping takes it.
type outcome struct {
	Ref       receivables.Ref    `json:"ref"`
	Order     int64              `json:"order"`
	Deleted   bool               `json:"deleted,omitempty"`
	Rejection *mapping.Rejection `json:"rejection,omitempty"`
	Entity    receivables.Entity `json:"entity,omitempty"`
	Changed   string             `json:"changed,omitempty"`
}

func outcomes(t *testing.T, stream string, body []byte) []outcome {
	t.Helper()
	s := served(t, func(string) (int, []byte) { return 200, body })
	p, err := s.Pull(t.Context(), stream, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []outcome
	for _, d := range p.Drafts {
		r := mapping.Accept(d)
		o := outcome{Ref: r.Ref, Order: r.Order, Deleted: r.Deleted, Rejection: r.Rejection, Entity: r.Entity}
		if !r.Changed.IsZero() {
			o.Changed = r.Changed.Format("2006-01-02T15:04:05Z07:00")
		}
		if !bytes.Contains(body, d.Raw) || !json.Valid(d.Raw) && d.Problem == "" {
			t.Errorf("%s: the raw body is not the vendor's", d.ID)
		}
		out = append(out, o)
	}
	return out
}

func compareGolden(t *testing.T, file string, got any) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s differs; got\n%s", file, text)
	}
}

// TestLowerGolden compares the exact requests with their golden file.
func TestLowerGolden(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	accounts := mapping.Accounts{Fees: "60", FeeContact: "9", Method: "7"}
	accounts.Clearing, accounts.Banks = clearingUSD("50"), map[string]string{"*USD": "35"}
	all := bookings(accounts, "1", []string{"130", "131"})
	back := all[2]
	back.Parts = []mapping.Part{{Movement: "txn_3", Purpose: mapping.PurposePayout, Amount: -500}}
	yen := all[1]
	yen.Currency, yen.Memo = "JPY", "手数料 fee"
	refund := all[1]
	refund.Parts = []mapping.Part{{Movement: "txn_4", Purpose: mapping.PurposeFee, Amount: -30}}
	var writes []connectors.Write
	for _, b := range append(all, back, yen, refund) {
		w, err := session.Lower(b, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range w {
			if len(one.Key) > 50 || connectors.FindMarker(string(one.Body)) != one.Marker {
				t.Errorf("key %q, marker %q not in %s", one.Key, one.Marker, one.Body)
			}
		}
		writes = append(writes, w...)
	}
	compareGolden(t, filepath.Join("testdata", "writes.golden.json"), writes)
}

func TestLowerRefuses(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	accounts := mapping.Accounts{Fees: "60", Clearing: clearingUSD("50"), Banks: map[string]string{"*USD": "35"}}
	change := func(i int, f func(*mapping.Booking)) mapping.Booking {
		b := bookings(accounts, "1", []string{"130", "131"})[i]
		f(&b)
		return b
	}
	for name, b := range map[string]mapping.Booking{
		"no customer":      change(0, func(b *mapping.Booking) { b.CustomerID = "" }),
		"no account":       change(0, func(b *mapping.Booking) { b.To = "" }),
		"negative receipt": change(0, func(b *mapping.Booking) { b.Parts[1].Amount = -1 }),
		"no parts":         change(1, func(b *mapping.Booking) { b.Parts = nil }),
		"no fee account":   change(1, func(b *mapping.Booking) { b.To = "" }),
		"nothing":          change(1, func(b *mapping.Booking) { b.Parts[0].Amount = 0 }),
		"same account":     change(2, func(b *mapping.Booking) { b.To = b.From }),
		"bad date":         change(2, func(b *mapping.Booking) { b.Date = "2026-02-30" }),
		"bad currency":     change(2, func(b *mapping.Booking) { b.Currency = "XXY" }),
		"another kind":     change(2, func(b *mapping.Booking) { b.Kind = receivables.DocumentDeposit }),
		"an invoice":       change(0, func(b *mapping.Booking) { b.Kind = receivables.DocumentInvoice }),
		"lines of another total": change(1, func(b *mapping.Booking) {
			b.Lines = []mapping.BookingLine{{Account: "60", Amount: 394}}
		}),
		"a line without an account": change(1, func(b *mapping.Booking) { b.Lines = []mapping.BookingLine{{Amount: 395}} }),
		"two customers in one expense": change(1, func(b *mapping.Booking) {
			b.Lines = []mapping.BookingLine{{Account: "84", Amount: 300, CustomerID: "1"}, {Account: "84", Amount: 95, CustomerID: "2"}}
		}),
		"a tax without a code": change(1, func(b *mapping.Booking) { b.Lines = []mapping.BookingLine{{Account: "60", Amount: 395, Tax: 63}} }),
		"an American tax code": change(1, func(b *mapping.Booking) {
			b.Lines = []mapping.BookingLine{{Account: "60", Amount: 395, Tax: 63, TaxCode: "TAX"}}
		}),
		"a journal with tax": change(1, func(b *mapping.Booking) {
			b.Kind, b.Lines = receivables.DocumentJournal, []mapping.BookingLine{{Account: "60", Amount: 395, Tax: 63, TaxCode: "5"}}
		}),
		"a journal with two customers": change(1, func(b *mapping.Booking) {
			b.Kind = receivables.DocumentJournal
			b.Lines = []mapping.BookingLine{{Account: "84", Amount: 300, CustomerID: "1"}, {Account: "84", Amount: 95, CustomerID: "1"}}
		}),
		"a journal from nowhere": change(1, func(b *mapping.Booking) { b.Kind, b.From = receivables.DocumentJournal, "" }),
		"a draft of nobody":      change(1, func(b *mapping.Booking) { b.Draft = true }),
		"a credit for a sale": change(1, func(b *mapping.Booking) {
			b.Kind, b.Lines = receivables.DocumentCredit, []mapping.BookingLine{{Amount: 395, Invoice: "130"}}
		}),
		"a credit without receivables": change(1, func(b *mapping.Booking) {
			b.Kind, b.CustomerID, b.From = receivables.DocumentCredit, "1", ""
		}),
		"a credit paid back without receivables": change(1, func(b *mapping.Booking) {
			b.To, b.CustomerID, b.Credit = "", "1", &mapping.Credit{ID: "7"}
		}),
		"a credit paid back to nobody": change(1, func(b *mapping.Booking) { b.Credit = &mapping.Credit{ID: "7"} }),
	} {
		if w, err := session.Lower(b, 1); err == nil || w != nil {
			t.Errorf("%s: lowered to %v", name, w)
		}
	}
}
