package quickbooks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// kept is what a store would hold of the drafts, by its ids.
type kept map[receivables.Ref]mapping.Draft

func (k kept) take(drafts []mapping.Draft) {
	for _, d := range drafts {
		ref := receivables.Ref{Kind: d.Kind, ID: d.ID}
		if before, ok := k[ref]; !ok || before.Order <= d.Order {
			k[ref] = d
		}
	}
}

// after is how a store answers for the connector.
func (k kept) after(_ context.Context, kind receivables.Kind, prefix, after string, n int) ([]string, error) {
	var ids []string
	for ref, d := range k {
		if ref.Kind == kind && !d.Deleted && strings.HasPrefix(ref.ID, prefix) && ref.ID > after {
			ids = append(ids, ref.ID)
		}
	}
	slices.Sort(ids)
	return ids[:min(n, len(ids))], nil
}

// imported is a company with 1500 payments of one instant and all of them held.
func imported(t *testing.T) (*bench, kept, connectors.Cursor, []string) {
	t.Helper()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer := b.make("Customer", `{"DisplayName":"Ada"}`)
	b.clock.Advance(time.Hour)
	_, cursor := b.drain("changes", nil)
	ids := b.payments(customer, 1500)
	b.clock.Advance(time.Minute)
	held := kept{}
	drafts, cursor := b.drain("changes", cursor)
	held.take(drafts)
	return b, held, cursor, ids
}

func (b *bench) payments(customer string, n int) []string {
	b.t.Helper()
	bodies := make([][]byte, n)
	for i := range bodies {
		bodies[i] = fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"TotalAmt":5}`, customer)
	}
	made, err := b.company.CreateMany("Payment", bodies)
	if err != nil {
		b.t.Fatal(err)
	}
	ids := make([]string, n)
	for i, raw := range made {
		ids[i] = idOf(b.t, raw)
	}
	return ids
}

func (b *bench) remove(entity string, ids ...string) {
	b.t.Helper()
	for _, id := range ids {
		if _, err := b.company.Delete(entity, id); err != nil {
			b.t.Fatal(err)
		}
	}
}

func gone(drafts []mapping.Draft) []string {
	var ids []string
	for _, d := range drafts {
		if d.Deleted && !slices.Contains(ids, d.ID) {
			ids = append(ids, d.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestDeletionBehindABurst deletes a payment after more than a thousand others
// were made, within one window of change data: the answer is full, and the
// deletion is found in a later half of the window.
func TestDeletionBehindABurst(t *testing.T) {
	t.Parallel()
	b, _, cursor, ids := imported(t)
	b.clock.Advance(time.Minute)
	b.remove("Payment", ids[7])
	b.clock.Advance(time.Minute)
	b.spent()
	drafts, cursor := b.drain("changes", cursor)
	if got := gone(drafts); !slices.Equal(got, []string{ids[7]}) {
		t.Errorf("deleted %v, want %s", got, ids[7])
	}
	if calls := b.spent(); calls > 12+2+10 {
		t.Errorf("%d calls", calls)
	}
	b.clock.Advance(time.Hour)
	_, cursor = b.drain("changes", cursor)
	b.clock.Advance(time.Hour)
	b.spent()
	if quiet, _ := b.drain("changes", cursor); len(quiet) != 0 || b.spent() != 1 {
		t.Errorf("%d drafts after all was told", len(quiet))
	}
}

// TestDeletionWithinABurst deletes payments at the instant at which more than a
// thousand others are made: no change data tells, comparing does.
func TestDeletionWithinABurst(t *testing.T) {
	t.Parallel()
	b, held, cursor, ids := imported(t)
	b.clock.Advance(time.Hour)
	drafts, cursor := b.drain("changes", cursor)
	held.take(drafts)
	b.remove("Payment", ids[7], ids[1207])
	customer := b.make("Customer", `{"DisplayName":"Bob"}`)
	b.payments(customer, 1100)
	b.clock.Advance(time.Minute)

	blind, _ := b.drain("changes", cursor)
	if got := gone(blind); len(got) != 0 {
		t.Errorf("deleted %v: then nothing would have to be compared", got)
	}
	session := b.session
	b.session = session.Comparing(held.after).(*quickbooks.Session)
	drafts, cursor = b.drain("changes", cursor)
	want := []string{ids[7], ids[1207]}
	slices.Sort(want)
	if got := gone(drafts); !slices.Equal(got, want) {
		t.Errorf("deleted %v, want %v", got, want)
	}
	held.take(drafts)
	if live := len(held) - len(gone(drafts)); live < 1500-2+1100 {
		t.Errorf("%d live objects are held", live)
	}
	b.clock.Advance(time.Hour)
	_, cursor = b.drain("changes", cursor)
	b.clock.Advance(time.Hour)
	b.spent()
	if quiet, _ := b.drain("changes", cursor); len(quiet) != 0 || b.spent() != 1 {
		t.Errorf("%d drafts after all was told", len(quiet))
	}
}

// TestDeletionsOfTooLongAgo deletes objects of several entities and comes back
// after change data has forgotten them.
func TestDeletionsOfTooLongAgo(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(3)
	purchase := b.send(b.lower(bookings(accounts, customer, invoices)[1], 1)).Ref
	held := kept{}
	cursors := map[string]connectors.Cursor{}
	for _, stream := range b.session.Streams() {
		var drafts []mapping.Draft
		drafts, cursors[stream.Name] = b.drain(stream.Name, nil)
		held.take(drafts)
	}
	held[receivables.Ref{Kind: receivables.KindInvoice, ID: "unreadable-0011223344556677"}] = mapping.Draft{}
	b.clock.Advance(time.Hour)
	b.remove("Invoice", invoices[1])
	b.remove("Purchase", strings.TrimPrefix(purchase.ID, "Purchase:"))
	b.clock.Advance(45 * 24 * time.Hour)
	b.session = b.session.Comparing(held.after).(*quickbooks.Session)
	drafts, _ := b.drain("changes", cursors["changes"])
	want := []string{invoices[1], purchase.ID}
	slices.Sort(want)
	if got := gone(drafts); !slices.Equal(got, want) {
		t.Errorf("deleted %v, want %v", got, want)
	}
}

// TestCompareGoesOn cuts the store in the middle of a comparison, and later
// opens a session that cannot compare.
func TestCompareGoesOn(t *testing.T) {
	t.Parallel()
	b, held, _, _ := imported(t)
	cursor := connectors.Cursor(`{"v":1,"since":"2026-03-02T19:00:00+00:00","listing":[{"entity":"Payment","compare":true,"start":0}]}`)
	plain := b.session
	b.session = plain.Comparing(held.after).(*quickbooks.Session)
	p, err := b.session.Pull(t.Context(), "changes", cursor)
	if err != nil || !p.More || len(p.Drafts) != 500 {
		t.Fatalf("%d drafts, more %v, %v", len(p.Drafts), p.More, err)
	}
	lost := errors.New("no database")
	broken := plain.Comparing(func(context.Context, receivables.Kind, string, string, int) ([]string, error) { return nil, lost })
	if _, err := broken.Pull(t.Context(), "changes", p.Cursor); !errors.Is(err, lost) {
		t.Errorf("a store that fails: %v", err)
	}
	rest, _ := b.drain("changes", p.Cursor)
	if len(rest) != 1000 {
		t.Errorf("%d drafts after the first 500", len(rest))
	}
	b.session = plain
	if rest, _ := b.drain("changes", p.Cursor); len(rest) != 0 {
		t.Errorf("%d drafts of a session that cannot compare", len(rest))
	}
}
