package judge_test

import (
	"strings"
	"time"
)

// booked is what our documents have booked of one movement.
type booked struct {
	receipts, fee, transfer amount
	transfers               int
}

// bookings adds up our documents by movement.
func (b *bench) bookings() map[string]*booked {
	charges, payouts := map[string]string{}, map[string]string{}
	out := map[string]*booked{}
	for _, m := range b.account.Movements {
		out[m.ID] = &booked{}
		switch m.Category {
		case "charge":
			charges[m.Source] = m.ID
		case "payout":
			payouts[m.Source] = m.ID
		}
	}
	clearing := b.accounts()
	for _, d := range b.ours() {
		var id string
		switch purpose := d.purpose(); purpose {
		case "receipt":
			id = charges[chargeIDs.FindString(d.text)]
		case "fee":
			if id = txnIDs.FindString(d.text); id == "" {
				id = charges[chargeIDs.FindString(d.text)]
			}
		case "payout":
			id = payouts[payoutIDs.FindString(d.text)]
		}
		one := out[id]
		if one == nil {
			b.complain("%s %s stands for no movement of Stripe: %s", d.kind, d.id, d.text)
			continue
		}
		var moved amount
		for _, account := range clearing {
			moved = moved.plus(d.moves[account])
		}
		switch d.purpose() {
		case "receipt":
			one.receipts = one.receipts.plus(moved)
		case "fee":
			one.fee = one.fee.minus(moved)
		case "payout":
			one.transfer = one.transfer.minus(moved)
			one.transfers++
		}
	}
	return out
}

// movements checks each movement since the cut-over: what is booked of it is
// all of it, or the proof names exactly what is missing.
func (b *bench) movements() {
	named := sums{}
	for _, l := range b.lines {
		if l.Check != "clearing" {
			continue
		}
		for _, item := range l.Explained {
			named.add(item.ID, parsed(item.Amount))
			if item.Overdue {
				b.complain("%s is overdue", item.ID)
			}
		}
	}
	bookings := b.bookings()
	for _, m := range b.account.Movements {
		one := bookings[m.ID]
		effect := one.receipts.minus(one.fee).minus(one.transfer)
		if time.Unix(m.Created, 0).Before(b.cutOver) {
			if effect.sign() != 0 {
				b.complain("movement %s lies before the cut-over and %s of it are booked", m.ID, effect)
			}
			continue
		}
		if missing := effect.minus(cents(m.Net)); !missing.is(named[m.ID]) {
			b.complain("movement %s (%s, net %s): %s is booked, the proof names %s", m.ID, m.Category, cents(m.Net), effect, named[m.ID])
		}
		if one.fee.sign() != 0 && !one.fee.is(cents(m.Fee)) {
			b.complain("movement %s: the fee is %s, %s is booked", m.ID, cents(m.Fee), one.fee)
		}
		if m.Category == "charge" && one.receipts.minus(cents(m.Amount)).sign() > 0 {
			b.complain("movement %s: %s is booked of %s", m.ID, one.receipts, cents(m.Amount))
		}
	}
}

// payouts checks the bank's side: each paid payout is one transfer to the bank
// of its destination, of its amount, on the day it arrived.
func (b *bench) payouts() {
	transfers := map[string]document{}
	for _, d := range b.ours() {
		if d.purpose() == "payout" {
			transfers[payoutIDs.FindString(d.text)] = d
		}
	}
	banks := map[string]string{}
	for _, m := range b.e.after.Ledgers[b.at].Money {
		banks[m.Destination] = m.Bank
	}
	for _, p := range b.account.Payouts {
		d, ok := transfers[p.ID]
		since := !time.Unix(p.Created, 0).Before(b.cutOver)
		if ok != (since && p.Status == "paid") {
			b.complain("payout %s (%s, since the cut-over: %t): booked is %t", p.ID, p.Status, since, ok)
		}
		if !ok {
			continue
		}
		if arrived := d.moves[banks[p.Destination]]; !arrived.is(cents(p.Amount)) {
			b.complain("payout %s of %s puts %s on its bank", p.ID, cents(p.Amount), arrived)
		}
		if arrival := time.Unix(p.Arrival, 0).UTC().Format(time.DateOnly); d.date != arrival {
			b.complain("payout %s arrived on %s and is booked on %s", p.ID, arrival, d.date)
		}
		var members int64
		for _, m := range b.account.Movements {
			if b.account.Members[m.ID] == p.ID && m.Source != p.ID {
				members += m.Net
			}
		}
		if members != p.Amount {
			b.complain("payout %s of %s has members of %s", p.ID, cents(p.Amount), cents(members))
		}
	}
}

// links checks that whatever can be paid at Stripe asks for exactly what is
// payable, and that every open invoice can be paid once.
func (b *bench) links() {
	receipts := map[string]sums{}
	for _, d := range b.ours() {
		if d.purpose() == "receipt" {
			id := chargeIDs.FindString(d.text)
			if receipts[id] == nil {
				receipts[id] = sums{}
			}
			for target, a := range d.pays {
				receipts[id].add(target, a)
			}
		}
	}
	payable := sums{}
	for id, i := range b.after.invoices {
		payable[id] = i.balance
	}
	for _, c := range b.account.Charges {
		id := c.Metadata["tieout_invoice"]
		if id == "" || c.Status != "succeeded" && c.Status != "pending" {
			continue
		}
		if receipts[c.ID] == nil {
			payable[id] = payable[id].minus(cents(c.Amount))
		}
	}
	active, unseen, first := map[string]int{}, 0, 0
	for _, l := range b.account.Links {
		if l.Metadata["tieout_generation"] == "1" {
			first++
		}
		if !l.Active || l.Metadata["tieout_invoice"] == "" {
			continue
		}
		id := l.Metadata["tieout_invoice"]
		active[id]++
		asks, ok := b.asks(l)
		if want := payable[id]; !ok || want.sign() <= 0 || !asks.is(want) {
			b.complain("the link %s of invoice %s asks for %s, payable is %s", l.ID, b.after.invoices[id].number, asks, want)
		}
		if !strings.Contains(b.after.invoices[id].all, l.URL) {
			unseen++
		}
	}
	// An invoice whose text is full carries no link; the summary counts it as
	// not written.
	written, _ := b.book()
	if room := first - written.Links.Written; unseen > room || room < 0 || written.Links.Visible > written.Links.Written {
		b.complain("%d payable links stand on no invoice; the summary says %+v of %d", unseen, written.Links, first)
	}
	for id, a := range payable {
		if want := min(max(a.sign(), 0), 1); active[id] != want {
			b.complain("invoice %s with %s payable has %d active links", b.after.invoices[id].number, a, active[id])
		}
	}
}

// asks is what a link takes: the one price made with the same metadata.
func (b *bench) asks(l link) (amount, bool) {
	for _, p := range b.account.Prices {
		if p.Metadata["tieout_key"] != "" && p.Metadata["tieout_key"] == l.Metadata["tieout_key"] {
			return cents(p.Unit), true
		}
	}
	return amount{}, false
}

// counts compares the numbers of documents.
func (b *bench) counts() {
	counted := map[string]int{}
	for _, d := range b.ours() {
		counted[d.purpose()]++
	}
	said, ok := b.book()
	if !ok {
		b.complain("the summary has no book of it")
	}
	for _, purpose := range []string{"receipt", "fee", "payout"} {
		if said.Documents[purpose] != counted[purpose] {
			b.complain("the summary says %d documents of %s, the ledger has %d", said.Documents[purpose], purpose, counted[purpose])
		}
	}
}

// book is what the summary says of the ledger's book.
func (b *bench) book() (book, bool) {
	for _, c := range b.e.summary.Connections {
		for _, one := range b.e.summary.Books {
			if c.External == b.after.id && one.Ledger == c.ID {
				return one, true
			}
		}
	}
	return book{}, false
}
