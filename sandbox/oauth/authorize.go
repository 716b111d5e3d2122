package oauth

import (
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// request is a checked authorisation request: its redirect URI may be used.
type request struct {
	redirectURI string
	state       string
	scopes      []string
	challenge   string
	nonce       string
}

// Authorize serves the consent page (GET) and takes its decision (POST). A
// request whose client or redirect URI is unknown is answered on the spot and
// never redirected (RFC 6749, 4.1.2.1).
func (s *Server) Authorize(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refusePage(w, "The request cannot be read.")
		return
	}
	if r.Method == http.MethodGet && repeated(r.Form) {
		refusePage(w, "A parameter is given more than once.")
		return
	}
	req, problem, code := s.parseRequest(r.Form)
	if problem != "" {
		refusePage(w, problem)
		return
	}
	if code != "" {
		s.back(w, r, req, url.Values{"error": {code}})
		return
	}
	switch r.Method {
	case http.MethodGet:
		s.consentPage(w, r)
	case http.MethodPost:
		s.decide(w, r, req)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	}
}

// parseRequest checks an authorisation request. problem is a reason to show
// instead of redirecting, code an OAuth error to redirect with.
func (s *Server) parseRequest(f url.Values) (req request, problem, code string) {
	if f.Get("client_id") != s.opt.ClientID {
		return req, "Unknown client_id.", ""
	}
	req.redirectURI = f.Get("redirect_uri")
	if !s.redirectAllowed(req.redirectURI) {
		return req, "The redirect_uri is not registered for this client.", ""
	}
	req.state = f.Get("state")
	req.scopes = strings.Fields(f.Get("scope"))
	req.challenge, req.nonce = f.Get("code_challenge"), f.Get("nonce")
	switch {
	case f.Get("response_type") != "code":
		return req, "", "unsupported_response_type"
	case req.challenge != "" && (f.Get("code_challenge_method") != "S256" || len(req.challenge) != 43):
		return req, "", "invalid_request"
	case req.challenge == "" && s.opt.ClientSecret == "":
		return req, "", "invalid_request"
	case len(req.scopes) == 0:
		return req, "", "invalid_scope"
	}
	if s.opt.ScopeError != nil {
		if code := s.opt.ScopeError(req.scopes); code != "" {
			return req, "", code
		}
	}
	return req, "", promptError(f.Get("prompt"))
}

// promptError checks OpenID's prompt. Nobody is signed in here before the
// consent page, so that none cannot be kept (OpenID Connect Core, 3.1.2.1).
func promptError(prompt string) string {
	for word := range strings.FieldsSeq(prompt) {
		switch word {
		case "none":
			return "login_required"
		case "login", "consent", "select_account", "create":
		default:
			return "invalid_request"
		}
	}
	return ""
}

// repeated says whether a parameter stands in a request twice (RFC 6749, 3.1).
func repeated(f url.Values) bool {
	for _, values := range f {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

func (s *Server) redirectAllowed(uri string) bool {
	if len(s.opt.RedirectURIs) > 0 {
		return slices.Contains(s.opt.RedirectURIs, uri)
	}
	u, err := url.Parse(uri)
	if err != nil || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "http" && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

func (s *Server) decide(w http.ResponseWriter, r *http.Request, req request) {
	if r.Form.Get("decision") != "allow" {
		s.back(w, r, req, url.Values{"error": {"access_denied"}})
		return
	}
	chosen, err := s.chosen(r.Form["choice"])
	if err != nil {
		refusePage(w, err.Error())
		return
	}
	s.mu.Lock()
	g := s.addGrant(chosen, req.scopes)
	c := s.text(43)
	s.codes[c] = &code{
		grant: g.ID, redirectURI: req.redirectURI, challenge: req.challenge, nonce: req.nonce,
		expires: s.opt.Clock.Now().Add(s.opt.CodeLife),
	}
	s.mu.Unlock()
	params := url.Values{"code": {c}}
	if s.opt.OnGrant != nil {
		maps.Copy(params, s.opt.OnGrant(g))
	}
	s.back(w, r, req, params)
}

// chosen checks the submitted choices against those on offer.
func (s *Server) chosen(ids []string) ([]string, error) {
	offered := s.opt.Choices()
	if len(ids) == 0 && len(offered) == 1 {
		ids = []string{offered[0].ID}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("nothing was chosen")
	}
	if s.opt.Single && len(ids) > 1 {
		return nil, fmt.Errorf("only one can be chosen")
	}
	for _, id := range ids {
		if !slices.ContainsFunc(offered, func(c Choice) bool { return c.ID == id }) {
			return nil, fmt.Errorf("the choice %q is not on offer", id)
		}
	}
	return ids, nil
}

// back redirects to the client with its state.
func (s *Server) back(w http.ResponseWriter, r *http.Request, req request, params url.Values) {
	if req.state != "" {
		params.Set("state", req.state)
	}
	u, err := url.Parse(req.redirectURI)
	if err != nil {
		refusePage(w, "The redirect_uri cannot be read.")
		return
	}
	q := u.Query()
	maps.Copy(q, params)
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

func refusePage(w http.ResponseWriter, reason string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusBadRequest)
	page := `<!doctype html><title>Cannot authorise</title><h1>Cannot authorise</h1><p>` + template.HTMLEscapeString(reason)
	_, _ = w.Write([]byte(page)) // a reader that went away cannot be told so
}
