package demo_test

import (
	"reflect"
	"testing"
	"time"

	"tieout/demo"
	"tieout/mapping"
	"tieout/sandbox/stripe"
	"tieout/sync/undo"
)

// A book that was undone is set up again with the very accounts and contacts
// that the undo made inactive: nobody has to touch the ledger, and nothing
// stands there twice. It can be done again and again.
func TestSetUpAgainAfterUndo(t *testing.T) {
	t.Parallel()
	w := start(t, demo.Options{NoHistory: true, Invoices: 12})
	before := map[string]map[string]map[string]any{}
	for _, l := range w.demo.Sandbox.Ledgers() {
		before[l.Vendor] = w.objects(l.Vendor)
	}
	w.setUp()
	w.switchOn()
	w.sync()
	w.everySide(func(s *side) { s.pay(s.pick(0), stripe.PayOptions{}) })
	w.settled("the first payment")
	used, size := map[string]mapping.Accounts{}, map[string]int{}
	w.everySide(func(s *side) {
		used[s.Vendor] = s.current().Accounts
		if size[s.Vendor] = s.setUpEntries(before[s.Vendor], true); size[s.Vendor] < 4 {
			t.Fatalf("%s: the set-up has made %d entries", s.Vendor, size[s.Vendor])
		}
	})
	for _, synced := range []bool{false, true} {
		w.advance(time.Hour)
		w.everySide(func(s *side) {
			s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false)
			s.untouched(before[s.Vendor])
			if n := s.setUpEntries(before[s.Vendor], false); n != size[s.Vendor] {
				t.Errorf("%s: %d entries became inactive, want %d", s.Vendor, n, size[s.Vendor])
			}
		})
		if synced {
			w.loadBooks()
			w.sync()
		}
		w.advance(time.Hour)
		w.beginAnew()
		w.everySide(func(s *side) {
			if n := s.setUpEntries(before[s.Vendor], true); n != size[s.Vendor] {
				t.Errorf("%s: %d entries are active again, want %d", s.Vendor, n, size[s.Vendor])
			}
			if n := s.setUpEntries(before[s.Vendor], false); n != 0 {
				t.Errorf("%s: %d entries are still inactive", s.Vendor, n)
			}
			if now := s.current().Accounts; !reflect.DeepEqual(chosen(now), chosen(used[s.Vendor])) {
				t.Errorf("%s: the book writes to %+v, before to %+v", s.Vendor, now, used[s.Vendor])
			}
		})
		w.settled("everything was written again")
		w.everySide(func(s *side) { s.pay(s.pick(0), stripe.PayOptions{}) })
		w.settled("a payment after the set-up was made again")
		w.everySide(func(s *side) { s.asked() })
	}
}

// chosen are the accounts and contacts that a set-up makes.
func chosen(a mapping.Accounts) mapping.Accounts {
	return mapping.Accounts{Clearing: a.Clearing, Fees: a.Fees, FeeContact: a.FeeContact, Method: a.Method, Returned: a.Returned, Disputes: a.Disputes}
}

// setUpEntries counts the accounts, contacts and payment methods that were not
// there before the first write and are active now, or are not.
func (s *side) setUpEntries(before map[string]map[string]any, active bool) int {
	s.w.Helper()
	n := 0
	for key, o := range s.w.objects(s.Vendor) {
		if _, old := before[key]; old {
			continue
		}
		var is bool
		switch {
		case o["Active"] != nil:
			is = o["Active"] == true
		case o["ContactStatus"] != nil:
			is = o["ContactStatus"] == "ACTIVE"
		case o["AccountID"] != nil && o["Code"] != nil && o["Status"] != nil:
			is = o["Status"] == "ACTIVE"
		default:
			continue
		}
		if is == active {
			n++
		}
	}
	return n
}
