package app

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/alarm"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
	"tieout/web"
)

// What the first page lists.
const (
	homeReceipts  = 12
	homeQuestions = 4
)

// homeReader reads what the first page shows.
type homeReader struct{ app *App }

// Home is as of today in zone.
func (h homeReader) Home(ctx context.Context, tenant, own string, zone *time.Location) (web.Home, error) {
	var out web.Home
	connections, err := h.app.Store.Connections(ctx, tenant)
	if err != nil {
		return out, err
	}
	all, err := h.app.Store.Books(ctx, tenant)
	if err != nil {
		return out, err
	}
	now := h.app.config.Clock.Now()
	today := receivables.DateIn(now, zone)
	ages, bill := map[money.Currency]*web.AgeingLine{}, billing{}
	for _, b := range all {
		if err := h.age(ctx, b, today, own, ages); err != nil {
			return out, err
		}
		if own != "" {
			continue // the rest is of the whole organisation
		}
		if err := bill.add(ctx, h.app.Store, b, today); err != nil {
			return out, err
		}
		if err := h.book(ctx, b, connections, today.Midnight(zone), &out); err != nil {
			return out, err
		}
	}
	if out.Ageing, err = lines(ages); err != nil {
		return out, err
	}
	out.Billing = bill.lines(today)
	slices.SortFunc(out.Today.Receipts, func(a, b web.Receipt) int { return b.At.Compare(a.At) })
	out.Today.Receipts = out.Today.Receipts[:min(len(out.Today.Receipts), homeReceipts)]
	if own == "" {
		if out.Connections, err = h.health(ctx, tenant, connections); err == nil {
			out.Machines, err = h.machines(ctx, tenant)
		}
	}
	return out, err
}

// machines say which machines begin no work.
func (h homeReader) machines(ctx context.Context, tenant string) ([]string, error) {
	rows, err := h.app.Store.Alarms(ctx, tenant)
	var out []string
	for _, r := range rows {
		if r.Kind == alarm.Clock && r.Cleared == nil {
			out = append(out, r.Text)
		}
	}
	return out, err
}

// lines are the ages by currency, the one with the most invoices first.
func lines(ages map[money.Currency]*web.AgeingLine) ([]web.AgeingLine, error) {
	var out []web.AgeingLine
	for _, line := range ages {
		var err error
		if line.Sum, err = line.Ageing.Total(); err != nil {
			return nil, err
		}
		out = append(out, *line)
	}
	slices.SortFunc(out, func(a, b web.AgeingLine) int {
		return cmp.Or(-cmp.Compare(a.Invoices, b.Invoices), strings.Compare(string(a.Currency), string(b.Currency)))
	})
	return out, nil
}

// book adds what there is to say of a book.
func (h homeReader) book(ctx context.Context, b books.Book, connections []books.Connection, midnight time.Time, out *web.Home) error {
	sentence, err := h.proof(ctx, b, connections)
	if err != nil {
		return err
	}
	out.Proofs = append(out.Proofs, sentence)
	if err := h.waiting(ctx, b, &out.Waiting); err != nil {
		return err
	}
	return h.today(ctx, b, midnight, &out.Today)
}

// age adds a book's open invoices and credits to the ages by currency.
func (h homeReader) age(ctx context.Context, b books.Book, today receivables.Date, own string, ages map[money.Currency]*web.AgeingLine) error {
	sums, err := h.app.Store.AgedSums(ctx, b, today, own)
	if err != nil {
		return err
	}
	if err := addAges(ages, sums); err != nil {
		return err
	}
	if own != "" {
		return nil
	}
	open, err := h.app.Store.BookReceivables(ctx, b)
	if err != nil {
		return err
	}
	for c, s := range open {
		if s.Ledger.Credits != 0 || s.Count != 0 {
			l := lineOf(ages, c)
			l.Credit, l.Made, l.MadeCount = l.Credit+s.Ledger.Credits, l.Made+s.Billed, l.MadeCount+s.Count
		}
	}
	return nil
}

// lineOf is the line of a currency.
func lineOf(ages map[money.Currency]*web.AgeingLine, c money.Currency) *web.AgeingLine {
	if ages[c] == nil {
		ages[c] = &web.AgeingLine{Currency: c}
	}
	return ages[c]
}

// addAges adds sums by bucket to the lines of their currencies.
func addAges(ages map[money.Currency]*web.AgeingLine, sums []store.AgedSum) (err error) {
	for _, s := range sums {
		l := lineOf(ages, s.Currency)
		bucket := []*int64{&l.Current, &l.To30, &l.To60, &l.To90, &l.Over90}[s.Bucket]
		if *bucket, err = money.AddMinor(*bucket, s.Amount); err != nil {
			return err
		}
		l.Invoices += s.Count
	}
	return nil
}

// proof says of a book whether it ties out.
func (h homeReader) proof(ctx context.Context, b books.Book, connections []books.Connection) (web.ProofSentence, error) {
	out := web.ProofSentence{Book: b.ID, Name: b.Name, State: web.ProofNone}
	for _, c := range connections {
		if c.ID == b.Ledger {
			out.Ledger = c.Vendor
		}
		if slices.Contains(b.Sources, c.ID) && !slices.Contains(out.Processors, c.Vendor) {
			out.Processors = append(out.Processors, c.Vendor)
		}
	}
	p, ok, err := h.app.Store.LatestProof(ctx, b.Tenant, b.ID)
	if err != nil || !ok {
		return out, err
	}
	out.State, out.At, out.Lines = web.ProofAgrees, p.At, len(p.Lines)
	for _, l := range p.Lines {
		if l.Open() {
			out.Open++
		}
		switch {
		case l.Measured && l.Unexplained != 0 && out.State != web.ProofDiffers:
			out.State, out.Cause = web.ProofDiffers, differs(l)
			out.Rest = money.Money{Minor: l.Unexplained, Currency: l.Currency}
		case !l.Measured && out.State == web.ProofAgrees:
			out.State, out.Cause = web.ProofUnmeasured, sentenceOf(l.Why)
		}
	}
	return out, nil
}

// differs says in words where a line differs, and names the first document.
func differs(l proof.Line) string {
	text := "It shows in " + strings.ReplaceAll(string(l.Check), "_", " ") + "."
	if len(l.Causes) > 0 {
		text += " " + sentenceOf(l.Causes[0].Text)
	}
	return text
}

// sentenceOf is a text with a capital and a full stop.
func sentenceOf(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// waiting adds what of a book needs a person.
func (h homeReader) waiting(ctx context.Context, b books.Book, out *web.Waiting) error {
	waiting, err := h.app.Store.Waiting(ctx, b.Tenant, b.ID, homeQuestions)
	if err != nil {
		return err
	}
	exceptions, err := h.app.exceptions(ctx, b)
	if err != nil {
		return err
	}
	out.Questions += waiting.Questions
	out.Parked += waiting.Parked
	out.Writes += waiting.Writes
	out.Exceptions += len(exceptions)
	for _, d := range waiting.First[:min(len(waiting.First), homeQuestions-len(out.First))] {
		out.First = append(out.First, question(d))
	}
	return nil
}

// today adds a book's payments since midnight.
func (h homeReader) today(ctx context.Context, b books.Book, midnight time.Time, out *web.Today) error {
	list, sums, count, err := h.app.Store.Arrivals(ctx, b, midnight, homeReceipts)
	if err != nil {
		return err
	}
	out.Count += count
	for _, s := range sums {
		at := slices.IndexFunc(out.Sums, func(m money.Money) bool { return m.Currency == s.Currency })
		if at < 0 {
			out.Sums = append(out.Sums, s)
			continue
		}
		if out.Sums[at], err = out.Sums[at].Add(s); err != nil {
			return err
		}
	}
	for _, a := range list {
		out.Receipts = append(out.Receipts, receiptOf(b, a))
	}
	return nil
}

func receiptOf(b books.Book, a store.Arrival) web.Receipt {
	r := web.Receipt{At: a.At, ID: a.Movement, Amount: a.Amount, Payer: cmp.Or(a.Payer.Name, a.Charge.Name, a.Payer.Email, a.Charge.Email), State: "new"}
	for _, i := range a.Invoices {
		r.Invoices = append(r.Invoices, web.InvoiceRef{Connection: b.Ledger, ID: i.ID, Number: cmp.Or(i.Number, i.ID)})
	}
	switch {
	case a.Asked:
		r.State = "suggested"
	case a.State == reconcile.MovementHeld, a.State == reconcile.MovementException:
		r.State = "held"
	case len(r.Invoices) > 0:
		r.State = "matched"
	}
	return r
}

// health is each connection in a line.
func (h homeReader) health(ctx context.Context, tenant string, connections []books.Connection) ([]web.Health, error) {
	status := make([]web.ConnectionStatus, len(connections))
	if err := h.app.consentsOf(ctx, tenant, connections, status); err != nil {
		return nil, err
	}
	out := make([]web.Health, len(connections))
	for i, c := range connections {
		out[i] = web.Health{
			ID: c.ID, Vendor: c.Vendor, Name: c.Profile.Name, State: string(c.State), Why: c.Why, Notice: cmp.Or(status[i].Warning, c.Notice()),
			Fresh: c.Fresh, Due: c.Due,
		}
	}
	return out, nil
}
