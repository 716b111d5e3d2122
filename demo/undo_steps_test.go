package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/demo"
	"tieout/sandbox/economy"
	"tieout/sync/undo"
)

// piecemeal are the kinds of business that are also taken back piece by piece.
func piecemeal() []taken {
	names := []string{"a foreign payment settled at home, owed again", "a returned debit of a payout", "a sale that was credited and refunded", "a dispute that was lost"}
	return slices.DeleteFunc(everythingTaken(), func(c taken) bool { return !slices.Contains(names, c.name) })
}

// What is taken back document by document, or day by day, the newest first,
// comes to the same as the undo of the book: every invoice is as it was, and
// all agrees in between.
func TestUndoPieceByPiece(t *testing.T) {
	ways := map[string]func(*side) []undo.Scope{"documents": (*side).newestDocument, "days": (*side).newestDay}
	for name, next := range ways {
		for _, c := range piecemeal() {
			t.Run(name+" of "+c.name, func(t *testing.T) {
				t.Parallel()
				w := start(t, demo.Options{NoHistory: true, Invoices: 8})
				before := map[string]map[string]map[string]any{}
				for _, l := range w.demo.Sandbox.Ledgers() {
					before[l.Vendor] = w.objects(l.Vendor)
				}
				w.setUp()
				w.switchOn()
				w.sync()
				balances := map[string][]economy.Document{}
				w.everySide(func(s *side) { balances[s.Vendor], _ = s.Books.OpenInvoices() })
				c.play(w)
				w.everySide(func(s *side) {
					for range 40 {
						scopes := next(s)
						if len(scopes) == 0 || t.Failed() {
							break
						}
						s.confirmUndo(scopes[0], false)
					}
				})
				w.sync()
				last := w.sync()
				w.idle(last, "after all was taken back")
				w.proven(last)
				w.everySide(func(s *side) {
					for _, d := range balances[s.Vendor] {
						s.balance(d, int64(d.Balance))
					}
					s.confirmUndo(undo.Scope{Kind: undo.ScopeBook}, false)
					s.untouched(before[s.Vendor])
				})
			})
		}
	}
}

// newestDocument is the document of ours that was written last and stands.
func (s *side) newestDocument() []undo.Scope {
	s.w.Helper()
	return s.scopes(undo.ScopeDocument, `select p.doc_kind || '/' || p.doc_id from part p join intent i on i.tenant = p.tenant and i.id = p.intent
		where p.book = $1 and p.state in ('sent', 'live') and p.doc_id <> '' order by i.updated_at desc, case when p.doc_kind = 'credit' then 1 else 0 end, i.depends_on desc, i.id desc`)
}

// newestDay is the last day on which something was written that stands.
func (s *side) newestDay() []undo.Scope {
	s.w.Helper()
	list := s.scopes(undo.ScopeDay, `select i.updated_at from part p join intent i on i.tenant = p.tenant and i.id = p.intent
		where p.book = $1 and p.state in ('sent', 'live') and p.doc_id <> '' order by i.updated_at desc`)
	for i, scope := range list {
		at, err := time.Parse(time.RFC3339, strings.TrimSuffix(scope.ID, "Z")+"Z")
		if err != nil {
			s.w.Fatal(err)
		}
		list[i].ID = at.In(s.book.Location()).Format(time.DateOnly)
	}
	return list
}

func (s *side) scopes(kind undo.ScopeKind, query string) []undo.Scope {
	s.w.Helper()
	var list []undo.Scope
	for _, id := range column(s.w.T, s.w.database(), query, s.book.ID) {
		list = append(list, undo.Scope{Kind: kind, ID: id})
	}
	return list
}
