package xero

import (
	"net/http"
	"strings"
	"time"
)

// serverError is Xero's 500 (XeroAPI/xero-node issues 466 and 510).
func serverError(instance string) *answer {
	return jsonAnswer(http.StatusInternalServerError, map[string]any{
		"Title": "An error occurred", "Status": 500, "Instance": instance,
		"Detail": "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for current service status.",
	})
}

// RenderFault answers a status in Xero's words. code narrows it: for 401
// TokenExpired or insufficent_scope, for 429 minute, day, concurrent or
// appminute, for 503 maintenance or html, for 400 a message of a validation
// error. 404, 429 and 503 are as in errors.go, limits.go and the docs
// (http-response-codes); the texts of 412 and of maintenance are our own.
func (s *Server) RenderFault(w http.ResponseWriter, r *http.Request, status int, code string) {
	switch status {
	case http.StatusBadRequest:
		validationAnswer([][]byte{withErrors(object{}, []string{orElse(code, "A validation error was injected.")}).bytes()}).write(w, wantsXML(r))
	case http.StatusUnauthorized:
		s.renderUnauthorized(w, code)
	case http.StatusForbidden:
		s.forbidden(w)
	case http.StatusNotFound:
		(&answer{status: status, body: []byte(notFoundText)}).write(w, false)
	case http.StatusPreconditionFailed:
		(&answer{status: status, body: []byte("One or more conditions given in the request header fields were invalid")}).write(w, false)
	case http.StatusTooManyRequests:
		s.renderTooMany(w, orElse(code, "minute"))
	case http.StatusNotImplemented:
		(&answer{status: status, body: []byte("The method has not been implemented")}).write(w, false)
	case http.StatusServiceUnavailable:
		renderUnavailable(w, code)
	case http.StatusInternalServerError:
		serverError(s.ids.uuid()).write(w, wantsXML(r))
	default: // a gateway speaks HTML
		renderHTML(w, status)
	}
}

func (s *Server) renderUnauthorized(w http.ResponseWriter, code string) {
	switch {
	case strings.EqualFold(code, "TokenExpired"):
		s.unauthorized(w, "TokenExpired: token expired at "+s.opt.Clock.Now().UTC().Format("01/02/2006 15:04:05"))
	case strings.Contains(code, "scope"):
		w.Header().Set("WWW-Authenticate", "insufficent_scope")
		s.unauthorized(w, "AuthorizationUnsuccessful")
	default:
		s.unauthorized(w, "AuthenticationUnsuccessful")
	}
}

func (s *Server) renderTooMany(w http.ResponseWriter, problem string) {
	now := s.opt.Clock.Now()
	wait := time.Duration(0)
	switch problem {
	case "minute":
		wait = now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	case "day":
		wait = now.Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
	}
	if wait > 0 {
		wait = max(wait.Truncate(time.Second), time.Second)
	}
	tooMany(w, problem, wait)
}

// renderUnavailable is a 503: the organisation is offline, Xero is in
// maintenance, or a gateway's page.
func renderUnavailable(w http.ResponseWriter, code string) {
	switch code {
	case "html":
		renderHTML(w, http.StatusServiceUnavailable)
	case "maintenance":
		(&answer{status: http.StatusServiceUnavailable, body: []byte("Xero is currently undergoing maintenance")}).write(w, false)
	default:
		(&answer{status: http.StatusServiceUnavailable, body: []byte("The Organisation is offline")}).write(w, false)
	}
}

func renderHTML(w http.ResponseWriter, status int) {
	text := http.StatusText(status)
	(&answer{status: status, body: []byte("<!DOCTYPE html><html lang=en><head><title>Xero | " + text + "</title></head><body><h1>" + text + "</h1></body></html>"), file: "text/html; charset=utf-8"}).write(w, false)
}
