package demo_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/store"
	"tieout/sync/schedule"
)

// A database is lost with all that happened since its backup: payments, the
// documents written for them, links. The backup goes into an empty database, of
// either engine; the next sync finds what was written and writes nothing twice.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	for name, into := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "new.db") },
		"postgres": func(t *testing.T) string { return databases.Address(t) },
	} {
		t.Run("into "+name, func(t *testing.T) {
			t.Parallel()
			engines(t, func(t *testing.T, database string) { restoreDrill(t, database, into(t)) })
		})
	}
}

func restoreDrill(t *testing.T, database, into string) {
	o := worldOn(database)
	o.Invoices = 16
	w := begin(t, o)
	before := map[string]string{}
	for _, s := range w.sides {
		before[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	}
	w.proven(w.sync())
	var file bytes.Buffer
	if _, err := w.demo.App.Store.Backup(t.Context(), &file, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	after := map[string]string{}
	for _, s := range w.sides {
		after[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
		d := s.pick(1)
		if _, err := s.Books.AddInvoice(economy.Invoice{
			Number: "LATER-1", Currency: d.Currency, Issued: w.clock.Now(), DueDays: 14, Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: 4200}},
		}, d.Customer); err != nil {
			t.Fatal(err)
		}
	}
	w.proven(w.sync())
	w.proven(w.sync())
	links := map[string]int{}
	for _, s := range w.sides {
		links[s.Vendor] = s.activeLinks()
	}
	w.advance(7 * time.Minute) // beyond the time in which Xero knows a key
	lost := w.restored(into, file.Bytes())
	for _, s := range w.sides {
		after[s.Vendor+" later"] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	}
	out := w.fine(lost.Sync(t.Context(), schedule.Options{Prove: true}))
	w.proven(out)
	w.idle(w.fine(lost.Sync(t.Context(), schedule.Options{Prove: true})), "second sync after the restore")
	for _, s := range w.sides {
		for _, charge := range []string{before[s.Vendor], after[s.Vendor], after[s.Vendor+" later"]} {
			s.receipts(charge, 1)
		}
		if n := len(s.ours(1)); n != 3 {
			t.Errorf("%s: %d fees, want 3", s.Vendor, n)
		}
		if out[s.Vendor].Pushed.Sent == 0 {
			t.Errorf("%s: what was paid since was not written", s.Vendor)
		}
		// The paid invoice's link ends; no second one is made for any.
		if n := s.activeLinks(); n > links[s.Vendor] {
			t.Errorf("%s: %d active links, %d before", s.Vendor, n, links[s.Vendor])
		}
		if yes, err := lost.Store.Restored(t.Context(), s.book.Tenant, s.book.ID); yes || err != nil {
			t.Errorf("%s: at rest, and still cautious: %v", s.Vendor, err)
		}
	}
}

// restored is an installation on an empty machine, filled from a backup.
func (w *world) restored(database string, file []byte) *app.App {
	w.Helper()
	empty, err := store.Open(w.Context(), database, store.Options{})
	if err != nil {
		w.Fatal(err)
	}
	if _, _, err := empty.Restore(w.Context(), bytes.NewReader(file), w.clock.Now()); err != nil {
		w.Fatal(err)
	}
	if err := empty.Close(); err != nil {
		w.Fatal(err)
	}
	config := w.demo.Config()
	config.Database, config.Random = database, seeded(77)
	other, err := app.Open(w.Context(), config)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = other.Close() })
	return other
}

// activeLinks counts the payment links that can be paid, as Stripe lists them.
func (s *side) activeLinks() int {
	s.w.Helper()
	n := 0
	for after := ""; ; {
		address := s.w.demo.Ready.Stripe.URL + "/v1/payment_links?active=true&limit=100" + after
		request, err := http.NewRequestWithContext(s.w.Context(), http.MethodGet, address, nil)
		if err != nil {
			s.w.Fatal(err)
		}
		request.SetBasicAuth(s.ready.StripeKey, "")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			s.w.Fatal(err)
		}
		var page struct {
			Data    []struct{ ID string }
			HasMore bool `json:"has_more"`
		}
		err = json.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			s.w.Fatal(answer.Status, err)
		}
		n += len(page.Data)
		if !page.HasMore {
			return n
		}
		after = "&starting_after=" + page.Data[len(page.Data)-1].ID
	}
}
