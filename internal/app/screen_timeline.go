package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tieout/books"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/web"
)

// timeline adds what happened to an invoice, the newest first: what the ledger
// said, what was paid, asked and answered, and what we wrote. All of it is only
// ever appended where it is kept.
func (r recordReader) timeline(ctx context.Context, b books.Book, out *web.Invoice) error {
	versions, err := r.app.Store.InvoiceHistory(ctx, b.Tenant, b.Ledger, out.ID)
	if err != nil {
		return err
	}
	var last *receivables.Invoice
	for _, v := range versions {
		out.Timeline = append(out.Timeline, web.Event{At: v.At, Text: versionText(v, last), Who: out.Vendor})
		if v.Invoice != nil {
			last = v.Invoice
		}
	}
	for _, m := range out.Movements {
		out.Timeline = append(out.Timeline, web.Event{At: m.At, Text: "Paid " + m.Amount.String() + " through Stripe", Who: m.Payer, Detail: m.Why})
	}
	for _, l := range out.Links {
		if l.Own {
			out.Timeline = append(out.Timeline, web.Event{At: l.Made, Text: "An address at our pay page was made", Who: "Tieout"})
		}
	}
	if err := r.questions(ctx, b, out); err != nil {
		return err
	}
	if err := r.written(ctx, b, out); err != nil {
		return err
	}
	// Of one instant, what was added last happened last.
	slices.Reverse(out.Timeline)
	slices.SortStableFunc(out.Timeline, func(a, b web.Event) int { return b.At.Compare(a.At) })
	return nil
}

// questions adds what was asked about the invoice and its payments, and what was
// answered.
func (r recordReader) questions(ctx context.Context, b books.Book, out *web.Invoice) error {
	subjects := []string{"invoice/" + out.ID}
	for _, m := range out.Movements {
		subjects = append(subjects, "movement/"+m.ID)
	}
	asked, err := r.app.Store.QuestionsAbout(ctx, b, subjects)
	for _, q := range asked {
		out.Timeline = append(out.Timeline, web.Event{At: q.At, Text: "Asked: " + q.Text, Who: "Tieout"})
		if q.AnsweredAt != nil {
			out.Timeline = append(out.Timeline, web.Event{At: *q.AnsweredAt, Text: "Answered: " + q.Answer, Who: q.By})
		}
	}
	return err
}

// written adds the journal's lines about the invoice, its links and the documents
// of its payments.
func (r recordReader) written(ctx context.Context, b books.Book, out *web.Invoice) error {
	ids := []string{}
	kinds := map[string]receivables.Kind{out.ID: receivables.KindInvoice}
	for _, m := range out.Movements {
		for _, d := range m.Documents {
			if d.Document.ID != "" {
				kinds[d.Document.ID] = d.Document.Kind
			}
		}
	}
	for _, l := range out.Links {
		if l.ID != "" {
			kinds[l.ID] = ""
		}
	}
	for id := range kinds {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return r.app.Store.Journal(ctx, b.Tenant, b.ID, store.JournalQuery{Documents: ids}, func(l journal.Line) error {
		e, err := l.Open()
		// Ids of two kinds may be alike.
		if kind := kinds[e.Document.ID]; err == nil && (kind == "" || kind == e.Document.Kind || e.Invoice == out.ID) {
			out.Timeline = append(out.Timeline, web.Event{
				At: e.At, Text: web.Deed(e.Kind, e.Op), Who: cmp.Or(e.Who, "Tieout"), Detail: strings.TrimSuffix(e.Why, "."), URL: e.URL,
			})
		}
		return err
	})
}
