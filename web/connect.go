package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/people"
)

// Connector makes connections.
type Connector interface {
	// Offers are the vendors with the ways in which they can be connected.
	Offers(ctx context.Context, tenant string) ([]Offer, error)
	// Begin starts a consent in a browser, and gives the vendor's page for it.
	// The answer comes to redirect. A FieldError says why it cannot be started.
	Begin(ctx context.Context, tenant, browser, vendor, redirect string) (string, error)
	// Answer takes the answer to a consent that was begun in the same browser;
	// again is the connection that it renews, "" for a new one.
	Answer(ctx context.Context, tenant, browser string, query url.Values, again string) (Answered, error)
	// Key connects by a secret key; again as for Answer.
	Key(ctx context.Context, tenant, vendor, key, again string) (Answered, error)
	// Companies are those that a consent reaches, connected here or not.
	Companies(ctx context.Context, tenant, grant string) ([]Company, error)
	// Take connects companies of a consent.
	Take(ctx context.Context, tenant, grant string, companies []string) (Answered, error)
}

// Offer is a vendor that can be connected.
type Offer struct {
	Vendor, Title string
	Role          connectors.Role
	// Consent says that it is connected on a page of the vendor's, App that the
	// operator's app for it is configured; Setting names what configures it.
	Consent, App bool
	Setting      string
	// Key says that it is connected by a key.
	Key bool
	// Asks are what is asked for.
	Asks []connectors.Ask
	// Loose are consents under which nothing is connected yet.
	Loose []string
}

// Answered is what came of a consent or key.
type Answered struct {
	// Names are the companies that are connected now.
	Names []string
	// Choose is the consent whose companies a person has to choose from; "" when
	// there is nothing to choose.
	Choose string
	// Notice is what a person should know.
	Notice string
}

// Company is a company that a consent reaches.
type Company struct {
	ID, Name string
	// Connected is its connection here; "" for none.
	Connected string
}

type connectPage struct {
	view
	Offers      []Offer
	Connections []Connection
	Books       []BookState
	Steps       []step
	// Ledgers and Accounts are connections that no book has.
	Ledgers, Accounts []Connection
	// Mixed says that money for tests may meet a real ledger.
	Mixed    bool
	Callback string
	Problem  string
	// Failed is the vendor that Problem is about.
	Failed string
}

// has says that something in a role is connected.
func (p connectPage) has(role connectors.Role) bool {
	return slices.ContainsFunc(p.Connections, func(c Connection) bool { return c.Role == role && !c.Gone() })
}

// Whole says that there is a ledger and a processor: a book can be made.
func (p connectPage) Whole() bool {
	return p.has(connectors.RoleLedger) && p.has(connectors.RoleProcessor)
}

// Wants says that what is in a role is the one thing that is missing.
func (p connectPage) Wants(role connectors.Role) bool {
	return !p.has(role) && (role == connectors.RoleLedger || p.has(connectors.RoleLedger))
}

// keyAgain is where a session keeps the connection that a consent renews.
const keyAgain = "again"

// consentSeconds is how long the cookie lives: as long as the vendors' pages
// may be answered.
const consentSeconds = 30 * 60

// consentCookie ties a consent to the browser that began it; without a secret it
// is taken away. As that of sessions it is the site's own where there is TLS.
func (s *Site) consentCookie(secret string) *http.Cookie {
	name, age := "tieout_consent", consentSeconds
	if s.secure {
		name = "__Host-" + name
	}
	if secret == "" {
		age = -1
	}
	//nolint:gosec // Secure where the site is reached by TLS
	return &http.Cookie{Name: name, Value: secret, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

func (v *Visit) callback() string { return v.origin() + "/connect/callback" }

func (s *Site) connectPage(v *Visit) (connectPage, error) {
	page := connectPage{view: v.view(), Callback: v.callback()}
	var err error
	if page.Offers, err = s.Readers.Connector.Offers(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	if page.Connections, err = s.Readers.Connections.Connections(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	if page.Books, err = s.Readers.Books.BookStates(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	for _, c := range page.Connections {
		switch {
		case len(c.Books) > 0 || c.Gone():
		case c.Role == connectors.RoleLedger:
			page.Ledgers = append(page.Ledgers, c)
		default:
			page.Accounts = append(page.Accounts, c)
		}
	}
	for _, l := range page.Ledgers {
		for _, a := range page.Accounts {
			page.Mixed = page.Mixed || l.Live != a.Live
		}
	}
	page.Steps = stepsOf(nil, stepConnect)
	return page, nil
}

// connect is where vendors are connected and books begin.
func (s *Site) connect(v *Visit) error {
	page, err := s.connectPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "connect", "Connect", page)
}

// connectAgain shows the page with what could not be done.
func (s *Site) connectAgain(v *Visit, vendor string, err error) error {
	wrong, ok := errors.AsType[FieldError](err)
	if !ok {
		return err
	}
	page, err := s.connectPage(v)
	if err != nil {
		return err
	}
	page.Problem, page.Failed = wrong.Text, vendor
	return s.show(v, http.StatusUnprocessableEntity, "connect", "Connect", page)
}

// consent sends the browser to the vendor's page. It is reached by a link, since
// the policy lets no form lead away from the site; a link on another site leads
// to the page with the link instead.
func (s *Site) consent(v *Visit, vendor, again string) error {
	if from := v.r.Header.Get("Sec-Fetch-Site"); from == "cross-site" || from == "same-site" {
		return v.redirect("/connect")
	}
	browser := rand.Text()
	address, err := s.Readers.Connector.Begin(v.ctx(), v.tenant(), browser, vendor, v.callback())
	if err != nil {
		return s.connectAgain(v, vendor, err)
	}
	http.SetCookie(v.w, s.consentCookie(browser))
	s.sessions.Put(v.ctx(), keyAgain, again)
	return v.redirect(address)
}

func (s *Site) connectBegin(v *Visit) error { return s.consent(v, v.r.PathValue("vendor"), "") }

// connectCallback is where the vendor sends the browser back to.
func (s *Site) connectCallback(v *Visit) error {
	browser := "none"
	if c, err := v.r.Cookie(s.consentCookie("").Name); err == nil && c.Value != "" {
		browser = c.Value
		http.SetCookie(v.w, s.consentCookie(""))
	}
	again := s.sessions.PopString(v.ctx(), keyAgain)
	got, err := s.Readers.Connector.Answer(v.ctx(), v.tenant(), browser, v.r.URL.Query(), again)
	if err != nil {
		return s.connectAgain(v, "", err)
	}
	return s.connected(v, got, again)
}

// connected goes on after something was connected.
func (s *Site) connected(v *Visit, got Answered, again string) error {
	switch {
	case got.Choose != "":
		return v.redirect("/connect/companies?consent=" + url.QueryEscape(got.Choose))
	case again != "":
		return v.done("/connections/"+again, "Connected again.")
	}
	return v.done("/connect", strings.TrimSpace("Connected: "+strings.TrimSuffix(strings.Join(got.Names, ", "), ".")+". "+got.Notice))
}

// connectKey connects by a key. It is never shown again.
func (s *Site) connectKey(v *Visit) error {
	vendor, again := v.r.PathValue("vendor"), v.r.PostFormValue("again")
	got, err := s.Readers.Connector.Key(v.ctx(), v.tenant(), vendor, v.r.PostFormValue("key"), again)
	if _, wrong := errors.AsType[FieldError](err); wrong && again != "" {
		v.r.SetPathValue("id", again)
		return s.refused(v, "again", err)
	}
	if err != nil {
		return s.connectAgain(v, vendor, err)
	}
	return s.connected(v, got, again)
}

// connectionAgain renews a connection: at the vendor's page, or with another key.
func (s *Site) connectionAgain(v *Visit) error {
	page, err := s.connectionPage(v)
	if err != nil {
		return err
	}
	if !page.ByKey {
		return s.consent(v, page.Vendor, page.ID)
	}
	offers, err := s.Readers.Connector.Offers(v.ctx(), v.tenant())
	for _, o := range offers {
		if o.Vendor == page.Vendor {
			page.Asks = o.Asks
		}
	}
	if err != nil {
		return err
	}
	return s.render(v, "again", "Connect "+page.Name+" again", page)
}

type companiesPage struct {
	view
	Steps     []step
	Grant     string
	Companies []Company
	Problem   string
}

// companies asks which of the companies that a consent reaches are to be
// connected.
func (s *Site) companies(v *Visit) error { return s.companiesShown(v, v.r.FormValue("consent"), nil) }

func (s *Site) companiesShown(v *Visit, grant string, problem error) error {
	page := companiesPage{view: v.view(), Steps: stepsOf(nil, stepConnect), Grant: grant}
	code := http.StatusOK
	if problem != nil {
		wrong, ok := errors.AsType[FieldError](problem)
		if !ok {
			return problem
		}
		page.Problem, code = wrong.Text, http.StatusUnprocessableEntity
	}
	var err error
	if page.Companies, err = s.Readers.Connector.Companies(v.ctx(), v.tenant(), grant); err != nil {
		return s.connectAgain(v, "", err)
	}
	return s.show(v, code, "companies", "Choose companies", page)
}

func (s *Site) companiesPost(v *Visit) error {
	grant := v.r.PostFormValue("consent")
	chosen := v.r.PostForm["company"]
	if len(chosen) == 0 {
		return s.companiesShown(v, grant, FieldError{"Choose at least one."})
	}
	got, err := s.Readers.Connector.Take(v.ctx(), v.tenant(), grant, chosen)
	if err != nil {
		return s.companiesShown(v, grant, err)
	}
	return s.connected(v, got, "")
}

// connectRoutes are the pages of connections and of the set-up.
func connectRoutes() []Route {
	return []Route{
		{"GET", "/connections", people.See, (*Site).connections},
		{"GET", "/connections/{id}", people.See, (*Site).connection},
		{"POST", "/connections/{id}/change", people.Connect, (*Site).connectionChange},
		{"GET", "/connections/{id}/again", people.Connect, (*Site).connectionAgain},
		{"GET", "/connections/{id}/disconnect", people.Connect, (*Site).disconnect},
		{"POST", "/connections/{id}/disconnect", people.Connect, (*Site).disconnectPost},
		{"GET", "/connect", people.Connect, (*Site).connect},
		{"GET", "/connect/{vendor}/begin", people.Connect, (*Site).connectBegin},
		{"POST", "/connect/{vendor}/key", people.Connect, (*Site).connectKey},
		{"GET", "/connect/callback", people.Connect, (*Site).connectCallback},
		{"GET", "/connect/companies", people.Connect, (*Site).companies},
		{"POST", "/connect/companies", people.Connect, (*Site).companiesPost},
		{"POST", "/connect/book", people.Connect, (*Site).bookNew},
		{"GET", "/connect/book/{book}/accounts", people.Connect, (*Site).bookAccounts},
		{"POST", "/connect/book/{book}/accounts", people.Connect, (*Site).bookAccountsPost},
		{"GET", "/connect/book/{book}/cutover", people.Connect, (*Site).bookCutOver},
		{"POST", "/connect/book/{book}/cutover", people.Connect, (*Site).bookCutOverPost},
		{"GET", "/connect/book/{book}/writes", people.Connect, (*Site).bookWrites},
		{"POST", "/connect/book/{book}/writes", people.Connect, (*Site).bookSwitch},
	}
}
