package judge_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

// read decodes JSON and keeps every number as text.
func read(t *testing.T, raw []byte, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%T: %v: %.200s", into, err, raw)
	}
}

// amount is an exact decimal; the zero value is 0.
type amount struct{ r *big.Rat }

func (a *amount) UnmarshalJSON(raw []byte) error {
	text := string(bytes.Trim(raw, `"`))
	if text == "null" || text == "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return &json.UnmarshalTypeError{Value: text}
	}
	a.r = r
	return nil
}

func (a amount) rat() *big.Rat {
	if a.r == nil {
		return new(big.Rat)
	}
	return a.r
}

func (a amount) plus(b amount) amount  { return amount{new(big.Rat).Add(a.rat(), b.rat())} }
func (a amount) minus(b amount) amount { return amount{new(big.Rat).Sub(a.rat(), b.rat())} }
func (a amount) negative() amount      { return amount{new(big.Rat).Neg(a.rat())} }
func (a amount) sign() int             { return a.rat().Sign() }
func (a amount) is(b amount) bool      { return a.rat().Cmp(b.rat()) == 0 }
func (a amount) String() string        { return a.rat().FloatString(2) }

// parsed is an amount of a summary.
func parsed(text string) amount {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return amount{}
	}
	return amount{r}
}

// cents turns Stripe's minor units into an amount. The demo's currencies all
// have two digits.
func cents(n int64) amount { return amount{big.NewRat(n, 100)} }

// sums add up by name.
type sums map[string]amount

func (s sums) add(name string, a amount) { s[name] = s[name].plus(a) }

// dump is what GET /dump of the sandbox's control API answers.
type dump struct {
	Now     time.Time `json:"now"`
	Ledgers []struct {
		Vendor  string `json:"vendor"`
		ID      string `json:"id"`
		Name    string `json:"name"`
		Home    string `json:"home_currency"`
		Zone    string `json:"time_zone"`
		Account string `json:"stripe_account"`
		Money   []struct {
			Currency    string `json:"currency"`
			Clearing    string `json:"clearing_account"`
			Bank        string `json:"bank_account"`
			Destination string `json:"payout_destination"`
		} `json:"money"`
	} `json:"ledgers"`
	QuickBooks map[string]struct {
		Entities map[string][]json.RawMessage `json:"entities"`
	} `json:"quickbooks"`
	Xero map[string]struct {
		Objects     map[string][]json.RawMessage `json:"objects"`
		Receivables amount                       `json:"receivables"`
	} `json:"xero"`
	Stripe map[string]account `json:"stripe"`
}

// account is the state of one Stripe account.
type account struct {
	Movements []movement `json:"balance_transactions"`
	Payouts   []payout   `json:"payouts"`
	Charges   []charge   `json:"charges"`
	Links     []link     `json:"payment_links"`
	Prices    []struct {
		Metadata map[string]string `json:"metadata"`
		Unit     int64             `json:"unit_amount"`
		Currency string            `json:"currency"`
	} `json:"prices"`
	Sessions []struct {
		Link   string `json:"payment_link"`
		Status string `json:"status"`
	} `json:"checkout_sessions"`
	// Members tells the payout of each movement.
	Members map[string]string `json:"members"`
}

type movement struct {
	ID       string `json:"id"`
	Amount   int64  `json:"amount"`
	Fee      int64  `json:"fee"`
	Net      int64  `json:"net"`
	Created  int64  `json:"created"`
	Currency string `json:"currency"`
	Category string `json:"reporting_category"`
	Source   string `json:"source"`
}

type payout struct {
	ID          string `json:"id"`
	Amount      int64  `json:"amount"`
	Created     int64  `json:"created"`
	Arrival     int64  `json:"arrival_date"`
	Currency    string `json:"currency"`
	Destination string `json:"destination"`
	Status      string `json:"status"`
}

type charge struct {
	ID       string            `json:"id"`
	Amount   int64             `json:"amount"`
	Created  int64             `json:"created"`
	Currency string            `json:"currency"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
}

type link struct {
	ID       string            `json:"id"`
	Active   bool              `json:"active"`
	URL      string            `json:"url"`
	Metadata map[string]string `json:"metadata"`
}

// summary is what the program says of itself.
type summary struct {
	Receivables map[string]open `json:"receivables_as_pulled"`
	Connections []struct {
		ID          string          `json:"id"`
		Vendor      string          `json:"vendor"`
		External    string          `json:"external_id"`
		Receivables map[string]open `json:"receivables_as_pulled"`
	} `json:"connections"`
	Books  []book `json:"books"`
	Proof  []line `json:"proof"`
	Second struct {
		Written int `json:"written"`
		Changed int `json:"changed"`
	} `json:"second_sync"`
}

type book struct {
	Name      string         `json:"name"`
	Ledger    string         `json:"ledger"`
	Documents map[string]int `json:"documents_written"`
	Links     struct {
		Written int `json:"written"`
		Visible int `json:"visible"`
	} `json:"links"`
}

type open struct {
	Invoices string `json:"open_invoices"`
	Credits  string `json:"open_credits"`
	Net      string `json:"net"`
}

type line struct {
	Book        string  `json:"book"`
	Check       string  `json:"check"`
	Currency    string  `json:"currency"`
	Ledger      *string `json:"ledger"`
	Stripe      *string `json:"stripe"`
	Difference  string  `json:"difference"`
	Unexplained string  `json:"unexplained"`
	Measured    bool    `json:"measured"`
	Explained   []struct {
		ID      string `json:"id"`
		Amount  string `json:"amount"`
		Overdue bool   `json:"overdue"`
	} `json:"explained"`
}
