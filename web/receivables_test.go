package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tieout/listing"
	"tieout/people"
)

// TestReceivables: the address holds filter, order and place; what it does not
// understand is left out.
func TestReceivables(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/receivables"), 200, "19 days overdue", "due today", ">paid<", "1,234 invoices in USD", `aria-sort="ascending"`, `rel="next"`, "by QuickBooks")
	b.want(b.get("/receivables?q=zzz"), 200, "Type more of it", `value="zzz"`)
	b.want(b.get("/receivables?status=moon&sort=moon&after=moon&age=moon&currency=MOON"), 200, `value="open"`)
	b.want(b.get("/search?q=INV+1"), 303, "/receivables?q=INV+1")
	r.sample.empty = true
	b.want(b.get("/receivables?q=zzz"), 200, "Nothing was found for “zzz”")
	b.want(b.get("/receivables?status=paid"), 200, "No invoice is paid")
}

// TestAddresses: a filter that was put into an address is read back as it was.
func TestAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	place := listing.Place{Date: "2026-11-01", Connection: "c", ID: "i/1"}
	v := &Visit{site: r.site, Member: people.Membership{Role: people.Owner}}
	for _, f := range []listing.Filter{
		{Status: listing.Open, Sort: listing.ByDue},
		{Status: listing.Paid, Sort: listing.ByTotal, Desc: true, Currency: "EUR", Connection: "c&1", Customer: "x=y", Query: "a b&c", After: &place},
		{Status: listing.Open, Age: listing.AgeOver, Sort: listing.ByIssued},
	} {
		_, query, _ := strings.Cut(addressOf("/receivables", f), "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got := v.filterOf(values)
		if f.After != nil {
			if got.After == nil || *got.After != *f.After {
				t.Errorf("the place %v came back as %v", f.After, got.After)
			}
			got.After, f.After = nil, nil
		}
		f.Limit, f.Today = got.Limit, got.Today
		if got != f {
			t.Errorf("%+v came back as %+v", f, got)
		}
	}
	long := v.filterOf(url.Values{"q": {strings.Repeat("ä", 500)}})
	if len(long.Query) > maxQuery || strings.ContainsRune(long.Query, '\uFFFD') {
		t.Errorf("a long query is %d bytes", len(long.Query))
	}
}

// TestReceivablesCSV gives what the list shows, with plain amounts, and nothing
// that a spreadsheet would run; half a file is cut off and not ended.
func TestReceivablesCSV(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	got := b.want(b.get("/receivables.csv?status=all"), 200)
	if got.header.Get("Content-Disposition") != `attachment; filename="receivables-2026-11-20.csv"` || got.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("sent as %v", got.header)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 6 || rows[1][6] != "1234.56" || rows[1][8] != "19" || rows[2][8] != "0" {
		t.Errorf("%v %q", err, rows)
	}
	viewer := r.as(b, people.Viewer)
	viewer.want(viewer.get("/receivables.csv"), http.StatusForbidden)
	r.sample.err = errors.New("cut")
	r.site.Log = func(string, error) {}
	b.want(b.get("/receivables.csv"), 500, "Something went wrong")
}
