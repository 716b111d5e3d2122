package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// UndoParts gives the parts that are selected, and all others in the same
// states that stand in the same documents, by document and key.
func (s *Store) UndoParts(ctx context.Context, b books.Book, q undo.Selection) ([]reconcile.PartRow, error) {
	states := make([]string, len(q.States))
	for i, state := range q.States {
		states[i] = string(state)
	}
	where, args := ` p.tenant = $1 and p.book = $2 and p.state in list($3)`, []any{b.Tenant, b.ID, states}
	add := func(condition string, list ...any) {
		for _, arg := range list {
			args = append(args, arg)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where += " and " + condition
	}
	if q.Purpose == "" {
		add(`p.doc_id <> ''`)
	} else {
		add(`p.purpose = ?`, string(q.Purpose))
	}
	if q.Document.ID != "" {
		// People know a document without the word that some ids begin with.
		add(`(p.doc_id = ? or p.doc_id like '%:' || cast(? as text))`, q.Document.ID, q.Document.ID)
	}
	if q.Document.Kind != "" {
		add(`p.doc_kind = ?`, string(q.Document.Kind))
	}
	if q.Movement != "" {
		add(`p.purpose = 'receipt' and (p.movement = ? or p.movement in (select movement from charge where tenant = $1 and connection in list(?) and id = ? and movement <> ''))`,
			q.Movement, b.Sources, q.Movement)
	}
	if q.Payout != "" {
		add(`p.movement in (select id from balance_transaction where tenant = $1 and connection in list(?) and payout = ? and payout <> ''
			union select movement from payout where tenant = $1 and connection in list(?) and id = ? and movement <> ''
			union select failure_movement from payout where tenant = $1 and connection in list(?) and id = ? and failure_movement <> '')`,
			b.Sources, q.Payout, b.Sources, q.Payout, b.Sources, q.Payout)
	}
	if q.From != nil && q.To != nil {
		add(`p.intent in (select id from intent where tenant = $1 and book = $2 and state = 'done' and updated_at >= ? and updated_at < ?)`, *q.From, *q.To)
	}
	var rows []partRow
	err := s.reader.all(ctx, &rows, `select `+partColumns+` from part p where`+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: parts to undo: %w", err)
	}
	if id := q.Document.ID; id != "" { // an id may hold what like takes for a wildcard
		rows = slices.DeleteFunc(rows, func(r partRow) bool { return r.DocumentID != id && !strings.HasSuffix(r.DocumentID, ":"+id) })
	}
	if q.Purpose == "" && len(rows) > 0 {
		if rows, err = s.partsBeside(ctx, b, states, rows); err != nil {
			return nil, err
		}
		tied, err := s.applications(ctx, b, states, rows)
		if err != nil {
			return nil, err
		}
		rows = append(rows, tied...)
	}
	list := make([]reconcile.PartRow, len(rows))
	for i, r := range rows {
		list[i] = r.part()
	}
	slices.SortFunc(list, func(a, b reconcile.PartRow) int {
		return strings.Compare(subjectOf(a.Document)+"\n"+a.Part.Key(), subjectOf(b.Document)+"\n"+b.Part.Key())
	})
	return list, nil
}

// applications gives the documents by which a credit was applied for the
// movements of the rows: their parts name none, the intent's answer does.
func (s *Store) applications(ctx context.Context, b books.Book, states []string, rows []partRow) ([]partRow, error) {
	if !slices.Contains(states, string(reconcile.PartSent)) {
		return nil, nil
	}
	seen, movements := map[string]bool{}, []string{}
	for _, r := range rows {
		if !seen[r.Movement] {
			seen[r.Movement] = true
			movements = append(movements, r.Movement)
		}
	}
	var tied []partRow
	err := s.reader.all(ctx, &tied, `select `+partColumns+` from part where tenant = $1 and book = $2 and movement in list($3)
		and purpose = 'apply' and doc_id = '' and intent in (select id from intent where tenant = $1 and book = $2 and state = 'done')`, b.Tenant, b.ID, movements)
	if err != nil {
		return nil, fmt.Errorf("store: applications to undo: %w", err)
	}
	ids := make([]string, len(tied))
	for i, r := range tied {
		ids[i] = r.Intent
	}
	intents, err := s.IntentsByID(ctx, b.Tenant, ids)
	if err != nil {
		return nil, err
	}
	answers := map[string]receivables.Ref{}
	for _, in := range intents {
		if in.Answer != nil && in.Answer.Ref.Kind == receivables.KindReceipt {
			answers[in.ID] = in.Answer.Ref
		}
	}
	tied = slices.DeleteFunc(tied, func(r partRow) bool { return answers[r.Intent].ID == "" })
	for i, r := range tied {
		tied[i].State, tied[i].DocumentKind, tied[i].DocumentID = string(reconcile.PartSent), string(answers[r.Intent].Kind), answers[r.Intent].ID
	}
	return tied, nil
}

// partsBeside gives all parts that stand in the documents of the rows.
func (s *Store) partsBeside(ctx context.Context, b books.Book, states []string, rows []partRow) ([]partRow, error) {
	documents, ids := map[string]bool{}, []string{}
	for _, r := range rows {
		if key := r.DocumentKind + "/" + r.DocumentID; !documents[key] {
			documents[key] = true
			ids = append(ids, r.DocumentID)
		}
	}
	var all []partRow
	err := s.reader.all(ctx, &all, `select `+partColumns+` from part where tenant = $1 and book = $2 and doc_id in list($3) and state in list($4)`,
		b.Tenant, b.ID, ids, states)
	if err != nil {
		return nil, fmt.Errorf("store: parts beside those to undo: %w", err)
	}
	return slices.DeleteFunc(all, func(r partRow) bool { return !documents[r.DocumentKind+"/"+r.DocumentID] }), nil
}

// IntentsByID gives intents, in whatever state.
func (s *Store) IntentsByID(ctx context.Context, tenant string, ids []string) ([]push.Intent, error) {
	var rows []intentRow
	err := s.reader.all(ctx, &rows, `select `+intentColumns+` from intent where tenant = $1 and id in list($2) order by id`, tenant, ids)
	if err != nil {
		return nil, fmt.Errorf("store: intents by id: %w", err)
	}
	list := make([]push.Intent, len(rows))
	for i, r := range rows {
		list[i] = r.intent()
	}
	return list, nil
}

// Undoing gives what undo has planned and is not done: what it takes back, and
// the links that it takes off.
func (s *Store) Undoing(ctx context.Context, b books.Book) ([]push.Intent, error) {
	var rows []intentRow
	err := s.reader.all(ctx, &rows, `select `+intentColumns+` from intent
		where tenant = $1 and book = $2 and priority = $3 and state in ('preview', 'planned', 'sending', 'unknown', 'parked') order by sort_key, id`,
		b.Tenant, b.ID, int(push.PriorityUndo))
	if err != nil {
		return nil, fmt.Errorf("store: what is being undone: %w", err)
	}
	list := make([]push.Intent, len(rows))
	for i, r := range rows {
		list[i] = r.intent()
	}
	return list, nil
}
