package stripe

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
)

// start is a Wednesday, so that payouts of two days do not meet a weekend.
var start = time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC)

// bench is a server with one US account on a clock that the test moves.
type bench struct {
	t     *testing.T
	clock *clock.Adjustable
	srv   *Server
	acct  *Account
	http  *httptest.Server
}

func setup(t *testing.T, opts AccountOptions) *bench {
	t.Helper()
	c := clock.At(start)
	s := New(Options{Clock: c, Seed: 7})
	if opts.SecretKey == "" {
		opts.SecretKey = "sk_test_bench0001"
	}
	if opts.Banks == nil {
		opts.Banks = map[string]string{"usd": "ba_usd", "eur": "ba_eur", "gbp": "ba_gbp"}
	}
	a, err := s.AddAccount(opts)
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.SetBaseURL(h.URL)
	return &bench{t: t, clock: c, srv: s, acct: a, http: h}
}

// answer is one HTTP answer.
type answer struct {
	status int
	header http.Header
	raw    []byte
	obj    map[string]any
}

func (b *bench) send(method, path, form string, header http.Header) answer {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.http.URL+path, strings.NewReader(form))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.acct.SecretKey())
	if form != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(req.Header, header)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	out := answer{status: res.StatusCode, header: res.Header, raw: raw}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := d.Decode(&out.obj); err != nil {
			b.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return out
}

// get and post want a 200.
func (b *bench) get(path string) map[string]any {
	b.t.Helper()
	a := b.send(http.MethodGet, path, "", nil)
	if a.status != http.StatusOK {
		b.t.Fatalf("GET %s: %d %s", path, a.status, a.raw)
	}
	return a.obj
}

func (b *bench) post(path string, kv ...string) map[string]any {
	b.t.Helper()
	a := b.send(http.MethodPost, path, form(kv...), nil)
	if a.status != http.StatusOK {
		b.t.Fatalf("POST %s: %d %s", path, a.status, a.raw)
	}
	return a.obj
}

func form(kv ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		v.Add(kv[i], kv[i+1])
	}
	return v.Encode()
}

// at walks a path such as "data.0.id" and shows the value as text.
func at(t *testing.T, v any, path string) string {
	t.Helper()
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			got, ok := x[part]
			if !ok {
				t.Fatalf("no %s in %v", path, x)
			}
			v = got
		case []any:
			i := int(part[0] - '0')
			if i >= len(x) {
				t.Fatalf("no %s: only %d elements", path, len(x))
			}
			v = x[i]
		default:
			t.Fatalf("no %s in %v", path, v)
		}
	}
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// expect compares paths with texts.
func expect(t *testing.T, v any, want ...string) {
	t.Helper()
	for i := 0; i+1 < len(want); i += 2 {
		if got := at(t, v, want[i]); got != want[i+1] {
			t.Errorf("%s = %s, want %s", want[i], got, want[i+1])
		}
	}
}

// link makes a payment link over an amount and answers its id and URL.
func (b *bench) link(amount, currency string, kv ...string) (id, linkURL string) {
	b.t.Helper()
	p := b.post("/v1/prices", "unit_amount", amount, "currency", currency, "product_data[name]", "Invoice 1001")
	l := b.post("/v1/payment_links", append([]string{"line_items[0][price]", at(b.t, p, "id"), "line_items[0][quantity]", "1"}, kv...)...)
	return at(b.t, l, "id"), at(b.t, l, "url")
}

func (b *bench) days(n int) { b.clock.Advance(time.Duration(n) * 24 * time.Hour) }

// proveBalance checks what must always hold: the balance is the sum of the
// rows by status, and each automatic payout is the sum of its members.
func (b *bench) proveBalance() {
	b.t.Helper()
	proveAccount(b.t, b.acct)
}

func proveAccount(t interface {
	Helper()
	Errorf(string, ...any)
}, a *Account,
) {
	t.Helper()
	a.enter()
	defer a.leave()
	sums := map[string]*funds{}
	paid := map[string]int64{}
	for _, o := range a.movements.items {
		bt := o.(*balanceTransaction)
		if bt.Amount-bt.Fee != bt.Net {
			t.Errorf("%s: %d - %d is not %d", bt.ID, bt.Amount, bt.Fee, bt.Net)
		}
		if sums[bt.Currency] == nil {
			sums[bt.Currency] = &funds{}
		}
		if bt.Status == "available" {
			sums[bt.Currency].available += bt.Net
		} else {
			sums[bt.Currency].pending += bt.Net
		}
		if p := a.members[bt.ID]; p != "" && val(bt.Source) != p {
			paid[p] += bt.Net
		}
	}
	for currency, f := range a.balance {
		got := sums[currency]
		if got == nil {
			got = &funds{}
		}
		if *got != *f {
			t.Errorf("%s: balance %+v, rows %+v", currency, *f, *got)
		}
	}
	for _, o := range a.payouts.items {
		if p := o.(*payout); p.Automatic && paid[p.ID] != p.Amount {
			t.Errorf("%s: amount %d, members %d", p.ID, p.Amount, paid[p.ID])
		}
	}
}
