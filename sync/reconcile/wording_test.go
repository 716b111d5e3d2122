package reconcile

import (
	"strings"
	"testing"

	"tieout/mapping"
	"tieout/receivables"
)

// A question about a payment says which payment it is, and its answers whose
// invoices they are: nobody has to look an id up.
func TestQuestionsNameThePaymentAndTheCustomer(t *testing.T) {
	t.Parallel()
	w, m := ownWorld(mirrorCase{ledger: func(inv *receivables.Invoice) { inv.Total, inv.Balance = 12000, 12000 }})
	m.Charge.InvoiceID, m.Charge.Email, m.Charge.Name = "", "zoe@example.com", "Zoe Quill"
	w.owed = []owed{{ledgerID, "USD", 12000}}
	found := w.matchCharge(m)
	if found.decision == nil || found.decision.Kind != DecidePayer || len(found.decision.Options) == 0 {
		t.Fatalf("got %+v, want a question about the payer", found)
	}
	const about = "Payment of 120.00 USD on 6 Mar 2026 by Zoe Quill, zoe@example.com (ch_1)"
	if d := found.decision; d.About != about || d.Text() != about+": "+d.Question || !strings.HasSuffix(d.Question, "?") {
		t.Errorf("asked %q about %q, want it about %q", d.Question, d.About, about)
	}
	if got := found.decision.Options[0].Text; !strings.HasPrefix(got, "INV-1 of Ada Pear: 120.00 USD of 120.00 USD open") {
		t.Errorf("the answer %q does not name the invoice and its customer", got)
	}
	if !strings.HasSuffix(found.why, "Zoe Quill, zoe@example.com.") {
		t.Errorf("the reason %q does not name the payer", found.why)
	}
}

// What somebody has moved is shown by the names of the accounts and customers,
// and by the id only where no name is known.
func TestChangedDocumentsAreNamed(t *testing.T) {
	t.Parallel()
	w, m := ownWorld(mirrorCase{})
	w.accounts = map[string]string{"clearing": "Stripe clearing USD", "35": "Checking"}
	w.names = map[string]string{"9": "Bo Reed"}
	w.bookings = map[string]mapping.Booking{"in": {Kind: receivables.DocumentReceipt, To: "clearing"}}
	doc := LedgerDocument{
		Ref: receivables.Ref{Kind: receivables.KindReceipt, ID: "77"}, Kind: receivables.DocumentReceipt, State: receivables.StateLive,
		Date: "2026-03-06", Customer: "9", Currency: "USD", Accounts: []string{"35", "36"},
	}
	before, now := w.moved(m, PartRow{Intent: "in"}, doc)
	if before != "on the account 'Stripe clearing USD'" || now != "on 'Checking' and with id 36" {
		t.Errorf("moved from %q to %q", before, now)
	}
	if got := w.documentNamed(doc); got != "our receipt of 6 Mar 2026 for Bo Reed (id 77)" {
		t.Errorf("the document is called %q", got)
	}
	rc := receivables.Receipt{ID: "5", CustomerID: "7", Currency: "USD", Date: "2026-03-07", Total: 9700, Reference: "wire"}
	if got := w.receiptNamed(rc); got != "the receipt of 97.00 USD dated 7 Mar 2026 from Ada Pear, reference 'wire' (id 5)" {
		t.Errorf("the receipt is called %q", got)
	}
}
