package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// appendJournal adds an entry to its book's journal, in the transaction of what it
// speaks about. The row of the chain's end stays locked until that ends, so
// that two entries never follow the same one.
func (r runner) appendJournal(ctx context.Context, e journal.Entry) error {
	head, err := r.journalEnd(ctx, e.Tenant, e.Book)
	if errors.Is(err, ErrNotFound) {
		_, err = r.run(ctx, `insert into journal_head (tenant, book, seq, hash) values ($1, $2, 0, '') on conflict (tenant, book) do nothing`, e.Tenant, e.Book)
		if err == nil {
			head, err = r.journalEnd(ctx, e.Tenant, e.Book)
		}
	}
	if err != nil {
		return err
	}
	e.Seq, e.Prev = head.Seq+1, head.Hash
	line, err := journal.Seal(e)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `insert into journal (tenant, book, seq, at, kind, intent, doc_kind, doc_id, entry, hash)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		e.Tenant, e.Book, e.Seq, e.At, string(e.Kind), e.Intent, string(e.Document.Kind), e.Document.ID, pack(line.Bytes), line.Hash)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `update journal_head set seq = $3, hash = $4 where tenant = $1 and book = $2`, e.Tenant, e.Book, e.Seq, line.Hash)
	return err
}

// end is the last line of a chain.
type end struct {
	Seq  int64
	Hash string
}

// journalEnd is the end of a chain, locked until the transaction ends.
func (r runner) journalEnd(ctx context.Context, tenant, book string) (head end, err error) {
	err = r.one(ctx, &head, `select seq, hash from journal_head where tenant = $1 and book = $2 /*lock*/`, tenant, book)
	return head, err
}

// journalWrite records a write that was made.
func (r runner) journalWrite(ctx context.Context, o push.Outcome) error {
	in := o.Intent
	answer, err := exact(in.Answer)
	if err != nil {
		return err
	}
	e := journal.Entry{
		Tenant: in.Tenant, Book: in.Book, At: o.At, Kind: journal.KindWrite, Why: in.Why, Connection: in.Connection, Intent: in.ID,
		Op: in.Write.Op, Key: in.Write.Key, Marker: in.Write.Marker, Parts: in.Write.Parts, Invoice: in.Invoice,
		Request: in.Write.Body, Before: in.Before, Answer: json.RawMessage(answer), Document: in.Answer.Ref, URL: o.URL,
	}
	if in.Effect == push.EffectLinkOff && len(e.Before) == 0 {
		if e.Before, err = r.linkBefore(ctx, in); err != nil {
			return err
		}
	}
	if in.Effect == push.EffectUndone {
		e.Kind, e.Document = journal.KindRemoval, in.Write.Target
	}
	if e.Who, e.Evidence, err = r.reasons(ctx, in); err != nil {
		return err
	}
	return r.appendJournal(ctx, e)
}

// linkBefore is a payment link as it was until it was ended.
func (r runner) linkBefore(ctx context.Context, in push.Intent) ([]byte, error) {
	var row struct {
		ID       string `json:"id"`
		URL      string `json:"url"`
		Amount   int64  `json:"amount"`
		Currency string `json:"currency"`
	}
	err := r.one(ctx, &row, `select id, url, amount, currency from link where tenant = $1 and book = $2 and invoice = $3 and generation = $4`,
		in.Tenant, in.Book, in.Invoice, in.Generation)
	if err != nil {
		return nil, err
	}
	return encode(row)
}

// reasons gives who is behind a write, a person before a rule, and what the
// matches that it rests on say.
func (r runner) reasons(ctx context.Context, in push.Intent) (who string, evidence []string, err error) {
	if in.Booking != nil {
		who = in.Booking.By
	}
	var movements []string
	for _, p := range in.Write.Parts {
		if !slices.Contains(movements, p.Movement) {
			movements = append(movements, p.Movement)
		}
	}
	rules := map[string]bool{}
	if len(movements) > 0 {
		var rows []allocationRow
		err := r.all(ctx, &rows, `select `+allocationColumns+` from allocation where tenant = $1 and book = $2 and movement in list($3)`,
			in.Tenant, in.Book, movements)
		if err != nil {
			return "", nil, err
		}
		slices.SortFunc(rows, func(a, b allocationRow) int {
			return cmp.Or(cmp.Compare(a.Movement, b.Movement), cmp.Compare(a.Invoice, b.Invoice), cmp.Compare(a.Adopted, b.Adopted))
		})
		numbers, err := r.invoiceNumbers(ctx, in.Tenant, in.Connection, rows)
		if err != nil {
			return "", nil, err
		}
		for _, a := range rows {
			who = cmp.Or(who, a.By)
			rules[a.Rule] = true
			evidence = append(evidence, fmt.Sprintf("%s pays %s of invoice %s by rule %s: %s", a.Charge,
				money.Money{Minor: a.Amount, Currency: money.Currency(a.Currency)}, cmp.Or(numbers[a.Invoice], a.Invoice), a.Rule, a.Evidence))
		}
	}
	if who != "" {
		return who, evidence, nil
	}
	switch {
	case in.Invoice != "":
		rules["payment_links"] = true
	case len(rules) == 0:
		rules["booking_table"] = true
	}
	names := make([]string, 0, len(rules))
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return "rule: " + strings.Join(names, ", "), evidence, nil
}

// invoiceNumbers are what the invoices of allocations are called, by id.
func (r runner) invoiceNumbers(ctx context.Context, tenant, ledger string, rows []allocationRow) (map[string]string, error) {
	var ids []string
	for _, a := range rows {
		if a.Invoice != "" {
			ids = append(ids, a.Invoice)
		}
	}
	return r.numbersOf(ctx, tenant, ledger, ids)
}

// numbersOf are the numbers of a ledger's invoices, by id.
func (r runner) numbersOf(ctx context.Context, tenant, ledger string, ids []string) (map[string]string, error) {
	numbers := map[string]string{}
	if len(ids) == 0 {
		return numbers, nil
	}
	list, err := values[receivables.Invoice](ctx, r, `select doc from invoice where tenant = $1 and connection = $2 and id in list($3)`, tenant, ledger, ids)
	for _, inv := range list {
		numbers[inv.ID] = inv.Number
	}
	return numbers, err
}

// journalBook records a change of a book's settings; before is nil for a new
// book.
func (r runner) journalBook(ctx context.Context, before *books.Book, after books.Book, at time.Time) error {
	e := journal.Entry{Tenant: after.Tenant, Book: after.ID, At: at, Kind: journal.KindSettings, Who: journal.Actor(ctx), Why: "The book was made."}
	var err error
	if before != nil {
		e.Why = "Accounts, cut-over or settings of the book were changed."
		if e.Before, err = encode(before); err != nil {
			return err
		}
	}
	if e.Answer, err = encode(after); err != nil {
		return err
	}
	return r.appendJournal(ctx, e)
}

// journalWrites records that the writing was switched.
func (r runner) journalWrites(ctx context.Context, b books.Book, on bool, at time.Time) error {
	why := "The writing was switched off."
	if on {
		why = "The writing was switched on."
	}
	return r.appendJournal(ctx, journal.Entry{
		Tenant: b.Tenant, Book: b.ID, At: at, Kind: journal.KindWrites, Who: journal.Actor(ctx), Why: why, Evidence: journal.Confirmed(ctx),
	})
}

// journalAnswer records a person's answer: what it is about, and its words.
func (r runner) journalAnswer(ctx context.Context, b books.Book, row decisionRow, answer reconcile.Option, by string, at time.Time) error {
	text, err := exact(answer.Key)
	if err != nil {
		return err
	}
	evidence := []string{row.Subject + "#" + row.Kind}
	if answer.Text != "" {
		evidence = append(evidence, answer.Text)
	}
	return r.appendJournal(ctx, journal.Entry{
		Tenant: b.Tenant, Book: b.ID, At: at, Kind: journal.KindDecision, Who: by, Why: row.decision().Text(), Evidence: evidence,
		Answer: json.RawMessage(text),
	})
}

// SaveCreated records an account or contact that a set-up has made in the
// ledger: an undo of the book takes it back, if nothing else uses it.
func (s *Store) SaveCreated(ctx context.Context, b books.Book, c connect.Created) error {
	answer, err := exact(c.Answer)
	if err != nil {
		return err
	}
	err = s.inTx(ctx, func(t runner) error {
		return t.appendJournal(ctx, journal.Entry{
			Tenant: b.Tenant, Book: b.ID, At: c.At, Kind: journal.KindCreated, Who: journal.Actor(ctx), Why: fmt.Sprintf("%s %q was missing.", c.Use, c.Name),
			Connection: b.Ledger, Op: c.Write.Op, Key: c.Write.Key, Request: c.Write.Body, Answer: json.RawMessage(answer), Document: c.Answer.Ref,
			Name: c.Name, URL: c.URL,
		})
	})
	if err != nil {
		return fmt.Errorf("store: journal of what was created: %w", err)
	}
	return nil
}

// JournalQuery selects lines of a book's journal. Empty fields select all.
type JournalQuery struct {
	// From and To are instants; To is excluded.
	From, To *time.Time
	Kinds    []journal.Kind
	// Document is the object that a line must be about, Documents are ids of such
	// objects, of whatever kind.
	Document  receivables.Ref
	Documents []string
}

// Journal calls yield for each line of a book's journal, in its order, without
// holding them all.
func (s *Store) Journal(ctx context.Context, tenant, book string, q JournalQuery, yield func(journal.Line) error) error {
	where, args := ``, []any{tenant, book}
	add := func(condition string, arg any) {
		args = append(args, arg)
		where += fmt.Sprintf(condition, len(args))
	}
	if q.From != nil {
		add(` and at >= $%d`, *q.From)
	}
	if q.To != nil {
		add(` and at < $%d`, *q.To)
	}
	if len(q.Kinds) > 0 {
		kinds := make([]string, len(q.Kinds))
		for i, k := range q.Kinds {
			kinds[i] = string(k)
		}
		add(` and kind in list($%d)`, kinds)
	}
	if q.Document.ID != "" {
		add(` and doc_id = $%d`, q.Document.ID)
		add(` and doc_kind = $%d`, string(q.Document.Kind))
	}
	if len(q.Documents) > 0 {
		add(` and doc_id in list($%d)`, q.Documents)
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var l journal.Line
		var packed []byte
		err := scan(&packed, &l.Hash)
		if err == nil {
			if l.Bytes, err = unpack(packed); err != nil {
				l.Bytes = nil // the chain says which line it is
			}
			err = yield(l)
		}
		return err
	}, `select entry, hash from journal where tenant = $1 and book = $2`+where+` order by seq`, args...)
	if err != nil {
		return fmt.Errorf("store: journal: %w", err)
	}
	return nil
}

// VerifyJournal recomputes a book's chain and gives its length and last hash.
// The first line that is not as it was written is journal.ErrBroken, and so is
// an end that has gone.
func (s *Store) VerifyJournal(ctx context.Context, tenant, book string) (journal.Chain, error) {
	// The end is read first: what is appended meanwhile is one line more.
	var head end
	err := s.reader.one(ctx, &head, `select seq, hash from journal_head where tenant = $1 and book = $2`, tenant, book)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return journal.Chain{}, fmt.Errorf("store: verify journal: %w", err)
	}
	chain := journal.Chain{Tenant: tenant, Book: book}
	met := head.Seq == 0
	err = s.Journal(ctx, tenant, book, JournalQuery{}, func(l journal.Line) error {
		_, err := chain.Next(l)
		if err == nil && chain.Seq == head.Seq {
			met = chain.Hash == head.Hash
		}
		return err
	})
	if err == nil && !met {
		err = fmt.Errorf("line %d: %w: the journal ended there, and ends now with line %d", head.Seq, journal.ErrBroken, chain.Seq)
	}
	if err != nil {
		return chain, fmt.Errorf("store: verify journal: %w", err)
	}
	return chain, s.unjournaled(ctx, tenant, book)
}

// unjournaled finds writes that were made since the journal began and that
// stand in no line of it.
func (s *Store) unjournaled(ctx context.Context, tenant, book string) error {
	var ids []string
	err := s.reader.all(ctx, &ids, `select i.id from intent i where i.tenant = $1 and i.book = $2 and i.state = 'done'
		and i.updated_at >= (select min(at) from journal where tenant = $1 and book = $2)
		and not exists (select 1 from journal j where j.tenant = i.tenant and j.book = i.book and j.intent = i.id)
		order by i.id limit 1`, tenant, book)
	if err != nil {
		return fmt.Errorf("store: verify journal: %w", err)
	}
	if len(ids) > 0 {
		return fmt.Errorf("store: verify journal: the write %s: %w: no line tells of it", ids[0], journal.ErrBroken)
	}
	return nil
}
