package api

import (
	"net/url"

	"tieout/listing"
	"tieout/people"
	"tieout/web"
)

// bulkRoutes are those of many invoices at once.
func bulkRoutes() []Route {
	const tag = "Receivables"
	return []Route{
		as(Route{Method: post, Path: "/invoices/bulk/preview", Need: people.Decide, Tag: tag, Name: "previewBulk", Pages: []string{"GET /receivables/bulk"}, Quiet: true, Summary: "What would happen to many invoices; nothing is changed"}, previewBulk),
		as(Route{Method: post, Path: "/invoices/bulk", Need: people.Decide, Tag: tag, Name: "bulk", Pages: []string{"POST /receivables/bulk"}, Summary: "Do what was shown under a digest, and nothing else"}, bulk),
	}
}

// Bulk is what is wanted, and of which invoices.
type Bulk struct {
	Action   string        `json:"action" enum:"no-links,links,customer-no-links,customer-links" doc:"Leave out of payment links, or allow them again; by themselves or with their customers."`
	Invoices []BulkInvoice `json:"invoices,omitempty" doc:"At most 1,000."`
	Filter   *string       `json:"filter,omitempty" doc:"All that it lists, in place of invoices, as the page's address has it: status=overdue&currency=USD"`
}

// BulkInvoice names an invoice.
type BulkInvoice struct {
	Connection string `json:"connection"`
	ID         string `json:"id"`
}

// BulkShown is what would happen.
type BulkShown struct {
	Parts   []BulkPart `json:"parts"`
	TooMany bool       `json:"too_many" doc:"More than 1,000 are chosen: nothing can be done."`
	Digest  string     `json:"digest,omitempty" doc:"Names exactly what is shown; absent where nothing would happen."`
}

// BulkPart is what happens to some of them.
type BulkPart struct {
	Text    string  `json:"text"`
	Changes bool    `json:"changes"`
	Count   int     `json:"count"`
	Open    []Money `json:"open"`
}

func (c *Call) bulkOf(in Bulk) (web.Bulk, error) {
	out := web.Bulk{Action: web.BulkAction(in.Action), All: in.Filter != nil}
	if in.Filter != nil {
		q, err := url.ParseQuery(*in.Filter)
		if err != nil {
			return out, wrong("filter", "This filter is not understood.")
		}
		out.Filter = listing.Read(q.Get)
		out.Filter.After = nil
	} else if len(in.Invoices) == 0 {
		return out, wrong("invoices", "Name invoices, or a filter.")
	}
	out.Filter.Own, out.Filter.Today = c.own(), c.today()
	for _, i := range in.Invoices {
		out.Rows = append(out.Rows, web.InvoiceRef{Connection: i.Connection, ID: i.ID})
	}
	return out, nil
}

func previewBulk(c *Call, in Bulk) (BulkShown, error) {
	asked, err := c.bulkOf(in)
	if err != nil {
		return BulkShown{}, err
	}
	shown, err := c.Readers.Bulk.PreviewBulk(c.ctx(), c.tenant(), asked)
	return BulkShown{TooMany: shown.TooMany, Digest: shown.Digest, Parts: each(shown.Parts, func(p web.BulkPart) BulkPart {
		return BulkPart{Text: p.Text, Changes: p.Changes, Count: p.Count, Open: each(p.Open, moneyOf)}
	})}, err
}

// BulkConfirmed is what was shown.
type BulkConfirmed struct {
	Bulk
	Digest string `json:"digest" doc:"Of what was shown."`
}

func bulk(c *Call, in BulkConfirmed) (Done, error) {
	asked, err := c.bulkOf(in.Bulk)
	if err == nil {
		err = c.Readers.Bulk.Bulk(c.ctx(), c.tenant(), asked, in.Digest, asked.Address(), c.by())
	}
	return Done{Done: err == nil}, err
}
