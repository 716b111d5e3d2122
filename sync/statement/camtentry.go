package statement

import (
	"cmp"
	"fmt"
	"strings"

	"tieout/money"
)

// lines are what an entry stands for: its transactions, where it lists several
// whose amounts add up to it, else the entry itself.
func (e camtEntry) lines(currency money.Currency, scale money.Scale) ([]Line, error) {
	amount, err := signed(e.Amount, e.Side, currency, scale)
	if err != nil {
		return nil, err
	}
	whole := Line{Amount: amount, Reference: cmp.Or(e.Bank, e.Reference), Kind: e.Code.text(), Text: e.Text}
	whole.Reversal = e.Reversal == "true" || e.Reversal == "1"
	if whole.On, err = e.Booked.date(); err != nil {
		return nil, err
	}
	if whole.Value, err = e.Value.date(); err != nil {
		return nil, err
	}
	if whole.On = cmp.Or(whole.On, whole.Value); whole.On == "" {
		return nil, fmt.Errorf("%w: it has no date", ErrFormat)
	}
	if parts, ok := e.parts(whole, currency, scale); ok {
		return parts, nil
	}
	for _, d := range e.Details {
		whole = d.on(whole)
	}
	if len(e.Details) > 1 {
		// Many payers are none.
		whole.Name, whole.Account, whole.Number = "", "", ""
	}
	return []Line{whole}, nil
}

// parts are the transactions of a batch; false when they do not add up to it.
func (e camtEntry) parts(whole Line, currency money.Currency, scale money.Scale) ([]Line, bool) {
	if len(e.Details) < 2 {
		return nil, false
	}
	var parts []Line
	rest := whole.Amount
	for i, d := range e.Details {
		amount := d.Amount
		if strings.TrimSpace(amount.Text) == "" {
			amount = d.Booked
		}
		minor, err := signed(amount, cmp.Or(d.Side, e.Side), currency, scale)
		if err != nil {
			return nil, false
		}
		l := whole
		l.Text, l.Amount = "", minor
		l = d.on(l)
		if l.Text == "" {
			l.Text = whole.Text
		}
		if named(whole.Reference) && l.Reference == whole.Reference {
			l.Reference = fmt.Sprintf("%s/%d", whole.Reference, i+1)
		}
		parts = append(parts, l)
		rest -= minor
	}
	return parts, rest == 0
}

// on adds what a transaction says to its line.
func (d camtDetail) on(l Line) Line {
	other, account := cmp.Or(d.Parties.UltimateDebtor.name(), d.Parties.Debtor.name()), d.Parties.DebtorAccount.text()
	// The other side of a reversal stands where it stood in what is reversed.
	if (l.Amount < 0) != l.Reversal {
		other, account = d.Parties.Creditor.name(), d.Parties.CreditorAccount.text()
	}
	l.Name, l.Account = cmp.Or(other, l.Name), cmp.Or(account, l.Account)
	if number := cmp.Or(d.Refs.EndToEnd, d.Refs.Cheque); named(number) {
		l.Number = number
	}
	if l.Reference == "" || d.Refs.Bank != "" {
		l.Reference = cmp.Or(d.Refs.Bank, l.Reference)
	}
	l.Text = join(" ", append(append([]string{l.Text, strings.Join(d.Remittance, "")}, d.Structured...), d.Text)...)
	return l
}

// join joins what is not empty.
func join(between string, texts ...string) string {
	var kept []string
	for _, t := range texts {
		if t = squeeze(t); t != "" {
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, between)
}
