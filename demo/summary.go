package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/books"
	"tieout/internal/app"
	"tieout/money"
	"tieout/sync/pull"
	"tieout/sync/push"
)

// Summary is what the demo did, in figures. Amounts are decimal text.
type Summary struct {
	Database string `json:"database"`
	Seed     int64  `json:"seed"`
	// ReceivablesAsPulled is by currency over all ledgers, right after the
	// first full pull and before anything was written.
	ReceivablesAsPulled map[string]Receivables `json:"receivables_as_pulled"`
	Connections         []ConnectionSummary    `json:"connections"`
	Books               []BookSummary          `json:"books"`
	Proof               []app.ProofLine        `json:"proof"`
	// SecondSync is a sync right after the last one.
	SecondSync SecondSync `json:"second_sync"`
}

// Receivables are what customers owe, in one currency.
type Receivables struct {
	OpenInvoices string `json:"open_invoices"`
	OpenCredits  string `json:"open_credits"`
	Net          string `json:"net"`
}

// ConnectionSummary is one connection.
type ConnectionSummary struct {
	ID                  string                 `json:"id"`
	Vendor              string                 `json:"vendor"`
	Name                string                 `json:"name"`
	ExternalID          string                 `json:"external_id"`
	Pulled              map[string]int         `json:"pulled"`
	ReceivablesAsPulled map[string]Receivables `json:"receivables_as_pulled,omitempty"`
	// Calls are by purpose: pull, push, proof; "" is connecting.
	Calls map[string]int `json:"calls"`
}

// BookSummary is one book.
type BookSummary struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Ledger     string         `json:"ledger"`
	Preview    map[string]int `json:"preview"`
	Links      LinkSummary    `json:"links"`
	Payments   MatchSummary   `json:"payments"`
	Documents  map[string]int `json:"documents_written"`
	Decisions  int            `json:"decisions_open"`
	Exceptions int            `json:"exceptions_open"`
}

// LinkSummary counts payment links as they stood before anybody had paid.
// SentBefore are invoices that had gone to the customer before they carried a
// link: sending them again is offered.
type LinkSummary struct {
	Written    int `json:"written"`
	Visible    int `json:"visible"`
	SentBefore int `json:"sent_before_link"`
}

// MatchSummary counts payments since the cut-over.
type MatchSummary struct {
	Matched   int `json:"matched"`
	Suggested int `json:"suggested"`
	Held      int `json:"held"`
}

// SecondSync is what a sync did that had nothing to do.
type SecondSync struct {
	Written int `json:"written"`
	Changed int `json:"changed"`
}

func (d *Demo) connectionSummary(ctx context.Context, c books.Connection, result pull.Result) (ConnectionSummary, error) {
	s := ConnectionSummary{ID: c.ID, Vendor: c.Vendor, Name: c.Profile.Name, ExternalID: c.ExternalID, Pulled: map[string]int{}}
	for kind, n := range result.Seen {
		s.Pulled[string(kind)] = n
	}
	open, err := d.App.Store.OpenReceivables(ctx, c.Tenant, c.ID)
	if err != nil {
		return s, fmt.Errorf("demo: receivables of %s: %w", c.Profile.Name, err)
	}
	for currency, one := range open {
		if s.ReceivablesAsPulled == nil {
			s.ReceivablesAsPulled = map[string]Receivables{}
		}
		s.ReceivablesAsPulled[string(currency)] = receivablesText(currency, one.Invoices, one.Credits)
	}
	return s, nil
}

func receivablesText(c money.Currency, invoices, credits int64) Receivables {
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: c}.Text(money.ISO) }
	return Receivables{OpenInvoices: text(invoices), OpenCredits: text(credits), Net: text(invoices - credits)}
}

// summary gathers the figures at the end. last is what the last sync did.
func (d *Demo) summary(ctx context.Context, last []app.BookRun, preview map[string]map[string]int) (Summary, error) {
	s := Summary{Database: d.App.Store.Engine(), Seed: d.options.Seed, ReceivablesAsPulled: map[string]Receivables{}}
	calls, err := d.App.Calls(ctx, d.options.Clock.Now())
	if err != nil {
		return s, fmt.Errorf("demo: %w", err)
	}
	for _, one := range d.pulled {
		one.Summary.Calls = calls[one.Connection.ID]
		s.Connections = append(s.Connections, one.Summary)
	}
	s.ReceivablesAsPulled, err = d.total(ctx)
	if err != nil {
		return s, err
	}
	for _, run := range last {
		b, err := d.bookSummary(ctx, run.Book)
		if err != nil {
			return s, err
		}
		b.Preview = preview[run.Book.ID]
		s.Books = append(s.Books, b)
		if run.Result.Proof != nil {
			s.Proof = append(s.Proof, app.ProofLines(run.Book.Name, *run.Result.Proof)...)
		}
		s.SecondSync.Written += run.Result.Pushed.Sent
		for _, pulled := range run.Result.Pulled {
			for _, n := range pulled.Changed {
				s.SecondSync.Changed += n
			}
		}
	}
	return s, nil
}

// total adds up the ledgers' receivables as pulled, by currency.
func (d *Demo) total(_ context.Context) (map[string]Receivables, error) {
	sums := map[string][2]int64{}
	for _, one := range d.pulled {
		for c, r := range one.Summary.ReceivablesAsPulled {
			invoices, err := money.Parse(r.OpenInvoices, money.Currency(c), money.ISO)
			if err != nil {
				return nil, fmt.Errorf("demo: %w", err)
			}
			credits, err := money.Parse(r.OpenCredits, money.Currency(c), money.ISO)
			if err != nil {
				return nil, fmt.Errorf("demo: %w", err)
			}
			sums[c] = [2]int64{sums[c][0] + invoices.Minor, sums[c][1] + credits.Minor}
		}
	}
	total := map[string]Receivables{}
	for c, sum := range sums {
		total[c] = receivablesText(money.Currency(c), sum[0], sum[1])
	}
	return total, nil
}

// counts writes what was pulled as one line.
func counts(pulled map[string]int) string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(pulled)) {
		parts = append(parts, fmt.Sprintf("%d %ss", pulled[kind], strings.ReplaceAll(kind, "_", " ")))
	}
	return strings.Join(parts, ", ")
}

// previewed counts what the preview of each book would write, by operation.
func (d *Demo) previewed(ctx context.Context) (map[string]map[string]int, error) {
	all, err := d.App.Store.Books(ctx, books.Tenant)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	out := map[string]map[string]int{}
	for _, b := range all {
		list, err := d.App.Store.Intents(ctx, b.Tenant, b.ID, []push.State{push.StatePreview}, previewLimit)
		if err != nil {
			return nil, fmt.Errorf("demo: preview of %s: %w", b.Name, err)
		}
		out[b.ID] = map[string]int{}
		for _, in := range list {
			out[b.ID][in.Write.Op]++
		}
		d.options.Say("  %s: %d writes would follow", b.Name, len(list))
	}
	return out, nil
}

// previewLimit bounds the preview that is counted.
const previewLimit = 1_000_000

func (d *Demo) bookSummary(ctx context.Context, b books.Book) (BookSummary, error) {
	s := BookSummary{ID: b.ID, Name: b.Name, Ledger: b.Ledger, Documents: map[string]int{}}
	status, err := d.App.Status(ctx)
	if err != nil {
		return s, fmt.Errorf("demo: %w", err)
	}
	for _, one := range status.Books {
		if one.ID == b.ID {
			s.Payments = MatchSummary{Matched: one.Matched, Suggested: one.Suggested, Held: one.Held}
			s.Decisions, s.Exceptions = len(one.Decisions), len(one.Exceptions)
		}
	}
	s.Links = d.linked[b.ID]
	written, err := d.App.Store.WrittenDocuments(ctx, b)
	if err != nil {
		return s, fmt.Errorf("demo: documents of %s: %w", b.Name, err)
	}
	for purpose, n := range written {
		s.Documents[string(purpose)] = n
	}
	return s, nil
}

// countLinks notes how many invoices carry a link before customers pay.
func (d *Demo) countLinks(ctx context.Context) error {
	all, err := d.App.Store.Books(ctx, books.Tenant)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	d.linked = map[string]LinkSummary{}
	for _, b := range all {
		linked, err := d.App.Store.LinkCounts(ctx, b)
		if err != nil {
			return fmt.Errorf("demo: links of %s: %w", b.Name, err)
		}
		d.linked[b.ID] = LinkSummary{Written: linked.Shown, Visible: linked.Visible, SentBefore: linked.SentBefore}
	}
	return nil
}
