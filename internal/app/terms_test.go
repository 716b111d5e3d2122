package app_test

import (
	"strings"
	"testing"
	"time"
)

// TestCustomerTerms: QuickBooks' customers name their terms by id; the page says
// them as the ledger calls them, for one call a day.
func TestCustomerTerms(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	net30 := ""
	for id, name := range r.row(r.ledger.ID).Profile.Terms {
		if name == "Net 30" {
			net30 = id
		}
	}
	customer, _ := r.ledgerCall("Customer", `{"DisplayName":"Terms Ltd","SalesTermRef":{"value":"`+net30+`"}}`)["Id"].(string)
	r.clock.Advance(time.Hour)
	r.clean()
	at := r.clerk()
	page := at.body(at.client.Get(at.base + "/customers/" + r.ledger.ID + "/" + customer))
	if net30 == "" || !strings.Contains(page, "<dt>Terms</dt><dd>Net 30</dd>") {
		t.Errorf("terms %q are not said in words: %s", net30, page)
	}
}
