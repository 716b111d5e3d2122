package quickbooks

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tieout/mapping"
	"tieout/receivables"
)

func TestWalk(t *testing.T) {
	t.Parallel()
	text := ` {"a" : [1, "x\"]}\\", {"b":[{}]} , null] ,"c\\":true, "e":{} } `
	var got []string
	err := walkObject([]byte(text), func(key, value []byte) error {
		got = append(got, string(key)+"="+string(value))
		if value[0] == '[' {
			_, err := elements(value, func(v []byte) error {
				got = append(got, string(v))
				return nil
			})
			return err
		}
		return nil
	})
	want := []string{`a=[1, "x\"]}\\", {"b":[{}]} , null]`, `1`, `"x\"]}\\"`, `{"b":[{}]}`, `null`, `c\\=true`, `e={}`}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestWalkRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `[]`, `{`, `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{"a":[}`, `{"a":"x}`, `{a:1}`, `{"a":1 "b":2}`} {
		if err := walkObject([]byte(text), func(_, _ []byte) error { return nil }); err == nil {
			t.Errorf("%q was walked", text)
		}
	}
}

// FuzzWalk holds the walker to the decoder: what is valid JSON it walks whole,
// and nothing makes it fail otherwise than by an error.
func FuzzWalk(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"b":"c"}]}`, `{"a":"\\\""}`, `{"":[[],{}]}`, `{"a":1}x`, `{"\u0041":-1.5e3}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		err := walkObject([]byte(text), func(_, value []byte) error {
			n++
			if len(value) == 0 {
				t.Fatal("an empty value")
			}
			return nil
		})
		var members map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &members) == nil && members != nil && (err != nil || n < len(members)) {
			t.Fatalf("%q: walked %d of %d members, %v", text, n, len(members), err)
		}
	})
}

// BenchmarkMapInvoices maps a page of 1000 invoices from its bytes to accepted
// values.
func BenchmarkMapInvoices(b *testing.B) {
	e, _ := entityNamed("Invoice")
	var rows []string
	for i := range 1000 {
		rows = append(rows, benchInvoice(i))
	}
	body := []byte(`{"QueryResponse":{"Invoice":[` + strings.Join(rows, ",") + `],"startPosition":1,"maxResults":1000},"time":"2026-05-06T00:00:01.001-07:00"}`)
	s := &Session{}
	s.access.Home = "USD"
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p, err := s.page(e, "bench", answer{body: body})
		if err != nil || len(p.drafts) != 1000 {
			b.Fatal(err)
		}
		for _, d := range p.drafts {
			if i, ok := mapping.Accept(d).Entity.(receivables.Invoice); !ok || i.Total != 36207 {
				b.Fatal("not accepted")
			}
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "invoices/s")
}

// benchInvoice has the size and the fields of an invoice of Intuit's sample
// company.
func benchInvoice(i int) string {
	line := `{"Id":"1","LineNum":1,"Description":"Rock Fountain","Amount":275.00,"LinkedTxn":[{"TxnId":"100","TxnType":"Estimate"}],"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"5","name":"Rock Fountain"},"UnitPrice":275,"Qty":1,"ItemAccountRef":{"value":"79","name":"Sales of Product Income"},"TaxCodeRef":{"value":"TAX"}},"CustomExtensions":[]}`
	return fmt.Sprintf(`{"AllowIPNPayment":false,"AllowOnlinePayment":false,"AllowOnlineCreditCardPayment":false,"AllowOnlineACHPayment":false,"domain":"QBO","sparse":false,"Id":"%d","SyncToken":"3","MetaData":{"CreateTime":"2026-04-08T13:16:17-07:00","LastModifiedByRef":{"value":"9341457021722234"},"LastUpdatedTime":"2026-05-05T03:13:29-07:00"},"CustomField":[{"DefinitionId":"1","Name":"Crew #","Type":"StringType","StringValue":"102"}],"DocNumber":"%d","TxnDate":"2026-04-08","CurrencyRef":{"value":"USD","name":"United States Dollar"},"LinkedTxn":[{"TxnId":"100","TxnType":"Estimate"}],"Line":[%s,%s,%s,{"Amount":335.25,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}],"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":26.82,"TaxLine":[{"Amount":26.82,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"3"},"PercentBased":true,"TaxPercent":8,"NetAmountTaxable":335.25}}]},"CustomerRef":{"value":"24","name":"Sonnenschein Family Store"},"CustomerMemo":{"value":"Thank you for your business and have a great day!"},"BillAddr":{"Id":"95","Line1":"Russ Sonnenschein","Line2":"Sonnenschein Family Store","Line3":"5647 Cypress Hill Ave.","Line4":"Middlefield, CA  94303"},"ShipAddr":{"Id":"24","Line1":"5647 Cypress Hill Ave.","City":"Middlefield","CountrySubDivisionCode":"CA","PostalCode":"94303"},"FreeFormAddress":true,"SalesTermRef":{"value":"3","name":"Net 30"},"DueDate":"2026-05-08","TotalAmt":362.07,"ApplyTaxAfterDiscount":false,"PrintStatus":"NeedToPrint","EmailStatus":"NotSet","BillEmail":{"Address":"Familiystore@intuit.com"},"Balance":362.07}`, i, i, line, line, line)
}
