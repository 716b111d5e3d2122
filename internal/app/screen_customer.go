package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/web"
)

// Customer is one with what is open and how they pay.
func (r recordReader) Customer(ctx context.Context, tenant, own, connection, id string) (web.Customer, error) {
	b, vendor, err := r.of(ctx, tenant, connection)
	if err != nil {
		return web.Customer{}, err
	}
	if err := r.seen(ctx, tenant, own, connection, id); err != nil {
		return web.Customer{}, err
	}
	record, err := r.app.Store.CustomerRecord(ctx, b, id, maxRecords)
	if err != nil {
		return web.Customer{}, missing(err)
	}
	out := web.Customer{Customer: record.Customer, Connection: connection, Vendor: vendor, Book: b.ID, Cut: record.Cut}
	if parent := record.Customer.ParentID; parent != "" {
		above, err := r.app.Store.CustomerRecord(ctx, b, parent, 1)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		out.Parent = cmp.Or(above.Customer.Name, parent)
	}
	out.Joined, out.Apart = joinedPayers(record.Joined), joinedPayers(record.Apart)
	for _, c := range record.Credits {
		if c.Remaining != 0 && c.State == receivables.StateLive {
			out.Credits = append(out.Credits, web.Applied{ID: c.ID, Number: cmp.Or(c.Number, c.ID), On: c.Issued, Amount: money.Money{Minor: c.Remaining, Currency: c.Currency}})
		}
	}
	if err := r.customerAges(ctx, b, record, &out); err != nil {
		return out, err
	}
	if out.Terms != "" {
		c, err := r.app.Store.Connection(ctx, tenant, connection)
		if err != nil {
			return out, missing(err)
		}
		out.Terms = cmp.Or(c.Profile.Terms[out.Terms], out.Terms)
	}
	customerInvoices(record, connection, &out)
	customerHabits(record, connection, &out)
	customerTimeline(record, connection, &out)
	out.Notes, err = r.notes(ctx, tenant, connection, record.Customer.Ref())
	return out, err
}

func joinedPayers(list []store.Joined) []web.JoinedPayer {
	var out []web.JoinedPayer
	for _, j := range list {
		out = append(out, web.JoinedPayer{Connection: j.Connection, ID: j.Payer, Name: j.Name, Email: j.Email, Evidence: j.Evidence, By: j.By, At: j.At})
	}
	return out
}

// customerAges adds what is open by age, and in sum.
func (r recordReader) customerAges(ctx context.Context, b books.Book, record store.CustomerRecord, out *web.Customer) error {
	today := receivables.DateIn(r.app.config.Clock.Now(), b.Location())
	sums, err := r.app.Store.CustomerAges(ctx, b.Tenant, b.Ledger, record.Customer.ID, today)
	if err != nil {
		return err
	}
	ages := map[money.Currency]*web.AgeingLine{}
	if err := addAges(ages, sums); err != nil {
		return err
	}
	for c, line := range ages {
		open, err := line.Ageing.Total() // without credits, which are shown beside
		if err != nil {
			return err
		}
		out.Balances = append(out.Balances, money.Money{Minor: open, Currency: c})
	}
	slices.SortFunc(out.Balances, func(a, b money.Money) int { return cmp.Compare(a.Currency, b.Currency) })
	for _, c := range record.Credits {
		if c.State == receivables.StateLive && c.Remaining != 0 {
			lineOf(ages, c.Currency).Credit += c.Remaining
		}
	}
	for _, x := range record.Receipts {
		if x.State == receivables.StateLive && x.Unapplied != 0 {
			lineOf(ages, x.Currency).Credit += x.Unapplied
		}
	}
	out.Ageing, err = lines(ages)
	return err
}

// customerInvoices are what is open, and the newest that are settled.
func customerInvoices(record store.CustomerRecord, connection string, out *web.Customer) {
	paid := map[string]receivables.Date{}
	for _, x := range record.Receipts {
		for _, a := range x.Allocations {
			if x.State == receivables.StateLive && a.Target.Kind == receivables.KindInvoice {
				paid[a.Target.ID] = max(paid[a.Target.ID], x.Date)
			}
		}
	}
	row := func(inv receivables.Invoice) web.CustomerInvoice {
		of := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: inv.Currency} }
		return web.CustomerInvoice{
			InvoiceRef: refOf(connection, inv), Issued: inv.Issued, Due: inv.Due, Total: of(inv.Total), Amount: of(inv.Balance), State: string(inv.State), Paid: paid[inv.ID],
		}
	}
	for _, inv := range record.Open {
		out.Open = append(out.Open, row(inv))
	}
	for _, inv := range record.Invoices {
		if inv.State != receivables.StateLive || inv.Balance != 0 {
			continue
		}
		line := row(inv)
		if line.Paid != "" && inv.Issued != "" {
			line.Days = line.Paid.DaysSince(inv.Issued)
		}
		out.Settled = append(out.Settled, line)
	}
}

func refOf(connection string, inv receivables.Invoice) web.InvoiceRef {
	return web.InvoiceRef{Connection: connection, ID: inv.ID, Number: cmp.Or(inv.Number, inv.ID)}
}

// customerHabits are how fast the customer pays: every receipt as it was applied
// to the invoices that are read.
func customerHabits(record store.CustomerRecord, connection string, out *web.Customer) {
	known := map[string]receivables.Invoice{}
	for _, inv := range append(slices.Clone(record.Invoices), record.Open...) {
		known[inv.ID] = inv
	}
	habits := map[money.Currency]*web.Habit{}
	for _, x := range record.Receipts {
		for _, a := range x.Allocations {
			inv, ok := known[a.Target.ID]
			if !ok || a.Target.Kind != receivables.KindInvoice || x.State != receivables.StateLive || inv.State != receivables.StateLive || a.Amount <= 0 || inv.Issued == "" || x.Date == "" {
				continue
			}
			if habits[inv.Currency] == nil {
				habits[inv.Currency] = &web.Habit{Currency: inv.Currency}
			}
			h := habits[inv.Currency]
			h.Payments = append(h.Payments, web.HabitPayment{
				InvoiceRef: refOf(connection, inv), Payment: receivables.Payment{Issued: inv.Issued, Due: inv.Due, Paid: x.Date, Amount: a.Amount},
			})
		}
	}
	for _, h := range habits {
		list := make([]receivables.Payment, len(h.Payments))
		for i, p := range h.Payments {
			list[i] = p.Payment
		}
		h.Pace = receivables.PaceOf(list)
		out.Habits = append(out.Habits, *h)
	}
	slices.SortFunc(out.Habits, func(a, b web.Habit) int {
		return cmp.Or(-cmp.Compare(a.Count, b.Count), cmp.Compare(a.Currency, b.Currency))
	})
}

// customerTimeline is what happened with the customer, the newest first.
func customerTimeline(record store.CustomerRecord, connection string, out *web.Customer) {
	add := func(day receivables.Date, text string, ours bool, url string) {
		if at := day.Midnight(time.UTC); !at.IsZero() {
			who := out.Vendor
			if ours {
				who = "Tieout"
			}
			out.Timeline = append(out.Timeline, web.CustomerEvent{On: day, Text: text, Who: who, URL: url})
		}
	}
	for _, inv := range record.Invoices {
		text := "Invoice " + refOf(connection, inv).Number + " of " + money.Money{Minor: inv.Total, Currency: inv.Currency}.String()
		if inv.State != receivables.StateLive {
			text += ", now " + string(inv.State)
		}
		add(inv.Issued, text, false, "/invoices/"+connection+"/"+inv.ID)
	}
	for _, x := range record.Receipts {
		text := "Receipt of " + money.Money{Minor: x.Total, Currency: x.Currency}.String()
		if x.State != receivables.StateLive {
			text += ", now " + string(x.State)
		}
		add(x.Date, text, x.Marker != "", "")
	}
	for _, c := range record.Credits {
		text := "Credit " + cmp.Or(c.Number, c.ID) + " of " + money.Money{Minor: c.Total, Currency: c.Currency}.String()
		add(c.Issued, text, c.Marker != "", "")
	}
	for _, j := range record.Apart {
		out.Timeline = append(out.Timeline, web.CustomerEvent{On: receivables.DateIn(j.At, time.UTC), Text: "Taken apart from the Stripe customer " + j.Payer, Who: j.By})
	}
	slices.SortStableFunc(out.Timeline, func(a, b web.CustomerEvent) int { return -cmp.Compare(a.On, b.On) })
}

// Unjoin takes a processor's customer apart from one of the ledger's.
func (r recordReader) Unjoin(ctx context.Context, tenant, connection, customer, source, payer, by string) error {
	b, _, err := r.of(ctx, tenant, connection)
	if err != nil {
		return err
	}
	return missing(r.app.Store.Unjoin(ctx, b, source, payer, customer, by, r.app.config.Clock.Now()))
}

// AllowJoin lets rules join the two again.
func (r recordReader) AllowJoin(ctx context.Context, tenant, connection, customer, source, payer, by string) error {
	b, _, err := r.of(ctx, tenant, connection)
	if err != nil {
		return err
	}
	return missing(r.app.Store.AllowJoin(ctx, b, source, payer, customer, by, r.app.config.Clock.Now()))
}
