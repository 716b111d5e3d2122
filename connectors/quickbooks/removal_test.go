package quickbooks_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// remove takes a document back and gives what is in the way of it.
func (k accounted) remove(ref receivables.Ref, kind receivables.DocumentKind) string {
	k.t.Helper()
	w, needed, why, err := k.session.LowerRemoval(connectors.Removal{Document: ref, Kind: kind, Raw: k.raw(ref), Generation: 1})
	if err != nil {
		k.t.Fatal(err)
	}
	if !needed {
		return why
	}
	if _, ok, err := k.session.Find(context.Background(), w); ok || err != nil {
		k.t.Errorf("%v: found gone before: %v", ref, err)
	}
	if a := k.send(w); a.Ref != ref || len(a.Warnings) > 0 {
		k.t.Errorf("%v: %+v", ref, a)
	}
	if a, ok, err := k.session.Find(context.Background(), w); !ok || err != nil || a.Ref != ref {
		k.t.Errorf("%v: not found gone: %v", ref, err)
	}
	return ""
}

// balances are the figures of everything that a booking moves.
func (k accounted) balances() map[string]string {
	k.t.Helper()
	out := map[string]string{}
	for entity, field := range map[string]string{"Account": "CurrentBalance", "Customer": "Balance", "Invoice": "Balance"} {
		for _, raw := range k.company.List(entity) {
			id := idOf(k.t, raw)
			out[entity+" "+id] = trimmed(k.field(entity, id, field))
		}
	}
	return out
}

// TestEverythingIsTakenBack: books what there is, takes it back in the other
// order, and finds every balance as it was.
func TestEverythingIsTakenBack(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 3)
	memo := k.field("Invoice", k.invoices[2], "CustomerMemo")
	before := k.balances()

	type made struct {
		ref  receivables.Ref
		kind receivables.DocumentKind
	}
	var all []made
	keep := func(ref receivables.Ref, kind receivables.DocumentKind) receivables.Ref {
		all = append(all, made{ref, kind})
		return ref
	}
	paid := keep(k.paid(k.invoices[0]), receivables.DocumentReceipt)
	for _, purpose := range []mapping.Purpose{mapping.PurposeFee, mapping.PurposeStripeFee} {
		ref, _ := k.book(k.booking(receivables.DocumentExpense, purpose, 320, func(b *mapping.Booking) { b.To, b.Contact = k.Fees, k.FeeContact }))
		keep(ref, receivables.DocumentExpense)
	}
	back, _ := k.book(k.booking(receivables.DocumentExpense, "fee_back", -20, func(b *mapping.Booking) { b.To = k.Fees }))
	keep(back, receivables.DocumentDeposit)
	payout, _ := k.book(k.booking(receivables.DocumentTransfer, mapping.PurposePayout, 9_380, func(b *mapping.Booking) { b.To = k.Banks["*USD"] }))
	keep(payout, receivables.DocumentTransfer)
	journal, _ := k.book(k.booking(receivables.DocumentJournal, mapping.PurposeLoss, 500, func(b *mapping.Booking) { b.From, b.To = k.Disputes["USD"], k.BadDebt }))
	keep(journal, receivables.DocumentJournal)
	credit := keep(k.send(k.lowerCredit(k.crediting(k.invoices[1], 1_000), k.invoices[1])).Ref, receivables.DocumentCredit)
	apply, err := k.session.LowerAllocation(connectors.CreditAllocation{
		Credit: k.fetch(credit).(receivables.Credit), InvoiceID: k.invoices[1], Amount: 1_000, Date: "2026-03-02", Generation: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	keep(k.send(apply).Ref, receivables.DocumentReceipt)
	owed, _ := k.owed(mapping.PurposeReturn, k.invoices[0], 10_000)
	keep(owed, receivables.DocumentExpense)
	was := k.fetch(paid).(receivables.Receipt).Allocations
	link, _, _ := k.relink(paid, receivables.Allocation{Target: owed, Amount: 10_000})
	k.send(link)
	k.send(k.linkWrite(k.invoices[2], "https://pay.example/1"))

	if why := k.remove(owed, receivables.DocumentExpense); !strings.Contains(why, "applied to it") {
		t.Errorf("an expense that a payment is applied to: %q", why)
	}
	k.send(k.linkWrite(k.invoices[2], ""))
	undo, _, _ := k.relink(paid, was...)
	k.send(undo)
	for _, m := range slices.Backward(all) {
		if why := k.remove(m.ref, m.kind); why != "" {
			t.Errorf("%v: %s", m.ref, why)
		}
		if k.session.KeptAfterRemoval(m.kind) == "" {
			t.Errorf("what stays of a %s?", m.kind)
		}
	}
	for what, balance := range k.balances() {
		if before[what] != balance {
			t.Errorf("%s is %s, was %s", what, balance, before[what])
		}
	}
	if got := k.field("Invoice", k.invoices[2], "CustomerMemo"); got != memo {
		t.Errorf("the note is %s, was %s", got, memo)
	}
	if r := k.fetch(paid).(receivables.Receipt); r.State != receivables.StateVoid {
		t.Errorf("the payment is %+v", r)
	}
	if _, needed, why, err := k.session.LowerRemoval(connectors.Removal{Document: paid, Raw: k.raw(paid)}); needed || why != "" || err != nil {
		t.Errorf("a void payment: needed %v, %q, %v", needed, why, err)
	}
	k.emptied()
}

// emptied takes back what was made for the book itself.
func (k accounted) emptied() {
	k.t.Helper()
	for _, c := range []struct {
		entity string
		ref    receivables.Ref
	}{
		{"Account", receivables.Ref{Kind: receivables.KindAccount, ID: k.clearing()}},
		{"Account", receivables.Ref{Kind: receivables.KindAccount, ID: k.Disputes["USD"]}},
		{"Vendor", receivables.Ref{Kind: "contact", ID: k.FeeContact}},
		{"PaymentMethod", receivables.Ref{Kind: "method", ID: k.Method}},
	} {
		raw := k.text(c.entity, c.ref.ID)
		w, needed, why, err := k.session.LowerRemoval(connectors.Removal{Document: c.ref, Raw: raw, Generation: 1})
		if err != nil || !needed {
			k.t.Fatalf("%v: needed %v, %q, %v", c.ref, needed, why, err)
		}
		if a := k.send(w); len(a.Warnings) > 0 || a.Ref != c.ref {
			k.t.Errorf("%v: %+v", c.ref, a)
		}
		if got := k.field(c.entity, c.ref.ID, "Active"); got != "false" {
			k.t.Errorf("%v is active: %s", c.ref, got)
		}
		if _, ok, err := k.session.Find(context.Background(), w); !ok || err != nil {
			k.t.Errorf("%v: not found inactive: %v", c.ref, err)
		}
	}
}

func TestRemovalIsRefused(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	ref := func(kind receivables.Kind, id string) receivables.Ref { return receivables.Ref{Kind: kind, ID: id} }
	for name, c := range map[string]struct {
		ref    receivables.Ref
		raw    string
		why    string
		broken bool
	}{
		"in a bank deposit":       {ref(receivables.KindReceipt, "7"), `{"Id":"7","SyncToken":"0","TotalAmt":5,"LinkedTxn":[{"TxnId":"9","TxnType":"Deposit"}]}`, "bank deposit 9", false},
		"a paid invoice":          {ref(receivables.KindInvoice, "7"), `{"Id":"7","SyncToken":"0","TotalAmt":5,"Balance":0,"LinkedTxn":[{"TxnId":"9","TxnType":"Payment"}]}`, "payment 9", false},
		"a used credit":           {ref(receivables.KindCredit, "7"), `{"Id":"7","SyncToken":"0","TotalAmt":5,"RemainingCredit":4}`, "used", false},
		"an account in use":       {ref(receivables.KindAccount, "7"), `{"Id":"7","SyncToken":"0","CurrentBalance":-0.01}`, "not empty", false},
		"an inactive account":     {ref(receivables.KindAccount, "7"), `{"Id":"7","SyncToken":"0","CurrentBalance":0,"Active":false}`, "", false},
		"a void expense":          {ref(receivables.KindDocument, "Purchase:7"), `{"Id":"7","SyncToken":"0","TotalAmt":0,"PrivateNote":"Voided - x","Line":[{"Amount":0}]}`, "", false},
		"a deleted one":           {ref(receivables.KindDocument, "Purchase:7"), `{"Id":"7","status":"Deleted"}`, "", false},
		"no body":                 {ref(receivables.KindReceipt, "7"), `{`, "", true},
		"the body of another":     {ref(receivables.KindReceipt, "7"), `{"Id":"8","SyncToken":"0"}`, "", true},
		"no version":              {ref(receivables.KindReceipt, "7"), `{"Id":"7","TotalAmt":1}`, "", true},
		"something else":          {ref("thing", "7"), `{"Id":"7","SyncToken":"0"}`, "", true},
		"a customer":              {ref(receivables.KindCustomer, "7"), `{"Id":"7","SyncToken":"0"}`, "", true},
		"a document of no entity": {ref(receivables.KindDocument, "Thing:7"), `{"Id":"7","SyncToken":"0"}`, "", true},
	} {
		_, needed, why, err := session.LowerRemoval(connectors.Removal{Document: c.ref, Raw: []byte(c.raw)})
		if needed || c.broken != (err != nil) || !strings.Contains(why, c.why) || c.why == "" && why != "" {
			t.Errorf("%s: needed %v, why %q, %v", name, needed, why, err)
		}
	}
}

// TestRemovalOfWhatIsGone is success, and of what has changed since is not.
func TestRemovalOfWhatIsGone(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 2)
	lower := func(ref receivables.Ref) connectors.Write {
		w, needed, why, err := k.session.LowerRemoval(connectors.Removal{Document: ref, Raw: k.raw(ref), Generation: 1})
		if err != nil || !needed {
			t.Fatalf("%v %s %v", needed, why, err)
		}
		return w
	}
	gone, changed := k.paid(k.invoices[0]), k.paid(k.invoices[1])
	first, second := lower(gone), lower(changed)
	if _, err := k.company.Delete("Payment", gone.ID); err != nil {
		t.Fatal(err)
	}
	if a := k.send(first); a.Ref != gone || len(a.Warnings) != 1 {
		t.Errorf("gone: %+v", a)
	}
	if _, err := k.company.Update("Payment", []byte(`{"Id":"`+changed.ID+`","SyncToken":"`+k.field("Payment", changed.ID, "SyncToken")+`","sparse":true,"PrivateNote":"mine"}`)); err != nil {
		t.Fatal(err)
	}
	k.expect("changed since", second, connectors.ClassStale)
	empty := k.make("Account", `{"Name":"Once empty","AccountType":"Bank"}`)
	account := lower(receivables.Ref{Kind: receivables.KindAccount, ID: empty})
	k.make("Transfer", `{"FromAccountRef":{"value":%q},"ToAccountRef":{"value":%q},"Amount":1}`, k.Banks["*USD"], empty)
	if _, err := k.session.Send(context.Background(), account); connectors.ClassOf(err) != connectors.ClassRequest {
		t.Errorf("an account that is no longer empty: %v", err)
	}
}

func TestRelinkIsRefused(t *testing.T) {
	t.Parallel()
	session := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	const good = `{"Id":"7","SyncToken":"0","TotalAmt":5,"Line":[{"Amount":5,"LinkedTxn":[{"TxnId":"1","TxnType":"Invoice"}]}]}`
	expense := receivables.Ref{Kind: receivables.KindDocument, ID: "Purchase:3"}
	for name, c := range map[string]struct {
		raw    string
		want   []receivables.Allocation
		why    string
		broken bool
	}{
		"as it stands":        {good, []receivables.Allocation{onInvoice("1", 500)}, "", false},
		"in a bank deposit":   {strings.Replace(good, `"Line"`, `"LinkedTxn":[{"TxnId":"9","TxnType":"Deposit"}],"Line"`, 1), nil, "bank deposit 9", false},
		"void":                {`{"Id":"7","SyncToken":"0","TotalAmt":0,"PrivateNote":"Voided"}`, []receivables.Allocation{onInvoice("1", 500)}, "void", false},
		"more than it is":     {good, []receivables.Allocation{onInvoice("1", 400), {Target: expense, Amount: 101}}, "", true},
		"named twice":         {good, []receivables.Allocation{{Target: expense, Amount: 1}, {Target: expense, Amount: 2}}, "", true},
		"no amount":           {good, []receivables.Allocation{{Target: expense}}, "", true},
		"something unpayable": {good, []receivables.Allocation{{Target: receivables.Ref{Kind: receivables.KindDocument, ID: "Transfer:3"}, Amount: 1}}, "", true},
		"no body":             {`{`, nil, "", true},
		"another payment":     {strings.Replace(good, `"7"`, `"8"`, 1), nil, "", true},
	} {
		_, needed, why, err := session.LowerRelink(connectors.Relink{ReceiptID: "7", Raw: []byte(c.raw), Want: c.want})
		if needed || c.broken != (err != nil) || !strings.Contains(why, c.why) || c.why == "" && why != "" {
			t.Errorf("%s: needed %v, why %q, %v", name, needed, why, err)
		}
	}
}
