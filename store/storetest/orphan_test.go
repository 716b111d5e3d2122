package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/pull"
)

// beforeUnknown is the schema that keeps no unknown customers yet.
const beforeUnknown = 29

// TestOrphans changes invoices and customers again and again: the invoices of
// unknown customers are those that a look through all of them finds, also after
// the migration has looked.
func TestOrphans(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ids := rapid.StringOfN(rapid.RuneFrom([]rune("abcdef")), 1, 1, 1)
		draw := rapid.Custom(func(t *rapid.T) mapping.Record {
			id := ids.Draw(t, "customer")
			if rapid.Bool().Draw(t, "invoice") {
				v := invoice(fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "id")), id, 100, rapid.SampledFrom([]int64{0, 50, 100}).Draw(t, "balance"))
				return mapping.Record{Ref: v.Ref(), Entity: v, Deleted: rapid.IntRange(0, 5).Draw(t, "deleted") == 0}
			}
			c := receivables.Customer{ID: id, Name: "Customer " + id}
			return mapping.Record{Ref: c.Ref(), Entity: c, Deleted: rapid.IntRange(0, 2).Draw(t, "deleted") == 0}
		})
		check := func(when string) (found int) {
			t.Helper()
			list, err := s.Orphans(w.ctx, "main", ledgerID, 100)
			w.must(err)
			var got []string
			for _, o := range list {
				got = append(got, o.Invoice+" "+o.Number+" "+o.Customer)
			}
			if want := lookedThrough(w); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", when, got, want)
			}
			return len(got)
		}
		total := 0
		for round := range 30 {
			var list []mapping.Record
			for i := range 4 {
				r := draw.Example(round*10 + i)
				r.Order, r.Changed = int64(round+1), now
				list = append(list, r)
			}
			w.page(ledgerID, pull.Page{Records: list})
			total += check(fmt.Sprint("round ", round))
		}
		if total == 0 {
			t.Error("no customer was unknown at any time")
		}
		w.must(s.MigrateTo(w.ctx, beforeUnknown))
		_, err := s.Migrate(w.ctx)
		w.must(err)
		check("migrated")
	})
}

// lookedThrough are the orphans as a look through all invoices finds them.
func lookedThrough(w *world) (rows []string) {
	w.Helper()
	list, err := w.DB().QueryContext(w.ctx, `select i.id, i.number_key, i.customer from invoice i
		where i.tenant = 'main' and i.connection = '`+ledgerID+`' and i.balance <> 0 and not i.deleted
			and not exists (select 1 from customer c where c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer and not c.deleted)
		order by i.id`)
	w.must(err)
	defer list.Close()
	for list.Next() {
		var id, number, customer string
		w.must(list.Scan(&id, &number, &customer))
		rows = append(rows, id+" INV-"+id+" "+customer)
	}
	w.must(list.Err())
	return rows
}
