package demo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/demo"
	"tieout/money"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/reconcile"
)

// TestFromPayout: a bookkeeper has booked payouts one by one, and Tieout begins
// with the next one. What that pays out is ours though it was made before the
// last of hers; what she has booked, and what she has entered a receipt for, is
// not.
func TestFromPayout(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); beginsWithPayout(t, databases.File(t), false) })
	t.Run("sqlite, after a day", func(t *testing.T) { t.Parallel(); beginsWithPayout(t, databases.File(t), true) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); beginsWithPayout(t, databases.Address(t), false) })
}

// beginsWithPayout lets books begin that have none yet, or that a day was
// confirmed for which is given up.
func beginsWithPayout(t *testing.T, database string, day bool) {
	w := prepare(t, demo.Options{Database: database, NoHistory: true, Invoices: 16})
	var all []*beginner
	each := func(do func(*beginner)) {
		for _, b := range all {
			do(b)
		}
	}
	for _, s := range w.sides {
		all = append(all, &beginner{side: s, invoices: s.payable()})
		if !day {
			s.book.CutOver = nil
			_, err := w.demo.App.Connect.SaveBook(w.Context(), s.book)
			s.must(err)
		}
	}
	w.loadBooks()
	each(func(b *beginner) { b.hers = b.paid(0) })
	w.advance(3 * 24 * time.Hour)
	each(func(b *beginner) { b.early, b.last = b.paid(1), b.paidOut() })
	w.sync()
	each((*beginner).keepsBooks)
	w.advance(3 * 24 * time.Hour)
	each(func(b *beginner) {
		b.entered, b.late = b.paid(2), b.paid(3)
		b.receives(2)
		b.first = b.paidOut()
	})
	w.sync()
	each((*beginner).begins)
	w.loadBooks()
	w.switchOn()
	w.proven(w.sync())
	w.advance(4 * 24 * time.Hour)
	w.sync()
	w.proven(w.sync())
	each(func(b *beginner) { b.stands(1); b.paidOut() })
	w.advance(4 * 24 * time.Hour)
	w.sync()
	w.proven(w.sync())
	each(func(b *beginner) { b.stands(2); b.refund(b.entered, 100) })
	w.sync()
	for _, s := range w.sides {
		if found := s.decisions(reconcile.DecideBooking); len(found) != 1 {
			t.Errorf("%s: a refund of what she has booked asks %v", s.Vendor, s.decisions(""))
		}
	}
}

// TestFromAnyPayout: payments, days and payouts in any order. She has booked all
// payouts but the last ones in full; with the first of those Tieout begins, and
// nothing is missing, asked or booked twice.
func TestFromAnyPayout(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := prepare(t, demo.Options{NoHistory: true, Invoices: 24})
			r := rand.New(rand.NewPCG(seed, 6))
			var all []*beginner
			for _, s := range w.sides {
				all = append(all, &beginner{side: s, invoices: s.payable()})
			}
			for range 40 {
				act := r.IntN(3)
				for _, b := range all {
					b.acts(act)
				}
				if act == 0 {
					w.advance(time.Duration(1+r.IntN(30)) * time.Hour)
				}
			}
			w.sync()
			for _, b := range all {
				b.first = b.payouts[len(b.payouts)-1-r.IntN(len(b.payouts))]
				b.booksUntil()
			}
			w.sync()
			for _, b := range all {
				b.beginsEqual()
			}
			w.loadBooks()
			w.switchOn()
			w.sync()
			w.proven(w.sync())
			w.advance(6 * 24 * time.Hour)
			w.sync()
			w.proven(w.sync())
			for _, b := range all {
				for _, charge := range b.charges {
					want := 1
					if slices.Contains(b.booked, charge) {
						want = 0
					}
					if n := len(b.receiptsOf(charge)); n != want {
						t.Errorf("%s: %d receipts for %s, want %d", b.Vendor, n, charge, want)
					}
				}
			}
		})
	}
}

// TestFromPayoutByHand: what a payout by hand pays out Stripe does not say. With the
// first of all it is plain, with a later one it is not; one that was an advance
// on an automatic payout is hers, what that one pays out besides is not.
func TestFromPayoutByHand(t *testing.T) {
	t.Parallel()
	w := prepare(t, demo.Options{Database: databases.File(t), NoHistory: true, Invoices: 16})
	s := w.sides[0]
	b := &beginner{side: s, invoices: s.payable()}
	byHand := func() string {
		id, err := s.stripe.ManualPayout(s.ready.HomeCurrency, 100, "by hand")
		s.must(err)
		return id
	}
	b.paid(0)
	w.advance(3 * 24 * time.Hour)
	one := byHand()
	w.advance(time.Hour)
	two := byHand()
	w.sync()
	ctx, a := w.Context(), w.demo.App
	if _, err := a.CutOver(ctx, b.book, books.Start{Payout: two}); !errors.Is(err, connect.ErrNotItemised) {
		t.Errorf("with the second: %v", err)
	}
	shown, err := a.CutOver(ctx, b.book, books.Start{Payout: one})
	s.must(err)
	if len(shown.Earlier) != 0 || shown.Openings[slices.IndexFunc(shown.Openings, func(o connect.Opening) bool { return string(o.Currency) == s.ready.HomeCurrency })].Stripe != 0 {
		t.Errorf("with the first: earlier %v, openings %+v", shown.Earlier, shown.Openings)
	}
	w.advance(time.Hour)
	automatic := b.paidOut()
	w.advance(4 * 24 * time.Hour) // by then Stripe has itemised it
	w.sync()
	shown, err = a.CutOver(ctx, b.book, books.Start{Payout: automatic})
	s.must(err)
	if len(shown.Earlier) != 2 || shown.Earlier[0].Cause != books.CausePaidOut {
		t.Errorf("with the automatic one: earlier %v", shown.Earlier)
	}
}

// acts pays the next invoice or runs the payouts.
func (b *beginner) acts(act int) {
	switch {
	case act == 1 && len(b.charges) < len(b.invoices):
		b.charges = append(b.charges, b.paid(len(b.charges)))
	case act == 2:
		ids, err := b.stripe.RunPayouts()
		b.must(err)
		b.payouts = append(b.payouts, ids...)
	}
}

// booksUntil books all payouts before the first of ours, as she does it.
func (b *beginner) booksUntil() {
	for _, payout := range b.payouts[:slices.Index(b.payouts, b.first)] {
		var total economy.Minor
		rows, err := b.w.demo.App.Store.DB().QueryContext(b.w.Context(), `select source, net, fee from balance_transaction where payout = $1 and source <> payout`, payout)
		b.must(err)
		for rows.Next() {
			var charge string
			var net, fee int64
			b.must(rows.Scan(&charge, &net, &fee))
			b.booked, total = append(b.booked, charge), total+economy.Minor(net)
			b.receives(slices.Index(b.charges, charge))
			b.must(b.Books.Fee(b.ready.HomeCurrency, economy.Minor(fee), b.w.clock.Now(), "Stripe"))
		}
		b.must(rows.Err())
		b.must(rows.Close())
		b.must(b.Books.Payout(b.ready.HomeCurrency, total, b.w.clock.Now(), "Stripe"))
	}
}

// beginsEqual confirms the first payout, with nothing missing.
func (b *beginner) beginsEqual() {
	ctx, a := b.w.Context(), b.w.demo.App
	shown, err := a.CutOver(ctx, b.book, books.Start{Payout: b.first})
	b.must(err)
	for _, o := range shown.Openings {
		if o.Missing() != 0 {
			b.w.Errorf("%s: %d is missing in %s", b.Vendor, o.Missing(), o.Currency)
		}
	}
	if len(shown.Entered) != 0 {
		b.w.Errorf("%s: entered %+v", b.Vendor, shown.Entered)
	}
	_, err = a.ConfirmCutOver(ctx, b.book, shown, "ann")
	b.must(err)
}

// beginner is a side whose bookkeeper books payouts one by one.
type beginner struct {
	*side
	invoices []economy.Document
	// hers is a charge of her last payout; early, entered and late are those of
	// the first of ours and after it: made before her last payout, entered by
	// her, and neither.
	hers, early, entered, late string
	last, first                string
	// charges and payouts are all, in their order, booked those charges that she
	// has booked with their payout.
	charges, payouts, booked []string
}

// payable are the open invoices in the home currency.
func (s *side) payable() []economy.Document {
	all, err := s.Books.OpenInvoices()
	s.must(err)
	return slices.DeleteFunc(all, func(d economy.Document) bool { return d.Currency != s.ready.HomeCurrency })
}

// paid lets the n-th invoice be paid without a link, and gives the charge.
func (b *beginner) paid(n int) string {
	d := b.invoices[n]
	return b.direct(stripe.DirectPayment{Amount: int64(d.Balance), Description: d.Number, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}}).Charge
}

func (b *beginner) paidOut() string {
	ids, err := b.stripe.RunPayouts()
	b.must(err)
	if len(ids) != 1 {
		b.w.Fatalf("%s: payouts %v", b.Vendor, ids)
	}
	return ids[0]
}

// receives enters the n-th payment on the clearing account.
func (b *beginner) receives(n int) {
	d := b.invoices[n]
	b.must(b.Books.Receive(economy.Receipt{
		Customer: d.Customer, Currency: d.Currency, Amount: d.Balance, At: b.w.clock.Now(), Into: economy.ToClearing,
		Pays: []economy.Applied{{Invoice: d, Amount: d.Balance}}, Note: "card",
	}))
}

// fee is what Stripe took for a charge.
func (b *beginner) fee(charge string) int64 {
	var fee int64
	b.must(b.w.demo.App.Store.DB().QueryRowContext(b.w.Context(), `select fee from balance_transaction where source = $1`, charge).Scan(&fee))
	return fee
}

// keepsBooks books the last payout of hers in full.
func (b *beginner) keepsBooks() {
	b.receives(0)
	currency, fee, now := b.ready.HomeCurrency, economy.Minor(b.fee(b.hers)), b.w.clock.Now()
	b.must(b.Books.Fee(currency, fee, now, "Stripe"))
	b.must(b.Books.Payout(currency, b.invoices[0].Balance-fee, now, "Stripe"))
}

// begins confirms the first payout. Of the payment that she has entered the fee
// is missing, which a person names an account for.
func (b *beginner) begins() {
	ctx, a := b.w.Context(), b.w.demo.App
	if _, err := a.CutOver(ctx, b.book, books.Start{Payout: "po_unknown"}); !errors.Is(err, connect.ErrNoPayout) {
		b.w.Errorf("%s: an unknown payout: %v", b.Vendor, err)
	}
	shown, err := a.CutOver(ctx, b.book, books.Start{Payout: b.first})
	b.must(err)
	if len(shown.Entered) != 1 || shown.Entered[0].Charge != b.entered || len(shown.Earlier) != 2 {
		b.w.Errorf("%s: entered %+v, earlier %+v", b.Vendor, shown.Entered, shown.Earlier)
	}
	if _, err := a.ConfirmCutOver(ctx, b.book, shown, "ann"); !errors.Is(err, connect.ErrOpening) {
		b.w.Errorf("%s: without the fee: %v", b.Vendor, err)
	}
	home := money.Currency(b.ready.HomeCurrency)
	for _, o := range shown.Openings {
		if o.Currency == home && o.Missing() != -b.fee(b.entered) {
			b.w.Errorf("%s: missing is %d, want the fee of %d", b.Vendor, o.Missing(), b.fee(b.entered))
		}
	}
	among, err := a.Counters(ctx, b.book)
	b.must(err)
	entered, err := shown.Enter(map[money.Currency]string{home: b.book.Accounts.Fees}, among)
	b.must(err)
	_, err = a.ConfirmCutOver(ctx, b.book, entered, "ann")
	b.must(err)
}

// stands checks what stands: receipts for what is ours alone, and so many
// payouts.
func (b *beginner) stands(payouts int) {
	for charge, want := range map[string]int{b.hers: 0, b.early: 1, b.entered: 0, b.late: 1} {
		if n := len(b.receiptsOf(charge)); n != want {
			b.w.Errorf("%s: %d receipts for %s, want %d", b.Vendor, n, charge, want)
		}
	}
	found := b.ours(2)
	if len(found) != payouts || slices.ContainsFunc(found, func(d written) bool { return d.Source == b.last }) {
		b.w.Errorf("%s: payouts %+v, want %d and not %s", b.Vendor, found, payouts, b.last)
	}
	if len(b.decisions("")) != 0 {
		b.w.Errorf("%s: questions %v", b.Vendor, b.decisions(""))
	}
	b.writesAlready()
}

// writesAlready checks that a payout cannot be the beginning of a book that has
// written.
func (b *beginner) writesAlready() {
	if _, err := b.w.demo.App.CutOver(b.w.Context(), b.book, books.Start{Payout: b.first}); !errors.Is(err, connect.ErrHasWritten) {
		b.w.Errorf("%s: a payout for a book that has written: %v", b.Vendor, err)
	}
}
