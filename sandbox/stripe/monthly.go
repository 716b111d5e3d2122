package stripe

import (
	"fmt"
	"time"
)

// MonthlyBilling is a business that bills a customer each month by Stripe's
// own invoices: on the clock, finalised and collected by themselves.
type MonthlyBilling struct {
	Customer    string `json:"customer"`
	Amount      int64  `json:"amount"` // minor units
	Currency    string `json:"currency"`
	Description string `json:"description"`
	// DaysUntilDue sends the invoices with that term; 0 charges the customer's
	// default payment method.
	DaysUntilDue int64 `json:"days_until_due"`
	// Method becomes the customer's default payment method: pm_..., or one of
	// Stripe's test ids such as pm_card_visa or pm_usBankAccount_success.
	Method string `json:"method"`
	Months int    `json:"months"` // how many invoices, the first at once; at most 120
}

const maxMonths = 120

// BillMonthly starts billing a customer; the clock makes the invoices.
func (a *Account) BillMonthly(m MonthlyBilling) error {
	now := a.enter()
	defer a.leave()
	owner, e := find[*customer](a, a.customers, m.Customer, "customer")
	if e != nil {
		return e
	}
	if e := checkAmount(m.Amount, m.Currency, "amount"); e != nil {
		return e
	}
	if m.Months < 1 || m.Months > maxMonths {
		return fmt.Errorf("stripe: bill %s monthly: %d months, want 1 to %d", m.Customer, m.Months, maxMonths)
	}
	if m.Method != "" {
		if e := a.makeDefault(owner, m.Method, now); e != nil {
			return e
		}
	}
	first := time.Unix(now, 0).UTC()
	for i := range m.Months {
		a.at(monthsOn(first, i), rankInvoice, func(at int64) { a.billOnce(m, at) })
	}
	a.settle(now)
	return nil
}

// monthsOn is the same day some months later, or the last of a shorter month.
func monthsOn(first time.Time, n int) int64 {
	t := first.AddDate(0, n, 0)
	if t.Day() != first.Day() {
		t = t.AddDate(0, 0, -t.Day())
	}
	return t.Unix()
}

func (a *Account) makeDefault(owner *customer, method string, now int64) *Error {
	pm, e := a.method(method, "payment_method", now)
	if e != nil {
		return e
	}
	if e := a.attach(pm, owner.ID, now); e != nil {
		return e
	}
	before := body(owner)
	owner.InvoiceSettings.DefaultPaymentMethod = &pm.ID
	owner.touch()
	a.emit(now, "customer.updated", owner, before)
	return nil
}

// billOnce makes one month's invoice; a customer who is gone gets none.
func (a *Account) billOnce(m MonthlyBilling, at int64) {
	owner, ok := a.byID[m.Customer].(*customer)
	if !ok {
		return
	}
	o := a.newInvoice(at, owner, m.Currency)
	o.AutoAdvance = true
	if m.DaysUntilDue > 0 {
		o.CollectionMethod, o.daysUntilDue = "send_invoice", m.DaysUntilDue
	}
	a.register(a.invoices, o, invoiceKeys(o)...)
	a.emit(at, "invoice.created", o, nil)
	product := a.newProduct(at, m.Description)
	product.Active = false
	p := a.newPrice(at, m.Amount, m.Currency, product.ID)
	p.Active = false
	it := a.newInvoiceItem(owner, m.Currency, at)
	it.Description, it.made, it.Invoice = opt(m.Description), []object{product, p}, &o.ID
	it.Period.End = monthsOn(time.Unix(at, 0).UTC(), 1)
	it.Price, it.Amount, it.UnitAmount, it.UnitAmountDecimal = p, m.Amount, p.UnitAmount, p.UnitAmountDecimal
	a.addItem(it)
	a.putOn(o, it)
	a.refresh(o)
	a.scheduleFinalization(o, at)
}
