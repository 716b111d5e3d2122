package undo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// standing are the states of parts whose documents are in the ledger and were
// written by us.
func standing() []reconcile.PartState {
	return []reconcile.PartState{reconcile.PartSent, reconcile.PartLive}
}

// Plan says how a scope is taken back as the ledger stands now. It writes
// nothing. What was planned before and is not done yet is left out.
func (p *Planner) Plan(ctx context.Context, b books.Book, scope Scope) (Plan, error) {
	plan := Plan{Scope: scope}
	s, err := selection(b, scope, standing())
	if err != nil {
		return plan, err
	}
	under, err := p.underWay(ctx, b)
	if err != nil {
		return plan, err
	}
	if err := p.documents(ctx, b, s, under, &plan); err != nil {
		return plan, err
	}
	if scope.Kind == ScopeMatch {
		if err := p.match(ctx, b, scope.ID, &plan); err != nil {
			return plan, err
		}
	}
	if scope.Kind == ScopeBook {
		if err := p.links(ctx, b, "", under, &plan); err != nil {
			return plan, err
		}
		if err := p.setup(ctx, b, under, &plan); err != nil {
			return plan, err
		}
	}
	if s.Document.Kind == receivables.KindInvoice && plan.Empty() && len(plan.Stays) == 0 {
		if err := p.links(ctx, b, s.Document.ID, under, &plan); err != nil {
			return plan, err
		}
	}
	plan.Kept = p.kept(plan)
	switch {
	case !plan.Empty() || len(plan.Stays) > 0:
		return plan, nil
	case slices.ContainsFunc(slices.Collect(maps.Values(under)), func(in push.Intent) bool { return in.State != push.StateParked }):
		return plan, fmt.Errorf("undo: %s: %w", scope, ErrUnderWay)
	}
	return plan, fmt.Errorf("undo: %s: %w", scope, ErrNothing)
}

// selection turns a scope into what is looked for.
func selection(b books.Book, scope Scope, states []reconcile.PartState) (Selection, error) {
	s := Selection{States: states}
	switch scope.Kind {
	case ScopeDocument:
		kind, id, ok := strings.Cut(scope.ID, "/")
		if !ok {
			kind, id = "", scope.ID
		}
		s.Document = receivables.Ref{Kind: receivables.Kind(kind), ID: id}
	case ScopeMatch:
		s.Movement = scope.ID
	case ScopeBatch:
		s.Payout = scope.ID
	case ScopeDay:
		day, err := receivables.ParseDate(scope.ID)
		if err != nil {
			return s, fmt.Errorf("undo: %q is no day of the form YYYY-MM-DD: %w", scope.ID, ErrScope)
		}
		from, to := day.Midnight(b.Location()), day.AddDays(1).Midnight(b.Location())
		s.From, s.To = &from, &to
	case ScopeBook:
		return s, nil
	default:
		return s, fmt.Errorf("undo: %q: %w", scope.Kind, ErrScope)
	}
	if scope.ID == "" {
		return s, fmt.Errorf("undo: which %s? %w", scope.Kind, ErrScope)
	}
	return s, nil
}

// underWay are the removals that were planned before, by what they change.
func (p *Planner) underWay(ctx context.Context, b books.Book) (map[receivables.Ref]push.Intent, error) {
	list, err := p.Store.Undoing(ctx, b)
	if err != nil {
		return nil, fmt.Errorf("undo: what is under way: %w", err)
	}
	under := map[receivables.Ref]push.Intent{}
	for _, in := range list {
		target := in.Write.Target
		if target.ID == "" { // a new document, which no other plan is about
			target = receivables.Ref{Kind: "intent", ID: in.ID}
		}
		under[target] = in
	}
	return under, nil
}

// written is one document with its parts.
type written struct {
	ref   receivables.Ref
	parts []reconcile.PartRow
	doc   reconcile.LedgerDocument
	// known says that the ledger has shown the document, counters how many
	// counter-documents it has had.
	known    bool
	counters int
	intent   push.Intent
	// raw is its newest body, why what keeps it from going by itself.
	raw []byte
	why string
}

// load finds the documents of a selection, the newest first.
func (p *Planner) load(ctx context.Context, b books.Book, s Selection) ([]written, error) {
	parts, err := p.Store.UndoParts(ctx, b, s)
	if err != nil {
		return nil, fmt.Errorf("undo: parts: %w", err)
	}
	byRef := map[receivables.Ref]*written{}
	var refs []receivables.Ref
	var ids []string
	slices.SortStableFunc(parts, func(a, b reconcile.PartRow) int { return cmp.Compare(changes(a.Part), changes(b.Part)) })
	for _, row := range parts {
		w := byRef[row.Document]
		if w == nil {
			w = &written{ref: row.Document}
			byRef[row.Document] = w
			refs, ids = append(refs, row.Document), append(ids, row.Intent)
		}
		w.parts = append(w.parts, row)
	}
	docs, err := p.Store.Documents(ctx, b, nil, refs)
	if err != nil {
		return nil, fmt.Errorf("undo: documents: %w", err)
	}
	for _, d := range docs {
		byRef[d.Ref].doc, byRef[d.Ref].known = d, true
	}
	intents, err := p.Store.IntentsByID(ctx, b.Tenant, ids)
	if err != nil {
		return nil, fmt.Errorf("undo: intents: %w", err)
	}
	byID := map[string]push.Intent{}
	for _, in := range intents {
		byID[in.ID] = in
	}
	var list []written
	for _, ref := range refs {
		w := byRef[ref]
		w.intent = byID[w.parts[0].Intent] // that of a part that made the document
		list = append(list, *w)
	}
	// What was written last goes first.
	slices.SortStableFunc(list, func(a, b written) int {
		return cmp.Or(cmp.Compare(b.intent.Priority, a.intent.Priority), cmp.Compare(b.intent.Sort, a.intent.Sort), cmp.Compare(a.ref.ID, b.ref.ID))
	})
	return list, nil
}

// Standing are the documents of a scope that still stand. What stayed in a
// first step is read again before it is planned anew: a version may move when
// another document goes, without the vendor's calling it a change.
func (p *Planner) Standing(ctx context.Context, b books.Book, scope Scope) ([]receivables.Ref, error) {
	s, err := selection(b, scope, standing())
	if err != nil {
		return nil, err
	}
	list, err := p.load(ctx, b, s)
	refs := make([]receivables.Ref, len(list))
	for i, w := range list {
		refs[i] = w.ref
	}
	return refs, err
}

// changes is 1 for a part that only changes a document, which other parts have
// made.
func changes(p mapping.Part) int {
	if p.Purpose == mapping.PurposeRelink || p.Purpose == mapping.PurposeApply {
		return 1
	}
	return 0
}

// documents plans how the documents of a selection are taken back.
func (p *Planner) documents(ctx context.Context, b books.Book, s Selection, under map[receivables.Ref]push.Intent, plan *Plan) error {
	list, err := p.load(ctx, b, s)
	if err != nil {
		return err
	}
	refs := make([]receivables.Ref, len(list))
	for i, w := range list {
		refs[i] = w.ref
	}
	raws, err := p.Store.Raw(ctx, b, refs)
	if err != nil {
		return fmt.Errorf("undo: bodies: %w", err)
	}
	maps.Copy(raws, p.Fresh)
	counters, err := p.counters(ctx, b)
	if err != nil {
		return err
	}
	var blocked []written
	for _, w := range list {
		in, waits := under[w.ref]
		switch {
		case counters[counterKey(w.parts[0].Part)].stands:
		case w.parts[0].Part.Purpose == reconcile.PurposeUndo && plan.Scope.Kind != ScopeDocument:
			// It and what it takes back add up to nothing.
		case waits && in.State == push.StateParked:
			plan.stay(w, "It could not be taken back: "+in.Problem)
		case waits:
			plan.going = append(plan.going, w)
		case w.known && w.doc.State != receivables.StateLive && w.doc.State != receivables.StateDraft:
			plan.Gone = append(plan.Gone, w.ref)
		case !w.known:
			plan.stay(w, "The ledger has not shown it yet: read it first (Read now, under Connections).")
		default:
			w.counters, w.raw = counters[counterKey(w.parts[0].Part)].made, raws[w.ref]
			if w.why, err = p.take(b, w, nil, plan); err != nil {
				return err
			}
			if w.why != "" {
				blocked = append(blocked, w)
			}
		}
	}
	return p.unblock(ctx, b, blocked, under, plan)
}

// unblock plans what stays only because of documents that go: after them. What
// stays all the same gets a counter-document, where there can be one.
func (p *Planner) unblock(ctx context.Context, b books.Book, blocked []written, under map[receivables.Ref]push.Intent, plan *Plan) error {
	for more := true; more; {
		before := len(blocked)
		var left []written
		for _, w := range blocked {
			why, err := p.take(b, w, plan.going, plan)
			if err != nil {
				return err
			}
			if why != "" {
				left = append(left, w)
			}
		}
		blocked, more = left, len(left) < before
	}
	blocked, err := p.untie(ctx, b, blocked, under, plan)
	if err != nil {
		return err
	}
	for _, w := range blocked {
		in, parts, problem := p.counter(b, w, w.why)
		if problem != "" {
			plan.stay(w, problem)
			continue
		}
		plan.Documents, plan.Parts = append(plan.Documents, in...), append(plan.Parts, parts...)
	}
	return nil
}

// take plans the removal of one document, or says why it has to stay: with
// others that go before it, only what they do not take along counts.
func (p *Planner) take(b books.Book, w written, going []written, plan *Plan) (why string, err error) {
	remover, able := p.Ledger.(connectors.Remover)
	switch {
	case !able:
		return "the ledger's documents cannot be removed", nil
	case p.Lock != "" && w.doc.Date <= p.Lock:
		return fmt.Sprintf("its date %s lies in the closed period up to %s", w.doc.Date.Words(), p.Lock.Words()), nil
	}
	removal := connectors.Removal{Document: w.ref, Kind: w.doc.Kind, Raw: w.raw, Generation: w.parts[0].Generation}
	for _, other := range going {
		removal.Going = append(removal.Going, other.ref)
		removal.Freed += other.uses(w)
	}
	write, needed, why, err := remover.LowerRemoval(removal)
	switch {
	case err != nil:
		return "", fmt.Errorf("undo: %s %s: %w", w.doc.Kind, w.ref.ID, err)
	case why != "":
		return why, nil
	case !needed:
		plan.Gone = append(plan.Gone, w.ref)
		return "", nil
	}
	plan.going = append(plan.going, w)
	if len(going) > 0 {
		plan.Later = append(plan.Later, p.removal(b, w, write, w.raw))
		return "", nil
	}
	plan.Documents = append(plan.Documents, p.removal(b, w, write, w.raw))
	for _, row := range w.parts {
		if row.Part.Purpose == mapping.PurposeApply {
			plan.Tied = append(plan.Tied, row) // it is known by its document from now on
		}
	}
	return "", nil
}

// uses is what a document takes of another: what it pays back of a credit, what
// it applies of one, and what it pays on an invoice of ours, in minor units of
// the other's currency.
func (w written) uses(other written) int64 {
	booking := w.intent.Booking
	var sum int64
	for i, row := range w.parts {
		switch {
		case booking != nil && booking.Credit != nil && booking.Credit.ID == other.ref.ID,
			row.Part.Purpose == mapping.PurposeReceipt && row.Part.Target == other.ref.ID:
			if booking != nil && booking.Settlement != "" && i < len(booking.Lines) {
				sum += booking.Lines[i].Amount
				continue
			}
			sum += row.Part.Amount
		case row.Part.Purpose == mapping.PurposeApply && slices.ContainsFunc(other.parts, func(of reconcile.PartRow) bool {
			return of.Part.Movement == row.Part.Movement && of.Part.Target == row.Part.Target && changes(of.Part) == 0 && of.Part.Purpose != mapping.PurposeRefund
		}):
			sum += row.Part.Amount
		}
	}
	return sum
}

func (plan *Plan) stay(w written, why string) {
	plan.Stays = append(plan.Stays, Stay{Document: w.ref, Kind: w.doc.Kind, Date: w.doc.Date, Why: why})
}

// removal is the intent of a removal. It remembers the booking that it takes
// back, so that people read what it was, and the body before.
func (p *Planner) removal(b books.Book, w written, write connectors.Write, raw []byte) push.Intent {
	write.Natural = connectors.Natural{
		Kind: w.doc.Kind, CustomerID: w.doc.Customer, Date: w.doc.Date, Amount: w.doc.Total, Currency: w.doc.Currency,
		AccountID: first(w.doc.Accounts),
	}
	in := p.intent(b, b.Ledger, write, push.EffectUndone, "taken back: "+w.intent.Why)
	in.Before, in.Generation = raw, w.parts[0].Generation
	if w.intent.Booking != nil {
		booking := *w.intent.Booking
		booking.By = p.By
		in.Booking = &booking
	}
	return in
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// intent is one write of an undo. Its place in the line is the order of the
// plan, which newer intents follow.
func (p *Planner) intent(b books.Book, connection string, write connectors.Write, effect push.Effect, why string) push.Intent {
	at := p.Now()
	return push.Intent{
		Tenant: b.Tenant, ID: p.NewID(), Book: b.ID, Connection: connection, State: push.StatePlanned, Priority: push.PriorityUndo,
		Sort: at.UTC().Format("20060102T150405.000000"), Write: write, Why: why, Effect: effect, CreatedAt: at, UpdatedAt: at,
		Booking: &mapping.Booking{Book: b.ID, By: p.By},
	}
}

// match plans that a payment's match goes.
func (p *Planner) match(ctx context.Context, b books.Book, id string, plan *Plan) error {
	allocations, err := p.Store.MatchOf(ctx, b, id)
	if err != nil {
		return fmt.Errorf("undo: match of %s: %w", id, err)
	}
	if len(allocations) > 0 {
		plan.Matches = append(plan.Matches, Match{Movement: allocations[0].Movement, Allocations: allocations})
	}
	return nil
}

// kept says what the vendors go on showing of what is taken back.
func (p *Planner) kept(plan Plan) []string {
	said := map[string]bool{}
	keeper, able := p.Ledger.(connectors.Kept)
	for _, in := range plan.Intents() {
		switch {
		case in.Effect == push.EffectLinkOff:
			said["Stripe keeps each payment link as an inactive one, with its sessions."] = true
		case in.Effect == push.EffectLinkRemoved:
			said["Each invoice that was changed keeps a higher version number and a newer time of change."] = true
		case in.Effect == push.EffectUndone && able:
			if text := keeper.KeptAfterRemoval(in.Write.Natural.Kind); text != "" {
				said[text] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(said))
}
