package demo

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/sandbox"
)

// vendors points every connector at its stand-in.
func vendors(r sandbox.Ready) all.Config {
	return all.Config{
		QuickBooks: quickbooks.Config{
			ClientID: r.QuickBooks.ClientID, ClientSecret: r.QuickBooks.ClientSecret, API: r.QuickBooks.URL,
			Authorize: r.QuickBooks.URL + "/connect/oauth2", Token: r.QuickBooks.URL + "/oauth2/v1/tokens/bearer",
			App: r.QuickBooks.URL, Sandbox: true,
		},
		Xero: xero.Config{
			ClientID: r.Xero.ClientID, ClientSecret: r.Xero.ClientSecret, LoginURL: r.Xero.URL, IdentityURL: r.Xero.URL,
			APIURL: r.Xero.URL, AppURL: r.Xero.URL,
		},
		Stripe: stripe.Config{BaseURL: r.Stripe.URL},
	}
}

// connect gives consent as a person would, and enters the Stripe key.
func (d *Demo) connect(ctx context.Context, l sandbox.ReadyLedger) (ledger, account books.Connection, err error) {
	address, err := d.App.Connect.Begin(ctx, l.Vendor, callback)
	if err != nil {
		return ledger, account, fmt.Errorf("demo: %w", err)
	}
	query, err := Consent(ctx, address, l.ID)
	if err != nil {
		return ledger, account, fmt.Errorf("demo: consent to %s: %w", l.Name, err)
	}
	made, err := d.App.Connect.Answer(ctx, query)
	if err != nil {
		return ledger, account, fmt.Errorf("demo: %w", err)
	}
	for _, c := range made {
		if c.ExternalID == l.ID {
			ledger = c
		}
	}
	if ledger.ID == "" {
		return ledger, account, fmt.Errorf("demo: consent was given for %s, but it is not among the companies reached", l.Name)
	}
	account, err = d.App.Connect.WithKey(ctx, "stripe", l.StripeKey)
	if err != nil {
		return ledger, account, fmt.Errorf("demo: %w", err)
	}
	return ledger, account, nil
}

// callback is where the vendors send the person back to. The demo reads the
// answer from the redirect itself, as the person's browser would.
const callback = "http://localhost:8080/connect/callback"

// hidden finds the fields that a consent page carries along.
var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// maxPage bounds a consent page.
const maxPage = 1 << 20

// Consent opens the vendor's page, chooses the company, allows the access,
// and gives the query of the redirect that follows.
func Consent(ctx context.Context, address, company string) (url.Values, error) {
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	page, err := read(browser.Do(request))
	if err != nil {
		return nil, err
	}
	form := url.Values{"decision": {"allow"}, "choice": {company}}
	for _, field := range hidden.FindAllStringSubmatch(page, -1) {
		form.Add(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	target, _, _ := strings.Cut(address, "?")
	request, err = http.NewRequestWithContext(ctx, http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := browser.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	back, err := answer.Location()
	if err != nil {
		return nil, fmt.Errorf("the page answered %s and led nowhere", answer.Status)
	}
	return back.Query(), nil
}

func read(answer *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxPage))
	if err != nil {
		return "", err
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the page answered %s", answer.Status)
	}
	return string(body), nil
}
