package statement

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/match"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// ErrConfirm says that a line cannot be confirmed as asked.
var ErrConfirm = errors.New("the line cannot be confirmed so")

// Choice is what a person says that a line is. Its zero value confirms what was
// found.
type Choice struct {
	// Customer and Pays replace what was found. What is left of the amount
	// becomes the customer's credit only where Credit says so.
	Customer string
	Pays     []Paid
	Credit   bool
	By       string
}

// Confirmation is a person's decision with all that follows from it.
type Confirmation struct {
	Account string
	Finding Finding
	By      string
	At      time.Time
	Rules   []Rule
	// Bookings are shown, Parts and Intents are stored: the outbox writes them.
	Bookings []mapping.Booking
	Parts    []reconcile.PartRow
	Intents  []push.Intent
}

// Confirmer plans what a confirmed line calls for. It makes no call.
type Confirmer struct {
	Book   books.Book
	Ledger connectors.Ledger
	Lock   receivables.Date
	// Earlier are parts of the line that were written and undone before: what is
	// written now is another document.
	Earlier []reconcile.PartRow
	Now     time.Time
	NewID   func() string
}

// Confirm turns a person's word about a line into receipts for the outbox and
// rules for later lines. open are the invoices that can be paid.
func (k *Confirmer) Confirm(account string, l Line, currency money.Currency, found Finding, choice Choice, open []Open) (Confirmation, error) {
	c := Confirmation{Account: account, By: choice.By, At: k.Now, Finding: found}
	if err := c.choose(l, choice, open); err != nil {
		return c, err
	}
	byID := map[string]Open{}
	for _, o := range open {
		byID[o.ID] = o
	}
	in := mapping.BankCase{
		Book: k.Book.ID, Account: account, Line: l.ID, On: l.On, Currency: currency, Amount: l.Amount, Payer: l.Name,
		Method: k.Book.Accounts.Method, By: choice.By, Lock: k.Lock,
	}
	for _, p := range c.Finding.Pays {
		in.Matches = append(in.Matches, mapping.Match{Invoice: p.Invoice, Customer: cmp.Or(byID[p.Invoice].Customer, c.Finding.Customer), Amount: p.Amount, Number: p.Number})
	}
	plan := mapping.PlanBankLine(in)
	if plan.Verdict != mapping.Booked {
		return c, fmt.Errorf("statement: %w: %s", ErrConfirm, plan.Why)
	}
	c.Bookings = plan.Bookings
	c.Rules = k.learn(l, c, open)
	return c, k.intend(&c)
}

// choose puts the person's words in the place of what was found, and checks
// that the line can be a receipt at all.
func (c *Confirmation) choose(l Line, choice Choice, open []Open) error {
	f := &c.Finding
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("statement: %w: %s", ErrConfirm, fmt.Sprintf(format, args...))
	}
	switch {
	case choice.By == "":
		return refuse("nobody has said who confirms it")
	case l.Amount <= 0:
		return refuse("money went out; only what came in is written from here")
	case f.Meaning == MeansPayout || f.Meaning == MeansPayoutReturn || f.Meaning == MeansBooked:
		return refuse("%s", f.Why)
	}
	if len(choice.Pays) > 0 || choice.Customer != "" {
		f.Pays, f.Customer = append([]Paid(nil), choice.Pays...), choice.Customer
		f.Why = "Chosen by " + choice.By + "."
	}
	left := l.Amount
	for i, p := range f.Pays {
		at := -1
		for k, o := range open {
			if o.ID == p.Invoice {
				at = k
			}
		}
		if at < 0 {
			return refuse("the invoice %s is not open", p.Invoice)
		}
		f.Customer, f.Pays[i].Number = cmp.Or(f.Customer, open[at].Customer), open[at].Number
		if p.Amount == 0 {
			f.Pays[i].Amount = min(left, open[at].Amount)
		}
		if f.Pays[i].Amount <= 0 || f.Pays[i].Amount > open[at].Amount {
			return refuse("%s has less open than that", open[at].Number)
		}
		left -= f.Pays[i].Amount
	}
	switch {
	case left < 0:
		return refuse("the invoices take more than the line has")
	case left > 0 && !choice.Credit:
		return refuse("a part of the line pays no invoice: name more invoices, or keep it as the customer's credit")
	case f.Customer == "":
		return refuse("nobody knows whose it is: name the invoices or the customer")
	case left > 0:
		f.Pays = append(f.Pays, Paid{Amount: left})
	}
	f.Meaning, f.Sure, f.Near = MeansReceipt, true, nil
	return nil
}

// learn makes rules of a confirmation: who the payer is, and what they paid at
// once and what they left.
func (k *Confirmer) learn(l Line, c Confirmation, open []Open) []Rule {
	rule := Rule{Customer: c.Finding.Customer, Line: l.ID, By: c.By, At: c.At}
	var rules []Rule
	if key := l.AliasKey(); key != "" {
		alias := rule
		alias.ID, alias.Kind, alias.Key = k.NewID(), RuleAlias, key
		alias.Why = fmt.Sprintf("%s has confirmed that %q pays for this customer.", c.By, strings.TrimSpace(cmp.Or(l.Name, l.Account, l.Text)))
		rules = append(rules, alias)
	}
	habit := rule
	habit.ID, habit.Kind, habit.On = k.NewID(), RuleHabit, l.On
	for _, o := range open {
		switch paid := containsPaid(c.Finding.Pays, o.ID); {
		case o.Customer != c.Finding.Customer || o.Due == "":
		case paid:
			habit.Paid = append(habit.Paid, o.Due)
		case o.Issued <= l.On:
			habit.Left = append(habit.Left, o.Due)
		}
	}
	if len(habit.Paid) > 0 {
		habit.Why = fmt.Sprintf("On %s this customer paid %d of %d open invoices at once.", l.On.Words(), len(habit.Paid), len(habit.Paid)+len(habit.Left))
		rules = append(rules, habit)
	}
	return rules
}

func containsPaid(list []Paid, invoice string) bool {
	for _, p := range list {
		if p.Invoice == invoice {
			return true
		}
	}
	return false
}

// intend makes the intents and their parts.
func (k *Confirmer) intend(c *Confirmation) error {
	generation := 0
	for _, p := range k.Earlier {
		generation = max(generation, p.Generation+1)
	}
	for _, b := range c.Bookings {
		writes, err := k.Ledger.Lower(b, generation)
		if err != nil {
			return fmt.Errorf("statement: %w: %w", ErrConfirm, err)
		}
		for _, write := range writes {
			whole := b
			whole.Parts = write.Parts
			in := push.Intent{
				Tenant: k.Book.Tenant, ID: k.NewID(), Book: k.Book.ID, Connection: k.Book.Ledger, Generation: generation, State: push.StatePlanned, Priority: push.PriorityReceipt,
				Sort: string(b.Date) + b.Source, Write: write, Booking: &whole, Why: b.Memo + ", confirmed by " + c.By, CreatedAt: k.Now, UpdatedAt: k.Now,
			}
			c.Intents = append(c.Intents, in)
			for _, p := range write.Parts {
				c.Parts = append(c.Parts, reconcile.PartRow{Part: p, Connection: k.Book.Ledger, Marker: write.Marker, Generation: generation, State: reconcile.PartPlanned, Intent: in.ID})
			}
		}
	}
	return nil
}

// Items are open invoices as the matcher sees them.
func Items(invoices []receivables.Invoice) []Open {
	out := make([]Open, 0, len(invoices))
	for _, inv := range invoices {
		out = append(out, Open{match.Item{ID: inv.ID, Customer: inv.CustomerID, Amount: inv.Balance, Issued: inv.Issued, Due: cmp.Or(inv.Due, inv.Issued)}, inv.Number})
	}
	return out
}

// Names are the names by which customers are known.
func Names(customers []receivables.Customer) []match.Name {
	var out []match.Name
	for _, c := range customers {
		out = append(out, match.Name{Customer: c.ID, Name: c.Name})
		if c.Company != "" && c.Company != c.Name {
			out = append(out, match.Name{Customer: c.ID, Name: c.Company})
		}
	}
	return out
}
