package app

import (
	"cmp"
	"context"
	"slices"

	"tieout/books"
	"tieout/sync/reconcile"
	"tieout/web"
)

// BulkCustomers are the customers in the ledgers of the chosen invoices.
func (r bulkActor) BulkCustomers(ctx context.Context, tenant string, ask web.Bulk) (web.BulkCustomers, error) {
	var out web.BulkCustomers
	chosen, err := r.chosen(ctx, tenant, ask)
	if err != nil {
		return out, err
	}
	all, err := r.app.Store.Books(ctx, tenant)
	if err != nil {
		return out, err
	}
	n, found := 0, 0
	for _, ids := range chosen {
		n += len(ids)
	}
	if out.TooMany = n > web.MaxBulk; out.TooMany {
		return out, nil
	}
	for _, b := range all {
		ids := chosen[b.Ledger]
		delete(chosen, b.Ledger)
		if len(ids) == 0 {
			continue
		}
		list, err := r.customersOf(ctx, b, ids)
		if err != nil {
			return out, err
		}
		for _, c := range list {
			found += c.Invoices
		}
		out.List = append(out.List, list...)
	}
	out.Others = n - found
	slices.SortFunc(out.List, func(a, b web.BulkCustomer) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Connection, b.Connection), cmp.Compare(a.ID, b.ID))
	})
	if len(out.List) > 0 {
		out.Digest, err = DigestOf(out.List)
	}
	return out, err
}

// customersOf are the customers of invoices of one book.
func (r bulkActor) customersOf(ctx context.Context, b books.Book, invoices []string) ([]web.BulkCustomer, error) {
	list, err := r.app.Store.Invoices(ctx, b, reconcile.InvoiceQuery{IDs: invoices})
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, inv := range list {
		count[inv.CustomerID]++
	}
	ids := make([]string, 0, len(count))
	for id := range count {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	found, err := r.app.Store.Customers(ctx, b, reconcile.CustomerQuery{IDs: ids})
	if err != nil {
		return nil, err
	}
	var out []web.BulkCustomer
	for _, c := range found {
		if count[c.ID] > 0 {
			out = append(out, web.BulkCustomer{Connection: b.Ledger, ID: c.ID, Name: c.Name, Invoices: count[c.ID]})
		}
	}
	return out, nil
}
