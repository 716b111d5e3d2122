package demo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/books"
	"tieout/sandbox/economy"
	"tieout/sync/preview"
	"tieout/sync/undo"
)

// objects are a ledger's objects by kind and id, as the sandbox's dump shows
// them, and the standing of every account besides.
func (w *world) objects(vendor string) map[string]map[string]any {
	w.Helper()
	text, err := json.Marshal(w.demo.Sandbox.Dump())
	if err != nil {
		w.Fatal(err)
	}
	type company struct {
		Entities, Objects map[string][]map[string]any
		Ledger, Balances  []map[string]any
	}
	var dump struct{ QuickBooks, Xero map[string]company }
	if err := json.Unmarshal(text, &dump); err != nil {
		w.Fatal(err)
	}
	companies := dump.Xero
	if vendor == economy.QuickBooks {
		companies = dump.QuickBooks
	}
	all := map[string]map[string]any{}
	for _, c := range companies {
		for kind, list := range union(c.Entities, c.Objects) {
			for _, o := range list {
				all[idOf(kind, o)] = o
			}
		}
		for _, line := range append(c.Ledger, c.Balances...) {
			all["balance/"+fmt.Sprint(line["account_id"], line["AccountID"])] = line
		}
	}
	if len(all) < 20 {
		w.Fatalf("%s: only %d objects in the dump", vendor, len(all))
	}
	return all
}

func idOf(kind string, o map[string]any) string {
	one := strings.TrimSuffix(kind, "s")
	for _, key := range []string{"Id", one + "ID", "ID", "Code", "Name", "TaxType"} {
		if id, ok := o[key].(string); ok {
			return kind + "/" + id
		}
	}
	return fmt.Sprint(o)
}

// versions are what a vendor goes on counting, whatever is taken back: the
// version and time of change of an object that was written to.
var versions = []string{"SyncToken", "MetaData", "UpdatedDateUTC", "UpdatedDateUTCString"}

// same compares an object before the first write with now.
func same(before, now map[string]any) []string {
	var differ []string
	for _, key := range slices.Sorted(maps.Keys(union(before, now))) {
		if slices.Contains(versions, key) {
			continue
		}
		if before[key] == nil && now[key] == "" {
			continue // a field that was emptied and one that was never filled are one to people
		}
		a, b := fmt.Sprint(plain(before[key])), fmt.Sprint(plain(now[key]))
		if a != b {
			differ = append(differ, fmt.Sprintf("%s: %s became %s", key, a, b))
		}
	}
	return differ
}

func union[T any](a, b map[string]T) map[string]T {
	all := map[string]T{}
	maps.Copy(all, a)
	maps.Copy(all, b)
	return all
}

// plain leaves out the ids of lines, which a vendor gives anew, and versions.
func plain(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range x {
			if !slices.Contains(versions, k) && k != "LineItemID" {
				out[k] = plain(inner)
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, inner := range x {
			out[i] = plain(inner)
		}
		return out
	}
	return v
}

// remains says what a vendor keeps of an object that did not exist before the
// first write: a deleted or voided row, an inactive account or contact without a balance.
func remains(key string, o map[string]any) bool {
	if strings.HasPrefix(key, "balance/") {
		for _, field := range []string{"balance", "home_balance", "base", "in_account"} {
			if text, ok := o[field].(string); ok && strings.Trim(text, "0.") != "" {
				return false
			}
		}
		return true
	}
	if total, ok := o["TotalAmt"].(float64); ok && total == 0 && strings.HasPrefix(fmt.Sprint(o["PrivateNote"]), "Voided") {
		return true
	}
	return o["Status"] == "DELETED" || o["Status"] == "VOIDED" || o["Status"] == "ARCHIVED" || o["ContactStatus"] == "ARCHIVED" || o["Active"] == false
}

// confirmUndo looks at an undo and confirms it.
func (s *side) confirmUndo(scope undo.Scope, redo bool) []preview.Line {
	s.w.Helper()
	a := s.w.demo.App
	b := s.current()
	shown, err := a.PreviewUndo(s.w.Context(), b, scope, "Ada", redo)
	if err != nil {
		s.w.Fatalf("%s: preview of %s: %v", s.Vendor, scope, err)
	}
	act := a.Undo
	if redo {
		act = a.Redo
	}
	result, err := act(s.w.Context(), b, scope, "Ada", shown.Digest)
	if err != nil {
		s.w.Fatalf("%s: %s: %v", s.Vendor, scope, err)
	}
	if len(result.Left) > 0 || result.Waiting > 0 {
		s.w.Errorf("%s: %s left %+v, %d waiting", s.Vendor, scope, result.Left, result.Waiting)
	}
	if _, err := a.Store.VerifyJournal(s.w.Context(), b.Tenant, b.ID); err != nil {
		s.w.Errorf("%s: %v", s.Vendor, err)
	}
	return shown.Lines
}

// untouched compares a ledger with how it was before the first write.
func (s *side) untouched(before map[string]map[string]any) {
	s.w.Helper()
	now := s.w.objects(s.Vendor)
	for _, key := range slices.Sorted(maps.Keys(now)) {
		old, existed := before[key]
		if !existed {
			if !remains(key, now[key]) {
				s.w.Errorf("%s: %s is new and stands: %v", s.Vendor, key, now[key])
			}
			continue
		}
		if differ := same(old, now[key]); len(differ) > 0 {
			s.w.Errorf("%s: %s: %s", s.Vendor, key, strings.Join(differ, "; "))
		}
	}
	for key := range before {
		if _, ok := now[key]; !ok {
			s.w.Errorf("%s: %s is gone", s.Vendor, key)
		}
	}
}

// close closes the books up to a day, as the user does.
func (s *side) close(day string) {
	s.w.Helper()
	if locker, ok := s.Records.(interface {
		SetLockDates(period, year string) error
	}); ok {
		if err := locker.SetLockDates(day, ""); err != nil {
			s.w.Fatal(err)
		}
		return
	}
	s.update("Preferences", map[string]any{"Id": "1", "SyncToken": s.token("Preferences", "1"), "sparse": true, "AccountingInfoPrefs": map[string]any{"BookCloseDate": day}})
}

// current is the book as it is stored.
func (s *side) current() books.Book {
	s.w.Helper()
	b, err := s.w.demo.App.Store.Book(s.w.Context(), s.book.Tenant, s.book.ID)
	if err != nil {
		s.w.Fatal(err)
	}
	return b
}

// reactivate makes accounts and contacts active again, as the bookkeeper does
// in the ledger.
func (s *side) reactivate(before map[string]map[string]any) {
	s.w.Helper()
	for key, o := range s.w.objects(s.Vendor) {
		kind, _, _ := strings.Cut(key, "/")
		_, old := before[key]
		switch {
		case old:
		case o["Active"] == false:
			s.update(kind, map[string]any{"Id": o["Id"], "SyncToken": o["SyncToken"], "sparse": true, "Active": true})
		case kind == "Accounts" && o["Status"] == "ARCHIVED":
			s.update(kind, map[string]any{"AccountID": o["AccountID"], "Status": "ACTIVE"})
		case kind == "Contacts" && o["ContactStatus"] == "ARCHIVED":
			s.update(kind, map[string]any{"ContactID": o["ContactID"], "ContactStatus": "ACTIVE"})
		}
	}
}

// beginAnew sets books up again that were undone, and asks for everything
// again.
func (w *world) beginAnew() {
	w.Helper()
	a := w.demo.App
	for _, s := range w.sides {
		b := s.current()
		currencies, err := a.Currencies(w.Context(), b)
		if err != nil {
			w.Fatal(err)
		}
		plan, err := a.Connect.Choose(w.Context(), b, currencies)
		if err == nil {
			plan, err = a.Connect.Create(w.Context(), b, plan)
		}
		if err != nil {
			w.Fatal(err)
		}
		plan.Accounts.Banks = b.Accounts.Banks
		b.Accounts = plan.Accounts
		b.Settings.Links = true
		if _, err := a.Connect.SaveBook(w.Context(), b); err != nil {
			w.Fatal(err)
		}
		s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, true)
	}
	w.loadBooks()
	w.switchOn()
}
