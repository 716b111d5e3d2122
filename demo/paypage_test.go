package demo_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/demo"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// payHost is where payers reach the worlds of these tests.
const payHost = "https://pay.example"

var (
	ownLink     = regexp.MustCompile(regexp.QuoteMeta(payHost) + `/p/[a-z2-7]{26}`)
	sessionPath = regexp.MustCompile(`/c/pay/(cs_[A-Za-z0-9_]+)$`)
)

// payers is a quiet world with a pay page of its own.
func payers(t *testing.T) (*world, http.Handler) {
	t.Helper()
	w := begin(t, demo.Options{NoHistory: true, PublicURL: payHost})
	pages, err := w.demo.App.PayPages(func(err error) { t.Errorf("pay page: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	return w, pages
}

// address is the invoice's own link, as the ledger shows it.
func (s *side) address(d economy.Document) string { return ownLink.FindString(s.again(d).Text) }

// visit opens an address of the pay page; form is nil for GET.
func visit(pages http.Handler, address string, form url.Values) *httptest.ResponseRecorder {
	method, body := http.MethodGet, ""
	if form != nil {
		method, body = http.MethodPost, form.Encode()
	}
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	pages.ServeHTTP(out, r)
	return out
}

// grouped is an amount as a payer reads it: 1,340.85.
func grouped(m economy.Minor) string {
	text := m.String()
	for at := len(text) - len(".00") - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// press presses the button, and gives the processor's page that it leads to.
func (s *side) press(pages http.Handler, address string, form url.Values) (session string) {
	s.w.Helper()
	if form == nil {
		form = url.Values{}
	}
	got := visit(pages, address, form)
	to := sessionPath.FindStringSubmatch(got.Header().Get("Location"))
	if got.Code != http.StatusSeeOther || to == nil {
		s.w.Fatalf("%s: the button of %s led to %d %q\n%s", s.Vendor, address, got.Code, got.Header().Get("Location"), got.Body)
	}
	return to[1]
}

func (s *side) complete(session string, how stripe.PayOptions) stripe.Payment {
	s.w.Helper()
	paid, err := s.stripe.CompleteSession(session, how)
	if err != nil {
		s.w.Fatalf("%s: pay %s: %v", s.Vendor, session, err)
	}
	return paid
}

// shows checks what a payer reads at an address.
func (s *side) shows(pages http.Handler, address string, status int, words ...string) {
	s.w.Helper()
	got := visit(pages, address, nil)
	for _, word := range words {
		if got.Code != status || !strings.Contains(got.Body.String(), word) {
			s.w.Errorf("%s: %s shows %d, want %d with %q\n%s", s.Vendor, address, got.Code, status, word, got.Body)
		}
	}
}

// eachPayer plays a scenario on both ledgers of one world with a pay page, and
// proves what came of it.
func eachPayer(t *testing.T, play func(s *side, pages http.Handler) (check func())) {
	t.Helper()
	t.Parallel()
	w, pages := payers(t)
	var checks []func()
	for _, s := range w.sides {
		checks = append(checks, play(s, pages))
	}
	w.proven(w.sync())
	last := w.sync()
	w.idle(last, "second sync")
	w.proven(last)
	for _, check := range checks {
		check()
	}
}

// An invoice carries our own address; the button opens a page over what is
// payable, the same one when it is pressed twice; the payment is booked, and
// the address says so for as long as anybody opens it.
func TestPayPage(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d := s.pick(0)
		address := s.address(d)
		s.shows(pages, address, http.StatusOK, "Invoice "+d.Number, grouped(d.Balance))
		session := s.press(pages, address, nil)
		if again := s.press(pages, address, nil); again != session {
			t.Errorf("%s: pressed twice, the button led to %s and %s", s.Vendor, session, again)
		}
		paid := s.complete(session, stripe.PayOptions{Name: d.Name, Email: d.Email})
		if got := visit(pages, address, url.Values{}); got.Code != http.StatusConflict || !strings.Contains(got.Body.String(), "under way") {
			t.Errorf("%s: a paid invoice could be opened before it was booked: %d\n%s", s.Vendor, got.Code, got.Body)
		}
		return func() {
			s.receipts(paid.Charge, 1)
			s.balance(d, 0)
			s.asked()
			if left := s.address(d); left != "" {
				t.Errorf("%s: the paid invoice still carries %s", s.Vendor, left)
			}
			s.shows(pages, address, http.StatusOK, "This invoice is paid")
			if got := visit(pages, address, url.Values{}); got.Code != http.StatusConflict {
				t.Errorf("%s: the button of a paid invoice answers %d", s.Vendor, got.Code)
			}
		}
	})
}

// A payer who pays a part is shown the rest at the same address.
func TestPayPagePart(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d := s.pick(0)
		address, rest := s.address(d), d.Balance-1250
		form := url.Values{"currency": {s.ready.HomeCurrency}, "part": {"12.50"}}
		paid := s.complete(s.press(pages, address, form), stripe.PayOptions{Name: d.Name, Email: d.Email})
		return func() {
			s.receipts(paid.Charge, 1)
			s.balance(d, int64(rest))
			s.asked()
			if now := s.address(d); now != address {
				t.Errorf("%s: the address changed from %s to %s", s.Vendor, address, now)
			}
			s.shows(pages, address, http.StatusOK, grouped(rest))
			for _, wrong := range []string{"0", "-5", "abc", "999999.00", "1.005"} {
				form.Set("part", wrong)
				if got := visit(pages, address, form); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), `role="alert"`) {
					t.Errorf("%s: a part of %q answers %d", s.Vendor, wrong, got.Code)
				}
			}
		}
	})
}

// An invoice that changes while a page over it is open: the page ends at the
// next sync, or with the next press of the button, and the new one asks for the
// new amount.
func TestPayPageAmountChanges(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d := s.pick(0)
		address := s.address(d)
		old := s.press(pages, address, nil)
		s.shrink(d, 4000)
		s.w.sync()
		if _, err := s.stripe.CompleteSession(old, stripe.PayOptions{}); err == nil {
			t.Errorf("%s: the old amount could be paid after the sync", s.Vendor)
		}
		second := s.press(pages, address, nil)
		s.shrink(d, 3000)
		// Not pulled yet: the ledger is read when the button is pressed.
		third := s.press(pages, address, nil)
		if _, err := s.stripe.CompleteSession(second, stripe.PayOptions{}); err == nil {
			t.Errorf("%s: the amount before could be paid", s.Vendor)
		}
		paid := s.complete(third, stripe.PayOptions{Name: d.Name, Email: d.Email})
		if paid.Amount != 3000 {
			t.Errorf("%s: paid %d, want 3000", s.Vendor, paid.Amount)
		}
		return func() {
			s.receipts(paid.Charge, 1)
			s.balance(d, 0)
			s.asked()
		}
	})
}

// A customer's address lists what is open; what is chosen is paid in one
// payment, each invoice getting its share. An ended address tells nothing.
func TestPayPageOfCustomer(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d, other := s.twoOfOne(t)
		a := s.w.demo.App
		address, err := a.CustomerPage(s.w.Context(), s.book, d.Customer)
		if err != nil {
			t.Fatal(err)
		}
		s.shows(pages, address, http.StatusOK, "Invoice "+d.Number, "Invoice "+other.Number)
		form := url.Values{"invoice": {d.ID, other.ID}}
		paid := s.complete(s.press(pages, address, form), stripe.PayOptions{Name: d.Name, Email: d.Email})
		if want := int64(d.Balance + other.Balance); paid.Amount != want {
			t.Errorf("%s: paid %d, want %d", s.Vendor, paid.Amount, want)
		}
		s.shows(pages, s.address(d), http.StatusOK, "under way")
		return func() {
			s.balance(d, 0)
			s.balance(other, 0)
			s.asked()
			if err := a.EndCustomerPage(s.w.Context(), s.book, d.Customer); err != nil {
				t.Error(err)
			}
			s.shows(pages, address, http.StatusNotFound, "leads nowhere")
		}
	})
}

// A debit takes days: meanwhile nothing is payable, and when it fails the same
// address asks again.
func TestPayPageDebitFails(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d := s.pick(0)
		address := s.address(d)
		session := s.press(pages, address, nil)
		done := visit(pages, address, url.Values{}).Header().Get("Location")
		if !strings.HasSuffix(done, session) {
			t.Fatalf("%s: %s", s.Vendor, done)
		}
		s.complete(session, stripe.PayOptions{Name: d.Name, Email: d.Email, Method: stripe.BankDebit, Returned: true})
		s.shows(pages, address, http.StatusOK, "under way")
		s.w.sync()
		s.shows(pages, address, http.StatusOK, "under way")
		s.w.advance(12 * 24 * time.Hour)
		return func() {
			s.balance(d, int64(d.Balance))
			now := s.address(d)
			s.shows(pages, now, http.StatusOK, "Invoice "+d.Number, grouped(d.Balance))
		}
	})
}

// The processor opens a page and its answer is lost: the payer is told to try
// again, and the next press finds the same page instead of opening another.
func TestPayPageAnswerLost(t *testing.T) {
	t.Parallel()
	w, _ := payers(t)
	for i, s := range w.sides {
		var sent []string
		a := w.second(byte(60+i), tamper(func(r *http.Request, _ []byte) (*http.Response, error) {
			got, err := http.DefaultTransport.RoundTrip(r)
			if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/v1/checkout/sessions") || err != nil {
				return got, err
			}
			sent = append(sent, r.Header.Get("Idempotency-Key"))
			if len(sent) > 1 {
				return got, nil
			}
			_ = got.Body.Close()
			return nil, errors.New("the line is cut")
		}))
		failures := 0
		pages, err := a.PayPages(func(error) { failures++ })
		if err != nil {
			t.Fatal(err)
		}
		address := s.address(s.pick(0))
		if got := visit(pages, address, url.Values{}); got.Code != http.StatusServiceUnavailable || !strings.Contains(got.Body.String(), "nothing was charged") {
			t.Errorf("%s: a cut line answers %d\n%s", s.Vendor, got.Code, got.Body)
		}
		s.press(pages, address, nil)
		if len(sent) != 2 || sent[0] != sent[1] || failures != 1 {
			t.Errorf("%s: keys %v, %d failures told", s.Vendor, sent, failures)
		}
	}
}

// Many press at once: one page is opened, and only one amount can be paid.
func TestPayPageAtOnce(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d := s.pick(0)
		address := s.address(d)
		var mu sync.Mutex
		seen := map[string]int{}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				got := visit(pages, address, url.Values{})
				mu.Lock()
				defer mu.Unlock()
				seen[fmt.Sprint(got.Code, " ", got.Header().Get("Location"))]++
			})
		}
		all.Wait()
		opened := 0
		for key := range seen {
			if strings.HasPrefix(key, "303") {
				opened++
			} else if !strings.HasPrefix(key, "409") {
				t.Errorf("%s: an answer was %s", s.Vendor, key)
			}
		}
		if opened != 1 {
			t.Errorf("%s: %d pages were opened: %v", s.Vendor, opened, seen)
		}
		return func() {}
	})
}

// Xero's own pages send payers with an invoice's number. What else the address
// says is anybody's word.
func TestPayPageEntry(t *testing.T) {
	t.Parallel()
	w, pages := payers(t)
	for _, s := range w.sides {
		if s.Vendor != economy.Xero {
			continue
		}
		d := s.pick(0)
		entry, err := w.demo.App.EntryPage(t.Context(), s.book)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(entry, "?invoiceNo=[INVOICENUMBER]&currency=[CURRENCY]&amount=[AMOUNTDUE]&shortCode=[SHORTCODE]") {
			t.Errorf("the address to give Xero is %s", entry)
		}
		base, _, _ := strings.Cut(entry, "?")
		code := s.shortCode()
		good := base + "?" + url.Values{"invoiceNo": {d.Number}, "shortCode": {code}, "amount": {"0.01"}, "currency": {"XXX"}}.Encode()
		if got := visit(pages, good, nil); got.Code != http.StatusSeeOther || got.Header().Get("Location") != s.address(d) {
			t.Errorf("Xero's link led to %d %s", got.Code, got.Header().Get("Location"))
		}
		for _, wrong := range []url.Values{
			{"invoiceNo": {d.Number}, "shortCode": {"!other"}}, {"invoiceNo": {"NOPE"}, "shortCode": {code}}, {"shortCode": {code}}, {"invoiceNo": {d.Number}},
		} {
			if got := visit(pages, base+"?"+wrong.Encode(), nil); got.Code != http.StatusNotFound {
				t.Errorf("%v led to %d", wrong, got.Code)
			}
		}
	}
}

// Addresses that nobody was given, void invoices, invoices without links, a
// ledger that does not answer.
func TestPayPageRefuses(t *testing.T) {
	eachPayer(t, func(s *side, pages http.Handler) func() {
		d, off := s.pick(0), s.pick(1)
		address, withdrawn := s.address(d), s.address(off)
		for _, nobody := range []string{"/p/" + strings.Repeat("a", 26), "/p/x", "/x/" + strings.Repeat("a", 26)} {
			s.shows(pages, payHost+nobody, http.StatusNotFound, "leads nowhere")
		}
		b := s.current()
		b.Settings.NoLinkInvoices = append(b.Settings.NoLinkInvoices, off.ID)
		if _, err := s.w.demo.App.Connect.SaveBook(s.w.Context(), b); err != nil {
			t.Fatal(err)
		}
		s.w.sync()
		s.shows(pages, withdrawn, http.StatusNotFound, "leads nowhere")
		if got := visit(pages, withdrawn, url.Values{}); got.Code != http.StatusNotFound {
			t.Errorf("%s: the button of an invoice without links answers %d", s.Vendor, got.Code)
		}
		s.void(d)
		if got := visit(pages, address, url.Values{}); got.Code != http.StatusConflict {
			t.Errorf("%s: the button of a void invoice answers %d before it is pulled\n%s", s.Vendor, got.Code, got.Body)
		}
		return func() { s.shows(pages, address, http.StatusOK, "cancelled") }
	})
}

// shortCode is what the ledger's own pages call the company.
func (s *side) shortCode() string {
	s.w.Helper()
	c, err := s.w.demo.App.Store.Connection(s.w.Context(), s.book.Tenant, s.book.Ledger)
	if err != nil {
		s.w.Fatal(err)
	}
	return c.Profile.Extra["short_code"]
}

// void voids an invoice in the ledger.
func (s *side) void(d economy.Document) {
	s.w.Helper()
	s.must(s.Books.Void(d.ID))
}
