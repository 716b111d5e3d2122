package xero

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// once sends the write, sees that it was not there before and is found after,
// and that the same request again makes nothing new.
func once(t *testing.T, r *rig, w connectors.Write) connectors.Answer {
	t.Helper()
	ctx := context.Background()
	if _, ok, err := r.session.Find(ctx, w); ok || err != nil {
		t.Fatalf("%s found before it was sent: %v", w.Op, err)
	}
	first, err := r.session.Send(ctx, w)
	if err != nil {
		t.Fatalf("%s: %v\n%s", w.Op, err, w.Body)
	}
	if again, err := r.session.Send(ctx, w); err != nil || again.Ref != first.Ref {
		t.Errorf("%s replayed: %v %v, first %v", w.Op, again.Ref, err, first.Ref)
	}
	seen, ok, err := r.session.Find(ctx, w)
	if err != nil || !ok || seen.Ref != first.Ref {
		t.Errorf("%s find: %v %v %v, sent %v", w.Op, seen.Ref, ok, err, first.Ref)
	}
	return first
}

func (r *rig) credit(t *testing.T, kind receivables.CreditKind) receivables.Credit {
	t.Helper()
	for _, stream := range []string{"credit_notes", "overpayments", "prepayments"} {
		records, _ := pull(t, r.session, stream, nil)
		accepted(t, records)
		for _, record := range records {
			if c, ok := record.Entity.(receivables.Credit); ok && c.Kind == kind {
				return c
			}
		}
	}
	t.Fatalf("no credit of kind %s", kind)
	return receivables.Credit{}
}

// TestCreditsAreMadeAppliedAndPaidBack walks each kind of credit through its
// life: made, applied to an invoice, released, and paid back.
func TestCreditsAreMadeAppliedAndPaidBack(t *testing.T) {
	t.Parallel()
	for _, kind := range []receivables.CreditKind{receivables.CreditOverpaid, receivables.CreditPrepaid, receivables.CreditNote} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, organisation())
			bank, invoice := accountNamed(t, r, "090"), r.invoice(t, "INV-1", "USD", "120.00")
			customer := r.state(t, invoice).CustomerID
			r.makeCredit(t, kind, bank, customer)
			c := r.credit(t, kind)
			if c.Remaining != 5000 || kind != receivables.CreditNote && c.Marker == "" {
				t.Fatalf("the credit came back as %+v", c)
			}
			w, err := r.session.LowerAllocation(connectors.CreditAllocation{Credit: c, InvoiceID: invoice, Amount: 3000, Date: "2026-05-02"})
			if err != nil {
				t.Fatal(err)
			}
			once(t, r, w)
			c = r.credit(t, kind)
			if i := r.state(t, invoice); c.Remaining != 2000 || i.Balance != 9000 || *i.Credited != 3000 || *i.Paid != 0 {
				t.Fatalf("applied: credit %+v, invoice %+v", c, i)
			}
			again, err := r.session.LowerAllocation(connectors.CreditAllocation{Credit: c, InvoiceID: invoice, Amount: 3000, Date: "2026-05-02"})
			if err != nil || again.Key == w.Key {
				t.Fatalf("a second allocation has the key of the first: %v", err)
			}
			if _, err := r.session.Send(context.Background(), again); err == nil {
				t.Error("more was applied than the credit holds")
			}
			release, err := r.session.LowerRelease(c.Ref(), kind, r.allocation(t, kind, c.ID), 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok, err := r.session.Find(context.Background(), release); ok || err != nil {
				t.Fatalf("released before it was sent: %v", err)
			}
			if _, err := r.session.Send(context.Background(), release); err != nil {
				t.Fatal(err)
			}
			if _, ok, err := r.session.Find(context.Background(), release); !ok || err != nil {
				t.Errorf("the release is not found: %v", err)
			}
			if i := r.state(t, invoice); i.Balance != 12000 {
				t.Errorf("released: %+v", i)
			}
			refund, err := r.session.LowerRefund(mapping.Booking{
				Book: "b", Currency: "USD", Date: "2026-05-03", From: bank, Source: "re_1",
				Parts: []mapping.Part{{Movement: "txn_9", Purpose: "refund", Amount: 5000}},
			}, c.Ref(), kind, 0)
			if err != nil {
				t.Fatal(err)
			}
			once(t, r, refund)
			if c = r.credit(t, kind); c.Remaining != 0 {
				t.Errorf("paid back: %+v", c)
			}
		})
	}
}

func (r *rig) makeCredit(t *testing.T, kind receivables.CreditKind, bank, customer string) {
	t.Helper()
	if kind == receivables.CreditNote {
		r.create(t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","Contact":{"ContactID":"`+customer+`"},"Date":"2026-04-22",
			"LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":50,"AccountCode":"200"}]}`)
		return
	}
	b := mapping.Booking{
		Book: "b", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: bank, CustomerID: customer, Source: "ch_1",
		Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Amount: 5000}},
	}
	if kind == receivables.CreditPrepaid {
		b.From = accountNamed(t, r, "200")
	}
	writes, err := r.session.Lower(b, 0)
	if err != nil || len(writes) != 1 {
		t.Fatalf("%d writes, %v", len(writes), err)
	}
	once(t, r, writes[0])
}

func (r *rig) allocation(t *testing.T, kind receivables.CreditKind, id string) string {
	t.Helper()
	path, err := creditPath(kind)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.org.Read(path, id)
	var credit wireCredit
	if err != nil || json.Unmarshal(raw, &credit) != nil || len(credit.Allocations) != 1 {
		t.Fatalf("%s: %v", raw, err)
	}
	return credit.Allocations[0].AllocationID
}

// TestAllocationWithoutTheList has an organisation that takes one allocation,
// and no list of one.
func TestAllocationWithoutTheList(t *testing.T) {
	t.Parallel()
	var keys []string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		w.Header().Set("Content-Type", "application/json")
		if strings.Contains(string(body), "Allocations") {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"ErrorNumber":17,"Type":"NoDataProcessedException","Message":"No data has been processed for this endpoint."}`)
			return
		}
		_, _ = io.WriteString(w, `{"Allocations":[{"AllocationID":"a1","Amount":5.00}]}`)
	})
	s := sessionOf(handler)
	w, err := s.LowerAllocation(connectors.CreditAllocation{
		Credit: receivables.Credit{ID: "c", Kind: receivables.CreditOverpaid, Currency: "USD"}, InvoiceID: "i", Amount: 500, Date: "2026-05-01",
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, err := s.Send(context.Background(), w); err != nil || a.Ref.ID != "c" || len(keys) != 2 || keys[0] == keys[1] {
		t.Errorf("%+v, %v, keys %q", a, err, keys)
	}
}

// TestDepositIsOneBatch pays two invoices with one document of the bank
// account, and finds it with and without the reference that we gave.
func TestDepositIsOneBatch(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	bank := accountNamed(t, r, "090")
	one, two := r.invoice(t, "INV-1", "USD", "120.00"), r.invoice(t, "INV-2", "USD", "80.50")
	writes, err := r.session.Lower(mapping.Booking{
		Book: "b", Kind: receivables.DocumentDeposit, Currency: "USD", Date: "2026-05-01", To: bank, Source: "po_1",
		Parts: []mapping.Part{
			{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: one, Amount: 12000},
			{Movement: "txn_2", Purpose: mapping.PurposeReceipt, Target: two, Amount: 5000},
		},
	}, 0)
	if err != nil || len(writes) != 1 {
		t.Fatalf("%d writes, %v", len(writes), err)
	}
	answer := once(t, r, writes[0])
	if i, j := r.state(t, one), r.state(t, two); i.Balance != 0 || j.Balance != 3050 {
		t.Errorf("balances %d and %d", i.Balance, j.Balance)
	}
	payments, _ := pull(t, r.session, "payments", nil)
	accepted(t, payments)
	if len(payments) != 2 {
		t.Fatalf("%d payments", len(payments))
	}
	for _, p := range payments {
		if receipt, ok := p.Entity.(receivables.Receipt); !ok || len(receipt.Allocations) != 1 {
			t.Errorf("a payment of the batch came as %+v", p)
		}
	}
	request, err := unseal(writes[0])
	if err != nil {
		t.Fatal(err)
	}
	p := batchedPayment{BatchPaymentID: answer.Ref.ID, Amount: "120.00", day: day{Date: "2026-05-01"}}
	if !p.is(writes[0], request) {
		t.Error("a batch that keeps no reference is not found by what it pays")
	}
	p.BatchPayment.Details = "Somebody else's"
	if p.is(writes[0], request) {
		t.Error("somebody else's batch is taken for ours")
	}
	if _, err := r.session.Lower(mapping.Booking{
		Kind: receivables.DocumentDeposit, Currency: "EUR", Date: "2026-05-01", To: bank,
		Parts: []mapping.Part{{Movement: "m", Target: one, Amount: 5}},
	}, 0); err == nil || !strings.Contains(err.Error(), "USD only") {
		t.Errorf("a batch in a foreign currency: %v", err)
	}
}
