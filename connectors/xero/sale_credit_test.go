package xero

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func saleCredit(invoice, customer string, amount int64) mapping.Booking {
	return mapping.Booking{
		Book: "b1", Kind: receivables.DocumentCredit, Currency: "USD", Date: "2026-05-03", CustomerID: customer, Draft: true, Source: "re_1", Memo: "Refund of INV-1", By: "Ann",
		Lines: []mapping.BookingLine{{Amount: amount, Invoice: invoice}}, Parts: part("txn_7", mapping.PurposeCredit, invoice, amount),
	}
}

// TestSaleIsCreditedAsItWasMade credits a part of a taxed invoice with lines on
// two accounts: the note comes to the amount, and its tax is that of the rates.
func TestSaleIsCreditedAsItWasMade(t *testing.T) {
	t.Parallel()
	for _, types := range []string{"Exclusive", "Inclusive", "NoTax"} {
		t.Run(types, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, organisation())
			out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"INV-1","Contact":{"Name":"Harbour Foods"},"Date":"2026-04-20","DueDate":"2026-05-20",
				"LineAmountTypes":"`+types+`","LineItems":[{"Description":"Work","Quantity":3,"UnitAmount":33.33,"AccountCode":"200","TaxType":"TAX001"},{"Description":"A word"},
				{"Description":"Paper","Quantity":1,"UnitAmount":17.01,"AccountCode":"260","TaxType":"NONE"},{"Description":"Rebate","Quantity":1,"UnitAmount":-5,"AccountCode":"260","TaxType":"TAX001"}]}`)
			id := out["InvoiceID"].(string)
			sold := fetched[receivables.Invoice](t, r, receivables.Ref{Kind: receivables.KindInvoice, ID: id})
			raw, err := r.org.Read("Invoices", id)
			if err != nil {
				t.Fatal(err)
			}
			writes, err := r.session.LowerSaleCredit(saleCredit(id, sold.CustomerID, 4999), map[string][]byte{id: raw}, 0)
			if err != nil || len(writes) != 1 {
				t.Fatalf("%d writes, %v", len(writes), err)
			}
			answers := r.made(t, writes)
			c := fetched[receivables.Credit](t, r, answers[0].Ref)
			if c.Total != 4999 || c.State != receivables.StateDraft || c.Marker != writes[0].Marker || c.CustomerID != sold.CustomerID {
				t.Errorf("the credit note came back as %+v", c)
			}
			w, err := decode[struct {
				wireBankTransaction
			}](answers[0].Raw)
			if err != nil || len(w.LineItems) != 3 || (w.TotalTax.zero() != (types == "NoTax")) || w.LineItems[0].AccountCode != "200" || w.LineItems[1].AccountCode != "260" {
				t.Errorf("%v %+v", err, w)
			}
		})
	}
}

// TestCreditIsAppliedOnceApproved walks a credit of the whole sale to its end.
func TestCreditIsAppliedOnceApproved(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := r.invoice(t, "INV-1", "USD", "120.00")
	customer := r.state(t, id).CustomerID
	raw, err := r.org.Read("Invoices", id)
	if err != nil {
		t.Fatal(err)
	}
	b := saleCredit(id, customer, 12000)
	b.Draft = false
	writes, err := r.session.LowerSaleCredit(b, map[string][]byte{id: raw}, 0)
	if err != nil {
		t.Fatal(err)
	}
	credit := fetched[receivables.Credit](t, r, r.made(t, writes)[0].Ref)
	allocation, err := r.session.LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: id, Amount: 12000, Date: "2026-05-03"})
	if err != nil {
		t.Fatal(err)
	}
	once(t, r, allocation)
	if i := r.state(t, id); i.Balance != 0 || *i.Credited != 12000 || r.balance(t, accountNamed(t, r, "200")) != "0.00" {
		t.Errorf("the invoice %+v, sales %s", i, r.balance(t, accountNamed(t, r, "200")))
	}
}

// TestSalesThatCannotBeCredited names what is in the way.
func TestSalesThatCannotBeCredited(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	const good = `{"InvoiceID":"i","InvoiceNumber":"INV-1","Status":"AUTHORISED","Contact":{"ContactID":"k"},"CurrencyCode":"USD","LineAmountTypes":"Exclusive","Total":11,
		"LineItems":[{"LineAmount":10,"TaxAmount":1,"TaxType":"OUTPUT","AccountCode":"200","AccountID":"a"}]}`
	if _, err := s.LowerSaleCredit(saleCredit("i", "k", 1100), map[string][]byte{"i": []byte(good)}, 0); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw, words string
		amount     int64
	}{
		"not held":         {"", "is not held", 5},
		"voided":           {strings.Replace(good, "AUTHORISED", "VOIDED", 1), "is voided", 5},
		"another currency": {strings.Replace(good, `"USD"`, `"EUR"`, 1), "is in EUR", 5},
		"moved":            {strings.Replace(good, `"k"`, `"l"`, 1), "another customer", 5},
		"without account":  {strings.Replace(good, `"AccountCode":"200","AccountID":"a"`, `"AccountCode":""`, 1), "no account", 5},
		"without tax type": {strings.Replace(good, `"OUTPUT"`, `""`, 1), "no tax type", 5},
		"unreadable":       {"{", "cannot be read", 5},
		"above its total":  {good, "cannot be credited", 1101},
		"nothing":          {good, "cannot be credited", 0},
	} {
		invoices := map[string][]byte{}
		if c.raw != "" {
			invoices["i"] = []byte(c.raw)
		}
		if _, err := s.LowerSaleCredit(saleCredit("i", "k", c.amount), invoices, 0); err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSharesAddUp spreads amounts over lines of any sign: nothing is lost, and
// the whole sale gives every line back as it was.
func TestSharesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		i := soldInvoice{CurrencyCode: "USD", LineAmountTypes: inclusive}
		var total int64
		for _, gross := range rapid.SliceOfN(rapid.Int64Range(-100_000, 1_000_000), 1, 12).Draw(t, "lines") {
			i.LineItems = append(i.LineItems, soldLine{gross: gross})
			total += gross
		}
		if total <= 0 {
			t.Skip("nothing was sold")
		}
		wanted := rapid.Int64Range(1, total).Draw(t, "wanted")
		for _, amount := range []int64{wanted, total} {
			lines, err := i.share(amount, mapping.Booking{Currency: "USD"})
			if err != nil {
				t.Fatal(err)
			}
			var sum int64
			for _, l := range lines {
				m, err := money.Parse(string(l.UnitAmount), "USD", money.ISO)
				if err != nil {
					t.Fatal(err)
				}
				sum += m.Minor
			}
			if sum != amount {
				t.Fatalf("shares of %d come to %d", amount, sum)
			}
			if amount == total {
				for n, l := range nonzero(i.LineItems) {
					if l.amountText() != lines[n].UnitAmount {
						t.Fatalf("line %d of the whole: %s, was %d", n, lines[n].UnitAmount, l.gross)
					}
				}
			}
		}
	})
}

func nonzero(lines []soldLine) []soldLine {
	var out []soldLine
	for _, l := range lines {
		if l.gross != 0 {
			out = append(out, l)
		}
	}
	return out
}

func (l soldLine) amountText() json.Number { return amount(l.gross, "USD") }
