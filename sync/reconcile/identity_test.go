package reconcile

import (
	"testing"

	"tieout/receivables"
)

// TestApartIsNotFound: nothing leads from a payer to a customer from whom a
// person has taken the payer apart.
func TestApartIsNotFound(t *testing.T) {
	t.Parallel()
	charge := receivables.Charge{ID: "ch", PayerID: "cus_1", Email: "ada@example.com", Name: "Ada Ltd", Metadata: map[string]string{metaCustomer: "7"}}
	w := world{
		customers: map[string]Customer{"7": {Customer: receivables.Customer{ID: "7"}}, "8": {Customer: receivables.Customer{ID: "8"}}},
		byEmail:   map[string][]string{"ada@example.com": {"7", "8"}}, byName: map[string][]string{"adaltd": {"7"}, "ada": {"7"}}, byPayer: map[string][]string{},
	}
	m := Movement{Charge: &charge}
	if ids, why := w.identify(m); len(ids) != 1 || ids[0] != "7" {
		t.Fatalf("before: %v, %s", ids, why)
	}
	apart := w.customers["7"]
	apart.Apart = []string{"cus_1"}
	w.customers["7"] = apart
	if ids, why := w.identify(m); len(ids) != 1 || ids[0] != "8" || why != "the payer's e-mail address is the customer's" {
		t.Errorf("the address leads to %v, %s", ids, why)
	}
	charge.Email = ""
	if ids, why := w.identify(m); len(ids) != 0 {
		t.Errorf("%v, %s", ids, why)
	}
}
