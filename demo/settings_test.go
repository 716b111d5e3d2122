package demo_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/mapping"
	"tieout/sandbox/stripe"
)

// visitor is an owner at the pages of a world.
type visitor struct {
	*world
	client *http.Client
	base   string
}

// visitor signs in to the pages.
func (w *world) visitor() *visitor {
	w.Helper()
	site, enter, err := w.demo.Pages(w.Context(), app.Screen{Log: func(reference string, err error) { w.Errorf("page %s: %v", reference, err) }})
	if err != nil {
		w.Fatal(err)
	}
	server := httptest.NewServer(site)
	w.Cleanup(func() { site.Close(); server.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	v := &visitor{w, &http.Client{Jar: jar}, server.URL}
	path, token, _ := strings.Cut(enter, "?token=")
	v.post(path, url.Values{"token": {token}}, http.StatusOK)
	return v
}

// get gives a page as text: without markup, every row of spaces as one.
func (v *visitor) get(path string) string {
	v.Helper()
	return v.do(http.MethodGet, path, nil, http.StatusOK)
}

func (v *visitor) post(path string, form url.Values, code int) string {
	v.Helper()
	return v.do(http.MethodPost, path, form, code)
}

var (
	markup = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	digest = regexp.MustCompile(`name="digest" value="([^"]*)"`)
)

func (v *visitor) do(method, path string, form url.Values, code int) string {
	v.Helper()
	body := v.body(method, path, form, code)
	text := plainText(body)
	if found := digest.FindStringSubmatch(body); found != nil {
		text += " digest=" + found[1]
	}
	return text
}

func plainText(body string) string {
	return spaces.ReplaceAllString(html.UnescapeString(markup.ReplaceAllString(body, " ")), " ")
}

// body gives a page as it was sent.
func (v *visitor) body(method, path string, form url.Values, code int) string {
	v.Helper()
	request, err := http.NewRequestWithContext(v.Context(), method, v.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got, err := v.client.Do(request)
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		v.Fatal(err)
	}
	if got.StatusCode != code {
		v.Fatalf("%s %s answered %d, want %d: %s", method, path, got.StatusCode, code, plainText(string(body)))
	}
	return string(body)
}

func (v *visitor) has(text string, words ...string) {
	v.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			v.Errorf("no %q in:\n%s", w, text)
		}
	}
}

// What a change of booking rules would do is shown on the newest payment and
// payout of the book, and just that is saved; nothing is written before.
func TestRulesAreShownOnRealExamples(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	w.payOne()
	w.paidOut()
	w.sync()
	v := w.visitor()
	w.everySide(func(s *side) {
		s.direct(stripe.DirectPayment{Amount: 777, Description: "a walk-in", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@example.net"}})
	})
	w.sync()
	for _, s := range w.sides {
		page := "/settings/booking/" + s.book.ID
		v.has(v.get(page), "How "+s.book.Name+" is booked", "one document for each movement, 1 in all", "Payment without an invoice", "left to you", "receipt")
		shown := v.get(page + "?fees=payout&discount=2%2F10")
		v.has(shown, "one document of fees for each movement → payout", "discount for paying early none → 2 % within 10 days", "on the one document of its payout", "may be kept until", "Stripe fees, po_")
		if again := v.get(page); strings.Contains(again, "payout →") {
			t.Error("what was only shown is kept")
		}
		_, named, ok := strings.Cut(shown, " digest=")
		if !ok {
			t.Fatal("what is shown has no digest")
		}
		v.post(page, url.Values{"fees": {"month"}, "digest": {named}}, http.StatusConflict)
		v.has(v.post(page, url.Values{"fees": {"payout"}, "discount": {"2/10"}, "digest": {named}}, http.StatusOK), "The rules are changed")
	}
	w.loadBooks()
	for _, s := range w.sides {
		if s.book.Settings.FeeMode != mapping.FeePerPayout || s.book.Settings.Discount.Percent != "2" || !s.book.Settings.FeeSince.Equal(w.clock.Now().Truncate(time.Microsecond)) {
			t.Errorf("%s: settings %+v", s.Vendor, s.book.Settings)
		}
		if income := s.income(); income != "" {
			page := v.get("/settings/booking/" + s.book.ID + "?sales=" + url.QueryEscape(income) + "&sales-tax=none")
			v.has(page, "Stripe sales without an invoice", "Payment without an invoice of 7.77")
		}
	}
}

// income is an income account of the side's ledger.
func (s *side) income() string {
	s.w.Helper()
	accounts, err := s.w.demo.App.Store.LedgerAccounts(s.w.Context(), s.book.Tenant, s.book.Ledger)
	if err != nil {
		s.w.Fatal(err)
	}
	for _, a := range accounts {
		if a.Type == "income" {
			return a.ID
		}
	}
	return ""
}
