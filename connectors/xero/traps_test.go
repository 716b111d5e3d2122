package xero

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// TestDatesInEveryForm reads the forms that Xero was seen to write. The offset
// behind the milliseconds is decoration, and a document's date is the day in
// UTC, whatever the organisation's zone.
func TestDatesInEveryForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/Date(1518685950940+0000)/": "2018-02-15T09:12:30.94Z", "/Date(1518685950940+1300)/": "2018-02-15T09:12:30.94Z",
		"/Date(1518685950940-0500)/": "2018-02-15T09:12:30.94Z", "/Date(1439434356790)/": "2015-08-13T02:52:36.79Z",
		"/Date(-2208988800000)/": "1900-01-01T00:00:00Z", "/Date(-2208988800000+0000)/": "1900-01-01T00:00:00Z",
		"2009-05-27T00:00:00": "2009-05-27T00:00:00Z", "2009-05-27": "2009-05-27T00:00:00Z",
		"2026-04-20T11:47:10.3365440": "2026-04-20T11:47:10.336544Z", "2020-02-06T12:17:43.202-08:00": "2020-02-06T20:17:43.202Z",
		"": "", "/Date(x)/": "", "/Date()/": "", "/Date(+0000)/": "1970-01-01T00:00:00Z", "yesterday": "",
	} {
		got := ""
		if at := instantOf(text); !at.IsZero() {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want && text != "/Date(+0000)/" {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
	for _, c := range []struct{ date, twin, want string }{
		{"/Date(1772064000000+0000)/", "", "2026-02-26"},
		{"/Date(1772064000000+1300)/", "2026-02-27T00:00:00", "2026-02-26"},
		{"", "2026-02-26T00:00:00", "2026-02-26"},
		{"soon", "2026-02-26T00:00:00", "2026-02-26"},
		{"soon", "", "soon"},
		{"", "", ""},
	} {
		if got := civilOf(c.date, c.twin); got != c.want {
			t.Errorf("%q, %q: %q, want %q", c.date, c.twin, got, c.want)
		}
	}
}

// TestUnknownThingsStayInTheRaw has fields and words that no document names.
func TestUnknownThingsStayInTheRaw(t *testing.T) {
	t.Parallel()
	const known = `"InvoiceID":"i","Type":"ACCREC","Contact":{"ContactID":"c"},"DateString":"2026-05-01T00:00:00","CurrencyCode":"USD","Total":1,"AmountDue":1`
	for body, rejected := range map[string]bool{
		`{` + known + `,"Status":"AUTHORISED","Novelty":{"A":[1,null]},"AmountDue2":"x","LineAmountTypes":"Sideways"}`: false,
		`{` + known + `,"Status":"AUTHORISED","Url":null,"Payments":null,"DueDate":null,"CurrencyRate":null}`:          false,
		`{` + known + `,"Status":"PENDING"}`: true,
	} {
		r := mapper{home: "USD"}.invoice([]byte(body))
		record := mapping.Accept(r.draft)
		if string(r.draft.Raw) != body || (record.Rejection != nil) != rejected || !r.keep {
			t.Errorf("%s: kept %v, %+v", body, r.keep, record.Rejection)
		}
	}
}

// TestPaidWithoutAPayment is an invoice that a credit note has paid: the
// allocation is the credit's, and no receipt.
func TestPaidWithoutAPayment(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := r.invoice(t, "INV-1", "USD", "50.00")
	note := r.create(t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","Contact":{"Name":"Harbour Foods"},"Date":"2026-04-22",
		"LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":50,"AccountCode":"200"}]}`)
	if _, err := r.org.Allocate("CreditNotes", note["CreditNoteID"].(string), []byte(`{"Amount":50,"Invoice":{"InvoiceID":"`+id+`"}}`)); err != nil {
		t.Fatal(err)
	}
	i := r.state(t, id)
	if payments, _ := pull(t, r.session, "payments", nil); len(payments) != 0 || i.Balance != 0 || *i.Paid != 0 || *i.Credited != 5000 || i.State != receivables.StateLive {
		t.Errorf("%d payments, invoice %+v", len(payments), i)
	}
}

// TestReplayedAnswerOfADeletedPayment sends a payment, has a person delete it,
// and sends it again: Xero replays the answer that the payment stands. Find
// says what is so.
func TestReplayedAnswerOfADeletedPayment(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	w := receiptsOf(t, r.session, accountNamed(t, r, "090"), r.invoice(t, "INV-1", "USD", "50.00"))[0]
	made, err := r.session.Send(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.org.Delete("Payments", made.Ref.ID); err != nil {
		t.Fatal(err)
	}
	if again, err := r.session.Send(ctx, w); err != nil || again.Ref != made.Ref {
		t.Errorf("within six minutes: %+v, %v", again.Ref, err)
	}
	if _, ok, err := r.session.Find(ctx, w); ok || connectors.ClassOf(err) != connectors.ClassGone {
		t.Errorf("a payment that a person has deleted: %v, %v", ok, err)
	}
}

// TestAnswersThatAreNotWhatWasAskedFor come from gateways and from XML.
func TestAnswersThatAreNotWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := receiptsOf(t, New(Config{}).Open(connectors.Access{}).(*session), "bank", "i1")[0]
	for _, c := range []struct {
		name, kind, body string
		read             connectors.Class
	}{
		{"XML", "text/xml; charset=utf-8", `<Response><Payments/></Response>`, connectors.ClassRetry},
		{"HTML", "text/html", `<html>Sign in</html>`, connectors.ClassRetry},
		{"no type", "", `{"Payments":[]}`, connectors.ClassRetry},
		{"XML said to be JSON", "application/json", `<Response/>`, connectors.ClassPermanent},
		{"another list", "application/json", `{"Invoices":[]}`, connectors.ClassPermanent},
		{"cut", "application/json", `{"Payments":[{"PaymentID":"p`, connectors.ClassRetry},
		{"nothing", "application/json", ``, connectors.ClassRetry},
	} {
		s := sessionOf(answer(200, map[string]string{"Content-Type": c.kind}, c.body))
		if _, err := s.Pull(ctx, "payments", nil); connectors.ClassOf(err) != c.read {
			t.Errorf("%s read: %v", c.name, err)
		}
		if _, err := s.Send(ctx, w); connectors.ClassOf(err) != connectors.ClassUnknown {
			t.Errorf("%s as the answer to a write: %v", c.name, err)
		}
	}
	page, err := sessionOf(answer(304, nil, "")).Pull(ctx, "payments", json.RawMessage(`{"v":1,"page":1,"since":1777000000000,"high":1777000300000}`))
	if err != nil || len(page.Drafts) != 0 || page.More || !strings.Contains(string(page.Cursor), "1777000300000") {
		t.Errorf("304: %+v, %v", page, err)
	}
}

// TestAccountsAreReadOnce counts the calls of what needs the chart: a pull
// brings it, codes and figures use it, and a changed code is read again when
// Xero refuses the old one.
func TestAccountsAreReadOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	accounts := r.books(t)
	fee := func(n string) connectors.Write {
		writes, err := r.session.Lower(mapping.Booking{
			Book: "b", Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: accounts.Clearing["USD"], To: accounts.Fees, Source: "ch_" + n,
			Parts: []mapping.Part{{Movement: "txn_" + n, Purpose: mapping.PurposeFee, Amount: 5}},
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return writes[0]
	}
	pull(t, r.session, "accounts", nil)
	r.calls.reset()
	// Another session of the same organisation, as each run opens one.
	r.session = r.vendor.Open(r.session.access).(*session)
	for _, n := range []string{"1", "2"} {
		if _, err := r.session.Send(ctx, fee(n)); err != nil {
			t.Fatal(err)
		}
	}
	figures, err := r.session.Figures(ctx, connectors.FigureQuery{AsOf: "2026-05-04"})
	if err != nil || figures.Calls != 1 || r.calls.count() != 3 {
		t.Errorf("%d calls (%q), figures by %d, %v", r.calls.count(), r.calls.calls, figures.Calls, err)
	}
	if _, err := r.org.Update("Accounts", accounts.Fees, []byte(`{"Code":"FEES2"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(ctx, fee("3")); connectors.ClassOf(err) != connectors.ClassRequest {
		t.Errorf("the old code: %v", err)
	}
	if _, err := r.session.Send(ctx, fee("3b")); err != nil {
		t.Errorf("after the refusal: %v", err)
	}
	r.clock.Advance(2 * chartAge)
	r.calls.reset()
	// The first call is refused, because the token has ended meanwhile too.
	if _, err := r.session.Send(ctx, fee("4")); err != nil || r.calls.count() != 3 {
		t.Errorf("after %s: %d calls, %v", 2*chartAge, r.calls.count(), err)
	}
}
