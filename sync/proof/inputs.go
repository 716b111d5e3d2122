package proof

import (
	"encoding/json"
	"fmt"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// rules numbers the way in which lines follow from inputs: it is raised whenever
// Lines gives other lines for the same inputs. rulesOfFigures is the last number
// since which nothing but words has changed: a proof that is older cannot be
// recomputed by this program. 2 says amounts and days as pages do.
const (
	rules          = 2
	rulesOfFigures = 1
)

// Answer is a vendor's answer that figures were read from, by its digest.
type Answer struct {
	Vendor     string `json:"vendor"`
	Connection string `json:"connection"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	RequestID  string `json:"request_id,omitempty"`
	SHA256     string `json:"sha256"`
}

// Inputs are all that a proof's lines are computed from.
type Inputs struct {
	Rules   int    `json:"rules"`
	Program string `json:"program"`
	// At is when the ledger was read, AsOf the day up to which its documents
	// count, Today the day in the book's zone.
	At    time.Time        `json:"at"`
	AsOf  receivables.Date `json:"as_of"`
	Today receivables.Date `json:"today"`
	// Generation is that of the book's settings; those that count follow.
	Generation int64              `json:"generation"`
	Sources    []string           `json:"sources"`
	CutOver    *time.Time         `json:"cut_over"`
	From       *books.PayoutStart `json:"from_payout,omitempty"`
	// Off says that the book's writing was switched off.
	Off      bool                     `json:"off,omitempty"`
	Since    receivables.Date         `json:"since"`
	Opening  map[money.Currency]int64 `json:"opening"`
	Accounts mapping.Accounts         `json:"accounts"`
	// Interval is the book's sync interval in seconds.
	Interval int64 `json:"interval"`
	// Unread says why nothing could be measured; no other figure counts then.
	Unread []string       `json:"unread,omitempty"`
	Home   money.Currency `json:"home,omitempty"`

	Positions []StreamAt `json:"positions"`
	Answers   []Answer   `json:"answers"`

	// Stripe is the balance that Stripe states after the ledger was read;
	// Settled says that it is the one from before and the sum of the movements.
	Stripe  map[money.Currency]int64 `json:"stripe"`
	Settled bool                     `json:"settled"`
	Moved   string                   `json:"moved,omitempty"`
	Sums    []StripeSums             `json:"sums"`
	Ledger  Figures                  `json:"ledger"`
	Own     []LedgerSums             `json:"own"`
	// OwnClearing is the sum of the documents on each clearing account;
	// OwnOpening that of those before the cut-over, read where it matters.
	OwnClearing map[money.Currency]int64 `json:"own_clearing"`
	OwnOpening  map[money.Currency]int64 `json:"own_opening,omitempty"`

	Billed        map[money.Currency]int64 `json:"billed"`
	BilledSums    []BilledSums             `json:"billed_sums"`
	BilledSettled bool                     `json:"billed_settled"`

	// Open are movements whose documents do not all stand; Read is what the
	// vendor says of them now.
	Open  []OpenMovement                            `json:"open"`
	Read  map[string]receivables.BalanceTransaction `json:"read"`
	Later []LedgerEntry                             `json:"later,omitempty"`

	// PayoutSums count the payouts that are as they should be; Payouts are the
	// others.
	PayoutSums []PayoutSums    `json:"payout_sums"`
	Payouts    []PayoutCheck   `json:"payouts"`
	Suspects   []Suspect       `json:"suspects,omitempty"`
	Breaches   []Breach        `json:"breaches,omitempty"`
	Writers    []Writer        `json:"writers,omitempty"`
	Disputes   []DisputeCheck  `json:"disputes,omitempty"`
	Returned   []ReturnedCheck `json:"returned,omitempty"`
	// AccountSums are sums of documents on the accounts for disputes and
	// returned payments.
	AccountSums map[string]map[money.Currency]int64 `json:"account_sums,omitempty"`

	// Strangers and Gaps are read where a difference has to be broken down.
	Strangers []LedgerEntry `json:"strangers,omitempty"`
	Gaps      []CustomerGap `json:"gaps,omitempty"`
	// Links are the addresses of documents in the ledger's own screen.
	Links map[string]string `json:"links,omitempty"`
}

// Figures are the ledger's own.
type Figures struct {
	Receivable     map[money.Currency]int64 `json:"receivable"`
	ReceivableHome bool                     `json:"receivable_home"`
	Customers      map[money.Currency]int64 `json:"customers"`
	Clearing       map[money.Currency]int64 `json:"clearing"`
	OwnSum         []money.Currency         `json:"own_sum,omitempty"`
}

// PayoutSums are sums over payouts of one currency that need no look.
type PayoutSums struct {
	Currency money.Currency `json:"currency"`
	Count    int            `json:"count"`
	// Amount and Members are of those that Stripe itemises, Lumps counts the
	// others; OnBank counts those that stand on their bank account, Seen those
	// whose line of a bank statement was found.
	Amount  int64 `json:"amount"`
	Members int64 `json:"members"`
	Lumps   int64 `json:"lumps"`
	OnBank  int   `json:"on_bank"`
	Seen    int   `json:"seen,omitempty"`
}

// given are the inputs that are known before anything is read.
func given(b books.Book, at time.Time) Inputs {
	in := Inputs{
		Rules: rules, At: at, AsOf: asOf(at, b), Today: receivables.DateIn(at, b.Location()), Generation: b.Generation,
		Sources: b.Sources, CutOver: b.CutOver, From: b.From, Off: !b.Writes, Opening: b.Opening, Accounts: b.Accounts,
	}
	if b.CutOver != nil {
		in.Since = receivables.DateIn(*b.CutOver, b.Location())
	}
	return in
}

// asOf is the day up to which the ledger's documents count. Stripe's days are
// those of UTC: a payout that has arrived may be dated tomorrow where the
// company is.
func asOf(at time.Time, b books.Book) receivables.Date {
	return max(receivables.DateIn(at, b.Location()), receivables.DateIn(at, time.UTC))
}

// encode gives the bytes that are stored, and the inputs as they come back
// from them: the lines are computed from those.
func (in Inputs) encode() ([]byte, Inputs, error) {
	text, err := json.Marshal(in)
	if err != nil {
		return nil, in, fmt.Errorf("proof: encode inputs: %w", err)
	}
	back, err := decodeInputs(text)
	return text, back, err
}

func decodeInputs(text []byte) (Inputs, error) {
	var in Inputs
	if err := json.Unmarshal(text, &in); err != nil {
		return in, fmt.Errorf("proof: decode inputs: %w", err)
	}
	return in, nil
}
