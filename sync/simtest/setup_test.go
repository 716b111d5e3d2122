package simtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/schedule"
)

// template is a set-up installation that runs are copied from: its database,
// and what was said between it and the stand-ins, which is said again to fresh
// ones. The same words at the same time lead to the same state.
type template struct {
	once     sync.Once
	database string
	said     []spoken
	secrets  map[string][]string
	failed   bool
}

// spoken is a call at its time.
type spoken struct {
	call
	at time.Time
}

type templates struct {
	mu     sync.Mutex
	all    map[string]*template
	folder string
}

// of gives the template of a vendor's company of one seed.
func (all *templates) of(t *testing.T, vendor string, seed uint64) *template {
	t.Helper()
	all.mu.Lock()
	key := fmt.Sprintf("%s-%d", vendor, seed)
	one := all.all[key]
	if one == nil {
		one = &template{database: filepath.Join(all.folder, key+".db"), failed: true}
		all.all[key] = one
	}
	all.mu.Unlock()
	one.once.Do(func() {
		synctest.Test(t, func(t *testing.T) { one.make(t, vendor, seed) })
	})
	if one.failed {
		t.Fatalf("the set-up of %s has failed", key)
	}
	return one
}

// make sets an installation up and notes what was said.
func (one *template) make(t *testing.T, vendor string, seed uint64) {
	t.Helper()
	w := newWorld(t, vendor, seed)
	w.database = one.database
	w.record = func(c call) { one.said = append(one.said, spoken{c, w.now()}) }
	if err := w.targets(); err != nil {
		t.Fatal(err)
	}
	p, err := w.open(t.Context(), "set-up")
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := w.setUp(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	one.secrets, one.failed = w.secrets, false
}

// targets has the stand-ins send their webhooks to us.
func (w *world) targets() error {
	r := w.box.Ready()
	form := url.Values{"url": {own + "/hooks/stripe"}, "enabled_events[]": {"*"}}
	header := http.Header{"Authorization": {"Bearer " + w.ready.StripeKey}, "Content-Type": {"application/x-www-form-urlencoded"}}
	_, text, err := w.ask(http.MethodPost, r.Stripe.URL+"/v1/webhook_endpoints", header, []byte(form.Encode()))
	if err != nil {
		return err
	}
	var made struct{ Secret string }
	if err := json.Unmarshal(text, &made); err != nil {
		return err
	}
	w.secrets["stripe"], w.secrets["quickbooks"], w.secrets["xero"] = []string{made.Secret}, []string{verifier}, []string{xeroKey}
	target := fmt.Sprintf(`{"url":%q,"key":%q}`, own+"/hooks/"+w.vendor, w.secrets[w.vendor][0])
	_, _, err = w.ask(http.MethodPost, r.Control.URL+"/webhooks/"+w.vendor+"/target", nil, []byte(target))
	return err
}

// setUp connects, makes the book, switches the writing on, and puts the links
// on the open invoices.
func (w *world) setUp(ctx context.Context, p *process) error {
	ledger, err := w.consent(ctx, p)
	if err != nil {
		return err
	}
	account, err := p.Connect.WithKey(ctx, "stripe", w.ready.StripeKey)
	if err != nil {
		return err
	}
	b, err := p.Connect.NewBook(ctx, ledger, []books.Connection{account}, true)
	if err != nil {
		return err
	}
	if err := w.fine(p.Sync(ctx, schedule.Options{})); err != nil {
		return err
	}
	if b, err = w.choose(ctx, p, b); err != nil {
		return err
	}
	at, openings, err := p.Connect.CutOver(ctx, b, receivables.DateIn(p.Now(), b.Location()))
	if err != nil {
		return err
	}
	if b, err = p.Connect.Confirm(ctx, b, at, openings); err != nil {
		return err
	}
	if _, err = p.Connect.SwitchWrites(ctx, b, true); err != nil {
		return err
	}
	return w.fine(p.Sync(ctx, schedule.Options{Prove: true}))
}

// choose answers which accounts to use.
func (w *world) choose(ctx context.Context, p *process, b books.Book) (books.Book, error) {
	currencies, err := p.Currencies(ctx, b)
	if err != nil {
		return b, err
	}
	plan, err := p.Connect.Choose(ctx, b, currencies)
	if err != nil {
		return b, err
	}
	if plan, err = p.Connect.Create(ctx, b, plan); err != nil {
		return b, err
	}
	b.Accounts = plan.Accounts
	if b.Accounts.Banks == nil {
		b.Accounts.Banks = map[string]string{}
	}
	for _, m := range w.ready.Money {
		b.Accounts.Banks["*"+m.Currency] = m.Bank
		b.Accounts.Banks[m.Destination] = m.Bank
	}
	b.Accounts.Goodwill, b.Accounts.BadDebt = b.Accounts.Fees, b.Accounts.Fees
	return p.Connect.SaveBook(ctx, b)
}

// consent allows the access as a person does, for the first time or again.
func (w *world) consent(ctx context.Context, p *process) (books.Connection, error) {
	address, err := p.Connect.Begin(ctx, w.vendor, own+"/connect/callback")
	if err != nil {
		return books.Connection{}, err
	}
	query, err := w.allow(address)
	if err != nil {
		return books.Connection{}, err
	}
	made, err := p.Connect.Answer(ctx, query)
	for _, c := range made {
		if c.ExternalID == w.ready.ID {
			return c, err
		}
	}
	return books.Connection{}, errors.Join(errors.New("the consent does not reach the company"), err)
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// allow clicks through the vendor's page.
func (w *world) allow(address string) (url.Values, error) {
	_, page, err := w.ask(http.MethodGet, address, nil, nil)
	if err != nil {
		return nil, err
	}
	form := url.Values{"decision": {"allow"}, "choice": {w.ready.ID}}
	for _, field := range hidden.FindAllSubmatch(page, -1) {
		form.Add(html.UnescapeString(string(field[1])), html.UnescapeString(string(field[2])))
	}
	target, _, _ := strings.Cut(address, "?")
	answer, _, err := w.ask(http.MethodPost, target, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()))
	if err != nil {
		return nil, err
	}
	back, err := answer.Location()
	if err != nil {
		return nil, err
	}
	return back.Query(), nil
}

// stand makes a world as the template left it.
func (one *template) stand(t *testing.T, vendor string, seed uint64) *world {
	t.Helper()
	w := newWorld(t, vendor, seed)
	w.database, w.secrets = w.file(), one.secrets
	w.opened = 1000 // the ids of the set-up must not come again
	for _, s := range one.said {
		w.until(s.at)
		r, err := http.NewRequestWithContext(t.Context(), s.method, s.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = s.header.Clone()
		answer := w.serve(r, s.body)
		var text bytes.Buffer
		_, _ = text.ReadFrom(answer.Body)
		if answer.StatusCode != s.status || !bytes.Equal(text.Bytes(), s.answer) {
			t.Fatalf("%s %s: the sandbox says %d %s, at the set-up %d %s", s.method, s.url, answer.StatusCode, &text, s.status, s.answer)
		}
	}
	copied, err := os.ReadFile(one.database)
	if err == nil {
		err = os.WriteFile(w.database, copied, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}
