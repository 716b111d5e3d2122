// Package quickbooks is the connector for QuickBooks Online: it pulls the
// ledger through Intuit's Accounting API v3, maps its objects to drafts, and
// lowers bookings and payment links to writes. What Intuit's words, limits and
// scales mean stays in this folder; README.md says which streams, deletions,
// errors and unknowns there are.
//
// It must not decide what is booked, keep state between calls, sleep, or know
// another vendor, the store or the engine.
package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// Name is the vendor's key.
const Name = "quickbooks"

// Intuit's own addresses (Intuit docs: rest-api-features, oauth-2.0).
const (
	ProductionAPI = "https://quickbooks.api.intuit.com"
	SandboxAPI    = "https://sandbox-quickbooks.api.intuit.com"
	authorizeURL  = "https://appcenter.intuit.com/connect/oauth2"
	tokenURL      = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
	revokePath    = "/v2/oauth2/tokens/revoke"
	productionApp = "https://app.qbo.intuit.com"
	sandboxApp    = "https://app.sandbox.qbo.intuit.com"
)

// minorVersion is sent with every call: since August 2025 all lower ones
// answer as 75, and a later default must not change what we decode (Intuit
// blog: changes to our accounting API, 2025-01-21).
const minorVersion = "75"

// maxBody bounds an answer. A page of 1000 invoices has a few megabytes.
const maxBody = 64 << 20

// maxFault is longer than any fault that has been seen.
const maxFault = 16 << 10

// Config says where QuickBooks is and who we are to it. Empty addresses are
// Intuit's.
type Config struct {
	ClientID, ClientSecret string
	// API is the base of /v3/company/...
	API string
	// Authorize and Token are the OAuth addresses.
	Authorize, Token string
	// App is where people open documents.
	App string
	// Revoke is where a grant is given up; "" with a Token of one's own is on
	// the same host.
	Revoke string
	// Sandbox says that the keys are development keys: companies are not live.
	Sandbox bool
	// Tier is the operator's in Intuit's App Partner Program.
	Tier Tier
}

// Vendor is QuickBooks Online.
type Vendor struct{ config Config }

// New gives the vendor; it makes no call.
func New(c Config) *Vendor {
	api, app := ProductionAPI, productionApp
	if c.Sandbox {
		api, app = SandboxAPI, sandboxApp
	}
	c.API = strings.TrimRight(orElse(c.API, api), "/")
	c.App = strings.TrimRight(orElse(c.App, app), "/")
	c.Authorize = orElse(c.Authorize, authorizeURL)
	if own, err := url.Parse(c.Token); c.Token != "" && c.Revoke == "" && err == nil {
		c.Revoke = own.Scheme + "://" + own.Host + revokePath
	}
	c.Token = orElse(c.Token, tokenURL)
	c.Revoke = orElse(c.Revoke, "https://developer.api.intuit.com"+revokePath)
	return &Vendor{config: c}
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Name is "quickbooks".
func (v *Vendor) Name() string { return Name }

// Title is the product's name.
func (v *Vendor) Title() string { return "QuickBooks Online" }

// Role is that of a ledger.
func (v *Vendor) Role() connectors.Role { return connectors.RoleLedger }

// Hosts are the hosts that a session calls.
func (v *Vendor) Hosts() []string {
	address, err := url.Parse(v.config.API)
	if err != nil {
		return nil
	}
	return []string{address.Host}
}

// ConsentHosts are those of the token endpoint and of the end of a grant.
func (v *Vendor) ConsentHosts() []string {
	var hosts []string
	for _, text := range []string{v.config.Token, v.config.Revoke} {
		if address, err := url.Parse(text); err == nil && address.Host != "" {
			hosts = append(hosts, address.Host)
		}
	}
	return hosts
}

// Open gives a session with one company.
func (v *Vendor) Open(a connectors.Access) connectors.Session {
	return &Session{config: v.config, access: a}
}

// Session is a connection to one company. It implements connectors.Session,
// connectors.Ledger and connectors.BatchWriter.
type Session struct {
	config Config
	access connectors.Access
	held   connectors.Held
}

// answer is a body that was read whole, with the headers that matter.
type answer struct {
	status    int
	body      []byte
	requestID string
	header    http.Header
}

// get reads a path below the company.
func (s *Session) get(ctx context.Context, op, path string, query url.Values) (answer, error) {
	return s.call(ctx, op, http.MethodGet, path, query, nil)
}

// query runs a statement of the query language (Intuit docs: data-queries).
func (s *Session) query(ctx context.Context, op, statement string) (answer, error) {
	return s.get(ctx, op, "/query", url.Values{"query": {statement}})
}

func (s *Session) call(ctx context.Context, op, method, path string, query url.Values, body []byte) (answer, error) {
	values := url.Values{"minorversion": {minorVersion}}
	maps.Copy(values, query)
	address := s.config.API + "/v3/company/" + url.PathEscape(s.access.ExternalID) + path + "?" + values.Encode()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, reader)
	if err != nil {
		return answer{}, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: op, Text: "the address of the API is not usable", Err: err}
	}
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := s.access.Client.Do(r)
	if err != nil {
		return answer{}, transportFailure(op, method, err)
	}
	defer func() { _ = response.Body.Close() }()
	return s.receive(op, method, response)
}

func (s *Session) receive(op, method string, response *http.Response) (answer, error) {
	// The header is written intuit_tid and seen as Intuit-Tid (recorded
	// traffic); both are one name to an HTTP client only if spelled alike.
	a := answer{status: response.StatusCode, header: response.Header}
	a.requestID = orElse(response.Header.Get("intuit_tid"), response.Header.Get("Intuit-Tid"))
	var buffer bytes.Buffer
	if n := response.ContentLength; n > 0 && n < maxBody {
		buffer.Grow(int(n) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return a, brokenAnswer(op, method, a, "the answer broke off", err)
	}
	if n > maxBody {
		return a, brokenAnswer(op, method, a, fmt.Sprintf("the answer is longer than %d bytes", maxBody), nil)
	}
	a.body = buffer.Bytes()
	if a.status != http.StatusOK {
		return a, s.statusFailure(op, method, a)
	}
	// A fault may come with status 200, as batch answers show. Only small
	// bodies are looked at: a page is no fault.
	if len(a.body) <= maxFault {
		if known, ok := parseFault(a.body); ok {
			return a, s.faultFailure(op, method, a, known)
		}
	}
	return a, nil
}

// Profile reads the company, its preferences and its terms: three calls.
func (s *Session) Profile(ctx context.Context) (connectors.Profile, error) {
	a, err := s.get(ctx, "read company", "/companyinfo/"+url.PathEscape(s.access.ExternalID), nil)
	if err != nil {
		return connectors.Profile{}, err
	}
	var company struct {
		CompanyInfo *wireCompany
	}
	if err := json.Unmarshal(a.body, &company); err != nil || company.CompanyInfo == nil {
		return connectors.Profile{}, malformed("read company", a, err)
	}
	a, err = s.query(ctx, "read preferences", "SELECT * FROM Preferences")
	if err != nil {
		return connectors.Profile{}, err
	}
	var settings *wirePreferences
	err = s.rows(a, "Preferences", "read preferences", func(raw []byte) {
		if p, err := decode[wirePreferences](raw); err == nil {
			settings = &p
		}
	})
	if err != nil || settings == nil {
		return connectors.Profile{}, malformed("read preferences", a, err)
	}
	profile, err := s.profile(*company.CompanyInfo, *settings)
	if err == nil {
		profile.Terms, err = s.terms(ctx)
	}
	return profile, err
}

// terms are the names of terms of payment by id: customers name the id alone,
// and few terms ever change (Intuit docs: term, customer.SalesTermRef).
func (s *Session) terms(ctx context.Context) (map[string]string, error) {
	a, err := s.query(ctx, "read terms", fmt.Sprintf("SELECT * FROM Term WHERE Active IN (true, false) MAXRESULTS %d", pageSize))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	err = s.rows(a, "Term", "read terms", func(raw []byte) {
		if t, err := decode[wireTerm](raw); err == nil {
			names[t.ID] = t.Name
		}
	})
	return names, err
}

func (s *Session) profile(c wireCompany, p wirePreferences) (connectors.Profile, error) {
	profile := connectors.Profile{
		ExternalID: s.access.ExternalID,
		Name:       orElse(c.CompanyName, c.LegalName),
		Country:    c.Country,
		Home:       money.Currency(p.CurrencyPrefs.HomeCurrency.Value),
		Live:       !s.config.Sandbox,
		Extra: map[string]string{
			"multicurrency":       fmt.Sprint(p.CurrencyPrefs.MultiCurrencyEnabled),
			"auto_apply_credit":   fmt.Sprint(p.SalesFormsPrefs.AutoApplyCredit),
			"auto_apply_payments": fmt.Sprint(p.SalesFormsPrefs.AutoApplyPayments),
			"quickbooks_payments": fmt.Sprint(p.SalesFormsPrefs.ETransactionPaymentEnabled),
		},
	}
	if _, err := time.LoadLocation(c.DefaultTimeZone); c.DefaultTimeZone != "" && err == nil {
		profile.Zone = c.DefaultTimeZone
	}
	if basis := p.ReportPrefs.ReportBasis; basis != "" {
		profile.Extra["report_basis"] = basis
	}
	if text := p.AccountingInfoPrefs.BookCloseDate; text != "" {
		lock, err := receivables.ParseDate(text)
		if err != nil {
			return connectors.Profile{}, &connectors.Failure{
				Class: connectors.ClassPermanent, Vendor: Name, Op: "read preferences",
				Text: "the closing date of the books cannot be read", Err: err,
			}
		}
		profile.Lock = lock
	}
	if profile.Home == "" {
		return connectors.Profile{}, &connectors.Failure{
			Class: connectors.ClassPermanent, Vendor: Name, Op: "read preferences",
			Text: "the company states no home currency",
		}
	}
	return profile, nil
}
