package vendorhttp

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// maxScrubbed bounds an answer of refusal; no vendor's has more.
	maxScrubbed = 1 << 20
	// leastSecret is the shortest text that is taken for a secret: shorter ones
	// would occur by chance.
	leastSecret = 8
	placeholder = "[redacted]"
)

// hidden are the secrets that a request carries: its authorisation, and the
// fields of a form that hold tokens, codes and keys.
func hidden(r *http.Request, body []byte) []string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	list := []string{credential}
	if plain, err := base64.StdEncoding.DecodeString(credential); err == nil {
		_, password, _ := strings.Cut(string(plain), ":")
		list = append(list, password)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") && len(body) < maxScrubbed {
		form, err := url.ParseQuery(string(body))
		for _, name := range []string{"refresh_token", "access_token", "token", "code", "code_verifier", "client_secret"} {
			if err == nil {
				list = append(list, form[name]...)
			}
		}
	}
	for _, one := range slices.Clone(list) {
		list = append(list, url.QueryEscape(one))
	}
	list = slices.DeleteFunc(list, func(s string) bool { return len(s) < leastSecret })
	slices.SortFunc(list, func(a, b string) int { return len(b) - len(a) }) // a longer one may hold a shorter one
	return slices.Compact(list)
}

// scrubbed is an error whose text, and whatever Reason makes of it, holds none
// of the secrets that were sent.
type scrubbed struct {
	err     error
	secrets []string
}

func (s *scrubbed) Error() string { return scrub(s.err.Error(), s.secrets) }

func (s *scrubbed) Unwrap() error { return s.err }

func scrub(text string, secrets []string) string {
	for _, one := range secrets {
		text = strings.ReplaceAll(text, one, placeholder)
	}
	return text
}

// scrubError keeps what was sent out of an error that may quote it.
func scrubError(err error, secrets []string) error {
	if err == nil || len(secrets) == 0 {
		return err
	}
	return &scrubbed{err: err, secrets: secrets}
}

// scrubAnswer keeps what was sent out of an answer that refuses it, which may
// quote it and is shown. What was answered in full is read as it came, and an
// answer that breaks off breaks off at the same place.
func scrubAnswer(answer *http.Response, secrets []string) {
	if answer.StatusCode < http.StatusMultipleChoices || len(secrets) == 0 || answer.Body == nil {
		return
	}
	text, broken := io.ReadAll(io.LimitReader(answer.Body, maxScrubbed))
	_ = answer.Body.Close() // whatever it says, the text is what there is
	for _, one := range secrets {
		text = bytes.ReplaceAll(text, []byte(one), []byte(placeholder))
	}
	answer.Body, answer.ContentLength = io.NopCloser(io.MultiReader(bytes.NewReader(text), ending{broken})), -1
	answer.Header.Del("Content-Length")
}

// ending ends a body as it ended.
type ending struct{ broken error }

func (e ending) Read([]byte) (int, error) {
	if e.broken != nil {
		return 0, e.broken
	}
	return 0, io.EOF
}
