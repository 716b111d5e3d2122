package receivables

import "math/big"

// Payment is money that was applied to an invoice, in minor units.
type Payment struct {
	Issued, Due, Paid Date
	Amount            int64
}

// Days is how long the invoice was out until the payment.
func (p Payment) Days() int { return p.Paid.DaysSince(p.Issued) }

// Beyond is how many days after the due date the payment came; less than 0 is
// before it, and an invoice without one is due when issued.
func (p Payment) Beyond() int {
	if p.Due == "" {
		return p.Days()
	}
	return p.Paid.DaysSince(p.Due)
}

// Pace is how fast a customer pays: averages weighted by amount, so that a small
// invoice paid at once does not hide a large one that was not. Average days to
// pay is the sum of days times paid over the sum of paid, days beyond terms the
// same from the due date.
type Pace struct {
	Count int
	// Weighted and WeightedBeyond are the sums of days times amount, Paid that of
	// the amounts, in minor units.
	Weighted, WeightedBeyond, Paid *big.Int
	// Tenths and BeyondTenths are the averages in tenths of a day, rounded half
	// away from 0.
	Tenths, BeyondTenths int64
}

// PaceOf computes the pace of payments in one currency; those that are not
// positive or lack a date are left out.
func PaceOf(list []Payment) Pace {
	p := Pace{Weighted: new(big.Int), WeightedBeyond: new(big.Int), Paid: new(big.Int)}
	for _, x := range list {
		if x.Amount <= 0 || x.Paid == "" || x.Issued == "" {
			continue
		}
		amount := big.NewInt(x.Amount)
		p.Count++
		p.Paid.Add(p.Paid, amount)
		p.Weighted.Add(p.Weighted, new(big.Int).Mul(big.NewInt(int64(x.Days())), amount))
		p.WeightedBeyond.Add(p.WeightedBeyond, new(big.Int).Mul(big.NewInt(int64(x.Beyond())), amount))
	}
	if p.Count > 0 {
		p.Tenths, p.BeyondTenths = average(p.Weighted, p.Paid), average(p.WeightedBeyond, p.Paid)
	}
	return p
}

// average is ten times sum over weight, rounded half away from 0.
func average(sum, weight *big.Int) int64 {
	doubled := new(big.Int).Mul(new(big.Int).Abs(sum), big.NewInt(2*tenths))
	doubled.Add(doubled, weight)
	out := doubled.Quo(doubled, new(big.Int).Lsh(weight, 1)).Int64()
	if sum.Sign() < 0 {
		return -out
	}
	return out
}
