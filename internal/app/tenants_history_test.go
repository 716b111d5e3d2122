package app_test

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/links"
	"tieout/mapping"
	"tieout/pay"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/alarm"
	"tieout/sync/mail"
	"tieout/sync/monthend"
	"tieout/sync/notify"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/statement"
	"tieout/sync/sweep"
)

// later is after everything that happened.
var later = testNow.AddDate(1, 0, 0)

// history is what one tenant's business has left in every table.
type history struct {
	tables  []string
	columns map[string][]string
	rows    map[string][][]any
	known   known
}

// known are values of it, for arguments.
type known struct {
	book           books.Book
	ledger, stripe books.Connection
	// ids are those of everything there is.
	ids      []string
	intent   push.Intent
	hook     notify.Hook
	delivery notify.Delivery
	decision reconcile.Decision
	proof    proof.Proof
	grant    connect.Grant
	marks    []reconcile.Mark
	match    string
}

// bankAccount is the ledger's account that statements are of.
const bankAccount = "35"

// newHistory plays a business: invoices are paid by link, webhooks come, a bank
// statement is read, questions are asked, things are approved and signed off.
func newHistory(t *testing.T) *history {
	t.Helper()
	r := newHooked(t, "quickbooks")
	r.pay()
	r.deliver()
	r.take()
	r.clock.Advance(24 * time.Hour)
	r.clean()
	r.pay()
	r.deliver() // stay in the inbox
	h := &history{columns: map[string][]string{}, rows: map[string][][]any{}}
	h.paper(r)
	db, err := sql.Open("sqlite", r.config.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	eachRow(t, db, func(row []any) { h.tables = append(h.tables, row[0].(string)) },
		`select name from sqlite_master where type = 'table' and name not like 'goose_%' and name not like 'sqlite_%' and name not like 'printed_words%' order by rowid`)
	for _, table := range h.tables {
		eachRow(t, db, func(row []any) { h.columns[table] = append(h.columns[table], row[0].(string)) }, `select name from pragma_table_info($1)`, table)
		eachRow(t, db, func(row []any) { h.rows[table] = append(h.rows[table], row) }, "select * from "+table)
	}
	h.waiting(t)
	h.known.ids = h.ids()
	for _, table := range h.tables {
		if len(h.rows[table]) == 0 && slices.Contains(h.columns[table], "tenant") {
			t.Errorf("the table %s is empty: give the history a row of it", table)
		}
	}
	return h
}

// ids are all texts in columns that name something.
func (h *history) ids() []string {
	found := map[string]bool{}
	for table, rows := range h.rows {
		for i, column := range h.columns[table] {
			if !slices.Contains([]string{"id", "movement", "invoice", "marker", "ref"}, column) {
				continue
			}
			for _, row := range rows {
				if text, ok := row[i].(string); ok {
					found[text] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// paper adds what a person does.
func (h *history) paper(r *hooked) {
	r.Helper()
	ctx, s, k := r.Context(), r.Store, &h.known
	k.book, k.ledger, k.stripe = r.book, r.row(r.ledger.ID), r.row(r.stripe.ID)
	k.book.Accounts.Banks = map[string]string{"ba": bankAccount}
	k.book.Accounts.Returned = k.clearing()
	check := func(err error) {
		r.Helper()
		if err != nil {
			r.Fatal(err)
		}
	}
	k.stripe.Profile.Destinations = map[string]receivables.Destination{"ba": {Name: "Chase", Last4: "6789", Currency: "USD"}}
	_, err := s.SaveConnection(ctx, k.stripe)
	check(err)
	hook, err := r.AddHook(ctx, "https://example.com/in", nil)
	check(err)
	n, err := notify.New(books.Tenant, notify.Test, testNow, "x", nil)
	check(err)
	check(s.TellHook(ctx, hook.ID, n))
	k.hook = hook
	k.delivery = notify.Delivery{Hook: hook.ID, Notice: n, State: notify.DeliveryWaiting, NotBefore: testNow}
	st := statement.Statement{Format: statement.FormatCSV, Currency: "USD", Lines: []statement.Line{
		{ID: "l1", On: "2026-11-18", Amount: 100, Name: "N"}, {ID: "l2", On: "2026-11-19", Amount: 200, Name: "M"}, {ID: "l4", On: "2026-11-20", Amount: 300, Name: "O"},
	}}
	_, err = s.SaveStatements(ctx, r.book, bankAccount, []statement.Statement{st}, "ann", testNow)
	check(err)
	check(s.SaveFindings(ctx, r.book, bankAccount, []statement.Finding{{Line: "l2", Meaning: statement.MeansPayout, Sure: true, Payout: "po_1", Entries: []string{"receipt/seen"}, Why: "!"}}))
	l := (&crowd{T: r.T}).lease(r.App)
	check(s.ConfirmLine(ctx, l, r.book, h.confirmation("l1")))
	check(s.SaveGrant(ctx, connect.Grant{Tenant: books.Tenant, ID: "loose", Vendor: "xero", Access: "a", Refresh: "b", RefreshExpires: later, UpdatedAt: testNow}))
	check(s.SaveColumnMap(ctx, books.Tenant, "bank", statement.ColumnMap{Date: "a"}, "ann", testNow))
	check(s.SaveControl(ctx, books.Tenant, monthend.Control{FourEyes: true, RetentionYears: 7}, "ann", testNow))
	check(s.AskApproval(ctx, books.Tenant, r.book.ID, monthend.Approval{ID: "ap1", Subject: "undo", Digest: "d", AskedBy: "ann", AskedAt: testNow}))
	check(s.AskApproval(ctx, books.Tenant, r.book.ID, monthend.Approval{ID: "ap0", Subject: "undo", Digest: "granted", AskedBy: "ann", AskedAt: testNow}))
	check(s.AnswerApproval(ctx, books.Tenant, r.book.ID, "ap0", true, "bob", testNow))
	check(s.SaveSignOff(ctx, r.book, "2026-10", monthend.SignOff{Role: monthend.RolePrepared, By: "ann", At: testNow, Pack: "p"}))
	check(s.Save(ctx, l, r.book, reconcile.Result{At: testNow, Links: []links.Link{{
		Tenant: books.Tenant, Book: r.book.ID, Invoice: "own", Generation: 1, State: links.StateActive, Own: true, ID: "token-own", CreatedAt: testNow,
	}}}))
	check(s.AddPayToken(ctx, r.book, pay.KindCustomer, "c", "token-c", testNow))
	check(s.SavePaySession(ctx, r.book, payPage("page-1")))
	check(s.AddNote(ctx, r.book.Tenant, store.Note{
		ID: "note-1", Connection: r.book.Ledger, About: receivables.Ref{Kind: receivables.KindCustomer, ID: "c"}, Person: "ann", Author: "Ann", Text: "Called.", At: testNow,
	}))
	check(s.SaveSweep(ctx, l, r.ledger.ID, sweep.Record{Tried: testNow, Finished: testNow}))
	_, err = s.SavePage(ctx, l, pull.Page{Tenant: books.Tenant, Connection: k.stripe.ID, At: testNow, Mark: true, Records: strangeStripe()})
	check(err)
	_, err = s.SavePage(ctx, l, pull.Page{Tenant: books.Tenant, Connection: k.ledger.ID, At: testNow, Mark: true, Records: h.strangeLedger()})
	check(err)
	again := records(receivables.Payer{ID: "payer", Name: "P, by another name"})
	again[0].Order, again[0].Raw = 2, []byte(`{"again":true}`)
	_, err = s.SavePage(ctx, l, pull.Page{Tenant: books.Tenant, Connection: k.stripe.ID, At: testNow, Mark: true, Records: again})
	check(err)
	check(s.ReleaseLease(ctx, l))
	check(s.MarkRestored(ctx, testNow))
	l = (&crowd{T: r.T}).lease(r.App)
	check(s.SaveAlarms(ctx, l, []alarm.Row{{Connection: k.ledger.ID, Kind: alarm.Stale, Since: testNow, Raised: testNow, Told: testNow}}, nil, []mail.Mail{{ID: "mail-1", NotBefore: testNow, CreatedAt: testNow}}))
	check(s.ReleaseLease(ctx, l))
	h.look(r, check)
}

// payPage is a page that a payer has opened.
func payPage(id string) pay.Session {
	return pay.Session{
		ID: id, Connection: "x", Session: "cs_" + id, State: pay.SessionOpen, Currency: "USD", Created: testNow, Until: later,
		Shares: []pay.Share{{Invoice: "1", Number: "n", Amount: 1, Payable: 1}},
	}
}

// records are entities as a page brings them.
func records(entities ...receivables.Entity) []mapping.Record {
	var out []mapping.Record
	for _, e := range entities {
		out = append(out, mapping.Record{Ref: e.Ref(), Order: 1, Changed: testNow, Raw: []byte("{}"), Entity: e})
	}
	return out
}

// strangeStripe is what the business happens not to have had.
func strangeStripe() []mapping.Record {
	return records(
		receivables.Payer{ID: "payer", Name: "P"},
		receivables.Refund{ID: "refund", ChargeID: "refund", Amount: 1, Currency: "USD", Status: "succeeded", Created: testNow, Movement: "m1"},
		receivables.Dispute{ID: "dispute", ChargeID: "ch", Amount: 1, Currency: "USD", Status: "lost", Created: testNow, Movements: []string{"m2"}},
		receivables.Payout{ID: "po_1", Amount: 200, Currency: "USD", Status: "paid", Arrival: "2026-11-20", Created: testNow, Movement: "m3", Destination: "ba"},
		receivables.Invoice{ID: "in_1", CustomerID: "payer", Currency: "USD", State: receivables.StateLive, Issued: "2026-11-01", Due: "2026-11-30", Total: 9, Balance: 9, HomeBalance: 9},
		receivables.BalanceTransaction{ID: "m2", Type: "adjustment", Category: "dispute", Source: "dispute", Amount: -1, Net: -1, Currency: "USD", Created: later, Available: later, Status: "available"},
		receivables.BalanceTransaction{ID: "m1", Type: "refund", Category: "refund", Source: "refund", Amount: -1, Net: -1, Currency: "USD", Created: testNow, Available: testNow, Status: "available"},
		receivables.BalanceTransaction{ID: "m4", Type: "charge", Category: "charge", Source: "ch_4", Amount: 200, Net: 200, Currency: "USD", Created: testNow, Available: testNow, Status: "available", Payout: "po_1"},
		receivables.BalanceTransaction{ID: "m3", Type: "payout", Category: "payout", Source: "po_1", Amount: -200, Net: -200, Currency: "USD", Created: testNow, Available: testNow, Status: "available"},
	)
}

// strangeLedger are documents that do not fit: of nobody, of others, twice the
// same, against a balance that says something else.
func (h *history) strangeLedger() []mapping.Record {
	balance := int64(77)
	clearing := h.known.clearing()
	document := func(id string, amount int64, account string) receivables.Document {
		return receivables.Document{
			ID: id, Kind: receivables.DocumentJournal, State: receivables.StateLive, Currency: "USD", Date: soon, Total: amount, Marker: "twice", Note: "po_1 by another",
			Postings: []receivables.Posting{{AccountID: account, Amount: amount}},
		}
	}
	alien := document("alien", 6, clearing)
	alien.Marker = ""
	return records(
		receivables.Receipt{ID: "forgotten", CustomerID: "c", State: receivables.StateLive, Currency: "USD", Date: "2026-11-01", Total: 5, Unapplied: 5, Marker: "TIE-AAAABBBBCCCCDDDD"},
		receivables.Credit{ID: "credit", CustomerID: "c", State: receivables.StateLive, Currency: "USD", Issued: "2026-11-01", Total: 5, Remaining: 5},
		receivables.Customer{ID: "gap", Name: "G", Currency: "USD", Active: true, Balance: &balance},
		receivables.Invoice{ID: "orphan", Number: "O", CustomerID: "nobody", Currency: "USD", State: receivables.StateLive, Issued: "2026-11-01", Due: "2026-11-30", Total: 9, Balance: 9, HomeBalance: 9},
		document("twin1", 5, clearing), document("twin2", 200, bankAccount), alien,
	)
}

// soon is after the cut-over.
const soon = "2026-11-22"

func (k known) clearing() string { return k.book.Accounts.Clearing["USD"] }

func (h *history) confirmation(line string) statement.Confirmation {
	return statement.Confirmation{
		Account: bankAccount, By: "ann", At: testNow, Finding: statement.Finding{Line: line, Meaning: statement.MeansReceipt, Sure: true, Customer: "c", Why: "said"},
		Rules: []statement.Rule{{ID: "rule/" + line, Kind: statement.RuleAlias, Key: "name:" + line, Customer: "c", Line: line, By: "ann", At: testNow, Why: "because"}},
	}
}

// waiting adds what this business happens not to have: writes that wait or were
// set aside.
func (h *history) waiting(t *testing.T) {
	t.Helper()
	k := h.known
	const at = "2026-11-20T18:00:00.000000Z"
	ours := map[string]any{"tenant": books.Tenant, "book": k.book.ID, "connection": k.stripe.ID}
	h.add("rejection", map[string]any{"connection": k.ledger.ID, "kind": "invoice", "external_id": "r", "ord": 1, "seq": 1, "hash": []byte{1}, "closed": false}, ours)
	h.add("exception", map[string]any{"scope": "book/" + k.book.ID, "subject": "invoice/1", "kind": "x", "message": "m", "action": "a", "opened_at": at}, ours)
	h.add("decision", map[string]any{
		"id": "d1", "subject": "movement/m1", "kind": "invoice", "about": "", "question": "?", "options": `[{"key":"none","text":"None"}]`, "answer": "", "decided_by": "", "opened_at": at,
	}, ours)
	h.add("decision", map[string]any{
		"id": "d2", "subject": "movement/m1", "kind": reconcile.DecideMatch, "about": "", "question": "?", "options": `[{"key":"again","text":"Again"}]`,
		"answer": reconcile.AnswerNone, "decided_by": "ann", "opened_at": at, "answered_at": at,
	}, ours)
	h.add("lease", map[string]any{"name": "held", "holder": "h", "fence": 1, "held_until": "2030-01-01T00:00:00.000000Z"}, ours)
	for i, role := range []string{"owner", "owner"} {
		id := fmt.Sprintf("p%d", i+1)
		h.add("person", map[string]any{
			"id": id, "email": id, "email_key": id, "name": id, "password": "", "second_on": false, "second_used": 0, "epoch": 0, "theme": "", "created_at": at,
		})
		h.add("member", map[string]any{"person": id, "role": role, "added_at": at}, ours)
	}
	h.add("organisation", map[string]any{"name": "O", "zone": "UTC", "home": "USD", "created_at": at}, ours)
	h.add("responsible", map[string]any{"person": "p1", "connection": k.ledger.ID, "customer": "c"}, ours)
	h.add("ticket", map[string]any{
		"hash": "h", "kind": "invite", "person": "", "email": "x", "role": "viewer", "expires": "2030-01-01T00:00:00.000000Z", "created_by": "p1", "created_at": at,
	}, ours)
	h.add("saved_view", map[string]any{"id": "view", "person": "p1", "shared": true, "name": "n", "query": "q", "changed_at": at}, ours)
	h.add("api_key", map[string]any{"id": "key", "person": "p1", "name": "n", "hash": "h", "scopes": "see", "view_id": "", "created_at": at, "requests": 0}, ours)
	h.add("api_answer", map[string]any{"api_key": "key", "request": "r", "digest": "d", "status": 0, "body": "", "started_at": "2026-11-22T11:59:00.000000Z"}, ours)
	h.add("person_event", map[string]any{"id": "e", "at": at, "kind": "x", "person": "p1", "by_whom": "p1", "address": "", "detail": ""}, ours)
	h.also(t, "part", "", map[string]any{"part_key": "reopened", "movement": "m1", "purpose": "reopen", "amount": 5, "doc_kind": "invoice", "doc_id": "orphan"})
	h.also(t, "allocation", "", map[string]any{"charge": "matched", "movement": "matched"})
	h.also(t, "intent", k.intent.ID, map[string]any{"id": k.intent.ID + "/undoing", "state": "planned", "priority": int(push.PriorityUndo)})
	h.add("earlier_movement", map[string]any{"movement": "m1", "cause": "paid_out"}, ours)
	h.add("payer_join", map[string]any{"payer": "payer", "customer": "c", "evidence": "e"}, ours)
	h.add("payer_apart", map[string]any{"payer": "stranger", "customer": "c", "decided_by": "p1", "decided_at": at}, ours)
	h.add("mirror", map[string]any{"invoice": "in_1", "state": "none", "ledger": "", "rule": "x", "evidence": "e", "decided_by": ""}, ours)
	h.also(t, "intent", k.intent.ID, map[string]any{"id": k.intent.ID + "/planned", "state": "planned"})
	h.also(t, "intent", k.intent.ID, map[string]any{"id": k.intent.ID + "/parked", "state": "parked", "problem": "x"})
}

// look finds values for arguments.
func (h *history) look(r *hooked, check func(error)) {
	ctx, s, k := r.Context(), r.Store, &h.known
	intents, err := s.Intents(ctx, books.Tenant, r.book.ID, []push.State{push.StateDone}, 1)
	check(err)
	k.intent = intents[0]
	k.proof, _, err = s.LatestProof(ctx, books.Tenant, r.book.ID)
	check(err)
	k.grant, err = s.Grant(ctx, books.Tenant, k.ledger.GrantID)
	check(err)
	k.decision.ID, k.match = "d1", "matched"
	k.marks, err = s.Marks(ctx, r.book, 10)
	check(err)
}

// add adds a row of the given columns; those that the table lacks are left out.
func (h *history) add(table string, sets ...map[string]any) {
	row := make([]any, len(h.columns[table]))
	for _, set := range sets {
		for i, column := range h.columns[table] {
			if v, ok := set[column]; ok && row[i] == nil {
				row[i] = v
			}
		}
	}
	h.rows[table] = append(h.rows[table], row)
}

// also adds a row like one of a table's that holds like (or any), with some
// columns changed.
func (h *history) also(t *testing.T, table, like string, changed map[string]any) {
	t.Helper()
	at := slices.IndexFunc(h.rows[table], func(row []any) bool { return like == "" || slices.Contains(row, any(like)) })
	if at < 0 {
		t.Fatalf("the table %s has no row like %q", table, like)
	}
	row := slices.Clone(h.rows[table][at])
	for i, column := range h.columns[table] {
		if v, ok := changed[column]; ok {
			row[i] = v
		}
	}
	h.rows[table] = append(h.rows[table], row)
}
