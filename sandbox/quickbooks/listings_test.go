package quickbooks

import (
	"fmt"
	"testing"

	"tieout/internal/clock"
)

// TestListingsSeeEveryWrite: what a query chose is remembered until something
// is written, not longer, also inside a batch.
func TestListingsSeeEveryWrite(t *testing.T) {
	t.Parallel()
	s := New(Options{Clock: clock.At(start), Seed: 1, ClientID: "c", ClientSecret: "s"})
	co, err := s.AddCompany(CompanyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := co.Create("Customer", []byte(`{"DisplayName":"Ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	form := fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, splitObject(made).str("Id"))
	forms := make([][]byte, longList)
	for i := range forms {
		forms[i] = form
	}
	if _, err := co.CreateMany("Invoice", forms); err != nil {
		t.Fatal(err)
	}
	const open = "select * from Invoice where Balance > '0' orderby Id maxresults 1"
	expect := func(want string) {
		t.Helper()
		raw, fault := co.query(open, "")
		if fault != nil {
			t.Fatal(fault)
		}
		if got := splitObject(raw).sub("QueryResponse").str("totalCount"); got != want {
			t.Errorf("%s open invoices, want %s", got, want)
		}
		co.spare(raw)
	}
	expect("1000")
	expect("1000")
	last, err := co.Create("Invoice", form)
	if err != nil {
		t.Fatal(err)
	}
	expect("1001")
	if _, err := co.Void("Invoice", splitObject(last).str("Id")); err != nil {
		t.Fatal(err)
	}
	expect("1000")
	batch := fmt.Appendf(nil, `{"BatchItemRequest":[{"bId":"1","Query":%q},{"bId":"2","operation":"create","Invoice":%s},{"bId":"3","Query":%q}]}`, open, form, open)
	co.mu.Lock()
	answer, fault := co.batch(batch, false)
	co.mu.Unlock()
	if fault != nil {
		t.Fatal(fault)
	}
	items := splitObject(answer).list("BatchItemResponse")
	for i, want := range map[int]string{0: "1000", 2: "1001"} {
		if got := items[i].sub("QueryResponse").str("totalCount"); got != want {
			t.Errorf("batch item %d: %s open invoices, want %s", i, got, want)
		}
	}
}
