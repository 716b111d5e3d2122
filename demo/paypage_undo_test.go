package demo_test

import (
	"net/http"
	"testing"

	"tieout/demo"
	"tieout/sandbox/stripe"
	"tieout/sync/undo"
)

// After the undo of a book whose links lead to our own page, the ledger is as
// before it was set up; an address that was sent out asks nobody for money any
// more, and a page of the processor that is still open is closed.
func TestUndoOwnLinks(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{NoHistory: true, PublicURL: payHost})
	pages, err := w.demo.App.PayPages(func(err error) { t.Errorf("pay page: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]map[string]map[string]any{}
	for _, l := range w.demo.Sandbox.Ledgers() {
		before[l.Vendor] = w.objects(l.Vendor)
	}
	w.setUp()
	w.switchOn()
	w.sync()
	for _, s := range w.sides {
		paid, left := s.pick(0), s.pick(1)
		s.complete(s.press(pages, s.address(paid), nil), stripe.PayOptions{Name: paid.Name, Email: paid.Email})
		address := s.address(left)
		open := s.press(pages, address, nil)
		customers, err := w.demo.App.CustomerPage(t.Context(), s.book, left.Customer)
		if err != nil {
			t.Fatal(err)
		}
		w.sync()
		s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false)
		s.untouched(before[s.Vendor])
		s.shows(pages, address, http.StatusNotFound, "leads nowhere")
		s.shows(pages, customers, http.StatusNotFound, "leads nowhere")
		if _, err := s.stripe.CompleteSession(open, stripe.PayOptions{Name: left.Name, Email: left.Email}); err == nil {
			t.Errorf("%s: the open page of an address that was taken back still takes money", s.Vendor)
		}
	}
}
