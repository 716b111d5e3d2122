package traffic_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// tokenProblems says what in a call of a token endpoint is not as RFC 6749
// has it: a form with a known kind of grant, the client's secret in the
// header, and an answer that names a token, its kind and its life.
func tokenProblems(e exchange) []string {
	var out []string
	form, err := url.ParseQuery(string(e.request))
	kind := form.Get("grant_type")
	switch {
	case err != nil || e.method != http.MethodPost || !strings.HasPrefix(e.sent.Get("Content-Type"), "application/x-www-form-urlencoded"):
		out = append(out, e.url.Path+": no form was posted")
	case kind == "authorization_code" && (form.Get("code") == "" || form.Get("redirect_uri") == ""):
		out = append(out, e.url.Path+": a code without its address")
	case kind == "refresh_token" && form.Get("refresh_token") == "":
		out = append(out, e.url.Path+": a refresh without its token")
	case kind != "authorization_code" && kind != "refresh_token":
		out = append(out, e.url.Path+": grant_type "+kind)
	}
	if !strings.HasPrefix(e.sent.Get("Authorization"), "Basic ") || form.Has("client_secret") {
		out = append(out, e.url.Path+": the client is not named in the header")
	}
	var answer struct {
		Access  string      `json:"access_token"`
		Refresh string      `json:"refresh_token"`
		Type    string      `json:"token_type"`
		Life    json.Number `json:"expires_in"`
	}
	err = json.Unmarshal(e.answer, &answer)
	if life, lifeErr := answer.Life.Int64(); err != nil || e.status != http.StatusOK || lifeErr != nil || life <= 0 ||
		answer.Access == "" || answer.Refresh == "" || !strings.EqualFold(answer.Type, "bearer") {
		out = append(out, e.url.Path+": the answer is no token")
	}
	return out
}
