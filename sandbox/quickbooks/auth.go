package quickbooks

import (
	"errors"
	"net/http"
	"strconv"

	"tieout/sandbox/oauth"
)

// authorized finds the company of a request, or answers the gateway's 401 or
// 403 and returns nil.
func (s *Server) authorized(w http.ResponseWriter, r *http.Request) *Company {
	token, ok := oauth.Bearer(r)
	grant, err := s.oauth.Check(token)
	switch {
	case !ok || errors.Is(err, oauth.ErrUnknown):
		s.gatewayFault(w, r, http.StatusUnauthorized, "AUTHENTICATION", "AuthenticationFailed", "3200", "Token revoked or invalid")
		return nil
	case err != nil:
		s.gatewayFault(w, r, http.StatusUnauthorized, "AUTHENTICATION", "AuthenticationFailed", "3200", "Token expired")
		return nil
	}
	realm := r.PathValue("realm")
	c := s.Company(realm)
	if c == nil || !contains(grant.Subjects, realm) || !allows(grant.Scopes) {
		s.gatewayFault(w, r, http.StatusForbidden, "SERVICE", "ApplicationAuthorizationFailed", "3100", "")
		return nil
	}
	return c
}

func allows(scopes []string) bool { return contains(scopes, Scope) }

// gatewayFault has the shape of the gateway before the API: lower-case names,
// time in epoch milliseconds (recorded 401).
func (s *Server) gatewayFault(w http.ResponseWriter, r *http.Request, status int, typ, name, code, detail string) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="Intuit", error="invalid_token"`)
	}
	message := "message=" + name + "; errorCode=00" + code + "; statusCode=" + strconv.Itoa(status)
	if wantsXML(r) {
		s.gatewayXML(w, nil, status, typ, code, message, detail)
		return
	}
	e := &document{}
	e.setStr("message", message)
	e.setStr("detail", detail)
	e.setStr("code", code)
	e.set("element", []byte("null"))
	f := &document{}
	f.set("error", joinArray([]*document{e}))
	f.setStr("type", typ)
	d := &document{}
	d.set("warnings", []byte("null"))
	d.set("intuitObject", []byte("null"))
	d.set("fault", f.bytes())
	d.set("requestId", []byte("null"))
	d.set("time", []byte(strconv.FormatInt(s.opt.Clock.Now().UnixMilli(), 10)))
	d.set("status", []byte("null"))
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(d.bytes())
}
