package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/sync/schedule"
)

// change sets every field of the name in a JSON body; "flip" turns a boolean.
func change(t *testing.T, body []byte, field, to string) []byte {
	t.Helper()
	var tree any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		t.Errorf("change %s: %v", field, err)
		return body
	}
	walk(tree, func(object map[string]any) {
		old, ok := object[field]
		switch v := old.(type) {
		case bool:
			object[field] = !v
		case map[string]any:
			v["value"] = to
		default:
			if ok || field == "PeriodLockDate" && object["OrganisationID"] != nil {
				object[field] = to
			}
		}
	})
	out, err := json.Marshal(tree)
	if err != nil {
		t.Error(err)
	}
	return out
}

func walk(tree any, visit func(map[string]any)) {
	switch v := tree.(type) {
	case map[string]any:
		visit(v)
		for _, key := range slices.Sorted(maps.Keys(v)) {
			walk(v[key], visit)
		}
	case []any:
		for _, one := range v {
			walk(one, visit)
		}
	}
}

// firstInvoice changes the first invoice of a QuickBooks page, always the same
// one.
func firstInvoice(t *testing.T, spoil func(invoice map[string]any)) func([]byte) []byte {
	return func(body []byte) []byte {
		var tree map[string]any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		if err := d.Decode(&tree); err != nil {
			t.Error(err)
			return body
		}
		answer, _ := tree["QueryResponse"].(map[string]any)
		list, _ := answer["Invoice"].([]any)
		for _, one := range list {
			if invoice, ok := one.(map[string]any); ok && invoice["Id"] == spoilt(list) {
				spoil(invoice)
			}
		}
		out, err := json.Marshal(tree)
		if err != nil {
			t.Error(err)
		}
		return out
	}
}

func spoilt(list []any) string {
	ids := make([]string, len(list))
	for i, one := range list {
		ids[i] = fmt.Sprint(one.(map[string]any)["Id"])
	}
	return slices.Min(ids)
}

// TestBadInvoice: an invoice that cannot be taken is an exception with its
// reason; its body is kept, the others are taken, and it is taken itself as
// soon as it can be read.
func TestBadInvoice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		want  string
		spoil func(map[string]any)
	}{
		{"an unknown currency", "not a currency we know", func(i map[string]any) { i["CurrencyRef"] = map[string]any{"value": "XQQ"} }},
		{"too many digits", "more digits", func(i map[string]any) { i["TotalAmt"] = json.Number("10.005") }},
		{"a negative balance", "balance", func(i map[string]any) { i["Balance"] = json.Number("-1.00") }},
		{"no customer", "customer", func(i map[string]any) { delete(i, "CustomerRef") }},
		{"no amount", "cannot be read", func(i map[string]any) { i["TotalAmt"] = "much" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "quickbooks")
			r.wire.set(rewriting("FROM Invoice", firstInvoice(t, c.spoil)))
			r.set()
			if n := r.invoices(); n != 7 {
				t.Errorf("%d invoices were taken, want 7 of 8", n)
			}
			status, err := r.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			text := ""
			for _, e := range status.Books[0].Exceptions {
				text += e.Kind + ": " + e.Text + "\n"
			}
			if strings.Count(text, "\n") != 1 || !strings.Contains(text, c.want) {
				t.Errorf("the exceptions are %q, want one about %q", text, c.want)
			}
			if n := r.number(`select count(*) from rejection j join raw b on b.tenant = j.tenant and b.connection = j.connection
				and b.kind = j.kind and b.external_id = j.external_id and b.seq = j.seq where not j.closed and length(b.body) > 0`); n != 1 {
				t.Errorf("%d rejected bodies are kept, want 1", n)
			}
			run := r.sync()
			if run.Err != nil || len(run.Result.Problems) > 0 || !run.Result.Proof.Unexplained() {
				t.Errorf("a book with a rejected invoice: %v %v, proof %+v: want a difference that is shown", run.Err, run.Result.Problems, run.Result.Proof)
			}
			r.wire.set(nil)
			if _, err := r.Sync(t.Context(), schedule.Options{Full: true}); err != nil {
				t.Fatal(err)
			}
			r.clean()
			if n := r.invoices(); n != 8 {
				t.Errorf("%d invoices after the repair, want 8", n)
			}
			if status, err = r.Status(t.Context()); err != nil || len(status.Books[0].Exceptions) != 0 {
				t.Errorf("exceptions after the repair: %v, %v", status.Books[0].Exceptions, err)
			}
		})
	}
}

// TestBadPage: a page that cannot be read, or comes again and again, ends the
// stream's run with a message; the cursor stays where it was, and afterwards
// nothing is missing.
func TestBadPage(t *testing.T) {
	t.Parallel()
	again := func(body []byte) []byte {
		return bytes.Replace(bytes.Replace(body, []byte(`"has_more":false`), []byte(`"has_more":true`), 1), []byte(`"has_more": false`), []byte(`"has_more": true`), 1)
	}
	for _, c := range []struct {
		name, part, want string
		stripe           bool
		change           func([]byte) []byte
	}{
		{"cut in the middle", "FROM Invoice", "cannot be read", false, func(b []byte) []byte { return b[:len(b)/2] }},
		{"not JSON", "FROM Customer", "cannot be read", false, func([]byte) []byte { return []byte("<html>maintenance</html>") }},
		{"Stripe cut", "/v1/balance_transactions", "cannot be read", true, func(b []byte) []byte { return b[:len(b)/2] }},
		{"the same page again", "/v1/charges", "repeats a page", true, again},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, "quickbooks")
			r.pay() // so that Stripe has something to list
			bad, good := r.ledger.ID, r.stripe.ID
			if c.stripe {
				bad, good = good, bad
			}
			fault := rewriting(c.part, c.change)
			r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
				if values := q.URL.Query(); c.want == "repeats a page" && values.Has("starting_after") {
					values.Del("starting_after") // a server that forgets where we were
					q = q.Clone(q.Context())
					q.URL.RawQuery = values.Encode()
					return fault(q, func() (*http.Response, error) { return http.DefaultTransport.RoundTrip(q) })
				}
				return fault(q, answer)
			})
			var err error
			if r.book, err = r.Connect.NewBook(t.Context(), r.ledger, []books.Connection{r.stripe}, true); err != nil {
				t.Fatal(err)
			}
			run := r.sync()
			if err := run.Result.Problems[bad]; err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("the problem is %v, want %q", err, c.want)
			}
			if run.Result.Problems[good] != nil {
				t.Errorf("the other connection failed too: %v", run.Result.Problems[good])
			}
			if r.row(bad).Fresh != nil || r.row(good).Fresh == nil {
				t.Errorf("freshness: %v of the bad one, %v of the good one", r.row(bad).Fresh, r.row(good).Fresh)
			}
			r.wire.set(nil)
			r.clock.Advance(time.Hour)
			before := newRig(t, "quickbooks")
			before.pay()
			before.set()
			r.ledger, r.stripe = r.row(r.ledger.ID), r.row(r.stripe.ID)
			if run := r.sync(); run.Err != nil || len(run.Result.Problems) > 0 {
				t.Fatalf("after the repair: %v %v", run.Err, run.Result.Problems)
			}
			for _, table := range []string{"invoice", "customer", "charge", "balance_transaction", "receipt"} {
				query := `select count(*) from ` + table
				if got, want := r.number(query), before.number(query); got != want {
					t.Errorf("%d rows in %s after the repair, want %d", got, table, want)
				}
			}
		})
	}
}

func (r *rig) invoices() int {
	r.Helper()
	return r.number(`select count(*) from invoice`)
}

func (r *rig) number(query string, args ...any) int {
	r.Helper()
	var n int
	if err := r.Store.DB().QueryRowContext(r.Context(), query, args...).Scan(&n); err != nil {
		r.Fatal(err)
	}
	return n
}

// TestUnknownCustomer: an invoice that names a customer who is not there is
// counted and shown with its reason, until the customer arrives.
func TestUnknownCustomer(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.wire.set(rewriting("FROM Invoice", firstInvoice(t, func(i map[string]any) { i["CustomerRef"] = map[string]any{"value": "99999"} })))
	r.set()
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := status.Books[0].Exceptions
	if len(list) != 1 || list[0].Kind != "unknown customer" || !strings.Contains(list[0].Text, "99999") || r.invoices() != 8 {
		t.Errorf("exceptions %+v with %d invoices, want one about customer 99999 and 8", list, r.invoices())
	}
	r.clean() // it counts like any other
	r.wire.set(nil)
	if _, err := r.Sync(t.Context(), schedule.Options{Full: true}); err != nil {
		t.Fatal(err)
	}
	if status, err = r.Status(t.Context()); err != nil || len(status.Books[0].Exceptions) != 0 {
		t.Errorf("after the repair: %+v, %v", status.Books[0].Exceptions, err)
	}
}

// TestLedgerCannotBeRead: what customers have paid is neither planned nor asked
// about while the ledger cannot be read, because a person may have entered it
// there already; it is written as soon as it can.
func TestLedgerCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	r.wire.set(failing(r.ready.QuickBooks.URL, func(*http.Request) (*http.Response, error) { return nil, errCut }))
	run := r.sync()
	if p := run.Result.Planned; run.Result.Problems[r.ledger.ID] == nil || p.Intents+p.Decisions != 0 {
		t.Errorf("without the ledger, problems %v: %d writes planned, %d questions asked", run.Result.Problems, p.Intents, p.Decisions)
	}
	r.wire.set(nil)
	if run := r.clean(); run.Result.Pushed.Sent == 0 {
		t.Errorf("nothing was written when the ledger could be read again: %+v", run.Result)
	}
}
