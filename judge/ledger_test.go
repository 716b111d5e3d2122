package judge_test

import (
	"encoding/json"
	"regexp"
	"strings"
)

// ledger is a company's books in words that both vendors share.
type ledger struct {
	vendor, id string
	invoices   map[string]invoice
	credits    sums // open, by currency
	documents  []document
	// control is the balance of the receivable accounts, by currency.
	control sums
	// stripe are the bank accounts named after Stripe, by currency.
	stripe map[string]string
}

type invoice struct {
	number, currency string
	balance          amount
	// seen is what the customer reads on it, all besides what staff see.
	seen, all string
}

// document is anything that moves money between accounts.
type document struct {
	kind, id, date string
	// text is where our marker and Stripe's ids stand.
	text string
	// moves is what it does to each account, debit positive.
	moves sums
	// pays is what it takes off each invoice.
	pays sums
	// raw tells one document of a dump from another.
	raw json.RawMessage
}

var (
	marks     = regexp.MustCompile(`TIE-[A-Z2-7]{16}`)
	chargeIDs = regexp.MustCompile(`\b(?:ch|py)_[A-Za-z0-9]+`)
	txnIDs    = regexp.MustCompile(`\btxn_[A-Za-z0-9]+`)
	payoutIDs = regexp.MustCompile(`\bpo_[A-Za-z0-9]+`)
)

func (d document) marker() string { return marks.FindString(d.text) }
func (d document) ours() bool     { return d.marker() != "" }

// receipt, fee and payout say what a document of ours is by what it does.
func (d document) purpose() string {
	switch {
	case len(d.pays) > 0:
		return "receipt"
	case payoutIDs.MatchString(d.text) && !chargeIDs.MatchString(d.text):
		return "payout"
	}
	return "fee"
}

func newLedger(vendor, id string) *ledger {
	return &ledger{vendor: vendor, id: id, invoices: map[string]invoice{}, credits: sums{}, control: sums{}, stripe: map[string]string{}}
}

func (l *ledger) add(d document) { l.documents = append(l.documents, d) }

// open is what is owed on invoices, by currency.
func (l *ledger) open() sums {
	total := sums{}
	for _, i := range l.invoices {
		total.add(i.currency, i.balance)
	}
	return total
}

// clearing is what an account holds by the documents up to a day.
func (l *ledger) clearing(account, upTo string) amount {
	var total amount
	for _, d := range l.documents {
		if d.date <= upTo {
			total = total.plus(d.moves[account])
		}
	}
	return total
}

// ledgers reads every company of a dump.
func (d dump) ledgers() (map[string]*ledger, error) {
	out := map[string]*ledger{}
	for id, company := range d.QuickBooks {
		l, err := quickbooks(id, company.Entities)
		if err != nil {
			return nil, err
		}
		out[id] = l
	}
	for id, organisation := range d.Xero {
		l, err := xero(id, organisation.Objects)
		if err != nil {
			return nil, err
		}
		out[id] = l
	}
	return out, nil
}

// each decodes the objects of a kind.
func each[T any](list []json.RawMessage, use func(T, json.RawMessage)) error {
	for _, raw := range list {
		var one T
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&one); err != nil {
			return err
		}
		use(one, raw)
	}
	return nil
}
