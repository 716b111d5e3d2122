package quickbooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

var (
	_ connectors.Ledger     = (*quickbooks.Session)(nil)
	_ connectors.Session    = (*quickbooks.Session)(nil)
	_ connectors.Vendor     = (*quickbooks.Vendor)(nil)
	_ connectors.Authorizer = (*quickbooks.Vendor)(nil)
)

// stock fills a company with one customer and n invoices of 100.
func (b *bench) stock(n int) (customer string, invoices []string) {
	b.t.Helper()
	customer = b.make("Customer", `{"DisplayName":"Ada's Shop"}`)
	for range n {
		invoices = append(invoices, b.invoice(customer, "100.00"))
	}
	return customer, invoices
}

func (b *bench) invoice(customer, amount string) string {
	b.t.Helper()
	return b.make("Invoice", `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01","CustomerMemo":{"value":"Thank you"},
		"Line":[{"Amount":%s,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer, amount)
}

func TestProfile(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{TimeZone: "America/Denver"}).open()
	p := b.home
	if p.Home != "USD" || p.Zone != "America/Denver" || p.Live || p.Name != "Bench & Co" || p.ExternalID != b.company.RealmID() || p.Lock != "" {
		t.Errorf("profile %+v", p)
	}
	names := slices.Sorted(maps.Values(p.Terms))
	if !slices.Contains(names, "Net 30") || !slices.Contains(names, "Due on receipt") || p.Terms[""] != "" {
		t.Errorf("terms %+v", p.Terms)
	}
}

func TestBackfillSeesEveryRow(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, _ := b.stock(0)
	body := fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01","Line":[{"Amount":1,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
	for range 5 { // 2500 rows, of which 500 share each time of change
		b.clock.Advance(time.Second)
		bodies := make([][]byte, 500)
		for i := range bodies {
			bodies[i] = body
		}
		if _, err := b.company.CreateMany("Invoice", bodies); err != nil {
			t.Fatal(err)
		}
	}
	b.spent()
	drafts, cursor := b.drain("invoices", nil)
	seen := map[string]bool{}
	for _, d := range drafts {
		seen[d.ID] = true
	}
	if calls := b.spent(); len(seen) != 2500 || calls > 5 {
		t.Errorf("%d of 2500 invoices in %d calls", len(seen), calls)
	}
	again, err := b.session.Pull(context.Background(), "invoices", cursor)
	if err != nil || len(again.Drafts) != 0 || again.More || b.spent() != 0 {
		t.Errorf("after the end: %d drafts, more %v, %v", len(again.Drafts), again.More, err)
	}
}

// TestBackfillSaysHowMany: a long listing says at once how many rows it has, for
// whoever waits; a short one is not asked.
func TestBackfillSaysHowMany(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, _ := b.stock(0)
	body := fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01","Line":[{"Amount":1,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
	bodies := make([][]byte, 1200)
	for i := range bodies {
		bodies[i] = body
	}
	if _, err := b.company.CreateMany("Invoice", bodies); err != nil {
		t.Fatal(err)
	}
	for stream, want := range map[string]int64{"invoices": 1200, "customers": 0} {
		b.spent()
		page, err := b.session.Pull(t.Context(), stream, nil)
		if err != nil || page.Total != want {
			t.Errorf("%s: %d in all, want %d, %v", stream, page.Total, want, err)
		}
		if calls := b.spent(); want == 0 && calls != 1 {
			t.Errorf("%s: %d calls", stream, calls)
		}
	}
}

// TestBackfillSurvivesDeletions deletes rows between two pages: rows that shift
// must not be missed, whichever of those that were read are gone.
func TestBackfillSurvivesDeletions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		from, to int // the rows that are deleted, by index
		calls    int // at most for the rest
	}{
		{"none", 0, 0, 3},
		{"the first ones", 0, 30, 3 + 2},
		{"some in the middle", 500, 530, 3 + 2},
		{"the last one read", 999, 1000, 3 + 2},
		{"later ones only", 1100, 1200, 3},
		{"more than a page", 0, 1000, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sandbox.CompanyOptions{}).open()
			customer := b.make("Customer", `{"DisplayName":"Ada"}`)
			body := fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01","Line":[{"Amount":1,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
			bodies := make([][]byte, 2400)
			for i := range bodies {
				bodies[i] = body
			}
			made, err := b.company.CreateMany("Invoice", bodies)
			if err != nil {
				t.Fatal(err)
			}
			ids := make([]string, len(made))
			for i, raw := range made {
				var invoice struct{ ID string }
				if err := json.Unmarshal(raw, &invoice); err != nil {
					t.Fatal(err)
				}
				ids[i] = invoice.ID
			}
			p, err := b.session.Pull(context.Background(), "invoices", nil)
			if err != nil || !p.More {
				t.Fatalf("first page: more %v, %v", p.More, err)
			}
			for _, id := range ids[c.from:c.to] {
				if _, err := b.company.Delete("Invoice", id); err != nil {
					t.Fatal(err)
				}
			}
			b.spent()
			rest, _ := b.drain("invoices", p.Cursor)
			if calls := b.spent(); calls > c.calls {
				t.Errorf("%d calls for the rest, want at most %d", calls, c.calls)
			}
			seen := map[string]bool{}
			for _, d := range append(p.Drafts, rest...) {
				seen[d.ID] = true
			}
			for i, id := range ids {
				gone := i >= max(c.from, 1000) && i < c.to // before it could be read
				if !seen[id] && !gone {
					t.Fatalf("invoice %s was missed", id)
				}
			}
		})
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	_, invoices := b.stock(3)
	b.clock.Advance(time.Hour)
	b.spent()
	_, cursor := b.drain("changes", nil)
	if calls := b.spent(); calls != 1 {
		t.Errorf("the baseline took %d calls, want 1", calls)
	}
	b.clock.Advance(time.Hour)
	idle, cursor := b.drain("changes", cursor)
	if calls := b.spent(); len(idle) != 0 || calls != 1 {
		t.Errorf("an idle pass gave %d drafts in %d calls, want none in 1", len(idle), calls)
	}

	if _, err := b.company.Void("Invoice", invoices[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := b.company.Delete("Invoice", invoices[1]); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Minute)
	changed, cursor := b.drain("changes", cursor)
	states := map[string]string{}
	for _, d := range changed {
		r := accept(t, d)
		switch i, ok := r.Entity.(receivables.Invoice); {
		case d.Deleted:
			states[d.ID] = "deleted"
		case ok:
			states[d.ID] = string(i.State)
		}
	}
	if states[invoices[0]] != "void" || states[invoices[1]] != "deleted" || states[invoices[2]] != "" {
		t.Errorf("changes %v", states)
	}
	if calls := b.spent(); calls != 2 {
		t.Errorf("a pass with a deletion took %d calls, want 2", calls)
	}
	b.clock.Advance(time.Minute)
	_, cursor = b.drain("changes", cursor)
	if calls := b.spent(); calls != 1 {
		t.Errorf("the overlap asked again about the deletion: %d calls", calls)
	}
	b.clock.Advance(time.Hour)
	_, cursor = b.drain("changes", cursor)
	b.clock.Advance(time.Hour)
	if quiet, _ := b.drain("changes", cursor); len(quiet) != 0 {
		t.Errorf("%d drafts after all was told", len(quiet))
	}
}

func TestChangesBeyondOneAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer := b.make("Customer", `{"DisplayName":"Ada"}`)
	b.clock.Advance(time.Hour)
	_, cursor := b.drain("changes", nil)
	bodies := make([][]byte, 1500)
	for i := range bodies {
		bodies[i] = fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TotalAmt":5}`, customer)
	}
	if _, err := b.company.CreateMany("Payment", bodies); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Minute)
	drafts, _ := b.drain("changes", cursor)
	seen := map[string]bool{}
	for _, d := range drafts {
		if d.Kind == receivables.KindReceipt {
			seen[d.ID] = true
		}
	}
	if len(seen) != 1500 {
		t.Errorf("%d of 1500 payments", len(seen))
	}
}

func TestChangesTooLongAgo(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	_, cursor := b.drain("changes", nil)
	_, invoices := b.stock(2)
	b.clock.Advance(60 * 24 * time.Hour)
	drafts, cursor := b.drain("changes", cursor)
	found := 0
	for _, d := range drafts {
		if d.Kind == receivables.KindInvoice {
			found++
		}
	}
	if found != len(invoices) {
		t.Errorf("%d of %d invoices", found, len(invoices))
	}
	b.spent()
	b.clock.Advance(time.Hour)
	if again, _ := b.drain("changes", cursor); len(again) != 0 || b.spent() != 1 {
		t.Errorf("afterwards %d drafts; want a quiet pass of one call", len(again))
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, invoices := b.stock(2)
	if _, err := b.company.Delete("Invoice", invoices[0]); err != nil {
		t.Fatal(err)
	}
	refs := []receivables.Ref{
		{Kind: receivables.KindInvoice, ID: invoices[0]},
		{Kind: receivables.KindInvoice, ID: invoices[1]},
		{Kind: receivables.KindCustomer, ID: customer},
	}
	drafts, err := b.session.Fetch(context.Background(), refs)
	if err != nil || len(drafts) != 3 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	for _, d := range drafts {
		if gone := d.Kind == receivables.KindInvoice && d.ID == invoices[0]; d.Deleted != gone {
			t.Errorf("%s %s: deleted %v", d.Kind, d.ID, d.Deleted)
		}
	}
	if _, err := b.session.Fetch(context.Background(), []receivables.Ref{{Kind: receivables.KindCharge, ID: "1"}}); err == nil {
		t.Error("a charge was fetched from a ledger")
	}
}
