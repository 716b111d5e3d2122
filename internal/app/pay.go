package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/pay"
	"tieout/receivables"
	"tieout/sync/reconcile"
	"tieout/web"
)

// PayPages is the handler of the pay page, below /p/ and /x/. failed hears what
// went wrong behind an answer that tells the payer nothing of it.
func (a *App) PayPages(failed func(error)) (http.Handler, error) { return web.PayPages(a.Pay, failed) }

// CheckPublic says what is wrong with a public address.
func CheckPublic(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is no address like https://pay.example.com", address)
	}
	return nil
}

// payURL is the address of the pay page for a token; nil without a public
// address.
func payURL(public string) func(string) string {
	if public == "" {
		return nil
	}
	base := strings.TrimSuffix(public, "/")
	return func(token string) string { return base + "/p/" + token }
}

func (a *App) payService() *pay.Service {
	return &pay.Service{
		Store: a.Store, Books: payBooks{a}, Now: a.config.Clock.Now, NewID: a.ids.next, URL: payURL(a.config.PublicURL),
	}
}

// payBooks is what the pay page has to know of books.
type payBooks struct{ app *App }

func (p payBooks) Due(ctx context.Context, b books.Book, invoices []string) ([]pay.Due, error) {
	return p.due(ctx, b, invoices, nil)
}

func (p payBooks) due(ctx context.Context, b books.Book, invoices []string, newer []receivables.Invoice) ([]pay.Due, error) {
	r := &reconcile.Reconciler{Store: p.app.Store, Now: p.app.config.Clock.Now, NewID: p.app.ids.next}
	list, err := r.Due(ctx, b, invoices, newer)
	out := make([]pay.Due, len(list))
	for i, d := range list {
		out[i] = pay.Due(d)
	}
	return out, err
}

// DueNow reads the invoices from the ledger, and is content with a copy as young
// as pay.Fresh where that cannot be reached.
func (p payBooks) DueNow(ctx context.Context, b books.Book, invoices []string) ([]pay.Due, error) {
	c, err := p.app.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	newer, err := p.reread(ctx, c, invoices)
	if err != nil {
		if c.Fresh == nil || p.app.config.Clock.Now().Sub(*c.Fresh) > pay.Fresh {
			return nil, fmt.Errorf("%w: %w", pay.ErrUnread, err)
		}
		newer = nil
	}
	return p.due(ctx, b, invoices, newer)
}

func (p payBooks) reread(ctx context.Context, c books.Connection, invoices []string) ([]receivables.Invoice, error) {
	session, err := p.app.Session(c)
	if err != nil {
		return nil, err
	}
	refs := make([]receivables.Ref, len(invoices))
	for i, id := range invoices {
		refs[i] = receivables.Ref{Kind: receivables.KindInvoice, ID: id}
	}
	drafts, err := session.Fetch(ctx, refs)
	if err != nil {
		return nil, err
	}
	var out []receivables.Invoice
	for _, d := range drafts {
		if inv, ok := mapping.Accept(d).Entity.(receivables.Invoice); ok {
			out = append(out, inv)
		}
	}
	if missing := len(invoices) - len(out); missing > 0 {
		return nil, fmt.Errorf("app: the ledger gave %d of %d invoices", len(out), len(invoices))
	}
	return out, nil
}

// Seller is the company's name in the ledger, and the short code by which the
// ledger's own pages name it.
func (p payBooks) Seller(ctx context.Context, b books.Book) (name, code string, err error) {
	c, err := p.app.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return "", "", err
	}
	return c.Profile.Name, c.Profile.Extra["short_code"], nil
}

// Processor is the first of the book's sources that opens pages.
func (p payBooks) Processor(ctx context.Context, b books.Book) (connectors.Checkouter, string, error) {
	for _, id := range b.Sources {
		c, err := p.app.Store.Connection(ctx, b.Tenant, id)
		if err != nil {
			return nil, "", err
		}
		session, err := p.app.Session(c)
		if err != nil {
			return nil, "", err
		}
		if processor, ok := session.(connectors.Checkouter); ok {
			return processor, id, nil
		}
	}
	return nil, "", fmt.Errorf("app: nothing opens payment pages for book %s", b.Name)
}

// CustomerPage is the address of a customer's open invoices: the one that there
// is, or a new one. It needs a public address.
func (a *App) CustomerPage(ctx context.Context, b books.Book, customer string) (string, error) {
	return a.payAddress(ctx, b, pay.KindCustomer, customer, a.Pay.URL)
}

// EndCustomerPage ends a customer's address; the next one is another.
func (a *App) EndCustomerPage(ctx context.Context, b books.Book, customer string) error {
	return a.Store.AddPayToken(ctx, b, pay.KindCustomer, customer, "", a.config.Clock.Now())
}

// entryQuery is what Xero's custom payment URL fills in for each invoice; the
// four names are Xero's (Xero help: PaymentServices_CustomSetup).
const entryQuery = "?invoiceNo=[INVOICENUMBER]&currency=[CURRENCY]&amount=[AMOUNTDUE]&shortCode=[SHORTCODE]"

// EntryPage is the custom payment URL to enter in the ledger's own settings.
func (a *App) EntryPage(ctx context.Context, b books.Book) (string, error) {
	return a.payAddress(ctx, b, pay.KindEntry, "", func(token string) string {
		return strings.TrimSuffix(a.config.PublicURL, "/") + "/x/" + token + entryQuery
	})
}

func (a *App) payAddress(ctx context.Context, b books.Book, kind pay.Kind, subject string, address func(string) string) (string, error) {
	if a.config.PublicURL == "" {
		return "", errNoPublic
	}
	token, err := a.Store.PayToken(ctx, b, kind, subject)
	if err != nil {
		return "", err
	}
	if token == "" {
		token = a.ids.next()
		if err := a.Store.AddPayToken(ctx, b, kind, subject, token, a.config.Clock.Now()); err != nil {
			return "", err
		}
	}
	return address(token), nil
}

// errNoPublic says what a pay page needs.
var errNoPublic = errors.New("payers cannot reach this installation: set TIEOUT_PUBLIC_URL to where it is served over HTTPS")
