package app

import (
	"context"
	"slices"

	"tieout/connectors"
	"tieout/listing"
	"tieout/web"
)

// receivablesReader reads lists of invoices.
type receivablesReader struct{ app *App }

// sources are the connections that invoices come from: ledgers, and processors
// with the book that knows which of theirs the ledger holds too.
func (r receivablesReader) sources(ctx context.Context, tenant string) ([]listing.Source, map[string]web.SourceName, error) {
	connections, err := r.app.Store.Connections(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	all, err := r.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, nil, err
	}
	var out []listing.Source
	names := map[string]web.SourceName{}
	for _, c := range connections {
		v, known := r.app.Vendors[c.Vendor]
		if !known {
			continue
		}
		source := listing.Source{Connection: c.ID}
		for _, b := range all {
			if slices.Contains(b.Sources, c.ID) {
				source.Book = b.ID
			}
		}
		if v.Role() == connectors.RoleLedger || source.Book != "" {
			out = append(out, source)
			names[c.ID] = web.SourceName{ID: c.ID, Vendor: c.Vendor, Name: c.Profile.Name}
		}
	}
	return out, names, nil
}

// Invoices gives a page of a list.
func (r receivablesReader) Invoices(ctx context.Context, tenant string, f listing.Filter) (listing.Page, error) {
	sources, _, err := r.sources(ctx, tenant)
	if err != nil {
		return listing.Page{}, err
	}
	return r.app.Store.InvoicePage(ctx, tenant, sources, f)
}

// EachInvoice gives all that a filter lists.
func (r receivablesReader) EachInvoice(ctx context.Context, tenant string, f listing.Filter, yield func(listing.Row) error) error {
	sources, _, err := r.sources(ctx, tenant)
	if err != nil {
		return err
	}
	return r.app.Store.EachInvoice(ctx, tenant, sources, f, yield)
}

// Sources are the connections that invoices come from, by id.
func (r receivablesReader) Sources(ctx context.Context, tenant string) (map[string]web.SourceName, error) {
	_, names, err := r.sources(ctx, tenant)
	return names, err
}
