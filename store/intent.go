package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tieout/connectors"
	"tieout/links"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

const intentColumns = `tenant, id, book, connection, generation, state, priority, sort_key, request, booking, before, why,
	invoice, effect, depends_on, attempts, not_before, answer, problem, created_at, updated_at`

var intentTable = newTable("intent", 2, "tenant text, id text, book text, connection text, generation bigint, state text,"+
	" priority bigint, sort_key text, request text, booking text, before bytea, why text, invoice text, effect text, depends_on text,"+
	" attempts bigint, not_before timestamptz, answer text, problem text, created_at timestamptz, updated_at timestamptz")

type intentRow struct {
	Tenant, ID, Book, Connection string
	Generation                   int
	State                        string
	Priority                     int
	Sort                         string `db:"sort_key"`
	Request                      document[connectors.Write]
	Booking                      document[*mapping.Booking]
	Before                       []byte
	Why, Invoice, Effect         string
	DependsOn                    string `db:"depends_on"`
	Attempts                     int
	NotBefore                    instant `db:"not_before"`
	Answer                       document[*connectors.Answer]
	Problem                      string
	CreatedAt                    instant `db:"created_at"`
	UpdatedAt                    instant `db:"updated_at"`
}

func (r intentRow) intent() push.Intent {
	booking := r.Booking.value
	if booking != nil {
		booking.Parts = r.Request.value.Parts
	}
	return push.Intent{
		Tenant: r.Tenant, ID: r.ID, Book: r.Book, Connection: r.Connection, Generation: r.Generation,
		State: push.State(r.State), Priority: push.Priority(r.Priority), Sort: r.Sort, Write: r.Request.value, Booking: booking,
		Before: r.Before, Why: r.Why, Invoice: r.Invoice, Effect: push.Effect(r.Effect), DependsOn: r.DependsOn,
		Attempts: r.Attempts, NotBefore: r.NotBefore.pointer(), Answer: r.Answer.value, Problem: r.Problem,
		CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
}

// exact is JSON that leaves the characters of a request as they are: what is
// sent again after a crash must be what was sent before.
func exact(value any) (string, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", fmt.Errorf("store: encode %T: %w", value, err)
	}
	return string(bytes.TrimSuffix(out.Bytes(), []byte("\n"))), nil
}

// answerText is NULL without an answer.
func answerText(a *connectors.Answer) (any, error) {
	if a == nil {
		return nil, nil
	}
	return exact(a)
}

// bookingText is a write's booking. Its parts are those of the write, which
// stand in the request: a booking may go into several writes.
func bookingText(b *mapping.Booking) (any, error) {
	if b == nil {
		return nil, nil
	}
	bare := *b
	bare.Parts = nil
	return exact(bare)
}

func intentValues(in push.Intent) ([]any, error) {
	request, err := exact(in.Write)
	if err != nil {
		return nil, err
	}
	answer, err := answerText(in.Answer)
	if err != nil {
		return nil, err
	}
	booking, err := bookingText(in.Booking)
	if err != nil {
		return nil, err
	}
	return []any{
		in.Tenant, in.ID, in.Book, in.Connection, in.Generation, string(in.State), int(in.Priority), in.Sort, request, booking, in.Before,
		in.Why, in.Invoice, string(in.Effect), in.DependsOn, in.Attempts, instantOf(in.NotBefore), answer, in.Problem,
		instant(in.CreatedAt), instant(in.UpdatedAt),
	}, nil
}

// NextIntent gives the first intent of the book that may be sent at now: what
// was tried and has no outcome first, then by priority, sort and id. Intents
// of the connections named in without are left alone.
func (s *Store) NextIntent(ctx context.Context, tenant, book string, now time.Time, without ...string) (push.Intent, bool, error) {
	if without == nil {
		without = []string{}
	}
	// One query for each state: so each walks the index in the order wanted
	// and stops at the first row, however long the line is.
	var first *intentRow
	for _, state := range []push.State{push.StateSending, push.StateUnknown, push.StatePlanned} {
		if state == push.StatePlanned && first != nil {
			break
		}
		var row intentRow
		err := s.reader.one(ctx, &row, `
			select `+intentColumns+` from intent i
			where tenant = $1 and book = $2 and state = $4 and (not_before is null or not_before <= $3)
				and not (connection in list($5))
				and (depends_on = '' or exists
					(select 1 from intent d where d.tenant = i.tenant and d.id = i.depends_on and d.state = 'done'))
			order by priority, sort_key, id limit 1`, tenant, book, now, string(state), without)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return push.Intent{}, false, fmt.Errorf("store: next intent: %w", err)
		}
		if first == nil || row.ahead(*first) {
			first = &row
		}
	}
	if first == nil {
		return push.Intent{}, false, nil
	}
	return first.intent(), true, nil
}

// IntentsAfter gives planned intents that may be sent at now and are of the
// same book, connection and priority as in, in the order of the line behind
// it.
func (s *Store) IntentsAfter(ctx context.Context, in push.Intent, now time.Time, limit int) ([]push.Intent, error) {
	var rows []intentRow
	err := s.reader.all(ctx, &rows, `
		select `+intentColumns+` from intent i
		where tenant = $1 and book = $2 and state = $3 and connection = $4 and priority = $5
			and (not_before is null or not_before <= $6) and (sort_key > $7 or sort_key = $7 and id > $8)
			and (depends_on = '' or exists
				(select 1 from intent d where d.tenant = i.tenant and d.id = i.depends_on and d.state = 'done'))
		order by priority, sort_key, id limit $9`,
		in.Tenant, in.Book, string(push.StatePlanned), in.Connection, int(in.Priority), now, in.Sort, in.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("store: intents after %s: %w", in.ID, err)
	}
	out := make([]push.Intent, len(rows))
	for i, r := range rows {
		out[i] = r.intent()
	}
	return out, nil
}

// ahead is the order of the line among intents of one rank.
func (r intentRow) ahead(o intentRow) bool {
	return cmp.Or(cmp.Compare(r.Priority, o.Priority), cmp.Compare(r.Sort, o.Sort), cmp.Compare(r.ID, o.ID)) < 0
}

// BeginIntent moves an intent to sending under the book's lease, before the
// call. ErrState when its state is no longer the one that in has.
func (s *Store) BeginIntent(ctx context.Context, l lease.Lease, in push.Intent, at time.Time) error {
	err := s.fenced(ctx, l, func(t runner) error {
		n, err := t.run(ctx, `update intent set state = 'sending', attempts = $4, updated_at = $5
			where tenant = $1 and id = $2 and state = $3`, in.Tenant, in.ID, string(in.State), in.Attempts, at)
		if err == nil && n == 0 {
			err = ErrState
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: begin intent %s: %w", in.ID, err)
	}
	return nil
}

// FinishIntent records the outcome of a call in one transaction: the intent,
// its parts, its link row and the marks. An intent that is done or dropped
// already is ErrState.
func (s *Store) FinishIntent(ctx context.Context, l lease.Lease, o push.Outcome) error {
	in := o.Intent
	answer, err := answerText(in.Answer)
	if err != nil {
		return err
	}
	err = s.fenced(ctx, l, func(t runner) error {
		n, err := t.run(ctx, `
			update intent set state = $3, attempts = $4, not_before = $5, answer = $6, problem = $7, updated_at = $8
			where tenant = $1 and id = $2 and state not in ('done', 'dropped')`,
			in.Tenant, in.ID, string(in.State), in.Attempts, in.NotBefore, answer, in.Problem, o.At)
		if err == nil && n == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		if in.State == push.StateDone && in.Answer != nil {
			if err := t.ownParts(ctx, o); err != nil {
				return err
			}
			if err := t.linkEffect(ctx, in); err != nil {
				return err
			}
			if err := t.journalWrite(ctx, o); err != nil {
				return err
			}
		}
		if in.State == push.StateDropped {
			if err := t.linkDropped(ctx, in); err != nil {
				return err
			}
		}
		if err := t.tellWritten(ctx, o); err != nil {
			return err
		}
		return t.markBook(ctx, in, o.Mark, o.At)
	})
	if err != nil {
		return fmt.Errorf("store: finish intent %s: %w", in.ID, err)
	}
	return nil
}

// ownParts says what a done intent means for parts.
func (r runner) ownParts(ctx context.Context, o push.Outcome) error {
	if o.Intent.Effect == push.EffectUndone {
		return r.undoneParts(ctx, o.Intent, o.At)
	}
	return r.sentParts(ctx, o.Intent)
}

// sentParts gives the parts of a done intent their document.
func (r runner) sentParts(ctx context.Context, in push.Intent) error {
	if len(in.Write.Parts) == 0 {
		return nil
	}
	keys := make([]string, len(in.Write.Parts))
	for i, p := range in.Write.Parts {
		keys[i] = p.Key()
	}
	_, err := r.run(ctx, `
		update part set state = case when state = 'live' then state else 'sent' end, doc_kind = $4, doc_id = $5
		where tenant = $1 and book = $2 and part_key in list($3)`,
		in.Tenant, in.Book, keys, string(in.Answer.Ref.Kind), in.Answer.Ref.ID)
	return err
}

// linkEffect changes the link row that the intent was planned for: that of its
// invoice and generation.
func (r runner) linkEffect(ctx context.Context, in push.Intent) error {
	set, args := "", []any{in.Tenant, in.Book, in.Invoice, in.Generation}
	switch in.Effect {
	case push.EffectNone, push.EffectUndone:
		return nil
	case push.EffectLinkMade:
		// A link that is to end already was made all the same: it keeps its
		// state, and now has the id that it is ended by.
		set = `id = $5, url = $6, state = case when state = $7 then $8 else state end`
		args = append(args, in.Answer.Ref.ID, in.Answer.URL, string(links.StateMaking), string(links.StateActive))
	case push.EffectLinkOff:
		set, args = `state = $5`, append(args, string(links.StateOff))
	case push.EffectPageEnded:
		return r.pageEnded(ctx, in)
	case push.EffectLinkShown:
		set = `shown = true`
	case push.EffectLinkRemoved:
		// Where nothing leads to our own page any more, it ends as well.
		set = `shown = false, seen = false, state = case when own then 'off' else state end`
	default:
		return fmt.Errorf("the effect %q is not known", in.Effect)
	}
	n, err := r.run(ctx, `update link set `+set+` where tenant = $1 and book = $2 and invoice = $3 and generation = $4`, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("link %d of invoice %s: %w", in.Generation, in.Invoice, ErrNotFound)
	}
	return err
}

// linkDropped takes back what the link row said of a write that was planned
// and never came about, so that it is planned anew.
func (r runner) linkDropped(ctx context.Context, in push.Intent) error {
	set, ok := map[push.Effect]string{
		// The one before it may still stand on the document.
		push.EffectLinkMade: `state = case when state = 'making' then 'off' else state end, shown = shown or exists (select 1 from link older
			where older.tenant = link.tenant and older.book = link.book and older.invoice = link.invoice
			and older.generation = link.generation - 1 and older.shown)`,
		push.EffectLinkOff:     `state = case when state = 'ending' then 'active' else state end`,
		push.EffectLinkShown:   `shown = false`,
		push.EffectLinkRemoved: `shown = true`,
	}[in.Effect]
	if in.Effect == push.EffectPageEnded {
		_, err := r.run(ctx, `update pay_session set state = 'open' where tenant = $1 and book = $2 and session = $3 and state = 'ending'`,
			in.Tenant, in.Book, in.Write.Target.ID)
		return err
	}
	if !ok {
		return nil
	}
	_, err := r.run(ctx, `update link set `+set+` where tenant = $1 and book = $2 and invoice = $3 and generation = $4`,
		in.Tenant, in.Book, in.Invoice, in.Generation)
	return err
}

// markBook marks refs that follow from an intent. Objects of the ledger are
// marked under it, others under the intent's connection or, when that is the
// ledger, under the book's first source.
func (r runner) markBook(ctx context.Context, in push.Intent, refs []receivables.Ref, at time.Time) error {
	if len(refs) == 0 {
		return nil
	}
	b, err := r.book(ctx, in.Tenant, in.Book, "")
	if err != nil {
		return err
	}
	source := in.Connection
	if source == b.Ledger && len(b.Sources) > 0 {
		source = b.Sources[0]
	}
	under := map[string][]receivables.Ref{}
	for _, ref := range refs {
		if ofLedger(ref.Kind) {
			under[b.Ledger] = append(under[b.Ledger], ref)
		} else {
			under[source] = append(under[source], ref)
		}
	}
	for _, connection := range []string{b.Ledger, source} {
		if err := r.mark(ctx, in.Tenant, connection, under[connection], at); err != nil {
			return err
		}
		delete(under, connection)
	}
	return nil
}

// ofLedger says whether objects of a kind belong to the ledger.
func ofLedger(kind receivables.Kind) bool {
	switch kind {
	case receivables.KindCustomer, receivables.KindAccount, receivables.KindInvoice, receivables.KindCredit,
		receivables.KindReceipt, receivables.KindDocument, reconcile.MarkBook:
		return true
	}
	return false
}
