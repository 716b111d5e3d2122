package stripe

import (
	"net/http"
	"strings"
	"time"
)

// The versions at which shapes changed that newer libraries rely on (Stripe
// docs: changelog).
const (
	v2024April = "2024-04-10"
	vAcacia    = "2024-09-30.acacia"
	vBasil     = "2025-03-31.basil"
	vDahlia    = "2026-03-25.dahlia"
)

// newestListed is the date of the last version that is listed below.
const newestListed = "2026-08-26"

// versions are the versions that Stripe knows: the values of api_version of a
// webhook endpoint in the OpenAPI document 2026-08-26.dahlia.
const versions = " 2011-01-01 2011-06-21 2011-06-28 2011-08-01 2011-09-15 2011-11-17 2012-02-23 2012-03-25 2012-06-18 2012-06-28 2012-07-09 " +
	"2012-09-24 2012-10-26 2012-11-07 2013-02-11 2013-02-13 2013-07-05 2013-08-12 2013-08-13 2013-10-29 2013-12-03 2014-01-31 2014-03-13 " +
	"2014-03-28 2014-05-19 2014-06-13 2014-06-17 2014-07-22 2014-07-26 2014-08-04 2014-08-20 2014-09-08 2014-10-07 2014-11-05 2014-11-20 " +
	"2014-12-08 2014-12-17 2014-12-22 2015-01-11 2015-01-26 2015-02-10 2015-02-16 2015-02-18 2015-03-24 2015-04-07 2015-06-15 2015-07-07 " +
	"2015-07-13 2015-07-28 2015-08-07 2015-08-19 2015-09-03 2015-09-08 2015-09-23 2015-10-01 2015-10-12 2015-10-16 2016-02-03 2016-02-19 " +
	"2016-02-22 2016-02-23 2016-02-29 2016-03-07 2016-06-15 2016-07-06 2016-10-19 2017-01-27 2017-02-14 2017-04-06 2017-05-25 2017-06-05 " +
	"2017-08-15 2017-12-14 2018-01-23 2018-02-05 2018-02-06 2018-02-28 2018-05-21 2018-07-27 2018-08-23 2018-09-06 2018-09-24 2018-10-31 " +
	"2018-11-08 2019-02-11 2019-02-19 2019-03-14 2019-05-16 2019-08-14 2019-09-09 2019-10-08 2019-10-17 2019-11-05 2019-12-03 2020-03-02 " +
	"2020-08-27 2022-08-01 2022-11-15 2023-08-16 2023-10-16 2024-04-10 2024-06-20 2024-09-30.acacia 2024-10-28.acacia 2024-11-20.acacia " +
	"2024-12-18.acacia 2025-01-27.acacia 2025-02-24.acacia 2025-03-01.dashboard 2025-03-31.basil 2025-04-30.basil 2025-05-28.basil " +
	"2025-06-30.basil 2025-07-30.basil 2025-08-27.basil 2025-09-30.clover 2025-10-29.clover 2025-11-17.clover 2025-12-15.clover " +
	"2026-01-28.clover 2026-02-25.clover 2026-03-25.dahlia 2026-04-22.dahlia 2026-05-27.dahlia 2026-06-24.dahlia 2026-07-29.dahlia " +
	"2026-08-26.dahlia "

// knownVersion tells whether Stripe has, or may have by now, a version of that
// name: one of the list, or a later one of the form 2026-10-28.endive. Stripe
// brings one out each month, and libraries send that of their own release.
func knownVersion(v string) bool {
	if v == "" || strings.Contains(v, " ") {
		return false
	}
	if strings.Contains(versions, " "+v+" ") {
		return true
	}
	date, name, _ := strings.Cut(v, ".")
	_, err := time.Parse(time.DateOnly, date)
	return err == nil && name != "" && since(date, newestListed) && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") == ""
}

// versionOf is the version that a request asks for, without the betas that
// may follow it after a semicolon; APIVersion without the header.
func versionOf(r *http.Request) string {
	v, _, _ := strings.Cut(versionAsked(r), ";")
	return strings.TrimSpace(v)
}

// versionAsked is what the answer repeats.
func versionAsked(r *http.Request) string {
	if v := r.Header.Get("Stripe-Version"); v != "" {
		return v
	}
	return APIVersion
}

// The same where the account is known, whose own version stands for a missing
// header.
func (a *Account) versionOf(r *http.Request) string {
	v, _, _ := strings.Cut(a.versionAsked(r), ";")
	return strings.TrimSpace(v)
}

func (a *Account) versionAsked(r *http.Request) string {
	if v := r.Header.Get("Stripe-Version"); v != "" {
		return v
	}
	return a.opts.APIVersion
}

// since tells whether version is at or after from. Versions begin with their
// date, so that they sort as text.
func since(version, from string) bool { return version >= from }

// opSince and opUntil register operations that a version brought or took away;
// at other versions their URL is not recognised.
func (s *Server) opSince(version, pattern, allowed string, run handler) {
	s.op(pattern, allowed, func(c *call) *Error {
		if !since(c.version, version) {
			return unrecognised(c.req)
		}
		return run(c)
	})
}

func (s *Server) opUntil(version, pattern, allowed string, run handler) {
	s.op(pattern, allowed, func(c *call) *Error {
		if since(c.version, version) {
			return unrecognised(c.req)
		}
		return run(c)
	})
}

// unknownURL answers every path that is no operation.
func (s *Server) unknownURL(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	reqID := "req_" + s.randomText(14)
	s.mu.Unlock()
	w.Header().Set("Request-Id", reqID)
	w.Header().Set("Stripe-Version", versionAsked(r))
	writeError(w, unrecognised(r))
}

// unrecognised says so; a slash at the end usually stands for an id that is
// empty, and is told of (quoted in stripe-php issue 598).
func unrecognised(r *http.Request) *Error {
	hint := ""
	if strings.HasSuffix(r.URL.Path, "/") {
		hint = "If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, " +
			"make sure you passed a valid (non-empty) identifier in your code. "
	}
	return &Error{
		Status: http.StatusNotFound, Type: typeInvalidRequest,
		Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path +
			"). " + hint + "Please see https://stripe.com/docs or we can help at https://support.stripe.com/.",
	}
}
