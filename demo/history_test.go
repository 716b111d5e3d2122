package demo_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"tieout/demo"
	"tieout/money"
	"tieout/sync/proof"
)

// histories are the seeds of a run: a handful, as many as TIEOUT_HISTORIES
// says, or the one of TIEOUT_HISTORY; with both, so many from that one on.
func histories(t *testing.T) []uint64 {
	t.Helper()
	number := func(name string, usual uint64) uint64 {
		text := os.Getenv(name)
		if text == "" {
			return usual
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n
	}
	first, usual := number("TIEOUT_HISTORY", 0), uint64(3)
	switch {
	case os.Getenv("TIEOUT_HISTORY") != "":
		usual = 1
	case testing.Short():
		usual = 2
	}
	seeds := make([]uint64, number("TIEOUT_HISTORIES", usual))
	for i := range seeds {
		seeds[i] = first + uint64(i)
	}
	return seeds
}

// Whatever people do and in whatever order: after each sync all sides agree,
// the next one writes nothing, nothing is booked twice, and the ledgers' own
// books say the same as the proof.
func TestHistories(t *testing.T) {
	t.Parallel()
	for _, seed := range histories(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			history(t, seed)
		})
	}
}

func history(t *testing.T, seed uint64) {
	t.Helper()
	w := begin(t, demo.Options{NoHistory: true, Invoices: 12, Seed: int64(seed) + 1})
	w.settings(func(s *side) {
		s.book.Accounts.Goodwill, s.book.Accounts.BadDebt = s.book.Accounts.Fees, s.book.Accounts.Fees
	})
	r := rand.New(rand.NewPCG(seed, 1))
	var tellers []*teller
	for _, s := range w.sides {
		h := &teller{side: s, r: r, manual: r.IntN(2) == 0, vain: map[string]int{}}
		s.refusals = h.note
		tellers = append(tellers, h)
	}
	var story []string
	defer func() {
		if t.Failed() {
			t.Logf("replay it with TIEOUT_HISTORY=%d go test ./demo -run TestHistories; the story: %q", seed, story)
		}
		for _, h := range tellers {
			if t.Failed() {
				for _, in := range h.parked() {
					t.Logf("%s gave up %s %v: %s", h.Vendor, in.Write.Op, in.Write.Parts, in.Problem)
				}
			}
			t.Logf("%s refused: %v", h.Vendor, h.vain) // seen with -v: deeds that never succeed prove nothing
		}
	}()
	for range 15 {
		for range 1 + r.IntN(4) {
			h, all := tellers[r.IntN(len(tellers))], deeds()
			d := all[r.IntN(len(all))]
			story = append(story, h.Vendor+" "+d.name)
			h.doing = d.name
			d.do(h)
		}
		pause := []time.Duration{0, time.Hour, 26 * time.Hour, 60 * time.Hour}[r.IntN(4)]
		w.advance(pause)
		story = append(story, "sync after "+pause.String())
		w.quietly()
		if t.Failed() {
			return
		}
	}
}

// quietly syncs until nothing is left to do, and checks that all is well then.
func (w *world) quietly() {
	w.Helper()
	w.proven(w.sync())
	last := w.sync()
	w.proven(last)
	w.idle(last, "second sync")
	for _, s := range w.sides {
		s.nothingTwice()
		s.identities()
		if r := last[s.Vendor]; r.Proof != nil {
			s.doubleEntry(r.Proof.Lines)
		}
	}
}

// live are all objects of a ledger's dump that stand, without the views that
// repeat another object.
func (s *side) live() map[string]map[string]any {
	s.w.Helper()
	all := s.w.objects(s.Vendor)
	maps.DeleteFunc(all, func(key string, o map[string]any) bool {
		view := strings.HasPrefix(key, "Overpayments/") || strings.HasPrefix(key, "Prepayments/")
		kind, _ := o["Type"].(string)
		return view || strings.HasPrefix(key, "balance/") || strings.HasSuffix(kind, "-TRANSFER") || remains(key, o)
	})
	return all
}

// nothingTwice checks that no marker of ours stands in two documents.
func (s *side) nothingTwice() {
	s.w.Helper()
	standing := map[string]string{}
	for key, o := range s.live() {
		// An object repeats what hangs on it, so that only its own texts count.
		marker := ourMarker.FindString(fmt.Sprint(o["Reference"], o["PrivateNote"], o["CreditNoteNumber"], o["InvoiceNumber"]))
		if other, twice := standing[marker]; twice && marker != "" {
			s.w.Errorf("%s: %s stands in %s and in %s", s.Vendor, marker, key, other)
		}
		standing[marker] = key
	}
}

// identities checks that each invoice is what is open on it and what was
// taken off, by the ledger's own objects.
func (s *side) identities() {
	s.w.Helper()
	all, applied := s.live(), map[string]decimal.Decimal{}
	for _, o := range all {
		for _, line := range list(o["Line"]) {
			for _, linked := range list(line["LinkedTxn"]) {
				if id, _ := linked["TxnId"].(string); linked["TxnType"] == "Invoice" {
					applied[id] = applied[id].Add(number(line["Amount"]))
				}
			}
		}
	}
	for key, o := range all {
		id, ours := strings.CutPrefix(key, "Invoice/")
		if strings.HasPrefix(key, "Invoices/") && (o["Status"] == "AUTHORISED" || o["Status"] == "PAID") {
			rest := number(o["Total"]).Sub(number(o["AmountDue"])).Sub(number(o["AmountPaid"])).Sub(number(o["AmountCredited"]))
			if !rest.IsZero() || number(o["AmountDue"]).IsNegative() {
				s.w.Errorf("%s: %s: %s of %v is nowhere, %v is due", s.Vendor, key, rest, o["Total"], o["AmountDue"])
			}
		}
		if ours {
			rest := number(o["TotalAmt"]).Sub(number(o["Balance"])).Sub(number(o["Deposit"])).Sub(applied[id])
			if !rest.IsZero() || number(o["Balance"]).IsNegative() {
				s.w.Errorf("%s: %s: %s of %v is nowhere, %v is open", s.Vendor, key, rest, o["TotalAmt"], o["Balance"])
			}
		}
	}
}

// doubleEntry compares the proof's figures of the ledger with the balances of
// the accounts, and the clearing account with Stripe's balance but for what the
// proof names.
func (s *side) doubleEntry(lines []proof.Line) {
	s.w.Helper()
	balances := map[string]decimal.Decimal{}
	for key, o := range s.w.objects(s.Vendor) {
		id, ok := strings.CutPrefix(key, "balance/")
		if !ok {
			continue
		}
		for _, field := range []string{"balance", "in_account"} {
			if o[field] != nil {
				balances[strings.TrimSuffix(strings.TrimPrefix(id, "<nil>"), "<nil>")] = number(o[field])
			}
		}
	}
	for _, l := range lines {
		account := s.book.Accounts.Clearing[l.Currency]
		if l.Check != proof.CheckClearing || account == "" || !l.Measured {
			continue // what is not measured is told by proven
		}
		held := decimal.RequireFromString(money.Money{Minor: *l.Ledger, Currency: l.Currency}.Text(money.ISO))
		if own := balances[account]; !own.Equal(held) {
			s.w.Errorf("%s: the clearing account holds %s, the proof says %s", s.Vendor, own, held)
		}
		rest := *l.Ledger - *l.Stripe
		for _, item := range l.Explained {
			rest -= item.Amount
		}
		if rest != 0 {
			s.w.Errorf("%s: clearing is %d, Stripe %d, and what is named leaves %d: %v", s.Vendor, *l.Ledger, *l.Stripe, rest, l.Explained)
		}
	}
}

func list(v any) []map[string]any {
	items, _ := v.([]any)
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// number is an amount of the dump, whose JSON numbers have two digits.
func number(v any) decimal.Decimal {
	if v == nil {
		return decimal.Zero
	}
	d, err := decimal.NewFromString(strings.TrimSpace(fmt.Sprint(v)))
	if err != nil {
		return decimal.Zero
	}
	return d.Round(2)
}
