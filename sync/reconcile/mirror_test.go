package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mirrorCase is one of the processor's own invoices, 120.00 of 5 March to Ada,
// beside one of the ledger's that is made to be like it or not.
type mirrorCase struct {
	name   string
	ledger func(*receivables.Invoice)
	world  func(*world)
	billed func(*Billed)
	state  MirrorState
	rule   Rule
	asked  bool
}

// oneWrite lowers each booking into one write, which is all that is asked of a
// ledger here.
type oneWrite struct{ connectors.Ledger }

func (oneWrite) Lower(b mapping.Booking, _ int) ([]connectors.Write, error) {
	return []connectors.Write{{Op: string(b.Kind), Parts: b.Parts}}, nil
}

const (
	billedID = "in_1NXYZabcdefghij"
	ledgerID = "42"
)

// ownWorld is a world with the two invoices and a card payment of the first.
func ownWorld(c mirrorCase) (*world, Movement) {
	paid := Billed{
		Connection: "stripe", Movement: "txn_1", Payer: &receivables.Payer{ID: "cus_1", Name: "Ada Pear", Email: "ada@example.com"},
		Invoice: receivables.Invoice{
			ID: billedID, Number: "AB12-0007", CustomerID: "cus_1", State: receivables.StateLive, Currency: "USD", Issued: "2026-03-05",
			Total: 12000, Balance: 12000, Recipients: []string{"ada@example.com"}, Billed: &receivables.Billed{Charge: "ch_1", PayerName: "Ada Pear"},
		},
	}
	inv := receivables.Invoice{
		ID: ledgerID, Number: "INV-1", CustomerID: "7", State: receivables.StateLive, Currency: "USD", Issued: "2026-01-31", Total: 500, Balance: 500,
	}
	if c.billed != nil {
		c.billed(&paid)
	}
	if c.ledger != nil {
		c.ledger(&inv)
	}
	ids := 0
	w := &world{
		r:    &Reconciler{NewID: func() string { ids++; return strings.Repeat("d", ids) }, Now: time.Now, Ledger: oneWrite{}},
		book: books.Book{ID: "book", Sources: []string{"stripe"}, CutOver: &time.Time{}, Accounts: mapping.Accounts{Clearing: map[money.Currency]string{"USD": "clearing"}, Fees: "fees"}},
		zone: time.UTC, invoices: map[string]receivables.Invoice{inv.ID: inv}, byNumber: map[string][]string{mapping.NumberKey(inv.Number): {inv.ID}},
		openOf:    map[string][]string{inv.CustomerID: {inv.ID}},
		customers: map[string]Customer{"7": {Customer: receivables.Customer{ID: "7", Name: "Ada Pear", Active: true}}},
		byEmail:   map[string][]string{"ada@example.com": {"7"}}, byName: map[string][]string{}, byPayer: map[string][]string{},
		ofInvoice: map[string][]Allocation{}, ofCharge: map[string][]Allocation{}, parts: map[string]PartRow{},
		decisions: map[string]Decision{}, adopted: map[string]string{}, documents: map[string][]LedgerDocument{}, matched: map[string]receivables.Invoice{},
		links: map[string]links.Link{}, linkByID: map[string]links.Link{},
		billed: map[string]Billed{paid.Invoice.ID: paid}, mirrors: map[string]Mirror{}, mirrored: map[string]string{},
	}
	if c.world != nil {
		c.world(w)
	}
	return w, Movement{
		Connection: "stripe",
		Row:        receivables.BalanceTransaction{ID: "txn_1", Type: "charge", Category: "charge", Source: "ch_1", Amount: 12000, Fee: 400, Net: 11600, Currency: "USD", Created: time.Date(2026, 3, 6, 10, 0, 0, 0, time.UTC)},
		Charge: &receivables.Charge{
			ID: "ch_1", InvoiceID: billedID, PayerID: "cus_1", Email: "ada@example.com", Amount: 12000, Currency: "USD", Status: receivables.ChargeSucceeded, Movement: "txn_1",
		},
	}
}

// alikeIn makes the ledger's invoice of the same customer, amount and month.
func alikeIn(inv *receivables.Invoice) {
	inv.Issued, inv.Total, inv.Balance = "2026-03-06", 12000, 12000
}

func mirrorCases() []mirrorCase {
	numbered := func(inv *receivables.Invoice) { alikeIn(inv); inv.Number = "ab12 0007" }
	decide := func(answer string) func(*world) {
		return func(w *world) {
			w.decisions["invoice/"+billedID+"#mirror"] = Decision{ID: "d9", Subject: "invoice/" + billedID, Kind: DecideMirror, Answer: answer, By: "Ada", Options: []Option{
				{Key: "invoice/" + ledgerID, Invoices: []receivables.Allocation{{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: ledgerID}}}}, {Key: "own"},
			}}
		}
	}
	return []mirrorCase{
		{name: "another invoice of the customer", state: MirrorOwn},
		{name: "the ledger carries the id", ledger: func(i *receivables.Invoice) { alikeIn(i); i.Note = "copy of " + billedID + "." }, state: MirrorFound, rule: MirrorByMarker},
		{name: "it carries the ledger's id", ledger: alikeIn, billed: func(b *Billed) {
			b.Invoice.Billed.Metadata = map[string]string{"tieout_book": "book", "tieout_invoice": ledgerID}
		}, state: MirrorFound, rule: MirrorByMarker},
		{name: "it carries an id of another book", billed: func(b *Billed) {
			b.Invoice.Billed.Metadata = map[string]string{"tieout_book": "other", "tieout_invoice": ledgerID}
		}, state: MirrorOwn},
		{name: "the id stands on another amount", ledger: func(i *receivables.Invoice) { i.Reference = billedID }, state: MirrorAsked, asked: true},
		{name: "number, customer, amount, date", ledger: numbered, state: MirrorFound, rule: MirrorByNumber},
		{name: "the number is the reference", ledger: func(i *receivables.Invoice) { alikeIn(i); i.Reference = "AB12-0007" }, state: MirrorFound, rule: MirrorByNumber},
		{name: "the number, another amount", ledger: func(i *receivables.Invoice) { numbered(i); i.Total++ }, state: MirrorAsked, asked: true},
		{name: "the number, another currency", ledger: func(i *receivables.Invoice) { numbered(i); i.Currency = "EUR" }, state: MirrorAsked, asked: true},
		{name: "the number, a year earlier", ledger: func(i *receivables.Invoice) { numbered(i); i.Issued = "2025-03-05" }, state: MirrorAsked, asked: true},
		{name: "the number, another customer", ledger: func(i *receivables.Invoice) { numbered(i); i.CustomerID = "8" }, state: MirrorAsked, asked: true},
		{name: "the number, an unknown payer", ledger: numbered, world: func(w *world) { w.byEmail = nil; w.byName = map[string][]string{} }, state: MirrorAsked, asked: true},
		{name: "the number, but voided in the ledger", ledger: func(i *receivables.Invoice) { numbered(i); i.State = receivables.StateVoid }, state: MirrorOwn},
		{name: "the number, but the other is taken", ledger: numbered, world: func(w *world) {
			w.setMirror(Mirror{Invoice: "in_other", State: MirrorFound, Ledger: ledgerID})
		}, state: MirrorAsked, asked: true},
		{name: "alike in all but the number", ledger: alikeIn, state: MirrorAsked, asked: true},
		{name: "alike, a week apart", ledger: func(i *receivables.Invoice) { alikeIn(i); i.Issued = "2026-03-12" }, state: MirrorOwn},
		{name: "alike, another customer", ledger: func(i *receivables.Invoice) { alikeIn(i); i.CustomerID = "8" }, state: MirrorOwn},
		{name: "alike, but it names another", ledger: func(i *receivables.Invoice) { alikeIn(i); i.Note = "in_1NABCabcdefghij" }, state: MirrorOwn},
		{name: "the payment is booked for it", world: func(w *world) {
			a := Allocation{Movement: "txn_1", Invoice: ledgerID, Amount: 500, Rule: RulePerson}
			w.ofCharge["txn_1"] = []Allocation{a}
		}, state: MirrorFound, rule: MirrorByPayment},
		{name: "the payment was only thought to pay it", world: func(w *world) {
			w.ofCharge["txn_1"] = []Allocation{{Movement: "txn_1", Invoice: ledgerID, Amount: 500, Rule: RuleExact}}
		}, state: MirrorOwn},
		{name: "a person says it is", ledger: alikeIn, world: decide("invoice/" + ledgerID), state: MirrorFound, rule: MirrorByPerson},
		{name: "a person says it is not", ledger: numbered, world: decide("own"), state: MirrorOwn},
		{name: "a person said so, and it was voided since", ledger: func(i *receivables.Invoice) { numbered(i); i.State = receivables.StateVoid }, world: decide("invoice/" + ledgerID), state: MirrorOwn},
		{name: "a draft is no receivable", ledger: numbered, billed: func(b *Billed) { b.Invoice.State = receivables.StateDraft }, state: MirrorOwn},
		{name: "nothing is owed on it", ledger: numbered, billed: func(b *Billed) { b.Invoice.Total = 0 }, state: MirrorOwn},
	}
}

// TestMirrors: what makes one of the processor's invoices the same as one of
// the ledger's, what is asked, and what the payment of it is booked as.
func TestMirrors(t *testing.T) {
	t.Parallel()
	for _, c := range mirrorCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := ownWorld(c)
			w.mirrorInvoices()
			got := w.mirrors[billedID]
			if got.State != c.state || c.state == MirrorFound && (got.Rule != c.rule || got.Ledger != ledgerID) {
				t.Errorf("got %+v, want %s by %s", got, c.state, c.rule)
			}
			asked := slices.ContainsFunc(w.result.Decisions, func(d Decision) bool {
				return d.Kind == DecideMirror && d.Subject == "invoice/"+billedID && len(d.Options) >= 2 && d.Options[len(d.Options)-1].Key == answerOwn
			})
			if asked != c.asked || len(w.result.Decisions) > 1 {
				t.Errorf("asked %v (%+v), want %v", asked, w.result.Decisions, c.asked)
			}
			if changed := len(w.result.Mirrors) == 1; changed != (c.state != MirrorOwn) {
				t.Errorf("%d rows change: %+v", len(w.result.Mirrors), w.result.Mirrors)
			}
			// A second look at the same world changes nothing.
			w.result = Result{}
			w.mirrorInvoices()
			if len(w.result.Mirrors) != 0 || len(w.result.Decisions) != 0 {
				t.Errorf("looked at again: %+v", w.result)
			}
		})
	}
}

// TestOwnPayments: a payment of one of the processor's invoices pays the
// ledger's invoice that is the same, or nothing: never one that merely has its
// customer and amount.
func TestOwnPayments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mirror mirrorCase
		state  MovementState
		pays   string
		why    string
	}{
		"only Stripe holds it":    {mirrorCase{ledger: func(i *receivables.Invoice) { alikeIn(i); i.Issued = "2026-01-01" }}, MovementException, "", "Stripe's own invoice AB12-0007"},
		"the ledger holds it too": {mirrorCase{ledger: func(i *receivables.Invoice) { alikeIn(i); i.Number = "AB12-0007" }}, MovementSettled, ledgerID, "which the ledger holds as AB12-0007"},
		"it is asked":             {mirrorCase{ledger: alikeIn}, MovementHeld, "", "is asked"},
		"not pulled yet":          {mirrorCase{ledger: alikeIn, world: func(w *world) { w.billed = map[string]Billed{} }}, MovementHeld, "", "has not been pulled yet"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, m := ownWorld(c.mirror)
			w.movements = []Movement{m}
			if err := w.reconcile(); err != nil {
				t.Fatal(err)
			}
			out := w.result.Outcomes[0]
			if out.State != c.state || !strings.Contains(out.Why, c.why) {
				t.Errorf("outcome %+v, want %s: %s", out, c.state, c.why)
			}
			var pays string
			for _, a := range w.result.Allocations {
				pays += a.Invoice
			}
			if pays != c.pays {
				t.Errorf("it pays %q, want %q", pays, c.pays)
			}
			if c.state != MovementSettled && len(w.result.Intents) != 0 {
				t.Errorf("%d writes are planned", len(w.result.Intents))
			}
			for _, d := range w.result.Decisions {
				if strings.HasPrefix(d.Subject, "movement/") {
					t.Errorf("asked twice: %+v", d)
				}
			}
		})
	}
}

// TestOwnInvoiceTakesTheLink: a ledger invoice that the processor collects by
// one of its own gets no payment link beside it.
func TestOwnInvoiceTakesTheLink(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		billed  func(*Billed)
		allowed bool
	}{
		"open at the processor": {nil, false},
		"paid there":            {func(b *Billed) { b.Invoice.Balance = 0 }, true},
		"voided there":          {func(b *Billed) { b.Invoice.State = receivables.StateVoid }, true},
	} {
		w, _ := ownWorld(mirrorCase{ledger: func(i *receivables.Invoice) { alikeIn(i); i.Number = "AB12-0007" }, billed: c.billed})
		w.mirrorInvoices()
		if got := w.linkAllowed(w.invoices[ledgerID]); got != c.allowed {
			t.Errorf("%s: a link is allowed: %v, want %v", name, got, c.allowed)
		}
	}
}
