package example

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

type reference = receivables.Ref

// object is one of the ledger's, as it comes over the wire. Amounts are
// decimal text. Seq is the number of its last change; it never repeats.
type object struct {
	Seq     int64            `json:"seq"`
	Kind    receivables.Kind `json:"kind"`
	ID      string           `json:"id"`
	Deleted bool             `json:"deleted"`
	Time    time.Time        `json:"time"`

	Name        string `json:"name"`
	Type        string `json:"type"`
	Number      string `json:"number"`
	Customer    string `json:"customer"`
	Currency    string `json:"currency"`
	Date        string `json:"date"`
	Due         string `json:"due"`
	Total       string `json:"total"`
	Balance     string `json:"balance"`
	From        string `json:"from"`
	To          string `json:"to"`
	Marker      string `json:"marker"`
	Link        string `json:"link"`
	Allocations []struct {
		Invoice string `json:"invoice"`
		Amount  string `json:"amount"`
	} `json:"allocations"`
}

// Profile reads the company.
func (s *session) Profile(ctx context.Context) (connectors.Profile, error) {
	var company struct{ ID, Name, Country, Currency, Zone, Lock string }
	_, err := s.call(ctx, "profile", http.MethodGet, "/company", "", nil, &company)
	return connectors.Profile{
		ExternalID: company.ID, Name: company.Name, Country: company.Country, Home: money.Currency(company.Currency),
		Zone: company.Zone, Lock: receivables.Date(company.Lock),
	}, err
}

// Streams is the one list of changes, oldest first.
func (*session) Streams() []connectors.Stream { return []connectors.Stream{{Name: "changes"}} }

// place is where the list stands.
type place struct {
	After int64 `json:"after"`
}

// Pull reads the changes after the last one that was read.
func (s *session) Pull(ctx context.Context, stream string, cursor connectors.Cursor) (connectors.Page, error) {
	var at place
	if len(cursor) > 0 {
		if err := json.Unmarshal(cursor, &at); err != nil {
			return connectors.Page{}, badCursor(err)
		}
	}
	var answer struct {
		Changes []json.RawMessage `json:"changes"`
		More    bool              `json:"more"`
	}
	if _, err := s.call(ctx, stream, http.MethodGet, fmt.Sprintf("/changes?after=%d", at.After), "", nil, &answer); err != nil {
		return connectors.Page{}, err
	}
	page := connectors.Page{More: answer.More}
	for _, raw := range answer.Changes {
		d := draft(raw)
		at.After = max(at.After, d.Order)
		page.Drafts = append(page.Drafts, d)
	}
	var err error
	if page.Cursor, err = json.Marshal(at); err != nil {
		return connectors.Page{}, badCursor(err)
	}
	return page, nil
}

// Fetch reads single objects.
func (s *session) Fetch(ctx context.Context, refs []reference) ([]mapping.Draft, error) {
	var out []mapping.Draft
	for _, ref := range refs {
		var raw json.RawMessage
		if _, err := s.call(ctx, "fetch", http.MethodGet, "/objects/"+url.PathEscape(ref.ID), "", nil, &raw); err != nil {
			return nil, err
		}
		out = append(out, draft(raw))
	}
	return out, nil
}

// draft is pure. What it cannot read is kept, with why.
func draft(raw []byte) mapping.Draft {
	var o object
	d := mapping.Draft{Raw: raw, Scale: money.ISO}
	if err := json.Unmarshal(raw, &o); err != nil {
		d.Problem = err.Error()
	}
	d.Kind, d.ID, d.Order, d.Changed, d.Deleted = o.Kind, o.ID, o.Seq, o.Time, o.Deleted
	if d.Deleted || d.Problem != "" {
		return d
	}
	o.fill(&d)
	return d
}

func (o object) fill(d *mapping.Draft) {
	const live = receivables.StateLive
	switch o.Kind {
	case receivables.KindCustomer:
		d.Customer = &mapping.CustomerDraft{Customer: receivables.Customer{ID: o.ID, Name: o.Name, Active: true}}
	case receivables.KindAccount:
		account := receivables.Account{ID: o.ID, Name: o.Name, Type: receivables.AccountType(o.Type), Currency: money.Currency(o.Currency), Active: true}
		d.Account = &mapping.AccountDraft{Account: account}
	case receivables.KindInvoice:
		invoice := receivables.Invoice{ID: o.ID, Number: o.Number, CustomerID: o.Customer, State: live, Link: o.Link, LinkVisible: o.Link != ""}
		d.Invoice = &mapping.InvoiceDraft{Invoice: invoice, Currency: o.Currency, Issued: o.Date, Due: o.Due, Total: o.Total, Balance: o.Balance, HomeBalance: o.Balance}
	case receivables.KindReceipt:
		receipt := receivables.Receipt{ID: o.ID, CustomerID: o.Customer, State: live, AccountID: o.To, Marker: o.Marker}
		d.Receipt = &mapping.ReceiptDraft{Receipt: receipt, Currency: o.Currency, Date: o.Date, Total: o.Total, Unapplied: o.Balance, Allocations: o.allocations()}
	case receivables.KindDocument:
		document := receivables.Document{ID: o.ID, Kind: receivables.DocumentKind(o.Type), State: live, Marker: o.Marker}
		d.Document = &mapping.DocumentDraft{Document: document, Currency: o.Currency, Date: o.Date, Total: o.Total, Postings: []mapping.PostingDraft{
			{AccountID: o.From, Amount: "-" + o.Total}, {AccountID: o.To, Amount: o.Total},
		}}
	default:
		d.Problem = fmt.Sprintf("the ledger has no %q", o.Kind)
	}
}

func (o object) allocations() []mapping.AllocationDraft {
	var out []mapping.AllocationDraft
	for _, a := range o.Allocations {
		out = append(out, mapping.AllocationDraft{Target: reference{Kind: receivables.KindInvoice, ID: a.Invoice}, Amount: a.Amount})
	}
	return out
}
