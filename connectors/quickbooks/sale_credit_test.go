package quickbooks_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// crediting is a credit of minor units for a sale.
func (k accounted) crediting(invoice string, amount int64) mapping.Booking {
	return k.booking(receivables.DocumentCredit, mapping.PurposeCredit, amount, func(b *mapping.Booking) {
		b.From, b.Currency, b.CustomerID, b.Draft, b.By = "", k.home.Home, k.customer, true, "anna"
		b.Lines = []mapping.BookingLine{{Amount: amount, Invoice: invoice}}
		b.Parts[0].Movement, b.Parts[0].Target = fmt.Sprintf("txn_%s_%d", invoice, amount), invoice
	})
}

func (k accounted) lowerCredit(b mapping.Booking, invoice string) connectors.Write {
	k.t.Helper()
	writes, err := k.session.LowerSaleCredit(b, map[string][]byte{invoice: k.text("Invoice", invoice)}, 1)
	if err != nil || len(writes) != 1 {
		k.t.Fatalf("credit for %s of %d: %v", invoice, b.Total(), err)
	}
	return writes[0]
}

// sold makes an invoice of lines and the rest of a form.
func (k accounted) sold(rest string, lines ...string) (id string, total int64) {
	k.t.Helper()
	id = k.make("Invoice", `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01",%s"Line":[%s]}`, k.customer, rest, strings.Join(lines, ","))
	total, err := money.ParseMinor(k.field("Invoice", id, "TotalAmt"), 2)
	if err != nil {
		k.t.Fatal(err)
	}
	return id, total
}

func sold(amount, code string) string {
	return fmt.Sprintf(`{"Amount":%s,"DetailType":"SalesItemLineDetail","Description":"Work","SalesItemLineDetail":{"ItemRef":{"value":"1"},"TaxCodeRef":{"value":%q}}}`, amount, code)
}

const discounted = `{"Amount":%s,"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":false}}`

// TestSaleIsCredited: in whole and in parts, a memo comes to the cent, and with
// the tax of its share.
func TestSaleIsCredited(t *testing.T) {
	t.Parallel()
	us := newAccounted(t, sandbox.CompanyOptions{}, 0)
	gb := newAccounted(t, sandbox.CompanyOptions{Country: "GB"}, 0)
	ca := newAccounted(t, sandbox.CompanyOptions{Country: "CA"}, 0)
	full, low, zero := gb.taxCode("20"), gb.taxCode("5"), gb.taxCode("0")
	sales := fmt.Sprintf(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":%q}},`, us.saleCode("State and city"))
	for name, c := range map[string]struct {
		k     accounted
		rest  string
		lines []string
	}{
		"no tax":                      {us, "", []string{sold("33.33", "NON"), sold("66.67", "NON"), sold("0.01", "NON")}},
		"a discount":                  {us, "", []string{sold("90.00", "NON"), sold("45.55", "NON"), fmt.Sprintf(discounted, "13.55")}},
		"a group":                     {us, "", []string{`{"Amount":30,"DetailType":"GroupLineDetail","GroupLineDetail":{"Line":[` + sold("10", "NON") + `,` + sold("20", "NON") + `]}}`}},
		"one sales tax":               {us, sales, []string{sold("19.99", "TAX"), sold("7.77", "TAX")}},
		"a part taxed":                {us, sales, []string{sold("19.99", "TAX"), sold("80.01", "NON")}},
		"tax outside of the prices":   {gb, `"GlobalTaxCalculation":"TaxExcluded",`, []string{sold("19.99", full), sold("7.77", full)}},
		"tax inside of the prices":    {gb, `"GlobalTaxCalculation":"TaxInclusive",`, []string{sold("19.99", full), sold("7.77", low), sold("3.10", zero)}},
		"outside, several codes":      {gb, `"GlobalTaxCalculation":"TaxExcluded",`, []string{sold("19.99", full), sold("7.77", low), sold("3.10", zero)}},
		"two rates in one code":       {ca, "", []string{sold("19.99", ca.saleCode("GST/QST")), sold("7.77", ca.saleCode("GST/QST"))}},
		"outside, one line untaxed":   {gb, `"GlobalTaxCalculation":"TaxExcluded",`, []string{sold("19.99", full), `{"Amount":5,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}`}},
		"a form that knows no taxing": {gb, `"GlobalTaxCalculation":"NotApplicable",`, []string{sold("19.99", ""), sold("7.77", "")}},
	} {
		invoice, total := c.k.sold(c.rest, c.lines...)
		for _, part := range []int64{total, total / 2, total / 3, 101} {
			w := c.k.lowerCredit(c.k.crediting(invoice, part), invoice)
			a := c.k.send(w)
			if len(a.Warnings) > 0 {
				t.Errorf("%s, %d of %d: %v\n%s\nof %s", name, part, total, a.Warnings, a.Raw, c.k.text("Invoice", invoice))
				continue
			}
			credit := c.k.fetch(a.Ref).(receivables.Credit)
			if credit.Total != part || credit.Remaining != part || credit.CustomerID != c.k.customer || credit.Marker != w.Marker {
				t.Errorf("%s, %d of %d: %+v", name, part, total, credit)
			}
			c.k.taxIsShare(name, invoice, credit.ID, part, total)
		}
		whole := c.k.send(c.k.lowerCredit(c.k.crediting(invoice, total-1), invoice))
		if why := c.k.remove(whole.Ref, receivables.DocumentCredit); why != "" {
			t.Error(why)
		}
	}
}

// taxIsShare: the tax of the memo is that of the invoice in proportion, give or
// take what rounding each line may move.
func (k accounted) taxIsShare(name, invoice, memo string, part, total int64) {
	k.t.Helper()
	tax := func(entity, id string) int64 {
		text := taxText(k.text(entity, id))
		minor, err := money.ParseMinor(text, 2)
		if err != nil {
			k.t.Fatal(err)
		}
		return minor
	}
	want := tax("Invoice", invoice) * part / total
	if off := tax("CreditMemo", memo) - want; off < -2 || off > 2 || part == total && off != 0 {
		k.t.Errorf("%s, %d of %d: tax %d, want %d", name, part, total, want+off, want)
	}
}

// saleCode is the tax code whose name begins so.
func (b *bench) saleCode(name string) string {
	b.t.Helper()
	for _, raw := range b.company.List("TaxCode") {
		var code struct{ Id, Name string } //nolint:revive // Intuit's names
		if err := json.Unmarshal(raw, &code); err == nil && strings.HasPrefix(code.Name, name) {
			return code.Id
		}
	}
	b.t.Fatalf("no tax code %s", name)
	return ""
}

func taxText(raw []byte) string {
	var form struct {
		TxnTaxDetail struct{ TotalTax json.Number }
	}
	if json.Unmarshal(raw, &form) != nil || form.TxnTaxDetail.TotalTax == "" {
		return "0"
	}
	return string(form.TxnTaxDetail.TotalTax)
}

// lineSum is what the lines of a request come to.
func lineSum(t *testing.T, w connectors.Write) (sum int64) {
	t.Helper()
	var r struct {
		Body struct {
			Line []struct{ Amount json.Number }
		}
	}
	if err := json.Unmarshal(w.Body, &r); err != nil {
		t.Fatal(err)
	}
	for _, l := range r.Body.Line {
		minor, err := money.ParseMinor(string(l.Amount), 2)
		if err != nil {
			t.Fatal(err)
		}
		sum += minor
	}
	return sum
}

// TestSaleIsCreditedToTheCent on any untaxed lines, for any part.
func TestSaleIsCreditedToTheCent(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	rapid.Check(t, func(rt *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 20).Draw(rt, "lines")
		var lines []string
		var total int64
		for _, a := range amounts {
			lines, total = append(lines, sold(money.Text(a, 2), "NON")), total+a
		}
		raw := fmt.Appendf(nil, `{"Id":"7","TotalAmt":%s,"CustomerRef":{"value":"1"},"Line":[%s]}`, money.Text(total, 2), strings.Join(lines, ","))
		part := rapid.Int64Range(1, total).Draw(rt, "part")
		k := accounted{bench: &bench{home: connectors.Profile{Home: "USD"}}, customer: "1"}
		writes, err := session.LowerSaleCredit(k.crediting("7", part), map[string][]byte{"7": raw}, 1)
		if err != nil {
			rt.Fatal(err)
		}
		if sum := lineSum(t, writes[0]); sum != part {
			rt.Fatalf("%d of %d: lines of %d: %s", part, total, sum, writes[0].Body)
		}
	})
}

func TestSaleCreditRefuses(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	k := accounted{bench: &bench{home: connectors.Profile{Home: "USD"}}, customer: "1"}
	good := `{"Id":"7","TotalAmt":10,"CustomerRef":{"value":"1"},"Line":[` + sold("10", "NON") + `]}`
	for name, c := range map[string]struct {
		raw    string
		amount int64
		change func(*mapping.Booking)
		want   string
	}{
		"more than the sale":   {good, 1_001, nil, "more than its total"},
		"no body":              {`{`, 100, nil, "cannot be read"},
		"another invoice":      {strings.Replace(good, `"7"`, `"8"`, 1), 100, nil, "cannot be read"},
		"another currency":     {strings.Replace(good, `"TotalAmt"`, `"CurrencyRef":{"value":"EUR"},"TotalAmt"`, 1), 100, nil, "is in EUR"},
		"void":                 {`{"Id":"7","TotalAmt":0,"Line":[]}`, 100, nil, "void"},
		"lines of another sum": {strings.Replace(good, `"TotalAmt":10`, `"TotalAmt":11`, 1), 100, nil, "by hand"},
		"discount and tax":     {`{"Id":"7","TotalAmt":10,"TxnTaxDetail":{"TotalTax":1},"Line":[` + sold("10", "TAX") + `,` + fmt.Sprintf(discounted, "1") + `]}`, 100, nil, "by hand"},
		"a draft of nobody":    {good, 100, func(b *mapping.Booking) { b.By = "" }, "no drafts"},
		"two invoices":         {good, 100, func(b *mapping.Booking) { b.Lines = append(b.Lines, mapping.BookingLine{Amount: 1, Invoice: "8"}) }, "one invoice"},
		"an account":           {good, 100, func(b *mapping.Booking) { b.Lines[0].Account = "60" }, "no account"},
		"another kind":         {good, 100, func(b *mapping.Booking) { b.Kind = receivables.DocumentExpense }, "no credit"},
		"another amount":       {good, 100, func(b *mapping.Booking) { b.Lines[0].Amount = 99 }, "no credit"},
	} {
		b := k.crediting("7", c.amount)
		if c.change != nil {
			c.change(&b)
		}
		w, err := session.LowerSaleCredit(b, map[string][]byte{"7": []byte(c.raw)}, 1)
		if err == nil || w != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", name, w, err)
		}
	}
	if _, err := session.LowerSaleCredit(k.crediting("7", 1), nil, 1); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("a missing invoice: %v", err)
	}
}
