package xero

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
)

// TestListsSeeEveryWrite: what a list chose is remembered until something is
// written, not longer.
func TestListsSeeEveryWrite(t *testing.T) {
	t.Parallel()
	s := New(Options{Clock: clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Seed: 1, ClientID: "c", ClientSecret: "s"})
	o, err := s.AddOrganisation(OrganisationOptions{Name: "Demo", BaseCurrency: "GBP", Country: "GB"})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(statuses string, want int) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/api.xro/2.0/Invoices?page=1&order="+url.QueryEscape("InvoiceNumber DESC")+"&Statuses="+statuses, nil)
		a := o.serve(r, []string{"Invoices"}, nil)
		if a.status != http.StatusOK || !strings.Contains(string(a.head), fmt.Sprintf(`"itemCount":%d`, want)) {
			t.Errorf("%s: %d %s%s, want %d", statuses, a.status, a.head, a.body, want)
		}
	}
	expect("AUTHORISED", 0)
	made, err := o.Create("Invoices", []byte(`{"Type":"ACCREC","Status":"AUTHORISED","Contact":{"Name":"Ada"},"DueDate":"2026-12-01","LineItems":[{"Description":"x","Quantity":1,"UnitAmount":1,"AccountCode":"200"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	expect("AUTHORISED", 1)
	expect("AUTHORISED", 1)
	f, err := parseObject(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Void("Invoices", f.str("InvoiceID")); err != nil {
		t.Fatal(err)
	}
	expect("AUTHORISED", 0)
	expect("VOIDED", 1)
}
