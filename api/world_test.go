package api_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tieout/api"
	"tieout/books"
	"tieout/demo"
	"tieout/sandbox"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/schedule"
)

// another reaches one organisation of Xero's more than there is.
type another struct{}

// RoundTrip adds it to the list of those that a consent reaches
// (developer.xero.com: OAuth 2.0, "Check the tenants you're authorized to
// access").
func (another) RoundTrip(r *http.Request) (*http.Response, error) {
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.URL.Path != "/connections" {
		return got, err
	}
	body, err := io.ReadAll(got.Body)
	_ = got.Body.Close()
	body = bytes.Replace(body, []byte("]"), []byte(`,{"id":"c2","tenantId":"another","tenantType":"ORGANISATION","tenantName":"Another Ltd"}]`), 1)
	got.Body, got.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	got.Header.Del("Content-Length")
	return got, err
}

// founder sets an installation up.
type founder struct {
	*rig
	key     string
	company sandbox.ReadyLedger
	book    string
	// ledger and stripe are connections.
	ledger, stripe string
}

// newFounder comes to an installation in which nothing is connected.
func newFounder(t *testing.T) *founder {
	t.Helper()
	r := &rig{T: t, asked: map[string]bool{}, clock: morning()}
	var err error
	if r.demo, err = demo.Start(t.Context(), demo.Options{
		Seed: 7, Invoices: 8, NoHistory: true, Clock: r.clock, Wall: r.clock, Random: rand.NewChaCha8([32]byte{5}), Transport: another{},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.demo.Close)
	r.serve()
	f := &founder{rig: r, key: r.key(all()...)}
	f.company = r.demo.Ready.Ledgers[slices.IndexFunc(r.demo.Ready.Ledgers, func(l sandbox.ReadyLedger) bool { return l.Vendor == "xero" })]
	return f
}

// foundedBy are the operations that succeed where nothing is set up yet, where a
// customer of Stripe's pays, or where a ledger refuses something.
func foundedBy() []string {
	return []string{"companies", "connectCompanies", "connectByKey", "newBook", "confirmCutOver", "apart", "allow", "retry"}
}

// TestSetUpByPrograms takes an installation from nothing to its first writes by
// the API alone, but for the consent, which is given in a browser: companies are
// chosen, a key is given, a book is made and begins. A payer is taken apart from a
// customer, and a write that is refused is tried again.
func TestSetUpByPrograms(t *testing.T) {
	t.Parallel()
	f := newFounder(t)
	f.connects()
	f.founds()
	f.begins()
	f.parts()
	f.retries()
	for _, name := range foundedBy() {
		if !f.asked[name] {
			t.Errorf("%s was not answered", name)
		}
	}
}

// connects chooses one of the companies of a consent, and gives the processor's
// key.
func (f *founder) connects() {
	f.Helper()
	service := f.demo.App.Connect.In("browser")
	address, err := service.Begin(f.Context(), f.company.Vendor, "http://localhost:8080/connect/callback")
	if err != nil {
		f.Fatal(err)
	}
	query, err := demo.Consent(f.Context(), address, f.company.ID)
	if err != nil {
		f.Fatal(err)
	}
	made, grant, err := service.AnswerOne(f.Context(), query)
	if err != nil || len(made) > 0 {
		f.Fatalf("connected before a choice: %v, %v", made, err)
	}
	var vendors api.List[api.Vendor]
	f.ask(f.key, "GET", "/vendors", "", 200).into(f.T, &vendors)
	at := slices.IndexFunc(vendors.Items, func(v api.Vendor) bool { return v.Vendor == f.company.Vendor })
	if at < 0 || !slices.Equal(vendors.Items[at].Loose, []string{grant}) {
		f.Fatalf("the consent %s is not among %+v", grant, vendors.Items)
	}
	path := "/consents/" + url.PathEscape(grant) + "/companies"
	var companies api.List[api.Company]
	if f.ask(f.key, "GET", path, "", 200).into(f.T, &companies); len(companies.Items) != 2 || companies.Items[0].Connected != "" || companies.Items[1].Name != "Another Ltd" {
		f.Fatalf("companies %+v", companies.Items)
	}
	var connected api.Connected
	f.ask(f.key, "POST", path, `{"companies":["nonsense"]}`, 409).problem(f.T, 409, "conflict")
	if f.ask(f.key, "POST", path, to(`{"companies":[%s]}`, f.company.ID), 200).into(f.T, &connected); !slices.Equal(connected.Names, []string{f.company.Name}) {
		f.Errorf("connected %+v", connected)
	}
	f.ask(f.key, "GET", path, "", 200).into(f.T, &companies)
	f.ledger = companies.Items[0].Connected
	if f.ask(f.key, "POST", "/vendors/stripe/key", to(`{"key":%s}`, f.company.StripeKey), 200).into(f.T, &connected); len(connected.Names) != 1 || connected.Notice == "" {
		f.Errorf("connected by a key that may do everything: %+v", connected)
	}
	var list api.List[api.Connection]
	f.ask(f.key, "GET", "/connections", "", 200).into(f.T, &list)
	for _, c := range list.Items {
		if c.ID != f.ledger {
			f.stripe = c.ID
		}
	}
	if len(list.Items) != 2 || f.ledger == "" || f.stripe == "" {
		f.Fatalf("connections %+v", list.Items)
	}
	again := to(`{"key":%s,"again":%s}`, f.company.StripeKey, f.stripe)
	if f.ask(f.key, "POST", "/vendors/stripe/key", again, 200).into(f.T, &connected); len(connected.Names) != 1 {
		f.Errorf("connected again: %+v", connected)
	}
}

// founds makes the book, once everything was read, and chooses its accounts.
func (f *founder) founds() {
	f.Helper()
	for _, id := range []string{f.ledger, f.stripe} {
		c, err := f.demo.App.Store.Connection(f.Context(), books.Tenant, id)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := f.demo.App.Scheduler.PullConnection(f.Context(), c, false); err != nil {
			f.Fatal(err)
		}
	}
	var book api.Book
	body := to(`{"ledger":%s,"sources":[%s],"demo":true}`, f.ledger, f.stripe)
	f.ask(f.key, "POST", "/books", body, 200).into(f.T, &book)
	f.ask(f.key, "POST", "/books", body, 409).problem(f.T, 409, "conflict")
	f.book = book.ID
	if p := f.progress(); p.ID != book.ID || !p.Read || p.Accounts || p.Next != "accounts" || !slices.Equal(p.Sources, []string{f.stripe}) {
		f.Fatalf("progress %+v", p)
	}
	path := "/books/" + f.book + "/accounts"
	var shown api.Accounts
	f.ask(f.key, "GET", path, "", 200).into(f.T, &shown)
	choices := map[string]string{}
	for _, p := range shown.Places {
		switch {
		case p.Chosen != "" || p.Optional:
		case p.Made != "":
			choices[p.Key] = "new"
		default: // what only a person knows: which bank it is
			at := slices.IndexFunc(f.company.Money, func(m sandbox.ReadyAccount) bool { return m.Currency == p.Currency })
			choices[p.Key] = f.company.Money[at].Bank
		}
	}
	f.ask(f.key, "POST", path, to(`{"choices":%s}`, choices), 200)
	f.ask(f.key, "GET", path, "", 200).into(f.T, &shown)
	for _, p := range shown.Places {
		if want := choices[p.Key]; p.Chosen == "" && !p.Optional || want != "" && want != "new" && p.Chosen != want {
			f.Errorf("chosen for %s: %q, want %q", p.Key, p.Chosen, want)
		}
	}
	if len(shown.Missing) > 0 {
		f.Errorf("all is chosen, and still asked for: %q", shown.Missing)
	}
	if p := f.progress(); !p.Accounts || p.Next != "cutover" {
		f.Fatalf("progress %+v", p)
	}
}

func (f *founder) progress() api.Progress {
	f.Helper()
	var list api.List[api.Progress]
	if f.ask(f.key, "GET", "/books/progress", "", 200).into(f.T, &list); len(list.Items) != 1 {
		f.Fatalf("progress %+v", list)
	}
	return list.Items[0]
}

// begins confirms the first day, and lets the book write what it has shown.
func (f *founder) begins() {
	f.Helper()
	path := "/books/" + f.book
	var day api.CutOver
	f.ask(f.key, "GET", path+"/cut-over", "", 200).into(f.T, &day)
	f.ask(f.key, "POST", path+"/cut-over", to(`{"day":%s,"digest":%s}`, string(day.Day), day.Digest), 200)
	if p := f.progress(); p.CutOver == nil || p.Next != "writes" || p.Writes {
		f.Fatalf("progress %+v", p)
	}
	f.sync()
	var first api.FirstWrites
	if f.ask(f.key, "GET", path+"/first-writes", "", 200).into(f.T, &first); !first.Ready || first.Count == 0 || first.Digest == "" {
		f.Fatalf("first writes %+v", first)
	}
	f.ask(f.key, "POST", path+"/writing", to(`{"on":true,"digest":%s}`, first.Digest), 200)
	if p := f.progress(); !p.Writes || p.Next != "" {
		f.Fatalf("progress %+v", p)
	}
	f.sync()
}

func (f *founder) sync() {
	f.Helper()
	if _, err := f.demo.App.Sync(f.Context(), schedule.Options{Prove: true}); err != nil {
		f.Fatal(err)
	}
}

// pays has the customer of the ledger's first open invoice pay exactly that.
func (f *founder) pays(with func(stripe.DirectPayment, payers) stripe.DirectPayment) economy.Document {
	f.Helper()
	ledgers := f.demo.Sandbox.Ledgers()
	open, err := ledgers[slices.IndexFunc(ledgers, func(l control.Ledger) bool { return l.ID == f.company.ID })].Books.OpenInvoices()
	if err != nil || len(open) == 0 {
		f.Fatalf("%d invoices are open, %v", len(open), err)
	}
	d := open[0]
	account, _ := f.demo.Sandbox.Account(f.company.StripeAccount)
	payment := stripe.DirectPayment{Amount: int64(d.Balance), Currency: strings.ToLower(d.Currency), PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email}}
	if _, err := account.PayDirect(with(payment, account.(payers))); err != nil {
		f.Fatal(err)
	}
	return d
}

// payers are an account's customers.
type payers interface {
	AddCustomer(name, email string) string
}

// parts takes a customer of Stripe's apart from the ledger's for whom a payment
// has shown it to be, and lets rules join the two again.
func (f *founder) parts() {
	f.Helper()
	payer := ""
	paid := f.pays(func(p stripe.DirectPayment, all payers) stripe.DirectPayment {
		payer = all.AddCustomer(p.Name, p.Email)
		p.Customer = payer
		return p
	})
	f.sync()
	path := "/customers/" + f.ledger + "/" + url.PathEscape(paid.Customer)
	var one api.Customer
	if f.ask(f.key, "GET", path, "", 200).into(f.T, &one); len(one.Payers) != 1 || one.Payers[0].ID != payer || one.Payers[0].Evidence == "" {
		f.Fatalf("taken for this customer: %+v", one.Payers)
	}
	body := to(`{"source":%s,"payer":%s}`, f.stripe, payer)
	f.ask(f.key, "POST", path+"/apart", body, 200)
	if f.ask(f.key, "GET", path, "", 200).into(f.T, &one); len(one.Payers) != 0 || len(one.Apart) != 1 || one.Apart[0].ID != payer {
		f.Errorf("taken apart: %+v, %+v", one.Payers, one.Apart)
	}
	f.ask(f.key, "POST", path+"/allow", body, 200)
	if f.ask(f.key, "GET", path, "", 200).into(f.T, &one); len(one.Apart) != 0 {
		f.Errorf("let join again, and still apart: %+v", one.Apart)
	}
}

// retries has the ledger refuse the receipt of a payment, and tries it again once
// the ledger takes it.
func (f *founder) retries() {
	f.Helper()
	f.pays(func(p stripe.DirectPayment, _ payers) stripe.DirectPayment { return p })
	f.acts(http.MethodPost, `{"kind":"status","method":"POST","path":"*","status":400}`)
	f.sync()
	f.acts(http.MethodDelete, "")
	var aside api.List[api.NotWritten]
	if f.ask(f.key, "GET", "/writes-set-aside", "", 200).into(f.T, &aside); len(aside.Items) == 0 || aside.Items[0].Book != f.book || aside.Items[0].Problem == "" {
		f.Fatalf("set aside %+v", aside.Items)
	}
	for _, one := range aside.Items {
		var again api.Retried
		path := "/writes-set-aside/" + f.book + "/" + url.PathEscape(one.ID) + "/retry"
		if f.ask(f.key, "POST", path, "", 200).into(f.T, &again); again.Count != 1 {
			f.Errorf("tried again: %+v", again)
		}
	}
	f.sync()
	if f.ask(f.key, "GET", "/writes-set-aside", "", 200).into(f.T, &aside); len(aside.Items) != 0 {
		f.Errorf("still set aside: %+v", aside.Items)
	}
}

// acts has the ledger's stand-in act up, or end it.
func (f *founder) acts(method, fault string) {
	f.Helper()
	r, err := http.NewRequestWithContext(f.Context(), method, f.demo.Ready.Control.URL+"/faults/"+f.company.Vendor, strings.NewReader(fault))
	if err != nil {
		f.Fatal(err)
	}
	if got := f.do(r); got.code >= http.StatusBadRequest {
		f.Fatalf("%s %s answered %d: %s", method, r.URL.Path, got.code, got.body)
	}
}
