package stripe

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// connections are the grants by which platforms reach other accounts (Stripe
// docs: connect/oauth-reference).
type connections struct {
	mu     *sync.Mutex
	codes  map[string]*oauthCode
	grants map[string]*oauthGrant // by refresh token
}

type oauthCode struct {
	platform, account, scope string
	at                       int64
	grant                    *oauthGrant // once it was exchanged
}

type oauthGrant struct {
	platform, account, scope, access, refresh, publishable string
}

func newConnections() connections {
	return connections{mu: &sync.Mutex{}, codes: map[string]*oauthCode{}, grants: map[string]*oauthGrant{}}
}

// codeLife is how long an authorisation code works (Stripe docs:
// connect/oauth-reference: five minutes).
const codeLife = 300

// application is what an account sees of a platform.
type application struct {
	head
	ID     string `json:"id"`
	Object string `json:"object"`
	Name   string `json:"name"`
	made   int64
}

func (o *application) ident() string { return o.ID }
func (o *application) madeAt() int64 { return o.made }

func (s *Server) connectRoutes() {
	for _, path := range []string{"/oauth/authorize", "/express/oauth/authorize"} {
		s.mux.HandleFunc("GET "+path, s.consentPage)
		s.mux.HandleFunc("POST "+path, s.consent)
	}
	s.mux.HandleFunc("POST /oauth/token", s.oauthToken)
	s.mux.HandleFunc("POST /oauth/deauthorize", s.deauthorize)
}

// platform finds the account with a Connect client id.
func (s *Server) platform(clientID string) *Account {
	for _, a := range s.Accounts() {
		if clientID != "" && a.opts.ClientID == clientID {
			return a
		}
	}
	return nil
}

func consentTemplate() *template.Template {
	return template.Must(template.New("consent").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Connect {{.Name}}</title></head>
<body><h1>{{.Name}} would like to connect to your account</h1>
<form method="post"><label>Account <select name="account">{{range .Accounts}}<option value="{{.ID}}">{{.Options.Name}} ({{.ID}})</option>{{end}}</select></label>
<button type="submit" name="decision" value="allow">Connect</button>
<button type="submit" name="decision" value="deny">Cancel</button></form>
<p><small>A stand-in for a consent page. No account is touched.</small></p></body></html>
`))
}

// consentRequest checks what must be right before anybody is sent anywhere.
func (s *Server) consentRequest(w http.ResponseWriter, r *http.Request) (*Account, string) {
	q := r.URL.Query()
	platform, refuse := s.platform(q.Get("client_id")), func(message string) {
		writeBody(w, http.StatusBadRequest, encoded(map[string]any{"error": map[string]string{"message": message}}))
	}
	if platform == nil {
		refuse("No application matches the supplied client identifier")
		return nil, ""
	}
	uris, to := platform.opts.RedirectURIs, q.Get("redirect_uri")
	if to == "" && len(uris) > 0 {
		to = uris[0]
	}
	switch {
	case q.Get("response_type") != "" && q.Get("response_type") != "code":
		refuse("Unsupported response type: " + q.Get("response_type"))
	case !slices.Contains(uris, to):
		refuse("Invalid redirect URI '" + to + "'. Ensure this URI exactly matches one of the URIs specified in your application settings")
	case !slices.Contains([]string{"", "read_write", "read_only"}, q.Get("scope")):
		refuse("Invalid scope: " + q.Get("scope"))
	default:
		return platform, to
	}
	return nil, ""
}

func (s *Server) consentPage(w http.ResponseWriter, r *http.Request) {
	platform, _ := s.consentRequest(w, r)
	if platform == nil {
		return
	}
	var others []*Account
	for _, a := range s.Accounts() {
		if a != platform {
			others = append(others, a)
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The template is fixed; only the connection can fail.
	_ = consentTemplate().Execute(w, map[string]any{"Name": platform.opts.Name, "Accounts": others})
}

func (s *Server) consent(w http.ResponseWriter, r *http.Request) {
	platform, to := s.consentRequest(w, r)
	if platform == nil {
		return
	}
	answer, scope := url.Values{}, r.URL.Query().Get("scope")
	if scope == "" {
		scope = "read_only" // the documented default
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	account := s.Account(r.PostFormValue("account"))
	if r.PostFormValue("decision") == "deny" || account == nil || account == platform {
		answer.Set("error", "access_denied")
		answer.Set("error_description", "The user denied your request")
	} else {
		answer.Set("scope", scope)
		answer.Set("code", s.newCode(platform, account, scope))
	}
	if state := r.URL.Query().Get("state"); state != "" {
		answer.Set("state", state)
	}
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	http.Redirect(w, r, to+join+answer.Encode(), http.StatusFound)
}

func (s *Server) newCode(platform, account *Account, scope string) string {
	s.mu.Lock()
	code := "ac_" + s.randomText(32)
	s.mu.Unlock()
	s.connections.mu.Lock()
	defer s.connections.mu.Unlock()
	s.connections.codes[code] = &oauthCode{platform: platform.opts.ID, account: account.opts.ID, scope: scope, at: s.opts.Clock.Now().Unix()}
	return code
}

// oauthError is an answer in the form of OAuth, not of the API.
func oauthError(w http.ResponseWriter, status int, code, text string) {
	writeBody(w, status, encoded(map[string]string{"error": code, "error_description": text}))
}

// oauthCaller is the platform whose secret key came along, in the header or as
// client_secret.
func (s *Server) oauthCaller(w http.ResponseWriter, r *http.Request) *Account {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if secret := r.PostFormValue("client_secret"); secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	who, e := s.identify(r)
	if e != nil || who.permissions != nil {
		text := "No API key provided"
		if e != nil {
			text = e.Message
		}
		oauthError(w, http.StatusUnauthorized, "invalid_client", text)
		return nil
	}
	return who.account
}

func (s *Server) oauthToken(w http.ResponseWriter, r *http.Request) {
	platform := s.oauthCaller(w, r)
	if platform == nil {
		return
	}
	var g *oauthGrant
	var text string
	switch kind := r.PostFormValue("grant_type"); kind {
	case "authorization_code":
		g, text = s.exchange(platform, r.PostFormValue("code"))
	case "refresh_token":
		token := r.PostFormValue("refresh_token")
		s.connections.mu.Lock()
		g = s.connections.grants[token]
		s.connections.mu.Unlock()
		if g == nil || g.platform != platform.opts.ID {
			g, text = nil, "Refresh token does not exist: "+token
		}
	case "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "No grant type specified")
		return
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+kind)
		return
	}
	if g == nil {
		oauthError(w, http.StatusBadRequest, "invalid_grant", text)
		return
	}
	writeBody(w, http.StatusOK, encoded(map[string]any{
		"access_token": g.access, "livemode": platform.opts.Livemode, "refresh_token": g.refresh, "token_type": "bearer",
		"stripe_publishable_key": g.publishable, "stripe_user_id": g.account, "scope": g.scope,
	}))
}

// exchange turns a code into a grant, once.
func (s *Server) exchange(platform *Account, code string) (*oauthGrant, string) {
	s.connections.mu.Lock()
	c := s.connections.codes[code]
	s.connections.mu.Unlock()
	switch {
	case c == nil || c.platform != platform.opts.ID:
		return nil, "Authorization code does not exist: " + code
	case c.grant != nil:
		s.forget(c.grant)
		return nil, "This authorization code has already been used. All tokens issued with this code have been revoked."
	case s.opts.Clock.Now().Unix()-c.at > codeLife:
		return nil, "Authorization code expired: " + code
	}
	s.mu.Lock()
	g := &oauthGrant{
		platform: c.platform, account: c.account, scope: c.scope, access: "sk_test_" + s.randomText(24), refresh: "rt_" + s.randomText(40),
		publishable: "pk_test_" + s.randomText(24),
	}
	s.mu.Unlock()
	account := s.Account(c.account)
	if err := s.addKey(g.access, secondKey{account: account, platform: c.platform}); err != nil {
		return nil, "Authorization code does not exist: " + code
	}
	s.connections.mu.Lock()
	c.grant = g
	s.connections.grants[g.refresh] = g
	s.connections.mu.Unlock()
	s.subscriptions.connect(c.account, c.platform)
	account.toldOf(platform, "account.application.authorized")
	return g, ""
}

// forget ends a grant's tokens.
func (s *Server) forget(g *oauthGrant) {
	s.connections.mu.Lock()
	delete(s.connections.grants, g.refresh)
	s.connections.mu.Unlock()
	s.mu.Lock()
	delete(s.keys, g.access)
	s.mu.Unlock()
}

// toldOf is the event of a platform that comes or goes.
func (a *Account) toldOf(platform *Account, kind string) {
	now := a.enter()
	defer a.leave()
	a.emit(now, kind, &application{ID: platform.opts.ClientID, Object: "application", Name: platform.opts.Name, made: now}, nil)
}

func (s *Server) deauthorize(w http.ResponseWriter, r *http.Request) {
	platform := s.oauthCaller(w, r)
	if platform == nil {
		return
	}
	client, id := r.PostFormValue("client_id"), r.PostFormValue("stripe_user_id")
	switch {
	case client != platform.opts.ClientID:
		oauthError(w, http.StatusUnauthorized, "invalid_client", "No such application: '"+client+"'")
		return
	case !s.subscriptions.connected(id, platform.opts.ID):
		oauthError(w, http.StatusUnauthorized, "invalid_client", "This application is not connected to stripe account "+id+", or that account does not exist.")
		return
	}
	s.Disconnect(platform.opts.ID, id)
	writeBody(w, http.StatusOK, encoded(map[string]string{"stripe_user_id": id}))
}

// Connect ties an account to a platform without the consent page.
func (s *Server) Connect(platform, account string) { s.subscriptions.connect(account, platform) }

// Disconnect ends a connection, as an account's owner does in the Dashboard:
// the platform is told, and its tokens are useless from then on.
func (s *Server) Disconnect(platform, account string) {
	p, a := s.Account(platform), s.Account(account)
	if p == nil || a == nil {
		return
	}
	a.toldOf(p, "account.application.deauthorized")
	s.subscriptions.disconnect(account, platform)
	s.connections.mu.Lock()
	var ended []*oauthGrant
	for _, g := range s.connections.grants {
		if g.platform == platform && g.account == account {
			ended = append(ended, g)
		}
	}
	s.connections.mu.Unlock()
	for _, g := range ended {
		s.forget(g)
	}
}

// RenderFault writes an error as Stripe words it; for the fault injector.
func (s *Server) RenderFault(w http.ResponseWriter, r *http.Request, status int, code string) {
	s.mu.Lock()
	w.Header().Set("Request-Id", "req_"+s.randomText(14))
	s.mu.Unlock()
	w.Header().Set("Stripe-Version", versionOf(r))
	e := &Error{Status: status, Type: typeAPI, Code: code, DocURL: docURL(code)}
	switch {
	case status == http.StatusTooManyRequests && code == "lock_timeout":
		e = lockTimeout()
	case status == http.StatusTooManyRequests:
		e = rateLimited(reasonOr(code))
	case status == http.StatusConflict:
		e = keyInUse()
	case status == http.StatusUnauthorized:
		e = unauthorised(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	case status == http.StatusPaymentRequired:
		e = behaviour{decline: orGeneric(code)}.cardError()
	case status == http.StatusForbidden:
		e = noAccess(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.Header.Get("Stripe-Account"))
	case status >= http.StatusInternalServerError:
		e.Message = "An unknown error occurred"
		e.retry = "true"
	default:
		e.Type, e.Message = typeInvalidRequest, "Invalid request."
	}
	writeError(w, e)
}

func reasonOr(code string) string {
	if slices.Contains([]string{"global-rate", "global-concurrency", "endpoint-rate", "endpoint-concurrency", "resource-specific"}, code) {
		return code
	}
	return "global-rate"
}

func orGeneric(code string) string {
	if code == "" || code == "card_declined" {
		return "generic_decline"
	}
	return code
}

// RevokeOf ends the key of a request, for the fault injector.
func (s *Server) RevokeOf(r *http.Request) bool {
	who, e := s.identify(r)
	if e != nil {
		return false
	}
	s.RevokeKey(who.key)
	return true
}
