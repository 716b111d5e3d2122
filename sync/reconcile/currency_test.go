package reconcile

import (
	"testing"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// abroad is a movement of 100.00 dollars that settled a payment of 90.00 euros.
func abroad() Movement {
	return Movement{
		Connection: "stripe", Row: receivables.BalanceTransaction{ID: "txn_1", Category: "charge", Amount: 10_000, Fee: 300, Net: 9_700, Currency: "USD"},
		Charge: &receivables.Charge{ID: "ch_1", Amount: 9_000, Currency: "EUR", Status: receivables.ChargeSucceeded, Movement: "txn_1"},
	}
}

// TestHeldShare: what no invoice takes is told in the movement's currency, and
// with the shares of the invoices it comes to all of it.
func TestHeldShare(t *testing.T) {
	t.Parallel()
	m := abroad()
	for rest, want := range map[int64]int64{0: 0, 1: 1, 1_000: 1_111, 9_000: 10_000} {
		if got := m.held(rest); got != want {
			t.Errorf("%d of 9000 is held as %d, want %d", rest, got, want)
		}
	}
	m.Charge.Currency = "USD"
	if got := m.held(17); got != 17 {
		t.Errorf("17 of the same currency are held as %d", got)
	}
}

// TestWorth: a document is compared with its parts in their currency.
func TestWorth(t *testing.T) {
	t.Parallel()
	m := abroad()
	receipt := LedgerDocument{Kind: receivables.DocumentReceipt, Currency: "EUR", Total: 9_000, Posted: map[money.Currency]int64{"USD": 10_000}}
	home := LedgerDocument{Kind: receivables.DocumentExpense, Currency: "USD", Total: 300, Posted: map[money.Currency]int64{"USD": 0}}
	note := LedgerDocument{Kind: receivables.DocumentCredit, Currency: "EUR", Total: 9_000}
	journal := LedgerDocument{Kind: receivables.DocumentJournal, Currency: "EUR", Total: 9_000, Posted: map[money.Currency]int64{"USD": 10_000, "EUR": -9_000}}
	for name, c := range map[string]struct {
		doc     LedgerDocument
		purpose mapping.Purpose
		want    int64
		in      money.Currency
	}{
		"a receipt":           {receipt, mapping.PurposeReceipt, 10_000, "USD"},
		"a fee":               {home, mapping.PurposeFee, 300, "USD"},
		"a credit note":       {note, mapping.PurposeCredit, 9_000, "EUR"},
		"goodwill, a journal": {journal, mapping.PurposeCredit, 9_000, "EUR"},
		"a loss, a journal":   {journal, mapping.PurposeLoss, 10_000, "USD"},
	} {
		got, in := worth(m, PartRow{Part: mapping.Part{Purpose: c.purpose}}, c.doc)
		if got != c.want || in != c.in {
			t.Errorf("%s is worth %d %s, want %d %s", name, got, in, c.want, c.in)
		}
	}
}

// foreignWorld is a world with one open invoice in euros.
func foreignWorld() (*world, receivables.Invoice) {
	w, open := openWorld([]int64{9_000}, dates(1, func(int) int { return 0 }))
	inv := open[0]
	inv.Currency = "EUR"
	w.invoices[inv.ID] = inv
	w.r = &Reconciler{NewID: func() string { return "d1" }, Home: "USD"}
	w.decisions, w.adopted, w.ofCharge, w.documents = map[string]Decision{}, map[string]string{}, map[string][]Allocation{}, map[string][]LedgerDocument{}
	w.book = books.Book{Accounts: mapping.Accounts{Clearing: map[money.Currency]string{"USD": "clearing", "EUR": "clearing-eur"}}}
	return w, inv
}

// TestAdoptForeign: somebody's receipt stands for a payment that was settled in
// home currency when it is worth there what Stripe settled.
func TestAdoptForeign(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account string
		settled int64
		adopted bool
	}{
		"as settled":              {"clearing", 10_000, true},
		"worth another amount":    {"clearing", 9_990, false},
		"on the euro account":     {"clearing-eur", 0, false},
		"outside of the clearing": {"bank", 10_000, false},
	} {
		w, inv := foreignWorld()
		rc := receivables.Receipt{
			ID: "r1", CustomerID: "payer", State: receivables.StateLive, Currency: "EUR", Total: 9_000, AccountID: c.account, Settled: c.settled,
			Allocations: []receivables.Allocation{{Target: inv.Ref(), Amount: 9_000}},
		}
		w.receipts = []receivables.Receipt{rc}
		found := w.allocate(abroad(), []receivables.Invoice{inv}, RuleLink, "it was paid by the link")
		part, ok := w.parts[mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: inv.ID}.Key()]
		if ok != c.adopted || (found.decision != nil) == c.adopted || ok && part.Part.Amount != 10_000 {
			t.Errorf("%s: adopted %t %+v, asked %+v", name, ok, part, found.decision)
		}
	}
}

// TestShortenedForeign: what somebody takes off a foreign receipt of ours is
// counted in its own currency.
func TestShortenedForeign(t *testing.T) {
	t.Parallel()
	w, inv := foreignWorld()
	a := Allocation{Movement: "txn_1", Charge: "ch_1", Invoice: inv.ID, Amount: 9_000, Currency: "EUR"}
	w.ofCharge["txn_1"], w.ofInvoice[inv.ID] = []Allocation{a}, []Allocation{a}
	p := PartRow{
		Part: mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: inv.ID, Amount: 10_000}, Marker: "TIE-A", State: PartLive,
		Document: receivables.Ref{Kind: receivables.KindReceipt, ID: "r1"},
	}
	w.keepPart(p)
	for total, want := range map[int64]int64{9_000: 0, 8_900: 100} {
		w.documents[docKey(p.Document)] = []LedgerDocument{{Ref: p.Document, State: receivables.StateLive, Currency: "EUR", Total: total, Posted: map[money.Currency]int64{"USD": total}}}
		if got := w.shortened(a); got != want {
			t.Errorf("a receipt of %d euros is short by %d, want %d", total, got, want)
		}
	}
}

// TestForeignRefundIsRelinked: a receipt is applied anew in its own currency.
func TestForeignRefundIsRelinked(t *testing.T) {
	t.Parallel()
	w, inv := foreignWorld()
	w.ofCharge["txn_1"] = []Allocation{{Movement: "txn_1", Invoice: inv.ID, Amount: 9_000, Currency: "EUR"}}
	m := abroad()
	m.Row.ID, m.Row.Category, m.Row.Amount = "txn_2", "refund", -5_210
	m.Refund = &receivables.Refund{ID: "re_1", ChargeID: "ch_1", Amount: 4_500, Currency: "EUR"}
	receipt := PartRow{
		Part: mapping.Part{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: inv.ID, Amount: 10_000}, State: PartLive,
		Document: receivables.Ref{Kind: receivables.KindReceipt, ID: "r1"},
	}
	back := PartRow{
		Part: mapping.Part{Movement: "txn_2", Purpose: mapping.PurposeRefund, Target: inv.ID, Amount: 5_210}, State: PartLive,
		Document: receivables.Ref{Kind: receivables.KindDocument, ID: "Purchase:9"},
	}
	w.keepPart(receipt)
	w.keepPart(back)
	want := []receivables.Allocation{{Target: back.Document, Amount: 4_500}, {Target: inv.Ref(), Amount: 4_500}}
	got := w.appliedWithout(m, receipt, []PartRow{back})
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("applied to %+v, want %+v", got, want)
	}
	if credit, in := m.back(); credit != 4_500 || in != "EUR" {
		t.Errorf("%d %s goes back", credit, in)
	}
}
