package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/receivables"
	"tieout/web"
)

// canaries are the secrets of a run: those that it was configured with, and
// every token, code and header that went over the wire.
type canaries struct {
	mu      sync.Mutex
	secrets map[string]string
	// outputs is everything that was said aloud, logs what goes into a log.
	outputs, logs bytes.Buffer
}

// shortest is how long a text has to be to count as a secret: shorter ones
// occur by chance.
const shortest = 8

func (c *canaries) secret(what, value string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(value) >= shortest {
		c.secrets[value] = what
	}
}

// listen takes the secrets out of a request and its answer, and gives the
// answer again.
func (c *canaries) listen(r *http.Request, body []byte, got *http.Response) (*http.Response, error) {
	kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	c.secret(kind+" header", value)
	if plain, err := base64.StdEncoding.DecodeString(value); err == nil && kind == "Basic" {
		_, hidden, _ := strings.Cut(string(plain), ":")
		c.secret("client secret", hidden)
	}
	if form, err := url.ParseQuery(string(body)); err == nil && strings.Contains(r.Header.Get("Content-Type"), "form") {
		for _, name := range []string{"refresh_token", "code", "client_secret", "code_verifier", "token"} {
			c.secret(name, form.Get(name))
		}
	}
	if got == nil {
		return nil, nil
	}
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return nil, err
	}
	var tokens map[string]any
	if json.Unmarshal(text, &tokens) == nil {
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			value, _ := tokens[name].(string)
			c.secret(name, value)
		}
	}
	got.Body = io.NopCloser(bytes.NewReader(text))
	return got, nil
}

// say records what a person or program would be shown; an error also as it
// goes into a log.
func (c *canaries) say(v any) {
	if err, ok := v.(error); ok && err != nil {
		fmt.Fprintf(&c.outputs, "%v\n%+v\n", err, err)
		fmt.Fprintln(&c.logs, connectors.Logged(err))
		return
	}
	text, err := json.Marshal(v)
	fmt.Fprintf(&c.outputs, "%s %v\n", text, err)
}

// find gives the secrets that occur in text, in any spelling that something on
// the way might have made of them.
func (c *canaries) find(text []byte) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []string
	for value, what := range c.secrets {
		for _, spelled := range []string{value, url.QueryEscape(value), base64.StdEncoding.EncodeToString([]byte(value)), fmt.Sprintf("%x", value)} {
			if i := bytes.Index(text, []byte(spelled)); i >= 0 {
				from, to := max(0, i-60), min(len(text), i+30)
				found = append(found, fmt.Sprintf("%s: %q", what, text[from:to]))
				break
			}
		}
	}
	slices.Sort(found)
	return found
}

// echo is how a vendor, or something before it, answers with what it was sent.
type echo struct {
	name string
	// answer gives the answer; everything is what the request held.
	answer func(r *http.Request, everything string) (*http.Response, error)
}

// echoes are the bad answers of all vendors: with their own forms of errors, a
// proxy's page, a broken body, and a connection that breaks naming its address.
func echoes() []echo {
	status := func(code int, form string) echo {
		return echo{fmt.Sprint(code), func(r *http.Request, everything string) (*http.Response, error) {
			said, err := json.Marshal(everything)
			if err != nil {
				return nil, err
			}
			return answering(r, code, strings.ReplaceAll(form, "ECHO", strings.Trim(string(said), `"`))), nil
		}}
	}
	const all = `{"Fault":{"Error":[{"Message":"ECHO","Detail":"ECHO","code":"6000"}],"type":"ValidationFault"},"Type":"ValidationException",` +
		`"Title":"ECHO","Message":"ECHO","Detail":"ECHO","Elements":[{"ValidationErrors":[{"Message":"ECHO"}]}],` +
		`"error":{"type":"invalid_request_error","message":"ECHO","param":"ECHO","code":"ECHO","request_log_url":"https://x/?ECHO"}}`
	const oauth = `{"error":"invalid_request","error_description":"ECHO","error_uri":"ECHO"}`
	list := []echo{{"break", func(r *http.Request, everything string) (*http.Response, error) {
		return nil, &url.Error{Op: "Get", URL: r.URL.String() + "?" + everything, Err: errors.New("connection reset: " + everything)}
	}}}
	for _, code := range []int{400, 401, 403, 404, 429, 500, 503} {
		list = append(list, status(code, all))
	}
	return append(list, status(400, oauth), status(401, oauth), status(500, `<html><title>ECHO</title>ECHO</html>`), status(200, `{"QueryResponse": ECHO`), status(200, `ECHO`))
}

// TestCanariesStayInside: a whole business with both ledgers, then every bad
// answer with everything echoed, in the middle of a renewal of tokens and of
// ordinary calls; then what people and programs are given. Nothing that was
// secret is in anything said aloud, logged, mailed or counted nor, in clear, in
// the database; nobody's name or address is in a log or a figure.
func TestCanariesStayInside(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			c := &canaries{secrets: map[string]string{}}
			r := newHooked(t, vendor)
			c.plant(r)
			r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
				body := sentBody(q)
				got, err := answer()
				if err != nil {
					return nil, err
				}
				return c.listen(q, body, got)
			})
			r.pay()
			r.deliver()
			c.runs(r.take())
			r.clock.Advance(2 * time.Hour)
			c.runs([]app.BookRun{r.clean()})
			people := c.people(r)
			for _, e := range echoes() {
				c.suffer(r, e, people)
			}
			c.hooks(r)
			c.accounts(r)
			c.scan(r, people)
		})
	}
}

// sentBody reads what is sent and puts it back.
func sentBody(q *http.Request) []byte {
	if q.Body == nil {
		return nil
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return nil
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// plant knows the secrets of the configuration.
func (c *canaries) plant(r *hooked) {
	v := r.config.Vendors
	c.secret("client secret", v.QuickBooks.ClientSecret)
	c.secret("client secret", v.Xero.ClientSecret)
	c.secret("Stripe key", r.company.StripeKey)
	c.secret("key that seals", base64.StdEncoding.EncodeToString(r.config.Key[:]))
	for vendor, list := range r.config.HookSecrets {
		for _, one := range list {
			c.secret("webhook secret of "+vendor, one)
		}
	}
}

// people are the names and addresses of customers and payers.
func (c *canaries) people(r *hooked) []string {
	r.Helper()
	all := must1[[]receivables.Customer](r.T)(r.Store.AllCustomers(r.Context(), r.book))
	var out []string
	for _, one := range all {
		out = append(out, one.Name)
		for _, contact := range one.Contacts {
			out = append(out, contact.Email)
		}
	}
	if len(out) < 10 {
		r.Fatalf("%d names", len(out))
	}
	return out
}

func (c *canaries) runs(runs []app.BookRun) {
	for _, run := range runs {
		c.say(app.Report([]app.BookRun{run}))
		c.say(run.Err)
		for _, problem := range run.Result.Problems {
			c.say(problem)
		}
	}
}

// suffer has every call of one kind end badly: those that renew tokens, then
// those with a token.
func (c *canaries) suffer(r *hooked, e echo, people []string) {
	r.Helper()
	for _, renewing := range []bool{true, false} {
		r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
			body := sentBody(q)
			_, _ = c.listen(q, body, nil)
			if strings.Contains(q.URL.Path, "token") != renewing {
				got, err := answer()
				if err != nil {
					return nil, err
				}
				return c.listen(q, body, got)
			}
			said := strings.Join(slices.Concat(q.Header["Authorization"], []string{q.URL.String(), string(body)}, people[:4]), " ")
			return e.answer(q, strings.ReplaceAll(strings.ReplaceAll(said, "Bearer ", ""), "Basic ", ""))
		})
		r.clock.Advance(2 * time.Hour)
		runs, err := r.Due(r.Context(), r.clock.Now())
		c.say(err)
		c.runs(runs)
		c.say(must1[books.Connection](r.T)(r.Store.Connection(r.Context(), books.Tenant, r.ledger.ID)))
		session, err := r.Session(r.row(r.stripe.ID))
		if err == nil {
			_, err = session.Profile(r.Context())
		}
		c.say(err)
	}
	if row := r.row(r.ledger.ID); row.State == books.ConnectionReconnect {
		r.wire.set(nil)
		_, err := r.Connect.AnswerAgain(r.Context(), r.consent(), row)
		c.say(err)
	}
	if row := r.row(r.stripe.ID); row.State == books.ConnectionReconnect {
		r.wire.set(nil)
		_, err := r.Connect.WithKeyAgain(r.Context(), r.company.StripeKey, row)
		c.say(err)
	}
}

// hooks takes forged deliveries that carry secrets, and makes an outgoing one.
func (c *canaries) hooks(r *hooked) {
	r.Helper()
	r.wire.set(nil)
	hook, err := r.AddHook(r.Context(), r.server.URL+"/nowhere", nil)
	c.say(err)
	c.secret("outgoing webhook secret", hook.Secret)
	d, err := r.TestHook(r.Context(), hook.ID)
	c.say(err)
	c.say(d.Problem + d.Answer)
	for _, vendor := range []string{"quickbooks", "xero", "stripe"} {
		answer, err := http.Post(r.server.URL+"/hooks/"+vendor+"?secret="+verifier, "application/json", strings.NewReader(verifier+xeroKey))
		if err != nil {
			r.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		c.say(string(text))
	}
	for _, why := range r.refused {
		c.say(errors.New(why))
	}
	_, err = r.Connect.WithKey(r.Context(), "stripe", "sk_test_wrong_but_secret")
	c.secret("a wrong key", "sk_test_wrong_but_secret")
	c.say(err)
	_, err = r.Connect.Answer(r.Context(), url.Values{"state": {"x"}, "code": {"a-code-that-is-secret"}})
	c.secret("a code", "a-code-that-is-secret")
	c.say(err)
}

// scan looks at everything that was said, and at the bytes of the database.
func (c *canaries) scan(r *hooked, people []string) {
	r.Helper()
	c.say(must1[web.Status](r.T)(r.Status(r.Context())))
	if len(c.secrets) < 20 {
		r.Errorf("only %d secrets were planted", len(c.secrets))
	}
	for _, found := range c.find(slices.Concat(c.outputs.Bytes(), c.logs.Bytes())) {
		r.Errorf("said aloud: %s", found)
	}
	if err := r.Store.Close(); err != nil {
		r.Fatal(err)
	}
	for _, ending := range []string{"", "-wal"} {
		text, err := os.ReadFile(r.config.Database + ending)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			r.Fatal(err)
		}
		for _, found := range c.find(text) {
			r.Errorf("in clear in the database: %s", found)
		}
	}
	for _, name := range people {
		if len(name) >= shortest && bytes.Contains(c.logs.Bytes(), []byte(name)) {
			i := bytes.Index(c.logs.Bytes(), []byte(name))
			r.Errorf("%q is in a log: %.200q", name, c.logs.Bytes()[max(0, i-150):])
		}
	}
	if c.logs.Len() < 1000 {
		r.Errorf("only %d bytes were logged", c.logs.Len())
	}
}
