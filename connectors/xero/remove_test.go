package xero

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// raw is the newest body of an object, as a pull would keep it.
func (r *rig) raw(t *testing.T, ref receivables.Ref) []byte {
	t.Helper()
	drafts, err := r.session.Fetch(t.Context(), []receivables.Ref{ref})
	if err != nil || len(drafts) != 1 {
		t.Fatalf("fetch %v: %d drafts, %v", ref, len(drafts), err)
	}
	return drafts[0].Raw
}

// removed takes an object back, sees that it is not found as removed before
// and is after, and that nothing is left to do.
func (r *rig) removed(t *testing.T, ref receivables.Ref, kind receivables.DocumentKind) {
	t.Helper()
	ask := connectors.Removal{Document: ref, Kind: kind, Raw: r.raw(t, ref)}
	w, needed, why, err := r.session.LowerRemoval(ask)
	if err != nil || !needed || why != "" || w.Target != ref || w.Marker != "" || len(w.Parts) != 0 {
		t.Fatalf("%v: needed %v, %q, %v, %+v", ref, needed, why, err, w)
	}
	if again, _, _, _ := r.session.LowerRemoval(ask); again.Key != w.Key || string(again.Body) != string(w.Body) {
		t.Errorf("%v: the removal is not the same twice", ref)
	}
	if a := once(t, r, w); a.Ref != ref {
		t.Errorf("%v: the answer is about %v", ref, a.Ref)
	}
	r.clock.Advance(10 * time.Minute) // Xero's memory of keys ends
	if a, err := r.session.Send(t.Context(), w); err != nil || a.Ref != ref {
		t.Errorf("%v: removed once more: %v", ref, err)
	}
	ask.Raw = r.raw(t, ref)
	if _, needed, why, err := r.session.LowerRemoval(ask); needed || why != "" || err != nil {
		t.Errorf("%v: still to be removed: %q, %v", ref, why, err)
	}
	if r.session.KeptAfterRemoval(kind) == "" {
		t.Errorf("nothing is said of what is kept of a %s", kind)
	}
}

// TestEverythingIsTakenBack writes one document of each kind, takes them back
// in the opposite order, and finds every balance as it was.
func TestEverythingIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	clearing := a.Clearing["USD"]
	one, two := r.invoice(t, "INV-1", "USD", "120.00"), r.invoice(t, "INV-2", "USD", "80.50")
	customer := r.state(t, one).CustomerID
	before := r.balances(t)
	invoices := map[string]string{one: r.text(t, one), two: r.text(t, two)}
	type made struct {
		ref  receivables.Ref
		kind receivables.DocumentKind
	}
	var all []made
	for _, b := range []mapping.Booking{
		{Kind: receivables.DocumentReceipt, To: clearing, CustomerID: customer, Parts: part("m1", mapping.PurposeReceipt, one, 12000)},
		{Kind: receivables.DocumentExpense, From: clearing, To: a.Fees, Parts: part("m1", mapping.PurposeFee, "", 320)},
		{Kind: receivables.DocumentExpense, From: clearing, To: a.Fees, Parts: part("m2", mapping.PurposeFee, "", -20)},
		{Kind: receivables.DocumentTransfer, From: clearing, To: a.Banks["ba_1"], Parts: part("m3", mapping.PurposePayout, "", 9000)},
		{Kind: receivables.DocumentInvoice, CustomerID: customer, Lines: []mapping.BookingLine{{Account: a.Returned, Amount: 500}}, Parts: part("m4", mapping.PurposeReopen, one, 500)},
		{Kind: receivables.DocumentInvoice, Draft: true, CustomerID: customer, Lines: []mapping.BookingLine{{Account: a.Returned, Amount: 700}}, Parts: part("m5", mapping.PurposeReopen, one, 700)},
		{Kind: receivables.DocumentCredit, CustomerID: customer, Lines: []mapping.BookingLine{{Account: a.Fees, Amount: 900}}, Parts: part("m6", mapping.PurposeCredit, one, 900)},
		{Kind: receivables.DocumentJournal, From: a.Disputes["USD"], Lines: []mapping.BookingLine{{Account: a.Fees, Amount: 100}}, Parts: part("m7", mapping.PurposeLoss, "", 100)},
		{Kind: receivables.DocumentDeposit, To: clearing, Parts: part("m8", mapping.PurposeReceipt, two, 8050)},
	} {
		b.Currency, b.Date, b.Source = "USD", "2026-05-01", "src_1"
		for _, answer := range r.wrote(t, b) {
			all = append(all, made{answer.Ref, b.Kind})
		}
	}
	if len(all) != 9 || r.balances(t) == before {
		t.Fatalf("%d documents were made", len(all))
	}
	for _, m := range slices.Backward(all) {
		r.removed(t, m.ref, m.kind)
	}
	if after := r.balances(t); after != before {
		t.Errorf("the balances were\n%s\nand are\n%s", before, after)
	}
	for id, was := range invoices {
		if is := r.text(t, id); is != was {
			t.Errorf("an invoice was\n%s\nand is\n%s", was, is)
		}
	}
	for _, id := range []string{clearing, a.Fees, a.Returned} {
		r.removed(t, receivables.Ref{Kind: receivables.KindAccount, ID: id}, "")
	}
	r.removed(t, receivables.Ref{Kind: receivables.KindCustomer, ID: a.FeeContact}, "")
}

// TestAppliedCreditIsTakenBack voids a credit note that was used up: the
// invoice is open again.
func TestAppliedCreditIsTakenBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := r.invoice(t, "INV-1", "USD", "120.00")
	before, customer := r.text(t, id), r.state(t, id).CustomerID
	answers := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentCredit, Currency: "USD", Date: "2026-05-01", Source: "re_1", CustomerID: customer,
		Lines: []mapping.BookingLine{{Account: accountNamed(t, r, "200"), Amount: 900}}, Parts: part("m6", mapping.PurposeCredit, id, 900),
	})
	credit := fetched[receivables.Credit](t, r, answers[0].Ref)
	for _, amount := range []int64{400, 500} {
		w, err := r.session.LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: id, Amount: amount, Date: "2026-05-03"})
		if err != nil {
			t.Fatal(err)
		}
		once(t, r, w)
		credit = fetched[receivables.Credit](t, r, credit.Ref())
	}
	if credit.Remaining != 0 || r.state(t, id).Balance != 11100 {
		t.Fatalf("%+v", credit)
	}
	r.removed(t, credit.Ref(), receivables.DocumentCredit)
	if after := r.text(t, id); after != before {
		t.Errorf("the invoice was\n%s\nand is\n%s", before, after)
	}
}

func (r *rig) balances(t *testing.T) string {
	t.Helper()
	records, _ := pull(t, r.session, "accounts", nil)
	var b strings.Builder
	for _, record := range records {
		if held := r.balance(t, record.Ref.ID); held != "0.00" {
			b.WriteString(record.Ref.ID + " " + held + "\n")
		}
	}
	return b.String()
}

// text is an invoice without what counts its versions and what says nothing.
func (r *rig) text(t *testing.T, id string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(r.raw(t, receivables.Ref{Kind: receivables.KindInvoice, ID: id}), &fields); err != nil {
		t.Fatal(err)
	}
	for key, value := range fields {
		if strings.HasPrefix(key, "UpdatedDateUTC") || value == "" {
			delete(fields, key)
		}
	}
	raw, err := json.MarshalIndent(fields, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestLinkLeavesTheInvoiceAsItWas puts a link on invoices of every kind of
// lines and takes it off again, also from one that was paid meanwhile.
func TestLinkLeavesTheInvoiceAsItWas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fields string
		paid   bool
	}{
		"plain":              {`"LineAmountTypes":"NoTax","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":120,"AccountCode":"200"}]`, false},
		"with a foreign Url": {`"Url":"https://erp.example.com/7","Reference":"PO 9","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":120,"AccountCode":"200"}]`, false},
		"taxed, four digits": {`"LineAmountTypes":"Exclusive","LineItems":[{"Description":"Line one\nline two","Quantity":3.5,"UnitAmount":0.1234,"AccountCode":"200","TaxType":"TAX001","DiscountRate":10},{"Description":"Only words"},{"Description":"Umlaut ü \" & <b>","Quantity":1,"UnitAmount":9,"AccountCode":"260","TaxType":"NONE"}]`, false},
		"paid meanwhile":     {`"LineAmountTypes":"Inclusive","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":120,"AccountCode":"200","TaxType":"TAX001"}]`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, organisation())
			out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"INV-1","Contact":{"Name":"Harbour Foods"},"Date":"2026-04-20","DueDate":"2026-05-20",`+c.fields+`}`)
			id := out["InvoiceID"].(string)
			before := r.text(t, id)
			r.relink(t, id, "https://pay.example.com/1")
			if r.text(t, id) == before {
				t.Fatal("no link was put on the invoice")
			}
			if c.paid {
				p := r.create(t, "Payments", `{"Invoice":{"InvoiceID":"`+id+`"},"Account":{"Code":"090"},"Date":"2026-05-01","Amount":120}`)
				r.relink(t, id, "") // the line can only be closed
				r.removed(t, receivables.Ref{Kind: receivables.KindReceipt, ID: p["PaymentID"].(string)}, receivables.DocumentReceipt)
			}
			r.relink(t, id, "")
			if after := r.text(t, id); after != before {
				t.Errorf("the invoice was\n%s\nand is\n%s", before, after)
			}
		})
	}
}

func (r *rig) relink(t *testing.T, id, address string) {
	t.Helper()
	w, needed, why := linked(t, r, id, connectors.LinkChange{URL: address, OnDocument: true})
	if !needed {
		t.Fatalf("no write for link %q: %s", address, why)
	}
	if _, err := r.session.Send(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

// TestWhatCannotBeTakenBack says why.
func TestWhatCannotBeTakenBack(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{}).(*session)
	for name, c := range map[string]struct {
		kind       receivables.Kind
		raw, words string
	}{
		"reconciled payment":     {receivables.KindReceipt, `{"PaymentID":"p","Status":"AUTHORISED","IsReconciled":true}`, "reconciled"},
		"payment of a batch":     {receivables.KindReceipt, `{"PaymentID":"p","Status":"AUTHORISED","BatchPaymentID":"b"}`, "batch"},
		"batch, nested":          {receivables.KindReceipt, `{"PaymentID":"p","Status":"AUTHORISED","BatchPayment":{"BatchPaymentID":"b"}}`, "batch"},
		"reconciled spending":    {receivables.KindDocument, `{"BankTransactionID":"b","Type":"SPEND","Status":"AUTHORISED","IsReconciled":true}`, "reconciled"},
		"overpayment":            {receivables.KindDocument, `{"BankTransactionID":"b","Type":"RECEIVE-OVERPAYMENT","OverpaymentID":"o","Status":"AUTHORISED"}`, "overpayment"},
		"overpayment, as credit": {receivables.KindCredit, `{"OverpaymentID":"o","Type":"RECEIVE-OVERPAYMENT","Status":"AUTHORISED"}`, "overpayment"},
		"half reconciled":        {receivables.KindDocument, `{"BankTransferID":"t","Status":"AUTHORISED","ToIsReconciled":true}`, "reconciled"},
		"reconciled batch":       {receivables.KindDocument, `{"BatchPaymentID":"b","Status":"AUTHORISED","IsReconciled":true}`, "reconciled"},
		"archived journal":       {receivables.KindDocument, `{"ManualJournalID":"j","Status":"ARCHIVED"}`, "archived"},
		"paid invoice":           {receivables.KindInvoice, `{"InvoiceID":"i","Status":"PAID","Total":5.00,"AmountDue":0.00}`, "applied"},
		"part-paid invoice":      {receivables.KindInvoice, `{"InvoiceID":"i","Status":"AUTHORISED","Total":100.00,"AmountDue":10.00}`, "applied"},
		"credit paid back":       {receivables.KindCredit, `{"CreditNoteID":"c","Status":"AUTHORISED","Total":5,"RemainingCredit":2,"Allocations":[{"AllocationID":"a","Amount":2},{"AllocationID":"b","Amount":1,"IsDeleted":true}]}`, "applied"},
		"unknown status":         {receivables.KindInvoice, `{"InvoiceID":"i","Status":"NEW","Total":5,"AmountDue":5}`, "not known"},
		"system account":         {receivables.KindAccount, `{"AccountID":"a","Status":"ACTIVE","SystemAccount":"DEBTORS"}`, "own accounts"},
		"nothing known":          {receivables.KindDocument, `{"Status":"AUTHORISED"}`, "no kind"},
		"deleted already":        {receivables.KindReceipt, `{"PaymentID":"p","Status":"DELETED","IsReconciled":true}`, ""},
		"voided already":         {receivables.KindInvoice, `{"InvoiceID":"i","Status":"VOIDED","Total":5,"AmountDue":0}`, ""},
		"archived contact":       {receivables.KindCustomer, `{"ContactID":"c","ContactStatus":"ARCHIVED"}`, ""},
	} {
		_, needed, why, err := s.LowerRemoval(connectors.Removal{Document: receivables.Ref{Kind: c.kind, ID: "x"}, Raw: []byte(c.raw)})
		if needed || err != nil || (why == "") != (c.words == "") || !strings.Contains(why, c.words) {
			t.Errorf("%s: needed %v, %q, %v", name, needed, why, err)
		}
	}
	if _, _, _, err := s.LowerRemoval(connectors.Removal{Raw: []byte("{")}); err == nil {
		t.Error("a body that cannot be read was removed")
	}
}

// TestLockedDocumentStays classifies the refusal, so that a counter-document
// is made instead.
func TestLockedDocumentStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	answers := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-03-01", From: a.Clearing["USD"], To: a.Fees, Source: "ch_1",
		Parts: part("m1", mapping.PurposeFee, "", 320),
	})
	if err := r.org.SetLockDates("2026-03-31", ""); err != nil {
		t.Fatal(err)
	}
	w, needed, _, err := r.session.LowerRemoval(connectors.Removal{
		Document: answers[0].Ref, Kind: receivables.DocumentExpense, Raw: r.raw(t, answers[0].Ref),
	})
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	if _, err := r.session.Send(t.Context(), w); connectors.ClassOf(err) != connectors.ClassClosed {
		t.Errorf("a removal in a locked period: %v", err)
	}
}

// TestRemovalsAreDescribed holds each removal, and the search for it, against
// Xero's description.
func TestRemovalsAreDescribed(t *testing.T) {
	t.Parallel()
	spec := specification(t)
	// A router cannot tell it from the address with the id, which can be
	// written to.
	spec.Paths.Delete("/Contacts/{ContactNumber}")
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	const id = "22222222-2222-4222-8222-222222222220"
	s := New(Config{}).Open(connectors.Access{}).(*session)
	for _, c := range []struct {
		kind receivables.Kind
		raw  string
	}{
		{receivables.KindReceipt, `{"PaymentID":"` + id + `","Status":"AUTHORISED"}`},
		{receivables.KindDocument, `{"BankTransactionID":"` + id + `","Type":"SPEND","Status":"AUTHORISED","BankAccount":{"AccountID":"` + id + `"},
			"LineItems":[{"LineItemID":"` + id + `","Description":"Fee","Quantity":1.0,"UnitAmount":3.20,"LineAmount":3.20,"TaxAmount":0,"TaxType":"NONE","AccountCode":"404","Tracking":[]}]}`},
		{receivables.KindDocument, `{"BankTransferID":"` + id + `","Status":"AUTHORISED"}`},
		{receivables.KindDocument, `{"BatchPaymentID":"` + id + `","Status":"AUTHORISED"}`},
		{receivables.KindDocument, `{"ManualJournalID":"` + id + `","Status":"POSTED","Narration":"Lost"}`},
		{receivables.KindInvoice, `{"InvoiceID":"` + id + `","Status":"AUTHORISED","Total":5,"AmountDue":5.00}`},
		{receivables.KindCredit, `{"CreditNoteID":"` + id + `","Status":"DRAFT"}`},
		{receivables.KindAccount, `{"AccountID":"` + id + `","Status":"ACTIVE"}`},
		{receivables.KindCustomer, `{"ContactID":"` + id + `","ContactStatus":"ACTIVE"}`},
	} {
		w, needed, why, err := s.LowerRemoval(connectors.Removal{Document: receivables.Ref{Kind: c.kind, ID: id}, Raw: []byte(c.raw)})
		if err != nil || !needed {
			t.Fatalf("%s: %q %v", c.raw, why, err)
		}
		request, err := unseal(w)
		if err != nil {
			t.Fatal(err)
		}
		if err := checked(t, router, request.Method, request.Path, request.Query, request.Body); err != nil {
			t.Errorf("%s: %v\n%s", request.Path, err, request.Body)
		}
		if err := checked(t, router, http.MethodGet, request.Path, nil, nil); err != nil {
			t.Errorf("find %s: %v", request.Path, err)
		}
	}
}
