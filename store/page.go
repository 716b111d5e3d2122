package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// SavePage writes a page in one transaction under the connection's lease:
// versions, raw bodies, projections, exceptions, marks and the cursor. A
// record whose order is lower than the stored one's, or whose content is the
// same, writes nothing. What a record names need not exist.
func (s *Store) SavePage(ctx context.Context, l lease.Lease, p pull.Page) (pull.Saved, error) {
	drafts, err := s.preparePage(p)
	if err != nil {
		return pull.Saved{}, err
	}
	var saved pull.Saved
	err = s.fenced(ctx, l, func(t runner) error {
		w := &pageWriter{
			store: s, t: t, page: p, stored: map[receivables.Ref]head{}, rejected: map[receivables.Ref]head{},
			at: instant(p.At), rows: map[receivables.Kind][][]any{}, latest: map[receivables.Ref]latest{},
		}
		w.saved = pull.Saved{Seen: map[receivables.Kind]int{}, Changed: map[receivables.Kind]int{}}
		if err := w.save(ctx, drafts); err != nil {
			return err
		}
		saved = w.saved
		saved.Objects = w.order
		return nil
	})
	if err != nil {
		return pull.Saved{}, fmt.Errorf("store: save page: %w", err)
	}
	return saved, nil
}

// prepared is a record with all that can be computed outside the transaction.
type prepared struct {
	mapping.Record
	doc  []byte
	hash []byte
}

func (s *Store) preparePage(p pull.Page) ([]prepared, error) {
	out := make([]prepared, len(p.Records))
	for i, r := range p.Records {
		r.Ref.ID = clean(r.Ref.ID)
		out[i].Record = r
		switch {
		case r.Rejection != nil:
			// There is no value of ours to compare, so the body has to do.
			out[i].hash = contentHash(r.Raw, false)
			if r.Ref.ID == "" {
				out[i].Ref.ID = "#" + hex.EncodeToString(out[i].hash[:8])
			}
		case r.Deleted:
			out[i].hash = contentHash(nil, true)
		case r.Entity == nil:
			return nil, fmt.Errorf("store: record of %s %q is neither a value, a deletion nor a rejection", r.Ref.Kind, r.Ref.ID)
		default:
			doc, err := encode(r.Entity)
			if err != nil {
				return nil, err
			}
			out[i].doc, out[i].hash = doc, contentHash(doc, false)
		}
		if _, known := projectionOf(r.Ref.Kind); !known && r.Rejection == nil {
			return nil, unknownKind(r.Ref)
		}
	}
	return out, nil
}

// head is what is stored of an object already.
type head struct {
	ID      string
	Kind    string
	Ord     int64
	Seq     int64
	Hash    []byte
	Deleted bool
	Closed  bool
}

// latest is the newest value of an object within the page.
type latest struct {
	row    int
	entity receivables.Entity
	// existed says that the projection held the object before the page.
	existed bool
}

// pageWriter collects what a page writes.
type pageWriter struct {
	store    *Store
	t        runner
	page     pull.Page
	at       instant
	saved    pull.Saved
	stored   map[receivables.Ref]head
	rejected map[receivables.Ref]head

	versions, raws [][]any
	// rows are the projections' rows by kind; latest finds an object's.
	rows   map[receivables.Kind][][]any
	latest map[receivables.Ref]latest
	// order is that of first change, so that writes do not depend on maps.
	order   []receivables.Ref
	rejects []prepared
	solved  []receivables.Ref
}

func (w *pageWriter) save(ctx context.Context, drafts []prepared) error {
	if err := w.load(ctx, drafts); err != nil {
		return err
	}
	for _, d := range drafts {
		w.saved.Seen[d.Ref.Kind]++
		var err error
		if d.Rejection != nil {
			w.reject(d)
		} else {
			err = w.accept(ctx, d)
		}
		if err != nil {
			return err
		}
	}
	return w.write(ctx)
}

// load reads how the page's objects stand now: a query for each kind.
func (w *pageWriter) load(ctx context.Context, drafts []prepared) error {
	refs := make([]receivables.Ref, 0, len(drafts))
	all := make([]string, 0, len(drafts))
	for _, d := range drafts {
		all = append(all, d.Ref.ID)
		if _, known := projectionOf(d.Ref.Kind); known {
			refs = append(refs, d.Ref)
		}
	}
	for kind, ids := range byKind(refs) {
		p, _ := projectionOf(kind)
		err := w.heads(ctx, w.stored, kind, `select id, '' as kind, ord, seq, hash, deleted, false as closed from `+p.table.name+
			` where tenant = $1 and connection = $2 and id in list($3)`, ids)
		if err != nil {
			return err
		}
	}
	return w.heads(ctx, w.rejected, "", `select external_id as id, kind, ord, seq, hash, false as deleted, closed from rejection
		where tenant = $1 and connection = $2 and external_id in list($3)`, all)
}

func (w *pageWriter) heads(ctx context.Context, into map[receivables.Ref]head, kind receivables.Kind, query string, ids []string) error {
	return w.t.each(ctx, func(scan func(...any) error) error {
		var h head
		if err := scan(&h.ID, &h.Kind, &h.Ord, &h.Seq, &h.Hash, &h.Deleted, &h.Closed); err != nil {
			return err
		}
		ref := receivables.Ref{Kind: kind, ID: h.ID}
		if kind == "" {
			ref.Kind = receivables.Kind(h.Kind)
		}
		into[ref] = h
		return nil
	}, query, w.page.Tenant, w.page.Connection, ids)
}

// nextSeq numbers the versions of an object, rejected ones included.
func (w *pageWriter) nextSeq(ref receivables.Ref) int64 {
	return max(w.stored[ref].Seq, w.rejected[ref].Seq) + 1
}

func (w *pageWriter) accept(ctx context.Context, d prepared) error {
	old, existed := w.stored[d.Ref]
	if existed && d.Order < old.Ord {
		return nil
	}
	if r, rejected := w.rejected[d.Ref]; rejected && !r.Closed && d.Order >= r.Ord {
		r.Closed = true
		w.rejected[d.Ref] = r
		w.solved = append(w.solved, d.Ref)
	}
	if existed && bytes.Equal(d.hash, old.Hash) {
		return nil
	}
	if existed {
		var err error
		if d, err = w.recall(ctx, d); err != nil || bytes.Equal(d.hash, old.Hash) {
			return err
		}
	}
	entity, doc, err := w.value(ctx, d, existed)
	if err != nil {
		return err
	}
	h := head{ID: d.Ref.ID, Ord: d.Order, Seq: w.nextSeq(d.Ref), Hash: d.hash, Deleted: d.Deleted}
	if err := w.project(d.Ref, entity, doc, h, existed); err != nil {
		return err
	}
	w.stored[d.Ref] = h
	w.saved.Changed[d.Ref.Kind]++
	w.version(d, h.Seq)
	return nil
}

// value is what the projection will hold: for a deletion the last known value
// in its deleted state.
func (w *pageWriter) value(ctx context.Context, d prepared, existed bool) (receivables.Entity, []byte, error) {
	if !d.Deleted {
		return d.Entity, d.doc, nil
	}
	entity, err := w.last(ctx, d.Ref, existed)
	if err != nil {
		return nil, nil, err
	}
	entity = deleted(entity)
	doc, err := encode(entity)
	return entity, doc, err
}

// last is the value that an object had until now; a blank one when there is
// none.
func (w *pageWriter) last(ctx context.Context, ref receivables.Ref, existed bool) (receivables.Entity, error) {
	p, _ := projectionOf(ref.Kind)
	if l, ok := w.latest[ref]; ok {
		return l.entity, nil
	}
	if !existed {
		return p.blank(ref.ID), nil
	}
	var doc []byte
	err := w.t.one(ctx, &doc, `select doc from `+p.table.name+` where tenant = $1 and connection = $2 and id = $3`,
		w.page.Tenant, w.page.Connection, ref.ID)
	if err != nil {
		return nil, err
	}
	return p.decode(doc)
}

// recall completes a reading with what the stored one knows and its vendor's
// object never states. Its content is compared afterwards, so that the same
// object read again without that knowledge changes nothing.
func (w *pageWriter) recall(ctx context.Context, d prepared) (prepared, error) {
	c, ok := d.Entity.(receivables.Charge)
	if !ok || d.Deleted || c.Succeeded != nil {
		return d, nil
	}
	e, err := w.last(ctx, d.Ref, true)
	if err != nil {
		return d, err
	}
	before, ok := e.(receivables.Charge)
	if !ok || before.Succeeded == nil {
		return d, nil
	}
	d.Entity = c.Recall(before)
	if d.doc, err = encode(d.Entity); err != nil {
		return d, err
	}
	d.hash = contentHash(d.doc, false)
	return d, nil
}

// project sets the object's row among those that will be written.
func (w *pageWriter) project(ref receivables.Ref, e receivables.Entity, doc []byte, h head, existed bool) error {
	p, _ := projectionOf(ref.Kind)
	own, ok := p.row(e)
	if !ok {
		return fmt.Errorf("store: %s %q carries a %T", ref.Kind, ref.ID, e)
	}
	row := make([]any, 0, len(p.table.columns))
	row = append(row, w.page.Tenant, w.page.Connection, ref.ID, h.Ord, h.Seq, h.Hash, h.Deleted)
	row = append(append(row, own...), string(doc))
	l, again := w.latest[ref]
	if again {
		w.rows[ref.Kind][l.row] = row
		l.entity = e
	} else {
		l = latest{row: len(w.rows[ref.Kind]), entity: e, existed: existed}
		w.rows[ref.Kind] = append(w.rows[ref.Kind], row)
		w.order = append(w.order, ref)
	}
	w.latest[ref] = l
	return nil
}

// reject keeps a body that could not be taken into the model, once.
func (w *pageWriter) reject(d prepared) {
	if old, existed := w.stored[d.Ref]; existed && d.Order < old.Ord {
		return
	}
	r, existed := w.rejected[d.Ref]
	if existed && (d.Order < r.Ord || !r.Closed && bytes.Equal(d.hash, r.Hash)) {
		return
	}
	h := head{ID: d.Ref.ID, Ord: d.Order, Seq: w.nextSeq(d.Ref), Hash: d.hash}
	w.rejected[d.Ref] = h
	w.rejects = append(w.rejects, d)
	w.saved.Rejected++
	w.version(d, h.Seq)
}

// version appends the version and its body.
func (w *pageWriter) version(d prepared, seq int64) {
	kind := string(d.Ref.Kind)
	w.versions = append(w.versions, []any{
		w.page.Tenant, w.page.Connection, kind, d.Ref.ID, seq, d.Order,
		instant(d.Changed), w.at, d.Deleted, d.Rejection != nil, d.hash,
	})
	if len(d.Raw) == 0 {
		return
	}
	w.raws = append(w.raws, []any{w.page.Tenant, w.page.Connection, kind, d.Ref.ID, seq, pack(d.Raw)})
}
