package stripe

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// profile is what an account's owner or platform may change about it. It has a
// lock of its own, because a platform's request changes another account's.
type profile struct {
	mu       sync.Mutex
	metadata metadata
	name     *string
	email    *string
	url      *string
	kind     string // standard when empty
}

// account is what GET /v1/account shows.
type account struct {
	ID               string          `json:"id"`
	Object           string          `json:"object"`
	BusinessProfile  json.RawMessage `json:"business_profile"`
	BusinessType     string          `json:"business_type"`
	Capabilities     json.RawMessage `json:"capabilities"`
	ChargesEnabled   bool            `json:"charges_enabled"`
	Controller       json.RawMessage `json:"controller"`
	Country          string          `json:"country"`
	Created          int64           `json:"created"`
	DefaultCurrency  string          `json:"default_currency"`
	DetailsSubmitted bool            `json:"details_submitted"`
	Email            *string         `json:"email"`
	External         *list           `json:"external_accounts,omitempty"`
	Metadata         metadata        `json:"metadata"`
	PayoutsEnabled   bool            `json:"payouts_enabled"`
	Settings         map[string]any  `json:"settings"`
	Type             string          `json:"type"`
}

// bankAccount is where payouts go.
type bankAccount struct {
	head
	ID                 string   `json:"id"`
	Object             string   `json:"object"`
	Account            string   `json:"account"`
	AccountHolderName  *string  `json:"account_holder_name"`
	AccountHolderType  *string  `json:"account_holder_type"`
	AccountType        *string  `json:"account_type"`
	AvailableMethods   []string `json:"available_payout_methods"`
	BankName           string   `json:"bank_name"`
	Country            string   `json:"country"`
	Currency           string   `json:"currency"`
	DefaultForCurrency bool     `json:"default_for_currency"`
	Fingerprint        string   `json:"fingerprint"`
	Last4              string   `json:"last4"`
	Metadata           metadata `json:"metadata"`
	Routing            string   `json:"routing_number"`
	Status             string   `json:"status"`
}

func (o *bankAccount) ident() string { return o.ID }
func (o *bankAccount) madeAt() int64 { return 0 }

func (s *Server) accountRoutes() {
	s.op("GET /v1/account", "", (*call).getAccount)
	s.op("GET /v1/accounts/{id}", "", s.getAccountByID)
	s.op("GET /v1/accounts", listParams+" "+rangeParams("created"), s.listAccounts)
	s.op("POST /v1/accounts/{id}", "metadata[*] business_profile[**] email settings[**]", s.updateAccount)
	s.op("POST /v1/accounts", "type country email metadata[*] business_profile[**] business_type capabilities[**] default_currency controller[**]", s.createAccount)
	s.op("DELETE /v1/accounts/{id}", "", s.deleteAccount)
	s.op("GET /v1/accounts/{id}/external_accounts", listParams+" object", s.listExternal)
	s.op("GET /v1/accounts/{id}/external_accounts/{bank}", "", s.getExternal)
	s.mux.HandleFunc("GET /setup/s/{account}/{token}", s.onboarded)
	s.op("POST /v1/account_links", "account type refresh_url return_url collect collection_options[**]", s.createAccountLink)
}

// view is the account as the API shows it to another one, or to itself: banks
// only to the platform that controls it (Stripe docs: accounts/object,
// external_accounts, controller.is_controller).
func (a *Account) view(asking *Account) account {
	a.profile.mu.Lock()
	defer a.profile.mu.Unlock()
	p := &a.profile
	name := p.name
	if name == nil {
		name = opt(a.opts.Name)
	}
	kind := p.kind
	if kind == "" {
		kind = "standard"
	}
	schedule := map[string]any{"delay_days": a.opts.DelayDays, "interval": a.opts.PayoutSchedule}
	control := `{"type":"account"}`
	var external *list
	if asking != a && kind != "standard" {
		banks := a.externalAccounts()
		control, external = `{"is_controller":true,"type":"application"}`, &banks
	}
	return account{
		ID: a.opts.ID, Object: "account", BusinessType: "company", ChargesEnabled: true, Country: a.opts.Country, Created: a.born,
		BusinessProfile: encoded(map[string]any{"mcc": nil, "name": name, "product_description": nil, "support_address": nil, "support_email": nil, "support_phone": nil, "support_url": nil, "url": p.url}),
		Capabilities:    json.RawMessage(`{"card_payments":"active","transfers":"active"}`),
		Controller:      json.RawMessage(control), DefaultCurrency: a.opts.DefaultCurrency, DetailsSubmitted: true, Email: p.email,
		External: external, Metadata: p.metadata, PayoutsEnabled: true, Type: kind,
		Settings: map[string]any{
			"bacs_debit_payments": map[string]any{},
			"branding":            map[string]any{"icon": nil, "logo": nil, "primary_color": nil, "secondary_color": nil},
			"card_payments":       map[string]any{"statement_descriptor_prefix": nil, "statement_descriptor_prefix_kana": nil, "statement_descriptor_prefix_kanji": nil},
			"dashboard":           map[string]any{"display_name": name, "timezone": a.opts.TimeZone},
			"payments":            map[string]any{"statement_descriptor": nil, "statement_descriptor_kana": nil, "statement_descriptor_kanji": nil},
			"payouts":             map[string]any{"debit_negative_balances": true, "schedule": schedule, "statement_descriptor": nil},
			"sepa_debit_payments": map[string]any{},
		},
	}
}

func (a *Account) externalAccounts() list {
	l := list{Object: "list", Data: []json.RawMessage{}, URL: "/v1/accounts/" + a.opts.ID + "/external_accounts"}
	for _, currency := range sortedKeys(a.opts.Banks) {
		l.Data = append(l.Data, encoded(a.bank(currency)))
	}
	return l
}

// bank is the payout destination of a currency.
func (a *Account) bank(currency string) *bankAccount {
	number := a.opts.BankNumbers[currency]
	if number == "" {
		number = "000123456789"
	}
	name := a.opts.BankNames[currency]
	if name == "" {
		name = "STRIPE TEST BANK"
	}
	return &bankAccount{
		ID: a.opts.Banks[currency], Object: "bank_account", Account: a.opts.ID, AvailableMethods: []string{"standard"}, BankName: name,
		Country: a.opts.Country, Currency: currency, DefaultForCurrency: true, Fingerprint: fingerprintOf(number + currency), Last4: last4(number),
		Metadata: metadata{}, Routing: "110000000", Status: "new",
	}
}

// ChangeBank makes another bank account the destination of a currency's payouts
// from now on, as a person does in the Dashboard, and gives its id. Payouts that
// were made keep theirs.
func (a *Account) ChangeBank(currency, name, number string) (string, error) {
	currency = strings.ToLower(currency)
	if _, known := exponent(currency); !known || number == "" {
		return "", fmt.Errorf("stripe: change the bank of %s: a currency and an account number are needed", a.opts.ID)
	}
	a.enter()
	defer a.leave()
	a.profile.mu.Lock()
	defer a.profile.mu.Unlock()
	with := func(m map[string]string, value string) map[string]string {
		m = maps.Clone(m)
		if m == nil {
			m = map[string]string{}
		}
		m[currency] = value
		return m
	}
	id := a.id("ba")
	a.opts.Banks, a.opts.BankNames, a.opts.BankNumbers = with(a.opts.Banks, id), with(a.opts.BankNames, name), with(a.opts.BankNumbers, number)
	a.byID[id] = a.bank(currency)
	return id, nil
}

func (c *call) getAccount() *Error { return c.answer(c.view(c.Account)) }

// other finds the account of the path: the caller's own, or a connected one.
func (s *Server) other(c *call) (*Account, *Error) {
	id := c.req.PathValue("id")
	if id == c.opts.ID {
		return c.Account, nil
	}
	if a := s.Account(id); a != nil && s.subscriptions.connected(id, c.opts.ID) {
		return a, nil
	}
	return nil, noAccess(c.opts.SecretKey, id)
}

func (s *Server) getAccountByID(c *call) *Error {
	a, e := s.other(c)
	if e != nil {
		return e
	}
	return c.answer(a.view(c.Account))
}

func (s *Server) listAccounts(c *call) *Error {
	var all []*Account
	for _, a := range s.Accounts() {
		if a != c.Account && s.subscriptions.connected(a.opts.ID, c.opts.ID) {
			all = append([]*Account{a}, all...)
		}
	}
	l := list{Object: "list", Data: []json.RawMessage{}, URL: "/v1/accounts"}
	limit, e := c.pageSize()
	if e != nil {
		return e
	}
	started := c.str("starting_after") == ""
	for _, a := range all {
		switch {
		case !started:
			started = a.opts.ID == c.str("starting_after")
		case len(l.Data) == limit:
			l.HasMore = true
		default:
			l.Data = append(l.Data, encoded(a.view(c.Account)))
		}
	}
	return c.answer(l)
}

// pageSize is the limit of a list.
func (c *call) pageSize() (int, *Error) {
	q := query{limit: defaultLimit}
	cut := *c
	cut.params = params{values: map[string]string{}}
	if v, ok := c.values["limit"]; ok {
		cut.values["limit"] = v
	}
	e := cut.paging(c.events, &q)
	return q.limit, e
}

func (s *Server) updateAccount(c *call) *Error {
	a, e := s.other(c)
	if e != nil {
		return e
	}
	if a == c.Account {
		return invalid("", "", "You cannot update your own account through the API: change it in the Dashboard.")
	}
	if e := c.fillProfile(a); e != nil {
		return e
	}
	return c.answer(a.view(c.Account))
}

func (c *call) fillProfile(a *Account) *Error {
	a.profile.mu.Lock()
	defer a.profile.mu.Unlock()
	m, e := c.merge("metadata", a.profile.metadata)
	if e != nil {
		return e
	}
	a.profile.metadata = m
	for name, field := range map[string]**string{"email": &a.profile.email, "business_profile[name]": &a.profile.name, "business_profile[url]": &a.profile.url} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	return nil
}

// createAccount makes a connected account, ready to be paid: the stand-in asks
// nobody for documents.
func (s *Server) createAccount(c *call) *Error {
	kind := c.str("type")
	if kind == "" {
		kind = "standard"
	}
	if kind != "standard" && kind != "express" && kind != "custom" {
		return invalid("", "type", "Invalid type: must be one of custom, express, or standard")
	}
	a, err := s.AddAccount(AccountOptions{
		SecretKey: "sk_test_" + c.letters(24), Country: c.str("country"), DefaultCurrency: c.str("default_currency"), Livemode: c.opts.Livemode,
		Name: c.str("business_profile[name]"), DelayDays: c.opts.DelayDays, DebitDays: c.opts.DebitDays,
	})
	if err != nil {
		return invalid("", "", "%s", err)
	}
	a.profile.kind = kind
	if e := c.fillProfile(a); e != nil {
		return e
	}
	s.subscriptions.connect(a.opts.ID, c.opts.ID)
	return c.answer(a.view(c.Account))
}

func (s *Server) deleteAccount(c *call) *Error {
	a, e := s.other(c)
	switch {
	case e != nil:
		return e
	case a == c.Account:
		return invalid("", "account", "You cannot delete your own account through the API.")
	}
	s.subscriptions.disconnect(a.opts.ID, c.opts.ID)
	return c.answer(map[string]any{"id": a.opts.ID, "object": "account", "deleted": true})
}

func (s *Server) listExternal(c *call) *Error {
	a, e := s.other(c)
	if e != nil {
		return e
	}
	return c.answer(a.externalAccounts())
}

func (s *Server) getExternal(c *call) *Error {
	a, e := s.other(c)
	if e != nil {
		return e
	}
	id := c.req.PathValue("bank")
	for _, currency := range sortedKeys(a.opts.Banks) {
		if a.opts.Banks[currency] == id {
			return c.answer(a.bank(currency))
		}
	}
	return missing("external account", id, "id")
}

// accountLinkLife is how long an onboarding link works. Stripe says only that
// it is short.
const accountLinkLife = 300

func (s *Server) createAccountLink(c *call) *Error {
	for _, name := range []string{"account", "type"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	id := c.str("account")
	if !s.subscriptions.connected(id, c.opts.ID) {
		return noAccess(c.opts.SecretKey, id)
	}
	return c.answer(map[string]any{
		"object": "account_link", "created": c.now, "expires_at": c.now + accountLinkLife, "url": c.base() + "/setup/s/" + id + "/" + c.letters(12) + "?return_url=" + url.QueryEscape(c.str("return_url")),
	})
}

// onboarded is the page of an account link: nothing is asked, and the account's
// owner goes back to the platform.
func (s *Server) onboarded(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("return_url")
	if s.Account(r.PathValue("account")) == nil || to == "" {
		notFoundPage(w)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
