package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/sync/sweep"
)

// deaf lets no list by change tell anything any more: QuickBooks' change data,
// Xero's lists of what changed since, Stripe's events.
func deaf(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/cdc"):
		return rewriting("/cdc", func(body []byte) []byte {
			var all map[string]any
			if json.Unmarshal(body, &all) != nil {
				return body
			}
			all["CDCResponse"] = []any{map[string]any{"QueryResponse": []any{map[string]any{}}}}
			out, err := json.Marshal(all)
			if err != nil {
				return body
			}
			return out
		})(r, answer)
	case r.Header.Get("If-Modified-Since") != "":
		return answering(r, http.StatusNotModified, ""), nil
	case r.URL.Path == "/v1/events":
		return answering(r, http.StatusOK, `{"object":"list","url":"/v1/events","has_more":false,"data":[]}`), nil
	}
	return answer()
}

func (r *rig) sweep(c books.Connection) sweep.Result {
	r.Helper()
	_, got, err := r.Scheduler.Sweep(r.Context(), r.row(c.ID))
	if err != nil {
		r.Fatal(err)
	}
	return got
}

// idle wants a sweep to find nothing, with few calls.
func (r *rig) idle(what string, c books.Connection, address string, most int) {
	r.Helper()
	before := r.wire.count(address)
	got := r.sweep(c)
	if len(got.Changed) != 0 || got.Fetched != 0 || got.Seen == 0 {
		r.Errorf("%s, a sweep of %s found %+v", what, c.Vendor, got)
	}
	if calls := r.wire.count(address) - before; calls > most {
		r.Errorf("%s, a sweep of %s took %d calls", what, c.Vendor, calls)
	}
}

// night moves the clock to two in the morning of a connection's zone and runs
// what is due.
func (r *rig) night(c books.Connection) {
	r.Helper()
	zone, err := time.LoadLocation(r.row(c.ID).Profile.Zone)
	if err != nil {
		r.Fatal(err)
	}
	for r.clock.Advance(time.Hour); r.clock.Now().In(zone).Hour() != 2; {
		r.clock.Advance(time.Hour)
	}
	for _, run := range r.due() {
		if run.Err != nil || len(run.Result.Problems) > 0 {
			r.Fatalf("in the night: %v %v", run.Err, run.Result.Problems)
		}
	}
}

// TestSweepOfQuickBooks: an invoice that nobody told of, one that was changed,
// one that was deleted and a receipt of ours that was deleted are found in the
// night.
func TestSweepOfQuickBooks(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	r.clock.Advance(time.Hour)
	r.clean()
	r.idle("at rest", r.ledger, r.ready.QuickBooks.URL, 1)
	r.idle("at rest", r.stripe, r.ready.Stripe.URL, 4)
	r.wire.set(deaf)

	text := func(query string) (out string) {
		t.Helper()
		if err := r.Store.DB().QueryRowContext(t.Context(), query).Scan(&out); err != nil {
			t.Fatal(query, err)
		}
		return out
	}
	receipt := text(`select id from receipt where marker <> '' and not deleted order by id limit 1`)
	changed := text(`select id from invoice where balance > 0 and not deleted order by id limit 1`)
	gone := text(`select id from invoice where balance > 0 and balance = total and not deleted and id <> '` + changed + `' order by id desc limit 1`)
	customer := text(`select customer from invoice where id = '` + changed + `'`)
	read := func(entity, id string) map[string]any {
		t.Helper()
		grant, err := r.Store.Grant(t.Context(), books.Tenant, r.row(r.ledger.ID).GrantID)
		if err != nil {
			t.Fatal(err)
		}
		got := r.call(http.MethodGet, fmt.Sprintf("%s/v3/company/%s/%s/%s", r.ready.QuickBooks.URL, r.company.ID, strings.ToLower(entity), id), grant.Access, "application/json", "")
		out, _ := got[entity].(map[string]any)
		return out
	}
	remove := func(entity, id string) {
		t.Helper()
		r.ledgerCall(entity+"?operation=delete", fmt.Sprintf(`{"Id":%q,"SyncToken":%q}`, id, read(entity, id)["SyncToken"]))
	}
	remove("Payment", receipt)
	remove("Invoice", gone)
	r.ledgerCall("Invoice", fmt.Sprintf(`{"Id":%q,"SyncToken":%q,"sparse":true,"DueDate":"2027-01-31"}`, changed, read("Invoice", changed)["SyncToken"]))
	line, err := json.Marshal(read("Invoice", changed)["Line"])
	if err != nil {
		t.Fatal(err)
	}
	made, _ := r.ledgerCall("Invoice", fmt.Sprintf(`{"CustomerRef":{"value":%q},"Line":%s}`, customer, line))["Id"].(string)
	r.clock.Advance(time.Hour)
	r.due()
	found := func() [4]int {
		return [4]int{
			r.number(`select count(*) from receipt where id = '` + receipt + `' and deleted`), r.number(`select count(*) from invoice where id = '` + gone + `' and deleted`),
			r.number(`select count(*) from invoice where id = '` + changed + `' and due = '2027-01-31'`), r.number(`select count(*) from invoice where id = '` + made + `'`),
		}
	}
	if got := found(); got != [4]int{} {
		t.Fatalf("the day has told: %v", got)
	}
	r.night(r.ledger)
	if got := found(); got != [4]int{1, 1, 1, 1} {
		t.Errorf("the night found %v", got)
	}
	if n := r.number(`select count(*) from run where subject = 'sweep/` + r.ledger.ID + `' and ok`); n != 2 {
		t.Errorf("%d sweeps are recorded, want the one by hand and that of the night", n)
	}
	// What the night has led to is read back by the next run.
	r.wire.set(nil)
	r.clock.Advance(2 * time.Hour)
	r.due()
	r.idle("after the night", r.ledger, r.ready.QuickBooks.URL, 1)
}

// TestSweepOfStripe: payments whose events never came are found in the night,
// and booked by the run that follows.
func TestSweepOfStripe(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.wire.set(deaf)
	r.pay()
	r.clock.Advance(time.Hour)
	r.due()
	before := r.number(`select count(*) from charge`)
	r.night(r.stripe)
	paid := r.number(`select count(*) from charge where status = 'succeeded' and not deleted`)
	if before != 0 || paid == 0 {
		t.Errorf("%d charges before the night, %d paid ones after it", before, paid)
	}
	if booked := r.number(`select count(*) from intent where state = 'done' and effect = '' and request like '%"parts"%'`); booked == 0 {
		t.Error("nothing was booked of what the night has found")
	}
	r.idle("after the night", r.stripe, r.ready.Stripe.URL, 4)
}

// TestSweepOfXero: an invoice that was paid by hand, and the payment.
func TestSweepOfXero(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	r.set()
	r.clean()
	r.pay()
	r.clock.Advance(time.Hour)
	r.clean()
	r.idle("at rest", r.ledger, r.ready.Xero.URL, 2)
	r.wire.set(deaf)
	var invoice string
	if err := r.Store.DB().QueryRowContext(t.Context(), `select id from invoice where connection = $1 and state = 'live' and balance = total and total > 0 and not deleted order by id limit 1`, r.ledger.ID).Scan(&invoice); err != nil {
		t.Fatal(err)
	}
	grant, err := r.Store.Grant(t.Context(), books.Tenant, r.row(r.ledger.ID).GrantID)
	if err != nil {
		t.Fatal(err)
	}
	send := func(path, body string) {
		t.Helper()
		request := must1[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, r.ready.Xero.URL+"/api.xro/2.0/"+path, strings.NewReader(body)))
		request.Header.Set("Authorization", "Bearer "+grant.Access)
		request.Header.Set("Xero-Tenant-Id", r.company.ID)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "application/json")
		answer := must1[*http.Response](t)(http.DefaultClient.Do(request))
		defer func() { _ = answer.Body.Close() }()
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", path, answer.Status)
		}
	}
	send("Invoices/"+invoice, `{"InvoiceID":"`+invoice+`","Status":"VOIDED"}`)
	r.clock.Advance(time.Hour)
	r.due()
	found := func() int {
		return r.number(`select count(*) from invoice where id = '` + invoice + `' and (deleted or state <> 'live')`)
	}
	if found() != 0 {
		t.Fatal("the day has told")
	}
	r.night(r.ledger)
	if found() != 1 {
		t.Error("the night has not found the voided invoice")
	}
	r.idle("after the night", r.ledger, r.ready.Xero.URL, 2)
}
