package storetest

import (
	"testing"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
	"tieout/sync/statement"
)

// TestReceiptLines: a receipt leads to the line that it was written for, or in
// which it was seen; to none of another account, and to none when it only has
// the same amount.
func TestReceiptLines(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, account := range []string{"35", "36"} {
			_, err := s.SaveStatements(w.ctx, w.book, account, []statement.Statement{bankStatement(statement.FormatCSV, "", 0, 10, 20, 30)}, "ann", now)
			w.must(err)
			w.must(s.SaveFindings(w.ctx, w.book, account, []statement.Finding{
				{Line: "ref:2026-03-02", Meaning: statement.MeansBooked, Sure: true, Entries: []string{"receipt/seen", "document/ours"}}, {Line: "ref:2026-03-03", Meaning: statement.MeansUnknown},
			}))
		}
		part := mapping.Part{Movement: mapping.BankCase{Account: "35", Line: "ref:2026-03-01"}.Movement(), Purpose: mapping.PurposeReceipt, Target: "1", Amount: 10}
		w.must(s.ConfirmLine(w.ctx, w.hold("book/"+bookID), w.book, statement.Confirmation{
			Account: "35", Finding: statement.Finding{Line: "ref:2026-03-01", Meaning: statement.MeansReceipt}, By: "ann", At: now,
			Parts: []reconcile.PartRow{{Part: part, Connection: ledgerID, Marker: "TIE-1", State: reconcile.PartLive, Document: receivables.Ref{Kind: receivables.KindReceipt, ID: "ours"}}},
		}))
		got, err := s.ReceiptLines(w.ctx, w.book, []receivables.Receipt{
			{ID: "ours", Marker: "TIE-1", AccountID: "35", Date: "2026-03-01"},
			{ID: "seen", AccountID: "35", Date: "2026-02-25"},
			{ID: "late", AccountID: "35", Date: "2026-03-03"},
			{ID: "stripes", Marker: "TIE-2", AccountID: "clearing", Date: "2026-03-01"},
			{ID: "nowhere"},
		})
		w.must(err)
		if len(got) != 2 || len(got["ours"]) != 1 || len(got["seen"]) != 1 {
			t.Fatalf("%+v", got)
		}
		if l := got["ours"][0]; l.AccountID != "35" || l.ID != "ref:2026-03-01" {
			t.Errorf("ours: %+v", l)
		}
		if l := got["seen"][0]; l.AccountID != "35" || l.ID != "ref:2026-03-02" {
			t.Errorf("seen: %+v", l)
		}
	})
}
