package mapping

import (
	"fmt"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// FeeMode says how many movements share one document for their fees.
type FeeMode string

// The modes; the zero value gives each movement its own document.
const (
	FeePerMovement FeeMode = ""
	FeePerPayout   FeeMode = "payout"
	FeePerMonth    FeeMode = "month"
)

// FeeRule is a book's choice of mode. It counts for movements made since, and
// never reaches backwards.
type FeeRule struct {
	Mode  FeeMode
	Since time.Time
}

// FeeItem is the fee of one movement on a document for many.
type FeeItem struct {
	Part Part `json:"part"`
	// Tax is what of it Stripe names as tax, where a tax code is chosen.
	Tax int64 `json:"tax,omitempty"`
}

// FeeGroup is a finished set of movements whose fees share a document: the
// members of an automatic payout, or one month of one currency.
type FeeGroup struct {
	Book     string
	Currency money.Currency
	Items    []FeeItem
	// Source is the payout's id or the month as text, such as "2026-03".
	Source string
	// Date is the payout's day, or the last day of the month.
	Date     receivables.Date
	Accounts Accounts
	Lock     receivables.Date
}

// FeeDocument is the one document for the fees of a group. A group whose fees
// take each other back calls for none.
func FeeDocument(g FeeGroup) Plan {
	clearing, ok := g.Accounts.Clearing[g.Currency]
	if !ok {
		return exception("no_clearing_account", "The book has no clearing account in %s.", g.Currency)
	}
	if g.Accounts.Fees == "" {
		return noFees()
	}
	b := Booking{
		Book: g.Book, Kind: receivables.DocumentExpense, Currency: g.Currency, Date: g.Date,
		From: clearing, Contact: g.Accounts.FeeContact, Source: g.Source, Memo: "Stripe fees, " + g.Source,
	}
	var tax int64
	for _, item := range g.Items {
		b.Parts = append(b.Parts, item.Part)
		tax += item.Tax
	}
	if b.Total() == 0 {
		return nothing("The fees of %s take each other back.", g.Source)
	}
	b.To, b.Lines = feeAccounts(g.Accounts, b.Total(), tax)
	return Plan{Verdict: Booked, Bookings: []Booking{b}}.outOf(g.Lock)
}

// withFee adds the fee of the movement to a plan. The fee is read, never
// computed; one that Stripe gives back runs the other way. A missing fee
// account holds back no receipt: the vendor refuses the fee's document alone.
func (p Plan) withFee(c Case, clearing string) Plan {
	if c.Movement.Fee == 0 {
		return p
	}
	item, whole := SharedFee(c.Movement, c.Accounts)
	if !whole {
		return exception("fee_details", "Stripe's list of what the fee of %s consists of does not add up to it.", c.Movement.ID)
	}
	if p.Verdict == Nothing {
		p = Plan{Verdict: Booked}
	}
	if c.Fees.Mode != FeePerMovement && !c.Movement.Created.Before(c.Fees.Since) {
		p.Fees = append(p.Fees, item)
		return p
	}
	p.Bookings = append(p.Bookings, feeBooking(c, clearing, item.Part, item.Tax))
	return p
}

// SharedFee is the fee of a movement as a part of a document; false when
// Stripe's list of what it consists of does not add up to it.
func SharedFee(m receivables.BalanceTransaction, a Accounts) (FeeItem, bool) {
	tax, whole := feeTax(m, a)
	return FeeItem{Part: Part{Movement: m.ID, Purpose: PurposeFee, Amount: m.Fee}, Tax: tax}, whole
}

// feeTax is what Stripe names as tax within the fee, where the book has chosen
// a code for it; false when its list does not add up to the fee.
func feeTax(m receivables.BalanceTransaction, a Accounts) (tax int64, whole bool) {
	var sum int64
	for _, f := range m.Fees {
		sum += f.Amount
		// Source: Stripe docs, balance_transactions/object, fee_details.type.
		if f.Type == "tax" {
			tax += f.Amount
		}
	}
	if tax == 0 || a.FeeTaxCode == "" {
		return 0, true
	}
	return tax, sum == m.Fee
}

func feeBooking(c Case, clearing string, part Part, tax int64) Booking {
	to, lines := feeAccounts(c.Accounts, part.Amount, tax)
	return Booking{
		Book: c.Book, Kind: receivables.DocumentExpense, Currency: c.Movement.Currency, Rate: c.rate(), Date: c.day(),
		From: clearing, To: to, Lines: lines, Contact: c.Accounts.FeeContact, Source: c.Movement.Source,
		Memo:  fmt.Sprintf("Stripe fee, %s, %s", c.Movement.Source, c.Movement.ID),
		Parts: []Part{part},
	}
}

// feeAccounts is where a fee goes: one account, or a line with its input tax.
func feeAccounts(a Accounts, total, tax int64) (to string, lines []BookingLine) {
	if tax == 0 {
		return a.Fees, nil
	}
	return "", []BookingLine{{Account: a.Fees, Amount: total, TaxCode: a.FeeTaxCode, Tax: tax}}
}

// planStripeFee books what Stripe charges for itself, such as a subscription
// to one of its products: the amount is the charge, and one above zero is a
// charge given back.
func planStripeFee(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	switch {
	case !ok:
		return noClearing(c)
	case c.Accounts.Fees == "":
		return noFees()
	}
	memo := fmt.Sprintf("Stripe's own charge, %s", c.Movement.ID)
	if c.Movement.Description != "" {
		memo += ": " + c.Movement.Description
	}
	plan := Plan{Verdict: Booked, Bookings: []Booking{c.spend(clearing, c.Accounts.Fees, PurposeStripeFee, memo)}}
	return plan.withFee(c, clearing)
}

func noFees() Plan {
	return exception("no_fee_account", "Nobody has chosen the account that Stripe's fees go to.")
}
