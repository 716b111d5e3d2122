package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tieout/receivables"
)

// The tables that pages write beside the projections; never changed.
var (
	versionTable = newTable("version", 5, "tenant text, connection text, kind text, external_id text, seq bigint, ord bigint,"+
		" changed_at timestamptz, recorded_at timestamptz, deleted boolean, rejected boolean, hash bytea")
	rawTable       = newTable("raw", 5, "tenant text, connection text, kind text, external_id text, seq bigint, body bytea")
	rejectionTable = newTable("rejection", 4, "tenant text, connection text, kind text, external_id text, ord bigint, seq bigint,"+
		" hash bytea, closed boolean")
	exceptionTable = newTable("exception", 4, "tenant text, scope text, subject text, kind text, message text, action text,"+
		" opened_at timestamptz, closed_at timestamptz")
	postingTable = newTable("posting", 5, "tenant text, connection text, kind text, id text, line bigint, account text,"+
		" customer text, amount bigint, currency text, dated date, live boolean, settled bigint")
	ledgerAllocationTable = newTable("ledger_allocation", 5, "tenant text, connection text, kind text, id text, line bigint,"+
		" target_kind text, target text, amount bigint, live boolean")
	markTable        = newTable("mark", 4, "tenant text, connection text, kind text, external_id text, touches bigint, marked_at timestamptz")
	customerKeyTable = newTable("customer_key", 5, "tenant text, connection text, customer text, kind text, lookup text")
)

// kindRejected is the kind of the exception of a record that mapping refused.
const kindRejected = "rejected"

// write writes what the page has changed, and its cursor.
func (w *pageWriter) write(ctx context.Context) error {
	if err := w.tellInvoices(ctx); err != nil {
		return err
	}
	if err := w.t.write(ctx, versionTable, fail, w.versions); err != nil {
		return err
	}
	if err := w.t.write(ctx, rawTable, fail, w.raws); err != nil {
		return err
	}
	if err := w.keepPast(ctx); err != nil {
		return err
	}
	if err := w.tally(ctx); err != nil {
		return err
	}
	for kind, p := range projections {
		fresh, known := w.split(kind)
		if err := w.t.write(ctx, p.table, fail, fresh); err != nil {
			return err
		}
		if err := w.t.write(ctx, p.table, p.table.replace(), known); err != nil {
			return err
		}
	}
	steps := []func(context.Context) error{w.writeUnknown, w.indexWords, w.clearLines, w.writeLines, w.writeRejections, w.writeMarks, w.writeCursor}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// split parts the projection's rows of a kind into new ones and changes. Most
// pages bring new ones only, and a plain insert is cheaper than one that looks
// for a conflict; the lease keeps others from making the same row meanwhile.
func (w *pageWriter) split(kind receivables.Kind) (fresh, known [][]any) {
	for _, ref := range w.order {
		if ref.Kind != kind {
			continue
		}
		l := w.latest[ref]
		if l.existed {
			known = append(known, w.rows[kind][l.row])
		} else {
			fresh = append(fresh, w.rows[kind][l.row])
		}
	}
	return fresh, known
}

// clearLines removes the lines of objects that were there before; they are
// written anew.
func (w *pageWriter) clearLines(ctx context.Context) error {
	var refs []receivables.Ref
	for _, ref := range w.order {
		if w.latest[ref].existed {
			refs = append(refs, ref)
		}
	}
	for kind, ids := range byKind(refs) {
		for _, tab := range lineTables(kind) {
			statement := `delete from ` + tab + ` where tenant = $1 and connection = $2 and kind = $3 and id in list($4)`
			args := []any{w.page.Tenant, w.page.Connection, string(kind), ids}
			if tab == customerKeyTable.name {
				statement = `delete from customer_key where tenant = $1 and connection = $2 and customer in list($3)`
				args = []any{w.page.Tenant, w.page.Connection, ids}
			}
			if _, err := w.t.run(ctx, statement, args...); err != nil {
				return err
			}
		}
	}
	return nil
}

// lineTables are the tables that hold lines of objects of a kind.
func lineTables(kind receivables.Kind) []string {
	switch kind {
	case receivables.KindDocument:
		return []string{postingTable.name}
	case receivables.KindReceipt:
		return []string{postingTable.name, ledgerAllocationTable.name}
	case receivables.KindCredit:
		return []string{ledgerAllocationTable.name}
	case receivables.KindCustomer:
		return []string{customerKeyTable.name}
	}
	return nil
}

func (w *pageWriter) writeLines(ctx context.Context) error {
	var postings, allocations, keys [][]any
	for _, ref := range w.order {
		e, kind := w.latest[ref].entity, string(ref.Kind)
		lines, currency, day, live := postingsOf(e)
		for i, line := range lines {
			postings = append(postings, []any{
				w.page.Tenant, w.page.Connection, kind, ref.ID, int64(i), line.AccountID, line.CustomerID,
				line.Amount, currency, date(day), live, line.Settled,
			})
		}
		applied, live := allocationsOf(e)
		for i, a := range applied {
			allocations = append(allocations, []any{
				w.page.Tenant, w.page.Connection, kind, ref.ID, int64(i), string(a.Target.Kind), a.Target.ID, a.Amount, live,
			})
		}
		if c, ok := e.(receivables.Customer); ok && !w.stored[ref].Deleted {
			for _, k := range customerKeys(c) {
				keys = append(keys, []any{w.page.Tenant, w.page.Connection, ref.ID, k[0], k[1]})
			}
		}
	}
	if err := w.t.write(ctx, postingTable, fail, postings); err != nil {
		return err
	}
	if err := w.t.write(ctx, ledgerAllocationTable, fail, allocations); err != nil {
		return err
	}
	return w.t.write(ctx, customerKeyTable, fail, keys)
}

// writeRejections opens the exceptions of rejected records and closes those
// of records that have been accepted since.
func (w *pageWriter) writeRejections(ctx context.Context) error {
	scope := "connection/" + w.page.Connection
	open := map[receivables.Ref]prepared{}
	for _, d := range w.rejects {
		open[d.Ref] = d
	}
	var rejections, exceptions [][]any
	for ref, d := range open {
		h := w.rejected[ref]
		rejections = append(rejections, []any{w.page.Tenant, w.page.Connection, string(ref.Kind), ref.ID, h.Ord, h.Seq, h.Hash, h.Closed})
		exceptions = append(exceptions, []any{
			w.page.Tenant, scope, subjectOf(ref), kindRejected, d.Rejection.Text,
			"Correct it where it was entered; it is read again with the next sync.", w.at,
			instant{},
		})
	}
	if err := w.t.write(ctx, rejectionTable, rejectionTable.replace(), rejections); err != nil {
		return err
	}
	if err := w.t.tellExceptions(ctx, w.page.Tenant, scope, exceptions, w.page.At); err != nil {
		return err
	}
	if err := w.t.write(ctx, exceptionTable, exceptionTable.replace("opened_at"), exceptions); err != nil {
		return err
	}
	for _, ref := range w.solved {
		if !w.rejected[ref].Closed {
			continue
		}
		_, err := w.t.run(ctx, `update rejection set closed = true where tenant = $1 and connection = $2 and kind = $3 and external_id = $4`,
			w.page.Tenant, w.page.Connection, string(ref.Kind), ref.ID)
		if err != nil {
			return err
		}
		_, err = w.t.run(ctx, `update exception set closed_at = $5 where tenant = $1 and scope = $2 and subject = $3 and kind = $4 and closed_at is null`,
			w.page.Tenant, scope, subjectOf(ref), kindRejected, w.at)
		if err != nil {
			return err
		}
	}
	return nil
}

func subjectOf(ref receivables.Ref) string { return string(ref.Kind) + "/" + ref.ID }

func (w *pageWriter) writeMarks(ctx context.Context) error {
	if !w.page.Mark {
		return nil
	}
	return w.t.mark(ctx, w.page.Tenant, w.page.Connection, w.order, w.page.At)
}

// mark asks for refs of a connection to be reconciled. A mark that is there
// already is touched again and keeps its place in the line.
func (r runner) mark(ctx context.Context, tenant, connection string, refs []receivables.Ref, at time.Time) error {
	refs = slices.Clone(refs)
	// One order for all who mark, so that two never wait for each other.
	slices.SortFunc(refs, func(a, b receivables.Ref) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	var rows [][]any
	for _, ref := range slices.Compact(refs) {
		rows = append(rows, []any{tenant, connection, string(ref.Kind), ref.ID, int64(1), instant(at)})
	}
	return r.write(ctx, markTable, ` on conflict (tenant, connection, kind, external_id) do update set touches = mark.touches + 1`, rows)
}

// writeCursor moves the stream. A stream that was done stays so.
func (w *pageWriter) writeCursor(ctx context.Context) error {
	if w.page.Stream == "" {
		return nil
	}
	asOf := instant{}
	if w.page.Done {
		asOf = w.at
	}
	began := instant(w.page.Began)
	if w.page.Began.IsZero() {
		began = w.at
	}
	_, err := w.t.run(ctx, `
		insert into stream (tenant, connection, name, cursor_body, done, as_of, seen, total, began, moved) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (tenant, connection, name) do update
		set cursor_body = excluded.cursor_body, done = stream.done or excluded.done, as_of = coalesce(excluded.as_of, stream.as_of),
			seen = case when stream.done then stream.seen else stream.seen + excluded.seen end,
			total = case when stream.done then stream.total when excluded.total > stream.total then excluded.total else stream.total end,
			began = case when stream.done then stream.began else excluded.began end, moved = excluded.moved`,
		w.page.Tenant, w.page.Connection, w.page.Stream, string(w.page.Cursor), w.page.Done, asOf, len(w.page.Records), w.page.Total, began, w.at)
	return err
}
