package xero

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Load puts recorded objects in as they are: ids, figures, update times. kind is
// the name of the list ("Invoices") or "Organisation". Call FinishLoad when all
// kinds are in. No business rule is applied.
func (o *Organisation) Load(kindName string, bodies [][]byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writing()
	for i, body := range bodies {
		f, err := parseObject(body)
		if err != nil {
			return fmt.Errorf("xero: load %s %d: %w", kindName, i, err)
		}
		if kindName == "Organisation" || kindName == "Organisations" {
			o.loadInfo(f)
			continue
		}
		k := o.kinds[kindName]
		if k == nil || k.read == nil {
			return fmt.Errorf("xero: load: unknown kind %q", kindName)
		}
		if f.str(k.idKey) == "" {
			return fmt.Errorf("xero: load %s %d: no %s", kindName, i, k.idKey)
		}
		if o.find(kindName, f.str(k.idKey)) != nil {
			return fmt.Errorf("xero: load %s: %s is there already", kindName, f.str(k.idKey))
		}
		r := k.read(o, f)
		o.add(r)
		o.pendingNested = append(o.pendingNested, r)
	}
	return nil
}

// loadInfo makes the organisation the recorded one. The tenant id follows the
// OrganisationID (recorded: they are equal).
func (o *Organisation) loadInfo(f object) {
	o.id = f.str("OrganisationID")
	o.baseCode = orElse(f.str("BaseCurrency"), o.baseCode)
	o.currencies = []string{o.baseCode}
	o.taxRates = countryTaxRates(f.str("Version"))
	o.setInfo(f)
}

// recorded reads what all loaded kinds share.
func (o *Organisation) recorded(k *kind, f object) *record {
	ms, ok := parseMSDate(f.str("UpdatedDateUTC"))
	if !ok {
		ms = o.now()
	}
	r := &record{
		kind: k, id: strings.ToLower(f.str(k.idKey)), updated: ms, typ: f.str("Type"), status: f.str("Status"),
		reference: f.str("Reference"), currency: orElse(f.str("CurrencyCode"), o.baseCode), reconciled: f.flag("IsReconciled"),
	}
	r.date, _ = f.dayMember("Date")
	r.due, _ = f.dayMember("DueDate")
	r.rate, _ = f.dec("CurrencyRate")
	if r.rate.IsZero() {
		r.rate = decimal.New(1, 0)
		if d, ok := o.dayRate(r.currency); ok {
			r.rate = d
		}
	}
	o.addCurrency(r.currency)
	r.setRaw(f)
	return r
}

// recordedMoney reads a document's figures as they were recorded.
func recordedMoney(r *record, f object) {
	r.doc = &document{
		subTotal: f.centsOf("SubTotal"), tax: f.centsOf("TotalTax"), total: f.centsOf("Total"),
		fullyPaid: noDay, lineTypes: orElse(f.str("LineAmountTypes"), "Exclusive"),
	}
	if d, err := f.dayMember("FullyPaidOnDate"); err == nil {
		r.doc.fullyPaid = d
	}
}

func (o *Organisation) readInvoice(f object) *record {
	r := o.recorded(o.kinds["Invoices"], f)
	recordedMoney(r, f)
	r.number = f.str("InvoiceNumber")
	r.doc.paid, r.doc.credited = f.centsOf("AmountPaid"), f.centsOf("AmountCredited")
	o.seenNumber(r, "INV-")
	return r
}

func (o *Organisation) readCredit(f object) *record {
	name := "CreditNotes"
	for _, k := range []string{"Overpayments", "Prepayments"} {
		if f.has(o.kinds[k].idKey) {
			name = k
		}
	}
	r := o.recorded(o.kinds[name], f)
	recordedMoney(r, f)
	r.number = f.str("CreditNoteNumber")
	for _, p := range f.list("Payments") {
		r.doc.paid += p.centsOf("Amount")
	}
	r.doc.credited = r.doc.total - r.doc.paid - f.centsOf("RemainingCredit")
	o.seenNumber(r, "CN-")
	return r
}

// seenNumber moves the number sequence past a recorded number.
func (o *Organisation) seenNumber(r *record, prefix string) {
	var n int
	if _, err := fmt.Sscanf(r.number, prefix+"%d", &n); err == nil && n > o.nextNumber[r.typ] {
		o.nextNumber[r.typ] = n
	}
}

func (o *Organisation) readBank(f object) *record {
	r := o.recorded(o.kinds["BankTransactions"], f)
	recordedMoney(r, f)
	return r
}

func (o *Organisation) readPayment(f object) *record {
	r := o.recorded(o.kinds["Payments"], f)
	r.typ = f.str("PaymentType")
	r.pay = &payment{amount: f.centsOf("Amount"), bankAmount: f.centsOf("BankAmount")}
	if !f.has("BankAmount") {
		r.pay.bankAmount = r.pay.amount
	}
	o.loadedBatch(r, f)
	return r
}

// loadedBatch ties a recorded payment to its batch, which is known from the
// payments alone.
func (o *Organisation) loadedBatch(p *record, f object) {
	nested := f.sub("BatchPayment")
	id := strings.ToLower(orElse(f.str("BatchPaymentID"), nested.str("BatchPaymentID")))
	if id == "" {
		return
	}
	b := o.find("BatchPayments", id)
	if b == nil {
		nested.setStr("BatchPaymentID", id)
		b = o.recorded(o.kinds["BatchPayments"], nested)
		b.status, b.batch, b.stale = orElse(b.status, "AUTHORISED"), &batch{total: nested.centsOf("TotalAmount")}, true
		o.add(b)
		o.pendingNested = append(o.pendingNested, b)
	}
	p.batched = b
	b.batch.payments = append(b.batch.payments, p)
}

func (o *Organisation) readTransfer(f object) *record {
	r := o.recorded(o.kinds["BankTransfers"], f)
	r.status = orElse(r.status, "AUTHORISED")
	if ms, ok := parseMSDate(f.str("CreatedDateUTC")); ok {
		r.updated = ms
	}
	r.transfer = &transfer{amount: f.centsOf("Amount"), created: r.updated}
	return r
}

func (o *Organisation) readContact(f object) *record {
	r := o.recorded(o.kinds["Contacts"], f)
	r.name, r.status = f.str("Name"), orElse(f.str("ContactStatus"), "ACTIVE")
	r.holder = &holder{}
	r.holder.take(f)
	return r
}
