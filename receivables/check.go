package receivables

import (
	"fmt"

	"tieout/money"
)

// Violation is an invariant that a value breaks.
type Violation struct {
	Ref Ref
	// Field is the field at fault, in the words of the model's JSON.
	Field string
	// Missing says that the field is absent rather than wrong.
	Missing bool
	Text    string
}

// Error names the object, the field and the rule.
func (v *Violation) Error() string {
	return fmt.Sprintf("%s %s: %s: %s", v.Ref.Kind, v.Ref.ID, v.Field, v.Text)
}

func brokenf(ref Ref, field, format string, args ...any) error {
	return &Violation{Ref: ref, Field: field, Text: fmt.Sprintf(format, args...)}
}

func absent(ref Ref, field string) error {
	return &Violation{Ref: ref, Field: field, Missing: true, Text: "is missing"}
}

// required reports the first of the name-value pairs whose value is empty.
func required(ref Ref, pairs ...string) error {
	if ref.ID == "" {
		return absent(ref, "id")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return absent(ref, pairs[i])
		}
	}
	return nil
}

// Check wants an id and no customer that is its own parent.
func (c Customer) Check() error {
	if err := required(c.Ref()); err != nil {
		return err
	}
	if c.ParentID == c.ID {
		return brokenf(c.Ref(), "parent_id", "the customer is its own parent")
	}
	return nil
}

// Check wants an id and a type.
func (a Account) Check() error { return required(a.Ref(), "type", string(a.Type)) }

// Check holds the invoice to Total = Balance + Deposit + Paid + Credited where
// the ledger states them, and to a balance between zero and the total where
// it does not. Documents that are not live keep the vendor's amounts as they
// are.
func (i Invoice) Check() error {
	if err := required(i.Ref(), "state", string(i.State), "currency", string(i.Currency)); err != nil {
		return err
	}
	if i.State != StateLive {
		return nil
	}
	if err := required(i.Ref(), "customer_id", i.CustomerID, "issued", string(i.Issued)); err != nil {
		return err
	}
	if i.Balance < 0 {
		return brokenf(i.Ref(), "balance", "%s is negative", i.text(i.Balance))
	}
	if i.Paid == nil || i.Credited == nil {
		return i.checkSettled()
	}
	sum, err := money.SumMinor(i.Balance, i.Deposit, *i.Paid, *i.Credited)
	if err != nil || sum != i.Total {
		return brokenf(i.Ref(), "total", "%s is not the sum of balance %s, deposit %s, paid %s and credited %s",
			i.text(i.Total), i.text(i.Balance), i.text(i.Deposit), i.text(*i.Paid), i.text(*i.Credited))
	}
	return nil
}

func (i Invoice) checkSettled() error {
	open, err := money.SumMinor(i.Balance, i.Deposit)
	if err != nil || open > i.Total {
		return brokenf(i.Ref(), "balance", "balance %s and deposit %s are more than the total %s",
			i.text(i.Balance), i.text(i.Deposit), i.text(i.Total))
	}
	return nil
}

func (i Invoice) text(minor int64) string {
	return money.Money{Minor: minor, Currency: i.Currency}.String()
}

// Check holds the credit to Remaining + allocations <= Total; the rest was
// refunded.
func (c Credit) Check() error {
	if err := required(c.Ref(), "kind", string(c.Kind), "state", string(c.State), "currency", string(c.Currency)); err != nil {
		return err
	}
	if c.State != StateLive {
		return nil
	}
	if err := required(c.Ref(), "customer_id", c.CustomerID, "issued", string(c.Issued)); err != nil {
		return err
	}
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: c.Currency}.String() }
	if c.Remaining < 0 || c.Remaining > c.Total {
		return brokenf(c.Ref(), "remaining", "%s is not between zero and the total %s", text(c.Remaining), text(c.Total))
	}
	used, err := allocated(c.Ref(), c.Allocations)
	if err != nil {
		return err
	}
	if sum, err := money.AddMinor(used, c.Remaining); err != nil || sum > c.Total {
		return brokenf(c.Ref(), "allocations", "%s allocated and %s remaining are more than the total %s",
			text(used), text(c.Remaining), text(c.Total))
	}
	return nil
}

// Check holds the receipt to allocations + Unapplied <= Total, where credits
// that the receipt uses up give it more to allocate.
func (r Receipt) Check() error {
	if err := required(r.Ref(), "state", string(r.State), "currency", string(r.Currency)); err != nil {
		return err
	}
	if r.State != StateLive {
		return nil
	}
	if err := required(r.Ref(), "date", string(r.Date)); err != nil {
		return err
	}
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: r.Currency}.String() }
	if r.Total < 0 || r.Unapplied < 0 {
		return brokenf(r.Ref(), "total", "total %s and unapplied %s must not be negative", text(r.Total), text(r.Unapplied))
	}
	used, err := allocated(r.Ref(), r.Allocations)
	if err != nil {
		return err
	}
	if sum, err := money.AddMinor(used, r.Unapplied); err != nil || sum > r.Total {
		return brokenf(r.Ref(), "allocations", "%s allocated and %s unapplied are more than the total %s",
			text(used), text(r.Unapplied), text(r.Total))
	}
	return nil
}

// allocated is what allocations take out of a receipt or credit. An amount on
// a credit or another document may also be a source that is used up (a
// QuickBooks payment applies credits and journals to invoices), so that it
// counts against the invoices, whatever its sign.
func allocated(ref Ref, allocations []Allocation) (int64, error) {
	var sum int64
	for _, a := range allocations {
		if a.Target.ID == "" {
			return 0, &Violation{Ref: ref, Field: "allocations", Missing: true, Text: "an allocation names no document"}
		}
		amount := a.Amount
		if a.Target.Kind != KindInvoice && amount > 0 {
			amount = -amount
		}
		if a.Target.Kind == KindInvoice && amount < 0 {
			return 0, brokenf(ref, "allocations", "the allocation to invoice %s is negative", a.Target.ID)
		}
		var err error
		if sum, err = money.AddMinor(sum, amount); err != nil {
			return 0, brokenf(ref, "allocations", "%v", err)
		}
	}
	return sum, nil
}

// Check wants a live document to have a kind, a date and a currency.
func (d Document) Check() error {
	if err := required(d.Ref(), "kind", string(d.Kind), "state", string(d.State), "currency", string(d.Currency)); err != nil {
		return err
	}
	if d.State != StateLive {
		return nil
	}
	return required(d.Ref(), "date", string(d.Date))
}
