package proof

import (
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

var at = time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)

// agreeing are inputs of a book whose lines all agree.
func agreeing() Inputs {
	cut := at.AddDate(0, -1, 0)
	return Inputs{
		Rules: rules, At: at, AsOf: "2026-03-20", Today: "2026-03-20", CutOver: &cut, Since: "2026-02-20", Interval: 3600, Settled: true,
		Opening: map[money.Currency]int64{"USD": 10},
		Accounts: mapping.Accounts{
			Clearing: map[money.Currency]string{"USD": "cl", "EUR": "cle"}, Banks: map[string]string{"*USD": "bank", "ba_1": "bank"},
			Disputes: map[money.Currency]string{"USD": "dis"}, Returned: "ret",
		},
		Stripe: map[money.Currency]int64{"USD": 130}, Sums: []StripeSums{{Currency: "USD", All: 130, Since: 90}},
		Ledger: Figures{
			Clearing: map[money.Currency]int64{"USD": 100, "EUR": 0}, Receivable: map[money.Currency]int64{"USD": 500},
			Customers: map[money.Currency]int64{"USD": 500},
		},
		OwnClearing: map[money.Currency]int64{"USD": 100, "EUR": 0}, Own: []LedgerSums{{Currency: "USD", Invoices: 600, Credits: 100}},
		BilledSettled: true, Read: map[string]receivables.BalanceTransaction{},
	}
}

func lineOf(t *testing.T, lines []Line, check Check, c money.Currency) Line {
	t.Helper()
	for _, l := range lines {
		if l.Check == check && l.Currency == c {
			return l
		}
	}
	t.Fatalf("no line %s %s in %+v", check, c, lines)
	return Line{}
}

// TestAgreeing: the inputs that the other tests change agree in every line.
func TestAgreeing(t *testing.T) {
	t.Parallel()
	lines := Lines(agreeing())
	for _, l := range lines {
		if l.Open() || l.Difference != 0 {
			t.Errorf("%+v", l)
		}
	}
	if len(lines) < 10 {
		t.Errorf("%d lines", len(lines))
	}
}

// TestWritingIsOff: what is only not written because writing is off says so, and
// counts as a difference as soon as it would otherwise.
func TestWritingIsOff(t *testing.T) {
	t.Parallel()
	in := agreeing()
	in.Off = true
	in.Sums[0].Since += 40
	in.Open = []OpenMovement{{ID: "txn_1", Currency: "USD", Net: 40, Missing: 40, State: "settled", Created: at.AddDate(0, 0, -3)}}
	in.Read["txn_1"] = receivables.BalanceTransaction{ID: "txn_1", Net: 40, Amount: 40, Currency: "USD", Created: at.AddDate(0, 0, -3)}
	l := lineOf(t, Lines(in), CheckClearing, "USD")
	if len(l.Explained) != 1 || !strings.HasPrefix(l.Explained[0].Action, "Writing is switched off") || !l.Explained[0].Overdue || l.Unexplained != -40 {
		t.Errorf("%+v", l)
	}
}

// TestLines: each kind of fault shows in its line, with its size and the
// document that it comes from.
func TestLines(t *testing.T) {
	t.Parallel()
	open := OpenMovement{ID: "txn_1", Source: "ch_1", Category: "charge", State: "held", Currency: "USD", Net: 40, Missing: 40}
	young := receivables.BalanceTransaction{ID: "txn_1", Amount: 40, Net: 40, Currency: "USD", Created: at.Add(-time.Minute)}
	old := young
	old.Created = at.AddDate(0, -3, 0)
	paid := PayoutCheck{ID: "po_1", Currency: "USD", Amount: 70, Members: 70, Itemised: true, Arrival: "2026-03-01", Status: "paid", Destination: "ba_1"}
	for name, c := range map[string]struct {
		change      func(*Inputs)
		check       Check
		currency    money.Currency
		difference  int64
		unexplained int64
		cause       string
		unmeasured  bool
	}{
		"stripe moved": {func(in *Inputs) { in.Settled, in.Moved = false, "moved" }, CheckBalance, "USD", 0, 0, "", true},
		"a decision": {func(in *Inputs) {
			in.Sums[0].Since += 40
			in.Open, in.Read["txn_1"] = []OpenMovement{open}, young
		}, CheckClearing, "USD", -40, 0, "", false},
		"a decision, overdue": {func(in *Inputs) {
			in.Sums[0].Since += 40
			in.Open, in.Read["txn_1"] = []OpenMovement{open}, old
		}, CheckClearing, "USD", -40, -40, "", false},
		"a stranger on clearing": {func(in *Inputs) {
			in.Ledger.Clearing["USD"], in.OwnClearing["USD"] = 107, 107
			in.Strangers = []LedgerEntry{{Ref: receivables.Ref{Kind: "document", ID: "77"}, Currency: "USD", Amount: 7, Date: "2026-03-02"}}
		}, CheckClearing, "USD", 7, 7, "77", false},
		"the ledger knows more": {func(in *Inputs) { in.Ledger.Clearing["USD"] = 103 }, CheckClearing, "USD", 3, 3, "cl", false},
		"back-dated before the cut-over": {func(in *Inputs) {
			in.Ledger.Clearing["USD"], in.OwnClearing["USD"], in.OwnOpening = 101, 101, map[money.Currency]int64{"USD": 11}
		}, CheckClearing, "USD", 1, 1, "cl", false},
		"money in a currency without movements": {func(in *Inputs) { in.Ledger.Clearing["EUR"], in.OwnClearing["EUR"] = 5, 5 }, CheckClearing, "EUR", 5, 5, "", false},
		"clearing not given":                    {func(in *Inputs) { delete(in.Ledger.Clearing, "USD") }, CheckClearing, "USD", 0, 0, "", true},
		"moved by a lock": {func(in *Inputs) {
			in.Ledger.Clearing["USD"], in.OwnClearing["USD"] = 80, 80
			in.Later = []LedgerEntry{{Ref: receivables.Ref{Kind: "receipt", ID: "9"}, Currency: "USD", Amount: 20, Date: "2026-04-01", Movement: "txn_9"}}
		}, CheckClearing, "USD", -20, 0, "", false},
		"moved by a lock, too far": {func(in *Inputs) {
			in.Ledger.Clearing["USD"], in.OwnClearing["USD"] = 80, 80
			in.Later = []LedgerEntry{{Ref: receivables.Ref{Kind: "receipt", ID: "9"}, Currency: "USD", Amount: 20, Date: "2026-12-01", Movement: "txn_9"}}
		}, CheckClearing, "USD", -20, -20, "", false},
		"a customer's gap": {func(in *Inputs) {
			in.Ledger.Receivable["USD"] = 503
			in.Gaps = []CustomerGap{{ID: "c1", Name: "Ann", Currency: "USD", Balance: 3}}
		}, CheckReceivables, "USD", 3, 3, "c1", false},
		"a broken invoice": {func(in *Inputs) { in.Own[0].Broken, in.Own[0].Names = 1, []string{"i1"} }, CheckInvoices, "USD", 1, 1, "i1", false},
		"two documents": {func(in *Inputs) {
			in.Breaches = []Breach{{Check: CheckParts, Ref: receivables.Ref{Kind: "receipt", ID: "8"}, Text: "twice"}}
		}, CheckParts, "", 1, 1, "8", false},
		"members differ": {func(in *Inputs) {
			p := paid
			p.Members, p.Documents = 69, []PayoutDocument{{ID: "d", Accounts: []string{"bank"}}}
			in.summarise([]PayoutCheck{p})
		}, CheckPayouts, "USD", 1, 1, "po_1", false},
		"two payouts whose differences cancel": {func(in *Inputs) {
			p, q := paid, paid
			p.Members, q.Members = 69, 71
			in.summarise([]PayoutCheck{p, q})
		}, CheckPayouts, "USD", 2, 2, "po_1", false},
		"came back in part": {func(in *Inputs) {
			p := paid
			p.Status, p.Returned, p.Rest = "failed", true, -70
			in.summarise([]PayoutCheck{p})
		}, CheckReversals, "USD", 70, 70, "po_1", false},
		"not at the bank": {func(in *Inputs) { in.summarise([]PayoutCheck{paid}) }, CheckBank, "USD", 70, 70, "po_1", false},
		"at another bank": {func(in *Inputs) {
			p := paid
			p.Documents = []PayoutDocument{{ID: "d", Accounts: []string{"savings"}}}
			in.summarise([]PayoutCheck{p})
		}, CheckBank, "USD", 70, 70, "d", false},
		"the statement lacks it": {func(in *Inputs) {
			p, none := paid, 0
			p.Documents, p.Lines = []PayoutDocument{{ID: "d", Accounts: []string{"bank"}}}, &none
			in.summarise([]PayoutCheck{p})
		}, CheckBank, "USD", 70, 70, "po_1", false},
		"a dispute's money is missing": {func(in *Inputs) {
			in.Disputes = []DisputeCheck{{ID: "dp_1", Status: "needs_response", Currency: "USD", Withdrawn: 25}}
			in.AccountSums = map[string]map[money.Currency]int64{"dis": {"USD": 0}}
		}, CheckDisputes, "USD", -25, -25, "dp_1", false},
		"a dispute that was lost and decided": {func(in *Inputs) {
			in.Disputes = []DisputeCheck{{ID: "dp_1", Status: "lost", Currency: "USD", Withdrawn: 25, Decided: 25}}
		}, CheckDisputes, "USD", 0, 0, "", false},
		"returned, not yet invoiced": {func(in *Inputs) {
			in.AccountSums = map[string]map[money.Currency]int64{"ret": {"USD": 30}}
			in.Returned = []ReturnedCheck{{Movement: "txn_r", Currency: "USD", Spent: 30, Created: at.Add(-time.Minute)}}
		}, CheckReturned, "USD", 30, 0, "", false},
		"returned, by hand": {func(in *Inputs) { in.AccountSums = map[string]map[money.Currency]int64{"ret": {"USD": 30}} }, CheckReturned, "USD", 30, 30, "", false},
		"another writer, new": {func(in *Inputs) {
			in.Writers = []Writer{{Kind: WriterStripe, Ref: receivables.Ref{Kind: "receipt", ID: "f"}, Since: at.Add(-time.Hour)}}
		}, CheckWriters, "", 1, 0, "f", false},
		"another writer, left": {func(in *Inputs) {
			in.Writers = []Writer{{Kind: WriterStripe, Ref: receivables.Ref{Kind: "receipt", ID: "f"}, Since: at.AddDate(0, -2, 0)}}
		}, CheckWriters, "", 1, 1, "f", false},
		"unread": {func(in *Inputs) { in.Unread = []string{"refused"} }, CheckClearing, "USD", 0, 0, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing()
			c.change(&in)
			l := lineOf(t, Lines(in), c.check, c.currency)
			if l.Difference != c.difference || l.Unexplained != c.unexplained || l.Measured == c.unmeasured {
				t.Errorf("difference %d, unexplained %d, measured %v; want %d, %d, %v: %+v", l.Difference, l.Unexplained, l.Measured, c.difference, c.unexplained, !c.unmeasured, l)
			}
			if c.unmeasured && !l.Open() {
				t.Error("what was not measured reads as agreeing")
			}
			var ids []string
			for _, x := range l.Causes {
				ids = append(ids, x.Ref.ID)
				if x.Text == "" || x.Action == "" {
					t.Errorf("a cause without words: %+v", x)
				}
			}
			if c.cause != "" && !strings.Contains(strings.Join(ids, " "), c.cause) {
				t.Errorf("causes %q, want %s", ids, c.cause)
			}
		})
	}
}
