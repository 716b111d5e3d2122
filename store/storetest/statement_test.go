package storetest

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/statement"
)

func bankStatement(format statement.Format, number string, from int, amounts ...int64) statement.Statement {
	s := statement.Statement{Format: format, Account: number, Currency: "USD", Opening: &statement.Balance{Amount: 1}}
	for i, a := range amounts {
		on := receivables.Date("2026-03-01").AddDays(from + i)
		s.Lines = append(s.Lines, statement.Line{ID: "ref:" + string(on), On: on, Amount: a, Name: "N\x00"})
	}
	return s
}

// TestStatements checks that overlapping statements double nothing, and that
// what would double is refused.
func TestStatements(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		save := func(st statement.Statement) (store.Imported, error) {
			tried, wrong := s.TryStatements(w.ctx, w.book, "35", []statement.Statement{st}, now)
			done, err := s.SaveStatements(w.ctx, w.book, "35", []statement.Statement{st}, "ann", now)
			if !reflect.DeepEqual(tried, done) || (wrong == nil) != (err == nil) {
				t.Errorf("tried %+v, %v; done %+v, %v", tried, wrong, done, err)
			}
			if err != nil {
				return store.Imported{}, err
			}
			return done[0], nil
		}
		for _, c := range []struct {
			st         statement.Statement
			fresh, old int
			err        error
		}{
			{bankStatement(statement.FormatCAMT, "DE1", 0, 10, 20, 30), 3, 0, nil},
			{bankStatement(statement.FormatCAMT, "DE1", 0, 10, 20, 30), 0, 3, nil},
			{bankStatement(statement.FormatCAMT, "DE1", 1, 20, 30, 40), 1, 2, nil},
			{bankStatement(statement.FormatOFX, "DE1", 2, 30, 40), 0, 0, store.ErrOverlap},
			{bankStatement(statement.FormatOFX, "DE1", 9, 50), 1, 0, nil},
			{bankStatement(statement.FormatCAMT, "DE2", 20, 50), 0, 0, store.ErrWrongAccount},
		} {
			done, err := save(c.st)
			if !errors.Is(err, c.err) || err == nil && (done.New != c.fresh || done.Known != c.old) {
				t.Errorf("%s from %s: %+v, %v; want %d new, %d known, %v", c.st.Format, c.st.Lines[0].On, done, err, c.fresh, c.old, c.err)
			}
		}
		lines, err := s.BankLines(w.ctx, w.book, "35", "2026-03-02", "2026-03-04")
		w.must(err)
		if len(lines) != 3 || lines[0].Amount != 20 || lines[0].Name != "N\ufffd" || lines[0].AccountID != "35" || lines[0].Currency != "USD" {
			t.Errorf("%+v", lines)
		}
		all, err := s.BankLines(w.ctx, w.book, "", "", "")
		w.must(err)
		if len(all) != 5 {
			t.Errorf("%d lines in all", len(all))
		}
		list, err := s.Statements(w.ctx, w.book)
		w.must(err)
		if len(list) != 3 || list[0].From != "2026-03-01" || list[0].Opening == nil || list[0].Closing != nil || list[0].By != "ann" {
			t.Errorf("%+v", list)
		}
	})
}

// TestConfirmLine checks that a decision is stored once, with its rules, parts
// and intents, and that later matching leaves it alone.
func TestConfirmLine(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		_, err := s.SaveStatements(w.ctx, w.book, "35", []statement.Statement{bankStatement(statement.FormatCSV, "", 0, 10, 20)}, "ann", now)
		w.must(err)
		one, two := "ref:2026-03-01", "ref:2026-03-02"
		w.must(s.SaveFindings(w.ctx, w.book, "35", []statement.Finding{
			{Line: one, Meaning: statement.MeansReceipt, Why: "?"}, {Line: two, Meaning: statement.MeansPayout, Sure: true, Payout: "po_1", Why: "!"},
		}))
		payouts, err := s.PayoutLines(w.ctx, w.book)
		w.must(err)
		if !reflect.DeepEqual(payouts, []store.PayoutLine{{Payout: "po_1", Account: "35", Line: two, On: "2026-03-02", Amount: 20, Currency: "USD", Sure: true}}) {
			t.Errorf("%+v", payouts)
		}
		rule := statement.Rule{ID: "r1", Kind: statement.RuleAlias, Key: "name:n", Customer: "c", Line: one, By: "ann", At: now, Why: "because"}
		in := push.Intent{
			Tenant: "main", ID: "i1", Book: bookID, Connection: ledgerID, State: push.StatePlanned, Priority: push.PriorityReceipt,
			Write: connectors.Write{Op: "payment.create", Key: "k", Body: []byte(`{}`)}, Why: "because", CreatedAt: now, UpdatedAt: now,
		}
		part := reconcile.PartRow{Part: mapping.Part{Movement: "bank/35/" + one, Purpose: mapping.PurposeReceipt, Target: "1", Amount: 10}, Connection: ledgerID, Marker: "M", State: reconcile.PartPlanned, Intent: "i1"}
		c := statement.Confirmation{
			Account: "35", Finding: statement.Finding{Line: one, Meaning: statement.MeansReceipt, Sure: true, Customer: "c", Why: "said"}, By: "ann", At: now,
			Rules: []statement.Rule{rule}, Parts: []reconcile.PartRow{part}, Intents: []push.Intent{in},
		}
		l := w.hold("book/" + bookID)
		w.must(s.ConfirmLine(w.ctx, l, w.book, c))
		if err := s.ConfirmLine(w.ctx, l, w.book, c); !errors.Is(err, store.ErrDecided) {
			t.Errorf("twice: %v", err)
		}
		old := w.book
		old.Generation--
		if err := s.ConfirmLine(w.ctx, l, old, c); !errors.Is(err, reconcile.ErrSettings) {
			t.Errorf("under old settings: %v", err)
		}
		w.must(s.SaveFindings(w.ctx, w.book, "35", []statement.Finding{{Line: one, Meaning: statement.MeansUnknown}}))
		lines, err := s.BankLines(w.ctx, w.book, "35", "", "")
		w.must(err)
		if lines[0].DecidedBy != "ann" || lines[0].Finding.Why != "said" || !lines[0].DecidedAt.Equal(now) {
			t.Errorf("%+v", lines[0])
		}
		ties, err := s.Ties(w.ctx, w.book, []string{"bank/35/" + one}, nil)
		w.must(err)
		if len(ties.Parts) != 1 || ties.Parts[0] != part {
			t.Errorf("%+v", ties.Parts)
		}
		rules, err := s.Rules(w.ctx, w.book)
		w.must(err)
		if len(rules) != 1 || rules[0].Why != "because" || !rules[0].At.Equal(now) {
			t.Errorf("%+v", rules)
		}
		w.must(s.ReopenLine(w.ctx, l, w.book, "35", one, now))
		if err := s.ReopenLine(w.ctx, l, w.book, "35", one, now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an open line: %v", err)
		}
		ties, err = s.Ties(w.ctx, w.book, []string{"bank/35/" + one}, nil)
		w.must(err)
		if rules, _ := s.Rules(w.ctx, w.book); len(rules) != 0 || len(ties.Parts) != 0 {
			t.Errorf("after reopening: %+v, %+v", rules, ties.Parts)
		}
		c.Intents[0].ID, c.Parts[0].Intent, c.Parts[0].State = "i2", "i2", reconcile.PartSent
		w.must(s.ConfirmLine(w.ctx, l, w.book, c))
		if err := s.ReopenLine(w.ctx, l, w.book, "35", one, now); !errors.Is(err, store.ErrStands) {
			t.Errorf("what stands: %v", err)
		}
		w.must(s.DeleteRule(w.ctx, w.book, "r1"))
		if err := s.DeleteRule(w.ctx, w.book, "r1"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a rule that is gone: %v", err)
		}
		w.must(s.SaveColumnMap(w.ctx, "main", "bank", statement.ColumnMap{Date: "a"}, "ann", now))
		w.must(s.SaveColumnMap(w.ctx, "main", "bank", statement.ColumnMap{Date: "b"}, "bob", now))
		maps, err := s.ColumnMaps(w.ctx, "main")
		w.must(err)
		if len(maps) != 1 || maps["bank"].Date != "b" {
			t.Errorf("%+v", maps)
		}
		for _, read := range []func() error{
			func() error { _, err := s.BankPayouts(w.ctx, w.book, "35"); return err },
			func() error { _, err := s.BankEntries(w.ctx, w.book, "35", "2026-01-01"); return err },
			func() error { _, err := s.OpenInvoices(w.ctx, w.book, "USD"); return err },
			func() error { _, err := s.AllCustomers(w.ctx, w.book); return err },
		} {
			w.must(read())
		}
	})
}

// TestBankPayouts: a payout that failed comes with the day of its way back, and
// the line of its way back is no second arrival.
func TestBankPayouts(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.book.Accounts.Banks = map[string]string{"ba_1": "35", "ba_2": "36"}
		back := movement("txn_2", "po_1", 20, 0)
		back.Type, back.Category = "payout_failure", "payout_reversal"
		failed := receivables.Payout{ID: "po_1", Amount: 20, Currency: "USD", Status: "failed", Arrival: "2026-03-01", Destination: "ba_1", Created: now, Movement: "txn_1", FailureMovement: "txn_2"}
		paid, other := failed, failed
		paid.ID, paid.Status, paid.Movement, paid.FailureMovement = "po_2", "paid", "txn_3", ""
		other.ID, other.Destination = "po_3", "ba_2"
		w.pull(stripeID, 1, back, failed, paid, other)
		got, err := s.BankPayouts(w.ctx, w.book, "35")
		w.must(err)
		if len(got) != 2 || got[0].ID != "po_1" || !got[0].ReturnedAt.Equal(back.Created) || got[1].ID != "po_2" || !got[1].ReturnedAt.IsZero() {
			t.Errorf("%+v", got)
		}
		_, err = s.SaveStatements(w.ctx, w.book, "35", []statement.Statement{bankStatement(statement.FormatCSV, "", 0, 20, -20)}, "ann", now)
		w.must(err)
		w.must(s.SaveFindings(w.ctx, w.book, "35", []statement.Finding{
			{Line: "ref:2026-03-01", Meaning: statement.MeansPayout, Sure: true, Payout: "po_1"}, {Line: "ref:2026-03-02", Meaning: statement.MeansPayoutReturn, Sure: true, Payout: "po_1"},
		}))
		lines, err := s.PayoutLines(w.ctx, w.book)
		w.must(err)
		if len(lines) != 1 || lines[0].Amount != 20 {
			t.Errorf("%+v", lines)
		}
	})
}

// TestBankEntriesSettled: a document in another currency moves a bank account
// by what was settled, in the account's own.
func TestBankEntriesSettled(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		foreign := receipt("r1", "c", 90)
		foreign.Currency, foreign.AccountID, foreign.Settled, foreign.Date = "EUR", "35", 98, "2026-03-02"
		own := foreign
		own.ID, own.Currency, own.Settled, own.Total = "r2", "USD", 0, 7
		spent := receivables.Document{
			ID: "d1", Kind: receivables.DocumentExpense, State: receivables.StateLive, Currency: "EUR", Date: "2026-03-04", Total: 40,
			Postings: []receivables.Posting{{AccountID: "35", Amount: -30, Settled: -34}, {AccountID: "35", Amount: -10, Settled: -11}, {AccountID: "fees", Amount: 40, Settled: 45}},
		}
		w.pull(ledgerID, 1, receivables.Account{ID: "35", Type: receivables.AccountBank, Currency: "USD", Active: true}, foreign, own, spent)
		list, err := s.BankEntries(w.ctx, w.book, "35", "2026-03-01")
		w.must(err)
		got := map[string]int64{}
		for _, e := range list {
			got[e.ID] = e.Amount
		}
		if want := map[string]int64{"receipt/r1": 98, "receipt/r2": 7, "document/d1": -45}; !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

// TestStatementsAllOrNone: a file whose second statement is refused leaves
// nothing of its first.
func TestStatementsAllOrNone(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		file := []statement.Statement{bankStatement(statement.FormatCAMT, "DE1", 0, 10), bankStatement(statement.FormatCAMT, "DE2", 5, 20)}
		if _, err := s.SaveStatements(w.ctx, w.book, "35", file, "ann", now); !errors.Is(err, store.ErrWrongAccount) {
			t.Errorf("two accounts in a file: %v", err)
		}
		list, err := s.Statements(w.ctx, w.book)
		w.must(err)
		lines, err := s.BankLines(w.ctx, w.book, "", "", "")
		w.must(err)
		if len(list)+len(lines) != 0 {
			t.Errorf("a half of the file stands: %+v %+v", list, lines)
		}
	})
}

// TestListBankLines pages through lines, by state, and counts them.
func TestListBankLines(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for _, account := range []string{"35", "36"} {
			_, err := s.SaveStatements(w.ctx, w.book, account, []statement.Statement{bankStatement(statement.FormatCSV, "", 0, 10, 20, 30, 40)}, "ann", now)
			w.must(err)
		}
		id := func(day string) string { return "ref:2026-03-0" + day }
		w.must(s.SaveFindings(w.ctx, w.book, "35", []statement.Finding{
			{Line: id("1"), Meaning: statement.MeansReceipt}, {Line: id("2"), Meaning: statement.MeansPayout, Sure: true, Payout: "po_1"}, {Line: id("3"), Meaning: statement.MeansFee},
		}))
		var all []string
		query := store.LineQuery{Limit: 3}
		for {
			list, err := s.ListBankLines(w.ctx, w.book, query)
			w.must(err)
			if len(list) == 0 {
				break
			}
			for _, l := range list {
				all = append(all, l.AccountID+" "+l.ID)
				query.Before = store.LinePlace{On: l.On, Account: l.AccountID, ID: l.ID}
			}
		}
		var want []string
		for _, day := range []string{"4", "3", "2", "1"} {
			want = append(want, "36 "+id(day), "35 "+id(day))
		}
		if !slices.Equal(all, want) {
			t.Errorf("%q, want %q", all, want)
		}
		for query, want := range map[store.LineQuery]int{
			{State: store.LinesToConfirm}: 1, {State: store.LinesOpen}: 6, {State: store.LinesOpen, Account: "35"}: 2, {Payout: "po_1"}: 1, {Line: id("1"), Account: "36"}: 1, {Line: "none"}: 0,
		} {
			query.Limit = 9
			list, err := s.ListBankLines(w.ctx, w.book, query)
			w.must(err)
			if len(list) != want {
				t.Errorf("%+v gives %d lines, want %d", query, len(list), want)
			}
		}
		sums, err := s.BankSummaries(w.ctx, w.book)
		w.must(err)
		if want := []store.BankSummary{
			{Account: "35", Lines: 4, Confirm: 1, Open: 2, From: "2026-03-01", To: "2026-03-04"}, {Account: "36", Lines: 4, Open: 4, From: "2026-03-01", To: "2026-03-04"},
		}; !reflect.DeepEqual(sums, want) {
			t.Errorf("%+v, want %+v", sums, want)
		}
	})
}
