package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"tieout/books"
	"tieout/links"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/web"
)

// recordReader reads single invoices and customers for pages.
type recordReader struct{ app *App }

// What a page shows of a customer, at most.
const maxRecords = 300

// of is the book of a ledger, with the name of its vendor.
func (r recordReader) of(ctx context.Context, tenant, connection string) (b books.Book, vendor string, err error) {
	if b, err = r.app.Store.BookOfLedger(ctx, tenant, connection); err != nil {
		return b, "", missing(err)
	}
	c, err := r.app.Store.Connection(ctx, tenant, connection)
	return b, c.Vendor, missing(err)
}

// missing tells pages of what is not there in their own word.
func missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return web.ErrNotFound
	}
	return err
}

// seen refuses a customer that is somebody else's.
func (r recordReader) seen(ctx context.Context, tenant, own, connection, customer string) error {
	if own == "" {
		return nil
	}
	yes, err := r.app.Store.ResponsibleFor(ctx, tenant, own, connection, customer)
	if err == nil && !yes {
		return web.ErrNotFound
	}
	return err
}

// Invoice is one with all that belongs to it.
func (r recordReader) Invoice(ctx context.Context, tenant, own, connection, id string) (web.Invoice, error) {
	b, vendor, err := r.of(ctx, tenant, connection)
	if err != nil {
		return web.Invoice{}, err
	}
	due, err := payBooks(r).Due(ctx, b, []string{id})
	if err == nil && len(due) == 0 {
		err = web.ErrNotFound
	}
	if err != nil {
		return web.Invoice{}, err
	}
	inv := due[0].Invoice
	if err := r.seen(ctx, tenant, own, connection, inv.CustomerID); err != nil {
		return web.Invoice{}, err
	}
	out := web.Invoice{Invoice: inv, Connection: connection, Vendor: vendor, Book: b.ID, Payable: money.Money{Minor: due[0].Payable, Currency: inv.Currency}}
	receipts, err := r.applied(ctx, b, &out)
	if err != nil {
		return out, err
	}
	if err := r.paid(ctx, b, &out); err != nil {
		return out, err
	}
	if own == "" { // a line may have paid what is not everybody's to see
		if err := r.banked(ctx, b, receipts, &out); err != nil {
			return out, err
		}
	}
	out.LeftOut = !linksAllowed(b.Settings, inv)
	if err := r.timeline(ctx, b, &out); err != nil {
		return out, err
	}
	out.Notes, err = r.notes(ctx, tenant, connection, out.Ref())
	return out, err
}

// applied adds the receipts and credits that the ledger has put on it, and gives
// the receipts.
func (r recordReader) applied(ctx context.Context, b books.Book, out *web.Invoice) ([]receivables.Receipt, error) {
	record, err := r.app.Store.CustomerRecord(ctx, b, out.CustomerID, maxRecords)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	out.CustomerName = cmp.Or(record.Customer.Name, out.CustomerID)
	var receipts []receivables.Receipt
	for _, x := range record.Receipts {
		if amount := on(x.Allocations, out.ID); amount != 0 && x.State == receivables.StateLive {
			receipts = append(receipts, x)
			out.Receipts = append(out.Receipts, web.Applied{ID: x.ID, Number: x.Reference, On: x.Date, Amount: out.Of(amount), Ours: x.Marker != ""})
		}
	}
	for _, x := range record.Credits {
		if amount := on(x.Allocations, out.ID); amount != 0 && x.State == receivables.StateLive {
			out.Credits = append(out.Credits, web.Applied{ID: x.ID, Number: cmp.Or(x.Number, x.ID), On: x.Issued, Amount: out.Of(amount), Ours: x.Marker != ""})
		}
	}
	return receipts, nil
}

// banked adds the lines of statements that the receipts came in with.
func (r recordReader) banked(ctx context.Context, b books.Book, receipts []receivables.Receipt, out *web.Invoice) error {
	found, err := r.app.Store.ReceiptLines(ctx, b, receipts)
	if err != nil {
		return err
	}
	for i, x := range out.Receipts {
		if out.Receipts[i].Bank, err = bankKeeper(r).lines(ctx, b, found[x.ID]); err != nil {
			return err
		}
	}
	return nil
}

// on is what allocations put on an invoice.
func on(list []receivables.Allocation, invoice string) int64 {
	var sum int64
	for _, a := range list {
		if a.Target.Kind == receivables.KindInvoice && a.Target.ID == invoice {
			sum += a.Amount
		}
	}
	return sum
}

// paid adds links and what was paid through the processor.
func (r recordReader) paid(ctx context.Context, b books.Book, out *web.Invoice) error {
	list, err := r.app.Store.InvoiceLinks(ctx, b, out.ID)
	if err != nil {
		return err
	}
	for _, l := range slices.Backward(list) {
		out.Links = append(out.Links, web.LinkRow{
			ID: l.ID, URL: l.URL, State: string(l.State), Why: l.Why, Amount: money.Money{Minor: l.Amount, Currency: l.Currency}, Own: l.Own, Seen: l.Seen && l.State == links.StateActive, Made: l.CreatedAt,
		})
	}
	ids, err := r.app.Store.InvoiceMovements(ctx, b, out.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		found, err := r.app.Store.MovementTraces(ctx, b, store.TraceQuery{ID: id, Limit: 1})
		if err != nil {
			return err
		}
		out.Movements = append(out.Movements, movements(b, found)...)
	}
	return nil
}

// versionText says what a version changed, in words.
func versionText(v store.Recorded, last *receivables.Invoice) string {
	switch {
	case v.Deleted:
		return "Deleted in the ledger"
	case v.Rejected:
		return "Read, but not understood"
	case v.Invoice == nil:
		return "Changed in the ledger; what it said then is not kept"
	case last == nil:
		return "First read: " + money.Money{Minor: v.Invoice.Balance, Currency: v.Invoice.Currency}.String() + " open"
	}
	var words []string
	now := v.Invoice
	add := func(changed bool, text string) {
		if changed {
			words = append(words, text)
		}
	}
	of := func(minor int64) string { return money.Money{Minor: minor, Currency: now.Currency}.String() }
	add(now.State != last.State, "now "+string(now.State))
	add(now.Number != last.Number, "number "+last.Number+" is now "+now.Number)
	add(now.Total != last.Total, "total "+of(last.Total)+" is now "+of(now.Total))
	add(now.Balance != last.Balance, "open "+of(last.Balance)+" is now "+of(now.Balance))
	add(now.Due != last.Due, "due "+last.Due.Words()+" is now "+now.Due.Words())
	add(now.CustomerID != last.CustomerID, "it belongs to another customer")
	add(now.Link != last.Link && now.Link != "", "it carries a payment link")
	add(now.Link != last.Link && now.Link == "", "its payment link has gone")
	add(now.Sent && !last.Sent, "sent to the customer")
	if len(words) == 0 {
		return "Changed in the ledger, nothing of what is shown here"
	}
	return "Changed in the ledger: " + strings.Join(words, "; ")
}
