package economy

// Till is the Stripe account into which a company's customers pay. The
// economy implements it over the stand-in; nobody else needs to.
type Till interface {
	// PayDirect pays by a payment intent, without a link.
	PayDirect(d Direct) (Paid, error)
	// Customer makes a Stripe customer and returns its id.
	Customer(name, email string) string
	// PayLink pays by the link that stands on an invoice.
	PayLink(url string, by Payer) (Paid, error)
	// Fee is what Stripe kept of a charge.
	Fee(p Paid) (Minor, error)
	// RunPayouts pays out what is available, one payout a currency.
	RunPayouts() ([]Payout, error)
	// Owns says whether a URL is a payment page of this Stripe.
	Owns(url string) bool
}

// Direct is a payment that names its own amount.
type Direct struct {
	Amount      Minor
	Currency    string // ISO 4217, upper case
	Description string
	Metadata    map[string]string
	Customer    string // the Stripe customer, may be empty
	Payer
}

// Payer says who pays and how.
type Payer struct {
	Email string
	Name  string
	How   How
}

// How a payer pays.
type How string

// Means of paying.
const (
	Card         How = "card"
	CardDeclined How = "card_declined" // then another card
	Debit        How = "debit"         // settles days later
	DebitFails   How = "debit_fails"   // fails days later
)

// Paid names what a payment made at Stripe.
type Paid struct {
	Intent string
	Charge string
	Amount Minor
}

// Payout is money on its way from Stripe to the bank.
type Payout struct {
	ID       string
	Currency string // upper case
	Amount   Minor
}
