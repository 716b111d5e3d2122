package receivables_test

import (
	"testing"

	"tieout/receivables"
)

// TestDestinationCalled: an account is called by its bank and its last digits,
// and never by more of its number.
func TestDestinationCalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id   string
		d    receivables.Destination
		want string
		card bool
	}{
		{"ba_1", receivables.Destination{Name: "Chase", Last4: "6789", Currency: "USD"}, "Chase …6789 (USD)", false},
		{"ba_1", receivables.Destination{Name: "Chase", Last4: "000123456789"}, "Chase …6789", false},
		{"ba_1", receivables.Destination{Last4: "6789", Currency: "EUR"}, "bank account …6789 (EUR)", false},
		{"card_1", receivables.Destination{Name: "Visa", Last4: "42", Currency: "USD"}, "Visa …42 (USD)", true},
		{"ba_1", receivables.Destination{Currency: "USD"}, "bank account ba_1", false},
		{"card_1", receivables.Destination{}, "card card_1", true},
		{"fa_1", receivables.Destination{}, "financial account fa_1", true},
		{"xyz", receivables.Destination{}, "xyz", false},
	} {
		if got := c.d.Called(c.id); got != c.want || receivables.NotABank(c.id) != c.card {
			t.Errorf("%s %+v: %q, want %q", c.id, c.d, got, c.want)
		}
	}
}
