package mapping_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// receivable is what the customers owe, where a document touches it by its
// nature and names no account.
const receivable = "(receivables)"

// saleOf is what a credit note for a sale takes: the invoice's own accounts.
const saleOf = "(sale)"

// creditOf is a customer's open credit.
const creditOf = "(credit)"

// posting is what a document does to an account: positive is a debit.
type posting struct {
	account, customer string
	amount            int64
}

// postings are what an accountant writes for a booking, debits first.
func postings(b mapping.Booking) []posting {
	total := b.Total()
	switch b.Kind {
	case receivables.DocumentReceipt:
		return []posting{{b.To, "", total}, {receivable, b.CustomerID, -total}}
	case receivables.DocumentInvoice:
		return append([]posting{{receivable, b.CustomerID, total}}, lines(b, -1)...)
	case receivables.DocumentCredit:
		return append(lines(b, 1), posting{receivable, b.CustomerID, -total})
	}
	other := lines(b, 1)
	switch {
	case b.Credit != nil:
		other = []posting{{creditOf, b.CustomerID, total}}
	case b.To != "":
		other = []posting{{b.To, "", total}}
	}
	return append(other, posting{b.From, "", -total})
}

func lines(b mapping.Booking, sign int64) []posting {
	var out []posting
	for i, l := range b.Lines {
		if b.Settlement != "" { // worth what was settled
			l.Amount = b.Parts[i].Amount
		}
		account := l.Account
		if account == "" {
			account = saleOf
		}
		out = append(out, posting{account, l.CustomerID, sign * l.Amount})
	}
	return out
}

// backed says what is wrong with a plan: a document that does not balance, is
// made of no movement, posts to an account that nobody has chosen, or stands
// for no invoice, no credit and no person where the movement alone is not its
// reason. "" means that nothing is.
func backed(c mapping.Case, p mapping.Plan) string {
	seen := map[string]bool{}
	var clearing, byParts int64
	for _, b := range p.Bookings {
		var sum int64
		for _, e := range postings(b) {
			sum += e.amount
			if !known(c, e.account) {
				return fmt.Sprintf("%s posts to %q, which nobody has chosen", b.Kind, e.account)
			}
			if e.account == c.Accounts.Clearing[c.Movement.Currency] {
				clearing += e.amount
			}
		}
		if sum != 0 || b.Total() == 0 || len(b.Parts) == 0 {
			return fmt.Sprintf("%s does not balance: %+v", b.Kind, b)
		}
		for _, part := range b.Parts {
			if part.Movement != c.Movement.ID || seen[part.Key()] {
				return fmt.Sprintf("the part %s is twice, or of no movement", part.Key())
			}
			seen[part.Key()] = true
			byParts += part.Purpose.Clearing() * part.Amount
			if why := reason(c, b, part); why != "" {
				return why
			}
		}
	}
	for _, f := range p.Fees {
		clearing, byParts = clearing-f.Part.Amount, byParts-f.Part.Amount
	}
	if clearing != byParts {
		return fmt.Sprintf("the parts say that clearing changes by %d, the documents by %d", byParts, clearing)
	}
	if p.Verdict != mapping.Booked {
		return ""
	}
	if want := expected(c, p); clearing != want {
		return fmt.Sprintf("clearing changes by %d, the movement says %d", clearing, want)
	}
	return ""
}

// expected is what the movement does to the balance, less what nobody has to
// write: what a charge has not paid yet, what the ledger has entered itself,
// what a later step takes, and what a failed debit puts in and takes out.
func expected(c mapping.Case, p mapping.Plan) int64 {
	if c.Movement.Category != "charge" {
		if c.Movement.Category == "charge_failure" && c.Charge != nil && c.Stood != mapping.Yes && c.Charge.Succeeded == nil && c.Charge.Status == receivables.ChargeFailed {
			return -c.Movement.Fee
		}
		return c.Movement.Net + p.Held
	}
	if c.Decision.Choice == mapping.ChoiceAccount && c.Charge.Currency != c.Movement.Currency && c.Movement.Currency != c.Home {
		return c.Movement.Net
	}
	want := -c.Movement.Fee - p.Held
	stays := len(c.Matches) > 0 && (c.Charge.Succeeded != nil || c.Stood == mapping.Yes)
	if c.Charge.Status == receivables.ChargeFailed && !stays {
		return want
	}
	matches := c.Matches
	if c.Charge.Currency != c.Movement.Currency {
		matches = mapping.Settle(matches, c.Movement.Amount, c.Charge.Amount)
	}
	for i, m := range matches {
		switch {
		case m.Adopted:
		case c.Charge.Currency != c.Movement.Currency:
			want += m.Settled
		default:
			want += c.Matches[i].Amount
		}
	}
	return want
}

// reason says what a part lacks behind it.
func reason(c mapping.Case, b mapping.Booking, p mapping.Part) string {
	invoice := slices.ContainsFunc(c.Matches, func(m mapping.Match) bool { return m.Invoice == p.Target && p.Target != "" })
	switch p.Purpose {
	case mapping.PurposeReceipt, mapping.PurposeReopen:
		if !invoice && b.By == "" {
			return fmt.Sprintf("%s pays no invoice, and no person has decided it", p.Key())
		}
	case mapping.PurposeCredit, mapping.PurposeDiscount, mapping.PurposeLoss, mapping.PurposeChosen:
		if b.By == "" {
			return fmt.Sprintf("%s was decided by no person", p.Key())
		}
	case mapping.PurposeRefund, mapping.PurposeRefundFailure, mapping.PurposeReturn:
		if !invoice && b.By == "" && (b.Credit == nil || b.Credit.ID != p.Target) {
			return fmt.Sprintf("%s takes back no invoice's payment and no credit, and no person has decided it", p.Key())
		}
	case mapping.PurposeFee:
		if p.Amount != c.Movement.Fee {
			return fmt.Sprintf("%s is %d, Stripe's fee %d", p.Key(), p.Amount, c.Movement.Fee)
		}
	default:
		if p.Amount != -c.Movement.Amount {
			return fmt.Sprintf("%s is %d, the movement %d", p.Key(), p.Amount, c.Movement.Amount)
		}
	}
	return ""
}

// known says whether an account is one of the book's choices, or the person's.
func known(c mapping.Case, account string) bool {
	a := c.Accounts
	chosen := []string{receivable, saleOf, creditOf, a.Fees, a.Returned, a.Goodwill, a.BadDebt}
	for _, m := range []map[money.Currency]string{a.Clearing, a.Receivable, a.Disputes, a.TopUps} {
		chosen = append(chosen, m[c.Movement.Currency])
		if c.Charge != nil {
			chosen = append(chosen, m[c.Charge.Currency])
		}
	}
	for _, bank := range a.Banks {
		chosen = append(chosen, bank)
	}
	if c.Decision.By != "" {
		chosen = append(chosen, c.Decision.Account)
	}
	return account != "" && slices.Contains(chosen, account)
}

// TestNoPlug: no document of the booking table is without a movement, an
// invoice or a person behind it, and every booked movement changes the
// clearing account by exactly what it did to the balance.
func TestNoPlug(t *testing.T) {
	t.Parallel()
	for _, c := range allCases(berlin(t)) {
		if why := backed(c.Case, mapping.PlanFor(c.Case)); why != "" {
			t.Errorf("%s: %s", c.name, why)
		}
	}
}

// TestNoPlugEver draws cases at random: amounts, decisions, what is known and
// what is chosen in any mixture.
func TestNoPlugEver(t *testing.T) {
	t.Parallel()
	base := allCases(time.UTC)
	rapid.Check(t, func(r *rapid.T) {
		c := rapid.SampledFrom(base).Draw(r, "case").Case
		if rapid.Bool().Draw(r, "other amounts") {
			c.Movement.Amount = rapid.Int64Range(-20_000, 20_000).Draw(r, "amount")
			c.Movement.Fee = rapid.Int64Range(-500, 500).Draw(r, "fee")
			c.Movement.Fees, c.Movement.Net = nil, c.Movement.Amount-c.Movement.Fee
		}
		c.Stood = rapid.SampledFrom([]mapping.Answer{"", mapping.Yes, mapping.No}).Draw(r, "stood")
		c.Decision = mapping.Decision{
			Choice: rapid.SampledFrom([]mapping.Choice{
				"", mapping.ChoiceOwesAgain, mapping.ChoiceCreditSale, mapping.ChoiceGoodwill, mapping.ChoiceBadDebt, mapping.ChoiceAsBooked, mapping.ChoiceAccount,
			}).Draw(r, "choice"),
			By:      rapid.SampledFrom([]string{"", "anna"}).Draw(r, "by"),
			Account: rapid.SampledFrom([]string{"", "chosen"}).Draw(r, "account"),
			Invoice: rapid.SampledFrom([]string{"", "i1", "i2", "none"}).Draw(r, "invoice"),
			Amount:  rapid.Int64Range(0, 20_000).Draw(r, "decided"),
		}
		if rapid.Bool().Draw(r, "credit") {
			c.Credit = credited(receivables.CreditNote, rapid.Int64Range(0, 20_000).Draw(r, "open"))
		}
		switch rapid.IntRange(0, 2).Draw(r, "ledger") {
		case 0:
			direct(&c)
		case 1:
			between(&c)
		}
		// Without a fee account the vendor refuses the fee's document.
		c.Accounts.Fees = "fees"
		if rapid.IntRange(0, 5).Draw(r, "no clearing") == 0 {
			c.Accounts.Clearing = nil
		}
		if rapid.Bool().Draw(r, "monthly") {
			c.Fees.Mode = mapping.FeePerMonth
		}
		if why := backed(c, mapping.PlanFor(c)); why != "" {
			r.Fatalf("%s: %+v", why, mapping.PlanFor(c))
		}
	})
}
