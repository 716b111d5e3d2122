package connectors

import (
	"context"
	"time"

	"tieout/money"
)

// Checkouter is a processor that opens hosted payment pages over exactly one
// amount. A page belongs to somebody who waits in a browser, so it is opened at
// once and not through the outbox; its key makes a repetition safe all the same.
type Checkouter interface {
	// OpenCheckout opens a page. The same order asked for twice under the same
	// key gives the same page. An amount that cannot be charged is refused with
	// an AmountError.
	OpenCheckout(ctx context.Context, order CheckoutOrder) (Checkout, error)
	// Checkout reads what has become of a page.
	Checkout(ctx context.Context, id string) (Checkout, error)
	// ExpireCheckout ends an open page. One that was paid or had ended before
	// comes back as it is.
	ExpireCheckout(ctx context.Context, id string) (Checkout, error)
	// LowerExpire is the same as a write of the outbox.
	LowerExpire(id string) (Write, error)
}

// AmountError says in words why an amount cannot be charged.
type AmountError struct{ Why string }

func (e AmountError) Error() string { return e.Why }

// CheckoutOrder is a page that should be opened.
type CheckoutOrder struct {
	// Key is the idempotency key, stable over repetitions.
	Key string
	// Book and Shares are what the payment is known by when it comes back.
	Book   string
	Shares []CheckoutShare
	// Title is the one line of the page.
	Title    string
	Currency money.Currency
	// Done is where the payer comes back to after paying, Back without.
	Done, Back string
	// Until is when the page ends by itself.
	Until time.Time
}

// CheckoutShare is what one invoice gets of a payment, in minor units.
type CheckoutShare struct {
	Invoice string `json:"invoice"`
	Number  string `json:"number"`
	Amount  int64  `json:"amount"`
}

// Total is the sum of the shares.
func (o CheckoutOrder) Total() int64 {
	var sum int64
	for _, s := range o.Shares {
		sum += s.Amount
	}
	return sum
}

// CheckoutStatus is how far a page has come.
type CheckoutStatus string

// The states of a page. A complete one may still be without money: delayed
// methods settle, or fail, days later.
const (
	CheckoutOpen     CheckoutStatus = "open"
	CheckoutComplete CheckoutStatus = "complete"
	CheckoutExpired  CheckoutStatus = "expired"
)

// Checkout is a page as the processor tells of it.
type Checkout struct {
	ID     string
	URL    string
	Status CheckoutStatus
	// Paid says that the money is there, not only promised.
	Paid  bool
	Until time.Time
}
