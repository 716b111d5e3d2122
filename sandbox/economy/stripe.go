package economy

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/sandbox/stripe"
)

// stripeTill is the Till over one account of the Stripe stand-in.
type stripeTill struct {
	account *stripe.Account
	base    string
}

// NewStripe is the till of an account; base is the URL at which its payment
// pages are reached.
func NewStripe(account *stripe.Account, base string) Till {
	return stripeTill{account: account, base: strings.TrimRight(base, "/") + "/"}
}

// Owns says whether a URL is a payment page of this Stripe.
func (t stripeTill) Owns(url string) bool { return strings.HasPrefix(url, t.base) }

// options translates how somebody pays. Stripe's own figures are not used: a
// declined first card is two acts, see PayLink.
func (p Payer) options() stripe.PayOptions {
	o := stripe.PayOptions{Method: stripe.Card, Name: p.Name, Email: p.Email}
	switch p.How {
	case CardDeclined:
		o.Method = stripe.CardDeclined
	case Debit:
		o.Method = stripe.BankDebit
	case DebitFails:
		o.Method, o.Returned = stripe.BankDebit, true
	}
	return o
}

// PayLink pays a link. With CardDeclined the first card is declined and the
// payer takes another one on the same page.
func (t stripeTill) PayLink(url string, by Payer) (Paid, error) {
	p, err := t.account.PayLink(url, by.options())
	if err != nil {
		return Paid{}, fmt.Errorf("stripe: pay %s: %w", url, err)
	}
	if by.How == CardDeclined {
		by.How = Card
		if p, err = t.account.CompleteSession(p.Session, by.options()); err != nil {
			return Paid{}, fmt.Errorf("stripe: second card on %s: %w", url, err)
		}
	}
	return Paid{Intent: p.PaymentIntent, Charge: p.Charge, Amount: Minor(p.Amount)}, nil
}

// Customer makes a Stripe customer.
func (t stripeTill) Customer(name, email string) string { return t.account.AddCustomer(name, email) }

// PayDirect pays by a payment intent. The economy's currencies have two digits
// at Stripe as in the ledgers (Stripe docs: currencies).
func (t stripeTill) PayDirect(d Direct) (Paid, error) {
	p, err := t.account.PayDirect(stripe.DirectPayment{
		PayOptions: d.options(), Amount: int64(d.Amount), Currency: strings.ToLower(d.Currency),
		Description: d.Description, Metadata: d.Metadata, Customer: d.Customer,
	})
	if err != nil {
		return Paid{}, fmt.Errorf("stripe: pay %s %s: %w", d.Amount, d.Currency, err)
	}
	return Paid{Intent: p.PaymentIntent, Charge: p.Charge, Amount: Minor(p.Amount)}, nil
}

// Fee reads the fee from the charge's balance transaction.
func (t stripeTill) Fee(p Paid) (Minor, error) {
	var charge struct {
		Row string `json:"balance_transaction"`
	}
	if err := t.read(p.Charge, &charge); err != nil {
		return 0, err
	}
	var row struct{ Fee int64 }
	if err := t.read(charge.Row, &row); err != nil {
		return 0, err
	}
	return Minor(row.Fee), nil
}

// RunPayouts pays out what is available and reads what that was.
func (t stripeTill) RunPayouts() ([]Payout, error) {
	ids, err := t.account.RunPayouts()
	if err != nil {
		return nil, err
	}
	var out []Payout
	for _, id := range ids {
		var p struct {
			Amount   int64
			Currency string
		}
		if err := t.read(id, &p); err != nil {
			return nil, err
		}
		out = append(out, Payout{ID: id, Currency: strings.ToUpper(p.Currency), Amount: Minor(p.Amount)})
	}
	return out, nil
}

func (t stripeTill) read(id string, into any) error {
	raw, err := t.account.Object(id)
	if err != nil {
		return fmt.Errorf("stripe: read %s: %w", id, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("stripe: read %s: %w", id, err)
	}
	return nil
}
