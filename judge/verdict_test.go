package judge_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is the judge at work on one ledger.
type bench struct {
	complaints []string

	e       evidence
	at      int // the ledger's place in the dumps
	name    string
	zone    *time.Location
	before  *ledger
	after   *ledger
	account account
	lines   []line
	cutOver time.Time
}

func (b *bench) complain(format string, arguments ...any) {
	b.complaints = append(b.complaints, b.name+": "+fmt.Sprintf(format, arguments...))
}

// day is a date of Xero, /Date(1795219200000+0000)/, as YYYY-MM-DD.
func day(text string) string {
	digits := strings.TrimPrefix(text, "/Date(")
	digits, _, _ = strings.Cut(strings.TrimSuffix(digits, ")/"), "+")
	milliseconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return text
	}
	return time.UnixMilli(milliseconds).UTC().Format(time.DateOnly)
}

// judge adds everything up again and says what does not agree.
func judge(e evidence) []string {
	before, err := e.before.ledgers()
	if err != nil {
		return []string{err.Error()}
	}
	after, err := e.after.ledgers()
	if err != nil {
		return []string{err.Error()}
	}
	var complaints []string
	if len(e.after.Ledgers) == 0 || len(e.summary.Books) != len(e.after.Ledgers) {
		complaints = append(complaints, fmt.Sprintf("%d books for %d ledgers", len(e.summary.Books), len(e.after.Ledgers)))
	}
	if s := e.summary.Second; s.Written != 0 || s.Changed != 0 {
		complaints = append(complaints, fmt.Sprintf("the second sync wrote %d and changed %d", s.Written, s.Changed))
	}
	total := map[string]open{}
	for i, l := range e.after.Ledgers {
		zone, err := time.LoadLocation(l.Zone)
		if err != nil {
			return append(complaints, err.Error())
		}
		b := &bench{e: e, at: i, name: l.Name, zone: zone, before: before[l.ID], after: after[l.ID], account: e.after.Stripe[l.Account]}
		if b.before == nil || b.after == nil {
			return append(complaints, l.Name+" is not in the dumps")
		}
		for _, one := range e.summary.Proof {
			if one.Book == l.Name {
				b.lines = append(b.lines, one)
			}
		}
		b.run(total)
		complaints = append(complaints, b.complaints...)
	}
	if !maps.Equal(total, e.summary.Receivables) {
		complaints = append(complaints, fmt.Sprintf("receivables as pulled: the summary says %v, the dump adds up to %v", e.summary.Receivables, total))
	}
	return complaints
}

func (b *bench) run(total map[string]open) {
	// The books are the program's from the last midnight before set-up on.
	start := b.e.before.Now.In(b.zone)
	b.cutOver = time.Date(start.Year(), start.Month(), start.Day(), 0, 0, 0, 0, b.zone)
	b.pulled(total)
	b.receivables()
	b.clearing()
	b.parts()
	b.movements()
	b.payouts()
	b.links()
	b.counts()
	for _, l := range b.lines {
		if !l.Measured || parsed(l.Unexplained).sign() != 0 {
			b.complain("%s %s: measured %t, unexplained %s", l.Check, l.Currency, l.Measured, l.Unexplained)
		}
	}
}

// pulled compares the receivables right after set-up.
func (b *bench) pulled(total map[string]open) {
	invoices := b.before.open()
	var said map[string]open
	for _, c := range b.e.summary.Connections {
		if c.External == b.before.id {
			said = c.Receivables
		}
	}
	for _, currency := range currencies(invoices, b.before.credits) {
		i, c := invoices[currency], b.before.credits[currency]
		own := open{Invoices: i.String(), Credits: c.String(), Net: i.minus(c).String()}
		if i.sign() == 0 && c.sign() == 0 {
			continue
		}
		if said[currency] != own {
			b.complain("receivables as pulled in %s: the summary says %v, the dump adds up to %v", currency, said[currency], own)
		}
		t := total[currency]
		i, c = i.plus(parsed(t.Invoices)), c.plus(parsed(t.Credits))
		total[currency] = open{Invoices: i.String(), Credits: c.String(), Net: i.minus(c).String()}
	}
}

func currencies(all ...sums) []string {
	seen := map[string]bool{}
	for _, s := range all {
		for c := range s {
			seen[c] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// figure is one figure of the book's proof; false when no line has it.
func (b *bench) figure(check, currency string, of func(line) *string) (amount, bool) {
	for _, l := range b.lines {
		if l.Check == check && l.Currency == currency && of(l) != nil {
			return parsed(*of(l)), true
		}
	}
	return amount{}, false
}

func ofLedger(l line) *string { return l.Ledger }
func ofStripe(l line) *string { return l.Stripe }

// receivables compares the control accounts, and that no invoice is below
// zero.
func (b *bench) receivables() {
	for id, i := range b.after.invoices {
		if i.balance.sign() < 0 {
			b.complain("invoice %s (%s) has %s open", i.number, id, i.balance)
		}
	}
	if b.after.vendor == "xero" {
		control := b.e.after.Xero[b.after.id].Receivables
		if said, ok := b.figure("receivables", b.e.after.Ledgers[b.at].Home, ofLedger); !ok || !said.is(control) {
			b.complain("the proof has %s on the receivables account, the ledger %s", said, control)
		}
		return
	}
	for _, currency := range currencies(b.after.control) {
		control := b.after.control[currency]
		said, ok := b.figure("receivables", currency, ofLedger)
		if !said.is(control) || !ok && control.sign() != 0 {
			b.complain("the proof has %s %s on the receivables account, the ledger %s", said, currency, control)
		}
	}
}

// today is the day of the last measurement where the company is, or Stripe's,
// whose days are those of UTC, if that is later.
func (b *bench) today() string {
	now := b.e.after.Now
	return max(now.In(b.zone).Format(time.DateOnly), now.UTC().Format(time.DateOnly))
}

// accounts gives the clearing account of each currency: the one that the
// company had already, else the one that the program has made.
func (b *bench) accounts() map[string]string {
	out := map[string]string{}
	for _, m := range b.e.after.Ledgers[b.at].Money {
		for _, id := range []string{m.Clearing, b.after.stripe[m.Currency]} {
			if id != "" && out[m.Currency] == "" {
				out[m.Currency] = id
			}
		}
		if out[m.Currency] == "" {
			b.complain("there is no clearing account in %s", m.Currency)
		}
	}
	return out
}

// clearing adds up the clearing accounts from their documents, and Stripe from
// its movements.
func (b *bench) clearing() {
	stripe := sums{}
	for _, m := range b.account.Movements {
		stripe.add(strings.ToUpper(m.Currency), cents(m.Net))
		if m.Amount-m.Fee != m.Net {
			b.complain("movement %s: %d less %d is not %d", m.ID, m.Amount, m.Fee, m.Net)
		}
	}
	accounts := b.accounts()
	for currency, clearing := range accounts {
		own := b.after.clearing(clearing, b.today())
		if said, ok := b.figure("clearing", currency, ofLedger); ok && !said.is(own) {
			b.complain("clearing in %s: the proof has %s, the documents add up to %s", currency, said, own)
		} else if !ok && own.sign() != 0 {
			b.complain("clearing in %s: the proof says nothing, the documents add up to %s", currency, own)
		}
	}
	for currency, own := range stripe {
		if said, ok := b.figure("stripe_balance", currency, ofStripe); !ok || !said.is(own) {
			b.complain("Stripe's balance in %s: the proof has %s, the movements add up to %s", currency, said, own)
		}
		if said, ok := b.figure("clearing", currency, ofStripe); !ok || !said.is(own) {
			b.complain("clearing in %s: the proof expects %s, Stripe's movements add up to %s", currency, said, own)
		}
	}
}

// ours are the program's documents.
func (b *bench) ours() []document {
	var list []document
	for _, d := range b.after.documents {
		if d.ours() {
			list = append(list, d)
		}
	}
	return list
}

// parts checks that nothing is booked twice or before the cut-over.
func (b *bench) parts() {
	first := b.cutOver.Format(time.DateOnly)
	standing := map[string]string{}
	once := func(part, document string) {
		if other, twice := standing[part]; twice {
			b.complain("%s stands in %s and in %s", part, other, document)
		}
		standing[part] = document
	}
	for _, d := range b.ours() {
		name := d.kind + " " + d.id
		if d.date < first {
			b.complain("%s is dated %s, before the cut-over %s", name, d.date, first)
		}
		once("the marker "+d.marker(), name)
		switch d.purpose() {
		case "receipt":
			for target := range d.pays {
				once("the receipt of "+chargeIDs.FindString(d.text)+" for invoice "+target, name)
			}
		case "fee":
			once("the fee of "+txnIDs.FindString(d.text), name)
		case "payout":
			once("the payout "+payoutIDs.FindString(d.text), name)
		}
	}
}
