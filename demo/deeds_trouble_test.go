package demo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/schedule"
	"tieout/sync/undo"
)

// troubles are what is in the way for a while, and what goes wrong.
func troubles() []deed {
	return []deed{
		{"has an inactive customer for a while", func(h *teller) {
			if d, ok := h.any(); ok {
				h.byLinkOf(d)
				h.meanwhile(func(off bool) { h.setCustomer(d.Customer, !off) })
			}
		}},
		{"has no fee account for a while", func(h *teller) {
			h.byLink(stripe.PayOptions{})
			h.meanwhile(func(off bool) { h.setAccount(h.book.Accounts.Fees, !off) })
		}},
		{"has no payment method for a while", func(h *teller) {
			if h.book.Accounts.Method != "" {
				h.byLink(stripe.PayOptions{})
				h.meanwhile(func(off bool) {
					h.update("PaymentMethod", map[string]any{
						"Id": h.book.Accounts.Method, "SyncToken": h.token("PaymentMethod", h.book.Accounts.Method), "sparse": true, "Active": !off,
					})
				})
			}
		}},
		{"withdraws a right for a while", func(h *teller) { h.programs(h.w.Context(), tamper(denying)); h.w.advance(time.Hour) }},
		{"dies in the middle", func(h *teller) { h.dies() }},
		{"dies in the middle", func(h *teller) { h.dies() }},
		{"undoes and does again", func(h *teller) { h.undoAndRedo() }},
		{"undoes and does again", func(h *teller) { h.undoAndRedo() }},
		{"closes the books", func(h *teller) { h.closeBooks(h.today().AddDays(-h.r.IntN(3))) }},
		{"opens the books again", func(h *teller) { h.closeBooks("2026-01-31") }},
		{"is asked about closed periods, or not", func(h *teller) { h.book.Settings.AskClosed = !h.book.Settings.AskClosed; h.save() }},
		{"sums sales by day, or not", func(h *teller) { h.switchSales() }},
		{"reconciles a document of ours", func(h *teller) { h.reconcileOurs(true) }},
		{"takes a reconciliation back", func(h *teller) { h.reconcileOurs(false) }},
		{"pulls everything anew", func(h *teller) {
			runs, err := h.w.demo.App.Sync(h.w.Context(), schedule.Options{Full: true})
			h.w.fine(runs, err)
		}},
	}
}

// today is the day in the company's zone.
func (h *teller) today() receivables.Date {
	return receivables.DateIn(h.w.clock.Now(), h.book.Location())
}

// meanwhile puts something in the way, lets a sync meet it, and does the one
// action that solves it: it goes, and a person has the write tried again.
func (h *teller) meanwhile(inTheWay func(off bool)) {
	inTheWay(true)
	h.w.proven(h.w.sync())
	inTheWay(false)
	h.w.advance(2 * time.Minute)
	h.retryAll()
}

// retryAll has everything tried again that was given up, as a person asks for.
func (h *teller) retryAll() {
	var ids []string
	for _, in := range h.parked() {
		ids = append(ids, in.ID)
	}
	_, err := h.w.demo.App.Store.Retry(h.w.Context(), h.book.Tenant, h.book.ID, ids, h.w.clock.Now())
	h.note(err)
}

func (h *teller) setCustomer(id string, active bool) {
	if h.Vendor == economy.Xero {
		h.update("Contacts", map[string]any{"ContactID": id, "ContactStatus": map[bool]string{true: "ACTIVE", false: "ARCHIVED"}[active]})
		return
	}
	h.update("Customer", map[string]any{"Id": id, "SyncToken": h.token("Customer", id), "sparse": true, "Active": active})
}

func (h *teller) setAccount(id string, active bool) {
	if h.Vendor == economy.Xero {
		h.update("Accounts", map[string]any{"AccountID": id, "Status": map[bool]string{true: "ACTIVE", false: "ARCHIVED"}[active]})
		return
	}
	h.update("Account", map[string]any{"Id": id, "SyncToken": h.token("Account", id), "sparse": true, "Active": active})
}

// programs lets another program with a transport of its own sync once.
func (h *teller) programs(ctx context.Context, transport http.RoundTripper) {
	h.w.programs++
	_, err := h.w.second(byte(100+h.w.programs), transport).Sync(ctx, schedule.Options{})
	if err != nil && ctx.Err() == nil {
		h.w.Fatal(err)
	}
}

// dies lets a program die with its n-th write, which the vendor has carried out.
func (h *teller) dies() {
	ctx, kill := context.WithCancel(h.w.Context())
	defer kill()
	left := 1 + h.r.IntN(4)
	h.programs(ctx, tamper(func(r *http.Request, _ []byte) (*http.Response, error) {
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil || r.Method == http.MethodGet || strings.Contains(r.URL.Path, "token") || strings.Contains(r.URL.Path, "/query") {
			return answer, err
		}
		if left--; left > 0 {
			return answer, err
		}
		_ = answer.Body.Close()
		kill()
		return nil, context.Canceled
	}))
}

// undoAndRedo takes a random document, match, payout or day back and asks for
// it again, at once or after a sync.
func (h *teller) undoAndRedo() {
	scope := undo.Scope{Kind: undo.ScopeDay, ID: string(h.today())}
	switch d, ok := one(h.r, h.ours(h.r.IntN(3))); {
	case ok && h.r.IntN(2) == 0:
		scope = undo.Scope{Kind: undo.ScopeDocument, ID: d.ID}
	case len(h.charges) > 0 && h.r.IntN(2) == 0:
		scope = undo.Scope{Kind: undo.ScopeMatch, ID: h.charges[h.r.IntN(len(h.charges))]}
	case len(h.payouts) > 0 && h.r.IntN(2) == 0:
		scope = undo.Scope{Kind: undo.ScopeBatch, ID: h.payouts[h.r.IntN(len(h.payouts))]}
	}
	for _, redo := range []bool{false, true} {
		a, b := h.w.demo.App, h.current()
		shown, err := a.PreviewUndo(h.w.Context(), b, scope, "Ada", redo)
		if errors.Is(err, undo.ErrNothing) {
			continue
		}
		act := a.Undo
		if redo {
			act = a.Redo
		}
		if err == nil {
			_, err = act(h.w.Context(), b, scope, "Ada", shown.Digest)
		}
		if err != nil {
			h.w.Fatalf("%s: %s, again %t: %v", h.Vendor, scope, redo, err)
		}
		if h.r.IntN(2) == 0 {
			h.w.sync()
		}
	}
	h.w.loadBooks()
}

// closeBooks closes the ledger's books up to a day, or opens them again.
func (h *teller) closeBooks(day receivables.Date) {
	h.close(string(day))
	if h.r.IntN(2) == 0 {
		h.w.advance(25 * time.Hour) // what a company says of itself is read once a day
	}
}

func (h *teller) switchSales() {
	h.book.Settings.Sales = books.Sales{}
	if h.r.IntN(2) == 0 {
		h.book.Settings.Sales = books.Sales{Account: h.incomeAccount(), NoTax: true, Since: h.w.clock.Now()}
		if h.Vendor == economy.Xero {
			h.book.Settings.Sales.TaxCode, h.book.Settings.Sales.NoTax = "OUTPUT2", false
		}
	}
	h.save()
}

// reconcileOurs ties a document of ours to a bank line, in Xero.
func (h *teller) reconcileOurs(yes bool) {
	screen, ok := h.Records.(interface {
		Reconcile(kind, id string, yes bool) error
	})
	if d, some := one(h.r, h.ours(h.r.IntN(3))); ok && some {
		h.note(screen.Reconcile(d.Kind, d.ID, yes))
	}
}

// edits are what bookkeepers change in documents that stand.
func edits() []deed {
	return []deed{
		{"makes an invoice smaller or larger", func(h *teller) {
			if d, ok := h.anyAtAll(); ok {
				h.shrink(d, d.Total*economy.Minor(1+h.r.IntN(6))/4/100*100+100)
			}
		}},
		{"voids a document of ours", func(h *teller) {
			voider, able := h.Records.(interface {
				Void(kind, id string) ([]byte, error)
			})
			if d, ok := one(h.r, h.ours(h.r.IntN(2))); ok && able {
				_, err := voider.Void(d.Kind, d.ID)
				h.note(err)
			}
		}},
		{"voids a paid invoice", func(h *teller) {
			if d, ok := h.anyAtAll(); ok {
				h.note(h.Books.Void(d.ID))
			}
		}},
		{"puts our payment on another invoice", func(h *teller) {
			receipt, ok := one(h.r, h.ours(0))
			if d, open := h.any(); ok && open && h.Vendor == economy.QuickBooks {
				h.applyTo(receipt, d)
			}
		}},
		{"uses a credit of before", func(h *teller) { h.useCredit() }},
		{"approves the drafts", func(h *teller) {
			for _, raw := range h.Records.List("CreditNotes") {
				var note struct{ CreditNoteID, Status string }
				if json.Unmarshal(raw, &note) == nil && note.Status == "DRAFT" {
					h.update("CreditNotes", map[string]any{"CreditNoteID": note.CreditNoteID, "Status": "AUTHORISED"})
				}
			}
		}},
	}
}

// anyAtAll is a random invoice in home currency, whether it is open or paid.
func (h *teller) anyAtAll() (economy.Document, bool) {
	kind := map[string]string{economy.QuickBooks: "Invoice", economy.Xero: "Invoices"}[h.Vendor]
	raw, ok := one(h.r, h.Records.List(kind))
	var o struct{ ID, InvoiceID, Type, Status string }
	if !ok || json.Unmarshal(raw, &o) != nil || o.Type == "ACCPAY" || o.Status == "VOIDED" {
		return economy.Document{}, false
	}
	d, err := h.Books.Document(o.ID + o.InvoiceID)
	return d, err == nil && d.Currency == h.ready.HomeCurrency && d.Total > 0
}

// useCredit applies an open credit note of before to an invoice of the same
// customer.
func (h *teller) useCredit() {
	d, ok := h.any()
	if !ok {
		return
	}
	if h.Vendor == economy.Xero {
		for _, raw := range h.Records.List("CreditNotes") {
			var note struct {
				CreditNoteID, Status, CurrencyCode string
				RemainingCredit                    economy.Minor
				Contact                            struct{ ContactID string }
			}
			if json.Unmarshal(raw, &note) == nil && note.Status == "AUTHORISED" && note.Contact.ContactID == d.Customer && note.RemainingCredit > 0 {
				h.create("CreditNotes/"+note.CreditNoteID+"/Allocations", map[string]any{
					"Amount": min(note.RemainingCredit, d.Balance), "Invoice": map[string]any{"InvoiceID": d.ID},
				})
				return
			}
		}
		return
	}
	for _, raw := range h.Records.List("CreditMemo") {
		var memo struct {
			ID          string `json:"Id"`
			Balance     economy.Minor
			CustomerRef struct{ Value string }
		}
		if json.Unmarshal(raw, &memo) != nil || memo.CustomerRef.Value != d.Customer || memo.Balance <= 0 {
			continue
		}
		applied := func(kind, id string) map[string]any {
			return map[string]any{"Amount": min(memo.Balance, d.Balance), "LinkedTxn": []any{map[string]any{"TxnId": id, "TxnType": kind}}}
		}
		h.create("Payment", map[string]any{
			"CustomerRef": map[string]any{"value": d.Customer}, "CurrencyRef": map[string]any{"value": d.Currency}, "TotalAmt": 0,
			"TxnDate": string(h.today()), "Line": []any{applied("Invoice", d.ID), applied("CreditMemo", memo.ID)},
		})
		return
	}
}

// idIn is the id of the object in an answer of Stripe.
func idIn(answer *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	var made struct{ ID string }
	if err == nil {
		err = json.Unmarshal(body, &made)
	}
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("stripe: %s", body)
	}
	return made.ID, err
}
