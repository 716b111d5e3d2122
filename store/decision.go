package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

const decisionColumns = `id, subject, kind, about, question, options, answer, decided_by, opened_at, answered_at`

type decisionRow struct {
	ID, Subject, Kind, About, Question string
	Options                            document[[]reconcile.Option]
	Answer                             string
	By                                 string  `db:"decided_by"`
	OpenedAt                           instant `db:"opened_at"`
	AnsweredAt                         instant `db:"answered_at"`
}

func (r decisionRow) decision() reconcile.Decision {
	return reconcile.Decision{
		ID: r.ID, Subject: r.Subject, Kind: r.Kind, About: r.About, Question: r.Question, Options: r.Options.value, Answer: r.Answer, By: r.By,
		At: r.AnsweredAt.time(),
	}
}

// decisionsAbout gives decisions about subjects that are not closed, answered
// ones included.
func (s *Store) decisionsAbout(ctx context.Context, b books.Book, subjects []string) ([]reconcile.Decision, error) {
	rows, err := s.reader.decisions(ctx, b, subjects)
	if err != nil {
		return nil, fmt.Errorf("store: decisions: %w", err)
	}
	list := make([]reconcile.Decision, len(rows))
	for i, r := range rows {
		list[i] = r.decision()
	}
	return list, nil
}

func (r runner) decisions(ctx context.Context, b books.Book, subjects []string) ([]decisionRow, error) {
	var rows []decisionRow
	err := r.all(ctx, &rows, `select `+decisionColumns+` from decision
		where tenant = $1 and book = $2 and subject in list($3) and closed_at is null order by opened_at, id`, b.Tenant, b.ID, subjects)
	return rows, err
}

// saveDecisions opens questions. A question about the same subject that is
// open already is put in the new words, if they differ; one that has been
// answered stays as it is.
func (r runner) saveDecisions(ctx context.Context, b books.Book, list []reconcile.Decision, opened time.Time) error {
	if len(list) == 0 {
		return nil
	}
	names := make([]string, len(list))
	for i, d := range list {
		names[i] = d.Subject
	}
	rows, err := r.decisions(ctx, b, names)
	if err != nil {
		return err
	}
	open := map[string]decisionRow{}
	for _, row := range rows {
		open[row.Subject+"#"+row.Kind] = row
	}
	var fresh []reconcile.Decision
	asked := map[string]int{} // in this pass: the place in fresh
	for _, d := range list {
		key := d.Subject + "#" + d.Kind
		old, stored := open[key]
		at, again := asked[key]
		switch {
		case again:
			d.ID = fresh[at].ID
			fresh[at] = d
		case !stored:
			asked[key] = len(fresh)
			fresh = append(fresh, d)
		case old.Answer == "" && !old.says(d):
			if err := r.rephrase(ctx, b, old.ID, d); err != nil {
				return err
			}
		}
	}
	values := make([][]any, len(fresh))
	for i, d := range fresh {
		values[i] = decisionValues(b, d, opened)
	}
	if err := r.tellDecisions(ctx, b, fresh, opened); err != nil {
		return err
	}
	return r.write(ctx, decisionTable, fail, values)
}

var decisionTable = newTable("decision", 3, "tenant text, book text, id text, subject text, kind text, about text, question text, options jsonb,"+
	" answer text, decided_by text, opened_at timestamptz, answered_at timestamptz")

func decisionValues(b books.Book, d reconcile.Decision, at time.Time) []any {
	var answered instant
	if d.Answer != "" {
		answered = instant(at)
	}
	return []any{
		b.Tenant, b.ID, d.ID, d.Subject, d.Kind, d.About, d.Question, document[[]reconcile.Option]{d.Options}, d.Answer, d.By, instant(at), answered,
	}
}

// says whether a stored question has the words of a new one already.
func (r decisionRow) says(d reconcile.Decision) bool {
	return r.About == d.About && r.Question == d.Question && slices.EqualFunc(r.Options.value, d.Options, func(a, b reconcile.Option) bool {
		return a.Key == b.Key && a.Text == b.Text && a.Score == b.Score && slices.Equal(a.Invoices, b.Invoices)
	})
}

func (r runner) rephrase(ctx context.Context, b books.Book, id string, d reconcile.Decision) error {
	_, err := r.run(ctx, `update decision set about = $4, question = $5, options = $6 where tenant = $1 and book = $2 and id = $3`,
		b.Tenant, b.ID, id, d.About, d.Question, document[[]reconcile.Option]{d.Options})
	return err
}

// ErrAnswer says that a decision has no such option.
var ErrAnswer = errors.New("is not among the options")

// AnswerDecision records a person's answer and marks what the decision is
// about, so that the next pass acts on it. The answer must be one of the
// options; a decision that is closed or answered already is ErrState.
func (s *Store) AnswerDecision(ctx context.Context, tenant, book, id, answer, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		b, err := t.book(ctx, tenant, book, "")
		if err != nil {
			return err
		}
		var row decisionRow
		err = t.one(ctx, &row, `select `+decisionColumns+` from decision where tenant = $1 and book = $2 and id = $3`, tenant, book, id)
		if err != nil {
			return err
		}
		fits := func(o reconcile.Option) bool { return o.Fits(answer) }
		if answer == "" || len(row.Options.value) > 0 && !slices.ContainsFunc(row.Options.value, fits) {
			return fmt.Errorf("%q %w", answer, ErrAnswer)
		}
		said, err := t.said(ctx, b, row.Options.value, answer)
		if err != nil {
			return err
		}
		answer = said.Key
		n, err := t.run(ctx, `update decision set answer = $4, decided_by = $5, answered_at = $6
			where tenant = $1 and book = $2 and id = $3 and answer = '' and closed_at is null`, tenant, book, id, answer, by, at)
		if err == nil && n == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		if err := t.journalAnswer(ctx, b, row, said, by, at); err != nil {
			return err
		}
		if row.Kind == reconcile.DecideWriter {
			// What another writer has left may touch any movement.
			return t.mark(ctx, b.Tenant, b.Ledger, []receivables.Ref{{Kind: reconcile.MarkBook, ID: b.ID}}, at)
		}
		return t.markSubject(ctx, b, row.Subject, at)
	})
	if err != nil {
		return fmt.Errorf("store: answer decision %s: %w", id, err)
	}
	return nil
}

// said is what an answer stands for, in the words of its option. One that names
// an account of the ledger, by id, name or code, becomes the one with its id.
func (r runner) said(ctx context.Context, b books.Book, options []reconcile.Option, answer string) (reconcile.Option, error) {
	out := optionOf(options, answer)
	text, named := strings.CutPrefix(answer, reconcile.AnswerAccount)
	if !named {
		return out, nil
	}
	list, err := values[receivables.Account](ctx, r, `select doc from account where tenant = $1 and connection = $2 and not deleted order by id`, b.Tenant, b.Ledger)
	if err != nil {
		return out, err
	}
	var found []receivables.Account
	for _, a := range list {
		if a.ID == text {
			found = []receivables.Account{a}
			break
		}
		if strings.EqualFold(a.Name, text) || a.Code != "" && a.Code == text {
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		return out, fmt.Errorf("%q %w: the ledger has %d accounts of this id, name or code", answer, ErrAnswer, len(found))
	}
	return reconcile.Option{Key: reconcile.AnswerAccount + found[0].ID, Text: "Book it against the account '" + found[0].Name + "'"}, nil
}

// optionOf is an answer with the words of the option that it chooses.
func optionOf(options []reconcile.Option, answer string) reconcile.Option {
	for _, o := range options {
		if o.Fits(answer) {
			return reconcile.Option{Key: answer, Text: o.Text}
		}
	}
	return reconcile.Option{Key: answer}
}

// markSubject marks what a subject names: "movement/txn_1", "invoice/42",
// "document/receipt/7".
func (r runner) markSubject(ctx context.Context, b books.Book, subject string, at time.Time) error {
	kind, id, _ := strings.Cut(subject, "/")
	switch kind {
	case "movement":
		kind = string(receivables.KindBalanceTransaction)
	case "document":
		if inner, rest, ok := strings.Cut(id, "/"); ok {
			kind, id = inner, rest
		}
	}
	ref := receivables.Ref{Kind: receivables.Kind(kind), ID: id}
	connection := b.Ledger
	if !ofLedger(ref.Kind) && len(b.Sources) > 0 {
		connection = b.Sources[0]
	}
	return r.mark(ctx, b.Tenant, connection, []receivables.Ref{ref}, at)
}
