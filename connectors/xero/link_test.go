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

// linked pulls the invoice and asks for the link.
func linked(t *testing.T, r *rig, id string, change connectors.LinkChange) (connectors.Write, bool, string) {
	t.Helper()
	drafts, err := r.session.Fetch(context.Background(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: id}})
	if err != nil || len(drafts) != 1 {
		t.Fatalf("fetch: %d %v", len(drafts), err)
	}
	change.Invoice = mapping.Accept(drafts[0]).Entity.(receivables.Invoice)
	change.Raw = drafts[0].Raw
	w, needed, why, err := r.session.LowerLink(change)
	if err != nil {
		t.Fatal(err)
	}
	return w, needed, why
}

func (r *rig) state(t *testing.T, id string) receivables.Invoice {
	t.Helper()
	drafts, err := r.session.Fetch(context.Background(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: id}})
	if err != nil || len(drafts) != 1 {
		t.Fatalf("fetch: %d %v", len(drafts), err)
	}
	return mapping.Accept(drafts[0]).Entity.(receivables.Invoice)
}

func send(t *testing.T, r *rig, w connectors.Write) connectors.Answer {
	t.Helper()
	a, err := r.session.Send(context.Background(), w)
	if err != nil {
		t.Fatalf("%s: %v\n%s", w.Op, err, w.Body)
	}
	r.clock.Advance(time.Second)
	if _, ok, err := r.session.Find(context.Background(), w); err != nil || !ok {
		t.Errorf("find %s: %v %v", w.Op, ok, err)
	}
	return a
}

// trickyInvoice has four decimals, a discount, a text line and its own tax.
func trickyInvoice(t *testing.T, r *rig) string {
	t.Helper()
	out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"INV-7","CurrencyCode":"USD",
		"Contact":{"Name":"Harbour Foods"},"Date":"2026-04-20","DueDate":"2026-05-20","LineAmountTypes":"Exclusive","Reference":"PO 44",
		"LineItems":[
			{"Description":"Fine work","Quantity":3,"UnitAmount":33.3333,"AccountCode":"200"},
			{"Description":"Reduced","Quantity":2,"UnitAmount":50,"DiscountRate":10,"AccountCode":"200"},
			{"Description":"Thank you for your business"}]}`)
	return out["InvoiceID"].(string)
}

func TestLinkIsPutReplacedAndRemoved(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := trickyInvoice(t, r)
	before := r.state(t, id)
	const first, second, staff = "https://pay.example.com/a", "https://pay.example.com/b", "https://books.example.com/i/1"

	w, needed, why := linked(t, r, id, connectors.LinkChange{URL: first, StaffURL: staff, OnDocument: true})
	if !needed || why != "" {
		t.Fatalf("needed %v, %q", needed, why)
	}
	r.clock.Advance(time.Second)
	if a := send(t, r, w); len(a.Warnings) != 0 || a.URL != first {
		t.Errorf("answer %+v", a)
	}
	after := r.state(t, id)
	if after.Link != first || !after.LinkVisible || after.Total != before.Total || after.Tax != before.Tax ||
		len(after.Lines) != len(before.Lines)+1 || after.Reference != before.Reference {
		t.Errorf("after: %+v\nbefore: %+v", after, before)
	}
	for i, line := range before.Lines {
		if after.Lines[i] != line {
			t.Errorf("line %d was %+v and is %+v", i, line, after.Lines[i])
		}
	}
	if _, needed, _ := linked(t, r, id, connectors.LinkChange{URL: first, StaffURL: staff, OnDocument: true}); needed {
		t.Error("the link stands and is still needed")
	}

	w, _, _ = linked(t, r, id, connectors.LinkChange{URL: second, StaffURL: staff, OnDocument: true, Generation: 1})
	send(t, r, w)
	if i := r.state(t, id); i.Link != second || len(i.Lines) != 4 || i.Total != before.Total {
		t.Errorf("replaced: %+v", i)
	}

	w, _, _ = linked(t, r, id, connectors.LinkChange{URL: "", Generation: 2})
	send(t, r, w)
	if i := r.state(t, id); i.Link != "" || i.LinkVisible || len(i.Lines) != 3 || i.Total != before.Total {
		t.Errorf("removed: %+v", i)
	}
}

func TestLinkOnPartPaidInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	bare, lined := r.invoice(t, "INV-1", "USD", "90.00"), r.invoice(t, "INV-2", "USD", "70.00")
	w, _, _ := linked(t, r, lined, connectors.LinkChange{URL: "https://pay.example.com/a", OnDocument: true})
	send(t, r, w)
	bank := accountNamed(t, r, "090")
	for _, id := range []string{bare, lined} {
		r.create(t, "Payments", `{"Invoice":{"InvoiceID":"`+id+`"},"Account":{"AccountID":"`+bank+`"},"Date":"2026-05-01","Amount":20}`)
	}
	w, needed, why := linked(t, r, bare, connectors.LinkChange{URL: "https://pay.example.com/c", OnDocument: true})
	if !needed || !strings.Contains(why, "in part") {
		t.Fatalf("needed %v, %q", needed, why)
	}
	send(t, r, w)
	if i := r.state(t, bare); i.Link != "https://pay.example.com/c" || i.LinkVisible || len(i.Lines) != 1 {
		t.Errorf("without a line: %+v", i)
	}
	w, _, _ = linked(t, r, lined, connectors.LinkChange{URL: "https://pay.example.com/d", OnDocument: true})
	send(t, r, w)
	if i := r.state(t, lined); i.Link != "https://pay.example.com/d" || !i.LinkVisible || len(i.Lines) != 2 {
		t.Errorf("with a line: %+v", i)
	}
	w, _, _ = linked(t, r, lined, connectors.LinkChange{})
	send(t, r, w)
	if i := r.state(t, lined); i.Link != "" || i.LinkVisible || len(i.Lines) != 2 {
		t.Errorf("closed: %+v", i)
	}
	if _, needed, _ := linked(t, r, lined, connectors.LinkChange{}); needed {
		t.Error("a closed line is closed again")
	}
}

func TestLinkNeverOverwritesWhatOthersWrote(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := r.invoice(t, "INV-1", "USD", "90.00")
	w, _, _ := linked(t, r, id, connectors.LinkChange{URL: "https://pay.example.com/a", OnDocument: true})
	r.clock.Advance(time.Minute)
	if _, err := r.org.Update("Invoices", id, []byte(`{"Reference":"PO 9"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(context.Background(), w); connectors.ClassOf(err) != connectors.ClassStale {
		t.Errorf("lines read before an edit were sent: %v", err)
	}
	if _, err := r.org.Update("Invoices", id, []byte(`{"Url":"https://shop.example.com/order/9"}`)); err != nil {
		t.Fatal(err)
	}
	w, needed, why := linked(t, r, id, connectors.LinkChange{URL: "https://pay.example.com/a"})
	if needed || !strings.Contains(why, "another program") {
		t.Errorf("needed %v, %q, %s", needed, why, w.Body)
	}
	w, needed, _ = linked(t, r, id, connectors.LinkChange{URL: "https://pay.example.com/a", OnDocument: true})
	if !needed {
		t.Fatal("the line is not needed")
	}
	send(t, r, w)
	var stands struct{ URL string }
	raw, err := r.org.Read("Invoices", id)
	if err != nil || json.Unmarshal(raw, &stands) != nil || stands.URL != "https://shop.example.com/order/9" {
		t.Errorf("the other program's link is now %q (%v)", stands.URL, err)
	}
}

func TestLinkDecisionsWithoutACall(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{}).(*session)
	for _, c := range []struct{ name, raw, url, staff, why string }{
		{"draft", `{"Status":"DRAFT"}`, "https://p.example.com", "", "draft"},
		{"voided", `{"Status":"VOIDED"}`, "https://p.example.com", "", "voided"},
		{"nothing to remove", `{"Status":"AUTHORISED"}`, "", "", ""},
		{"somebody else's words", `{"Status":"AUTHORISED","LineItems":[{"Description":"Pay online: ask us","LineItemID":"1"}]}`, "", "", ""},
		{"a priced line", `{"Status":"AUTHORISED","LineItems":[{"Description":"Pay online: https://x.example.com","UnitAmount":5,"LineItemID":"1"}]}`, "", "", ""},
		{"not an address", `{"Status":"AUTHORISED"}`, "mailto:a@example.com", "", "does not take"},
		{"the vendor's name", `{"Status":"AUTHORISED"}`, "https://xero.example.com/a", "https://books.example.com/xero/1", "does not take"},
	} {
		_, needed, why, err := s.LowerLink(connectors.LinkChange{
			Invoice: receivables.Invoice{ID: "i"}, Raw: []byte(c.raw), URL: c.url, StaffURL: c.staff,
		})
		if err != nil || needed || !strings.Contains(why, c.why) || (c.why == "" && why != "") {
			t.Errorf("%s: needed %v, why %q, %v", c.name, needed, why, err)
		}
	}
	// Read without lines: the Url is written, the lines are left alone.
	w, needed, why, err := s.LowerLink(connectors.LinkChange{
		Invoice: receivables.Invoice{ID: "i"}, Raw: []byte(`{"Status":"AUTHORISED","Total":5,"AmountDue":5,"LineItems":[]}`),
		URL: "https://p.example.com", OnDocument: true,
	})
	if err != nil || !needed || why == "" || strings.Contains(string(w.Body), "LineItems") {
		t.Errorf("needed %v, why %q, %v, %s", needed, why, err, w.Body)
	}
}
