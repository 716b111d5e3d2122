package xero

import (
	"slices"
)

// posting is one entry of double entry: base currency, debit positive. native
// is the amount in the currency of a bank account.
type posting struct {
	account *record
	day     day
	amount  cents
	native  cents
}

// ledger sums the postings per account and day.
type ledger map[*record]map[day]*daySum

// daySum keeps debits and credits apart, because a bank summary shows money
// received and money spent.
type daySum struct{ debit, credit, native cents }

// post enters postings (times = 1) or takes them out again (times = -1).
func (l ledger) post(ps []posting, times cents) {
	for _, p := range ps {
		days := l[p.account]
		if days == nil {
			days = map[day]*daySum{}
			l[p.account] = days
		}
		s := days[p.day]
		if s == nil {
			s = &daySum{}
			days[p.day] = s
		}
		if p.amount >= 0 {
			s.debit += times * p.amount
		} else {
			s.credit -= times * p.amount
		}
		s.native += times * p.native
	}
}

// sum adds an account's days from first to last, both included.
func (l ledger) sum(account *record, first, last day) (s daySum) {
	for d, v := range l[account] {
		if d >= first && d <= last {
			s.debit += v.debit
			s.credit += v.credit
			s.native += v.native
		}
	}
	return s
}

// repost replaces what a record has in the ledger.
func (o *Organisation) repost(r *record) {
	o.ledger.post(r.postings, -1)
	r.postings = nil
	switch {
	case r.kind.name == "BankTransactions":
		if r.status == "AUTHORISED" {
			r.postings = o.bankPostings(r)
		}
	case r.kind.name == "ManualJournals":
		if r.status == "POSTED" {
			r.postings = o.sharePostings(r, 1, 0)
		}
	case r.doc != nil && r.booked():
		r.postings = o.documentPostings(r)
	case r.pay != nil && r.status == "AUTHORISED":
		r.postings = o.paymentPostings(r)
	}
	o.ledger.post(r.postings, 1)
}

// control is Accounts Receivable or Accounts Payable.
func (o *Organisation) control(r *record) *record {
	if r.receivable() {
		return o.systemAccts["DEBTORS"]
	}
	return o.systemAccts["CREDITORS"]
}

// documentPostings books a document so that its control account carries
// round2(open amount / CurrencyRate) after each use of it. The difference to
// the base value of the money that settled it is a realised currency gain.
func (o *Organisation) documentPostings(r *record) []posting {
	s, control := r.sign(), o.control(r)
	total := toBase(r.doc.total, r.rate)
	ps := []posting{{account: control, day: r.date, amount: s * total}}
	if r.kind.name == "Invoices" || r.kind.name == "CreditNotes" {
		ps = append(ps, o.sharePostings(r, -s, total)...)
	}
	open := r.doc.total
	uses := slices.Clone(r.doc.uses)
	slices.SortStableFunc(uses, func(a, b *use) int { return int(a.date) - int(b.date) })
	for _, u := range uses {
		delta := toBase(open, r.rate) - toBase(open-u.amount, r.rate)
		open -= u.amount
		ps = append(ps, posting{account: control, day: u.date, amount: -s * delta})
		if gain := s * (delta - u.value); gain != 0 {
			ps = append(ps, posting{account: o.systemAccts["REALISEDCURRENCYGAIN"], day: u.date, amount: gain})
		}
		if u.loaded != nil {
			ps = append(ps, posting{account: o.systemAccts["HISTORICAL"], day: u.date, amount: s * u.value})
		}
	}
	return ps
}

// sharePostings books the lines and the tax of a record; a cent that the
// conversion leaves goes to Rounding.
func (o *Organisation) sharePostings(r *record, sign, total cents) []posting {
	var ps []posting
	rest := total
	for _, sh := range r.doc.shares {
		v := toBase(sh.amount, r.rate)
		rest -= v
		ps = append(ps, posting{account: sh.account, day: r.date, amount: sign * v})
	}
	if r.doc.tax != 0 {
		v := toBase(r.doc.tax, r.rate)
		rest -= v
		ps = append(ps, posting{account: o.systemAccts["GST"], day: r.date, amount: sign * v})
	}
	if rest != 0 {
		ps = append(ps, posting{account: o.systemAccts["ROUNDING"], day: r.date, amount: sign * rest})
	}
	return ps
}

// paymentPostings moves the bank account; the document's own postings hold the
// other side.
func (o *Organisation) paymentPostings(r *record) []posting {
	s := r.pay.target.sign()
	ps := []posting{{account: r.account, day: r.date, amount: s * r.pay.value, native: s * r.pay.bankAmount}}
	if r.pay.use == nil {
		ps = append(ps, posting{account: o.systemAccts["HISTORICAL"], day: r.date, amount: -s * r.pay.value})
	}
	return ps
}

// bankPostings books a bank transaction. Money that opens an over- or
// prepayment or belongs to a transfer has its other side elsewhere.
func (o *Organisation) bankPostings(r *record) []posting {
	sign := cents(1)
	if r.typ[0] == 'S' { // SPEND...
		sign = -1
	}
	total := toBase(r.doc.total, r.rate)
	ps := []posting{{account: r.account, day: r.date, amount: sign * total, native: sign * r.doc.total}}
	if r.typ == "SPEND" || r.typ == "RECEIVE" {
		ps = append(ps, o.sharePostings(r, -sign, total)...)
	}
	return ps
}
