package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
)

type bookCommand struct {
	New      bookNew      `cmd:"" help:"Make a book of a ledger connection and Stripe connections."`
	Accounts bookAccounts `cmd:"" help:"Find the accounts that the book writes to; make those that are missing with --create."`
	Cutover  bookCutover  `cmd:"" help:"Show the opening figures of a cut-over day or a first payout, and confirm it with --confirm."`
	Links    bookLinks    `cmd:"" help:"Choose which invoices get payment links, and where they are shown."`
	Settings bookSettings `cmd:"" help:"Show or choose how fees, closed periods and what goes back to payers are booked."`
	Writes   bookWrites   `cmd:"" help:"Switch the writing on (what the preview showed) or off."`
}

type bookNew struct {
	Ledger string   `required:"" placeholder:"ID" help:"Id of the ledger's connection, as tieout status shows it."`
	Stripe []string `required:"" placeholder:"ID" help:"Id of a Stripe connection; may be given several times."`
	Demo   bool     `help:"The ledger is a demo: test-mode money may go into it."`
	NoLine bool     `help:"Never add a line with the payment link to a document."`
}

// Run makes the book.
func (n *bookNew) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		ledger, err := a.connection(ctx, n.Ledger)
		if err != nil {
			return fmt.Errorf("--ledger: %w", err)
		}
		var sources []books.Connection
		for _, id := range n.Stripe {
			source, err := a.connection(ctx, id)
			if err != nil {
				return fmt.Errorf("--stripe: %w", err)
			}
			sources = append(sources, source)
		}
		b, err := a.Connect.NewBook(ctx, ledger, sources, n.Demo)
		if errors.Is(err, connect.ErrLiveMix) {
			return fmt.Errorf("%w; a ledger that is only for trying out takes test-mode money with --demo", err)
		}
		if err != nil {
			return err
		}
		if n.NoLine {
			b.Settings.LinkOnDocument = false
			if b, err = a.Connect.SaveBook(ctx, b); err != nil {
				return err
			}
		}
		c.say("Book %s: %s", b.ID, b.Name)
		return c.next(ctx, a.App)
	})
}

type bookAccounts struct {
	Book   string            `arg:"" help:"Id of the book."`
	Create bool              `help:"Create in the ledger what is missing."`
	Bank   map[string]string `placeholder:"CURRENCY=ID" help:"Bank account that Stripe pays a currency into; CURRENCY-ba_1=ID for one of the accounts that it pays into. May be repeated."`
}

// choices are the places that the flags name. With --create, what is proposed
// is made wherever nothing is chosen.
func (k *bookAccounts) choices(plan connectors.AccountPlan) map[string]string {
	out := map[string]string{}
	for _, p := range connect.Places(plan) {
		if k.Create && p.ID == "" && p.Proposed != nil {
			out[p.Key()] = connect.New
		}
	}
	for currency, id := range k.Bank {
		currency, destination, one := strings.Cut(currency, "-")
		key := "bank-" + strings.ToUpper(currency)
		if one {
			key += "-" + destination
		}
		out[key] = id
	}
	return out
}

// Run detects, creates on request, and stores the accounts.
func (k *bookAccounts) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		plan, err := a.AccountPlan(ctx, b)
		if err != nil {
			return err
		}
		who, err := person("")
		if err != nil {
			return err
		}
		b, plan, err = a.ChooseAccounts(ctx, b, k.choices(plan), who)
		if errors.Is(err, connect.ErrNoAccount) {
			return usagef("--bank: %v", err)
		}
		if err != nil {
			return waiting(err, who)
		}
		for _, n := range plan.Create {
			c.say("missing: %s %q %s (--create makes it)", n.Use, n.Name, n.Currency)
		}
		for _, missing := range plan.Missing {
			c.say("to choose: %s", missing.Text)
		}
		shown, err := a.Store.DestinationsShown(ctx, b.Tenant, b.Sources)
		if err != nil {
			return err
		}
		c.unknown(plan, shown)
		c.accounts(b, plan, shown)
		return c.next(ctx, a.App)
	})
}

// unknown names the destinations of payouts that nobody has chosen a bank for.
func (c console) unknown(plan connectors.AccountPlan, shown map[string]receivables.Destination) {
	for _, p := range connect.Places(plan) {
		if destination := cmp.Or(p.Destination, p.Sole); p.Unknown {
			c.say("to choose: the bank account of payouts in %s to %s (--bank %s-%s=ID)", p.Currency, shown[destination].Called(destination), p.Currency, destination)
		}
	}
}

func (c console) accounts(b books.Book, plan connectors.AccountPlan, shown map[string]receivables.Destination) {
	rows := []string{"USE\tCURRENCY\tACCOUNT\tOF PAYOUTS TO"}
	for _, cur := range slices.Sorted(maps.Keys(b.Accounts.Clearing)) {
		rows = append(rows, fmt.Sprintf("clearing\t%s\t%s\t", cur, b.Accounts.Clearing[cur]))
	}
	rows = append(rows, "fees\t\t"+b.Accounts.Fees+"\t")
	for _, key := range slices.Sorted(maps.Keys(b.Accounts.Banks)) {
		currency, every := strings.CutPrefix(key, "*")
		to := ""
		if !every {
			currency, to = string(plan.Destinations[key]), shown[key].Called(key)
		}
		rows = append(rows, fmt.Sprintf("bank\t%s\t%s\t%s", currency, b.Accounts.Banks[key], to))
	}
	c.table(rows...)
}

type bookCutover struct {
	Book    string                    `arg:"" help:"Id of the book."`
	Day     string                    `xor:"start" required:"" placeholder:"YYYY-MM-DD" help:"First day that is Tieout's."`
	Payout  string                    `name:"from-payout" xor:"start" required:"" placeholder:"ID" help:"First payout that is Tieout's (po_...), with all that it and later ones pay out."`
	Opening map[money.Currency]string `placeholder:"CURRENCY=ACCOUNT" help:"Enter what a clearing account lacks by a document against this account (its id, code or name), dated the day before. May be repeated."`
	Confirm bool                      `help:"Confirm it."`
}

// Run shows what the clearing accounts have to hold on the day, and confirms.
func (k *bookCutover) Run(ctx context.Context, g *Global, c console) error {
	start := books.Start{Payout: k.Payout}
	if k.Payout == "" {
		day, err := receivables.ParseDate(k.Day)
		if err != nil {
			return usagef("--day %s: not a day of the form YYYY-MM-DD", k.Day)
		}
		start.Day = day
	}
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		proposed, err := a.CutOver(ctx, b, start)
		if err != nil {
			return err
		}
		c.fromPayout(b, proposed)
		c.openings(proposed.Openings)
		c.otherWriters(proposed.Writers)
		if proposed, err = k.enter(ctx, a, b, proposed); err != nil {
			return err
		}
		if !k.Confirm {
			c.say("Nothing was changed. Confirm with --confirm.")
			return nil
		}
		who, err := person("")
		if err != nil {
			return err
		}
		if _, err = a.ConfirmCutOver(ctx, b, proposed, who); err != nil {
			return waiting(err, who)
		}
		if proposed.From != nil {
			c.say("The books are Tieout's from payout %s on.", proposed.From.Payout)
		} else {
			c.say("The books are Tieout's from %s on.", proposed.Day)
		}
		return c.next(ctx, a.App)
	})
}

// fromPayout says what it means to begin with a payout.
func (c console) fromPayout(b books.Book, shown app.CutOver) {
	if shown.From == nil {
		return
	}
	c.say("Payout %s was made on %s. It and later ones pay out movements from %s on; these are Tieout's.", shown.From.Payout, shown.Day, receivables.DateIn(shown.At, b.Location()))
	c.say("Not Tieout's: %d movements since then that an earlier payout had paid out, and %d payments whose receipt stands in the ledger.",
		len(shown.Earlier)-len(shown.Entered), len(shown.Entered))
	const listed = 20
	for _, x := range shown.Entered[:min(len(shown.Entered), listed)] {
		c.say("  %s of %s: %s", x.Charge, x.Date, x.Receipt)
	}
	c.say("Compared are all movements that are not Tieout's, and what the clearing accounts hold on the evening of %s:", shown.From.Compared)
}

// enter names the accounts of opening documents.
func (k *bookCutover) enter(ctx context.Context, a opened, b books.Book, shown app.CutOver) (app.CutOver, error) {
	among, err := a.Counters(ctx, b)
	if err != nil {
		return shown, err
	}
	counters := map[money.Currency]string{}
	for currency, name := range k.Opening {
		counters[currency] = name
		for _, x := range among {
			if x.ID == name || strings.EqualFold(x.Code, name) || strings.EqualFold(x.Name, name) {
				counters[currency] = x.ID
			}
		}
	}
	return shown.Enter(counters, among)
}

// otherWriters tells what other programs or people book of Stripe's money in
// the ledger, so that they are switched off before Tieout begins.
func (c console) otherWriters(found []proof.Writer) {
	const shown = 10
	for _, w := range found[:min(len(found), shown)] {
		c.say("another writer: %s %s", w.Text(), w.Action())
	}
	if len(found) > shown {
		c.say("and %d more traces of other writers in the %d days before.", len(found)-shown, app.WritersLookBack)
	}
}

func (c console) openings(list []connect.Opening) {
	rows := []string{"CURRENCY\tSTRIPE HELD\tCLEARING HOLDS"}
	for _, o := range list {
		holds := "not measured"
		if o.Ledger != nil {
			holds = money.Money{Minor: *o.Ledger, Currency: o.Currency}.Text(money.ISO)
		}
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s", o.Currency, money.Money{Minor: o.Stripe, Currency: o.Currency}.Text(money.ISO), holds))
	}
	c.table(rows...)
}

type bookWrites struct {
	Book    string `arg:"" help:"Id of the book."`
	Switch  string `arg:"" enum:"on,off" help:"on or off."`
	Confirm string `placeholder:"DIGEST" help:"Let the book write what tieout preview showed under this digest."`
}

// Run switches the writing. What a book is to write has been seen before it
// writes: the digest says that it is still the same.
func (k *bookWrites) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		on := k.Switch == "on"
		if on && !b.Writes {
			err = k.on(ctx, a, c, b)
		} else {
			_, err = a.Connect.SwitchWrites(ctx, b, on)
		}
		if errors.Is(err, errOnlyShown) {
			return nil
		}
		if err != nil {
			return err
		}
		c.say("Writing of book %s is %s.", b.Name, k.Switch)
		if on {
			c.say("Next: tieout sync writes now; tieout serve keeps everything in step.")
		}
		return nil
	})
}

// errOnlyShown ends a command that has shown what it would do.
var errOnlyShown = errors.New("nothing was confirmed")

// on shows what the book would write, and switches the writing on when just
// that is confirmed.
func (k *bookWrites) on(ctx context.Context, a opened, c console, b books.Book) error {
	if err := connect.Ready(b); err != nil {
		return err
	}
	p, err := a.Preview(ctx, b)
	if err != nil {
		return err
	}
	if k.Confirm == "" {
		c.say("%s: %d writes would be made. Nothing was changed.", b.Name, len(p.Lines))
		c.lines(p.Lines)
		c.totals(p.Totals, nil)
		c.say("To let it write them: tieout book writes %s on --confirm %s", b.ID, p.Digest)
		return errOnlyShown
	}
	who, err := person("")
	if err != nil {
		return err
	}
	_, err = a.SwitchOn(ctx, b, p, k.Confirm, who)
	if errors.Is(err, app.ErrConfirm) {
		return fmt.Errorf("%w: tieout preview --book %s shows it", err, b.ID)
	}
	return waiting(err, who)
}

type bookLinks struct {
	Book         string   `arg:"" help:"Id of the book, as tieout status shows it."`
	On           *bool    `negatable:"" help:"Put payment links on open invoices, or not (--no-on)."`
	OnDocument   *bool    `negatable:"" help:"Allow a line with the link on the document where there is no other place, or not."`
	SkipCustomer []string `placeholder:"ID" help:"No links for this customer of the ledger; replaces the earlier list."`
	SkipInvoice  []string `placeholder:"ID" help:"No link for this invoice of the ledger; replaces the earlier list."`
	StaffURL     *string  `placeholder:"URL" help:"Address of your own record of an invoice, without its id, for ledgers with a place for it."`
}

// Run changes the book's choices about links and shows them.
func (k *bookLinks) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		b, err := a.book(ctx, k.Book)
		if err != nil {
			return err
		}
		if b, err = changeRules(ctx, a, b, k.rules()); err != nil {
			return err
		}
		s := b.Settings
		c.table("LINKS\tON DOCUMENT\tSKIPPED CUSTOMERS\tSKIPPED INVOICES\tSTAFF URL",
			fmt.Sprintf("%v\t%v\t%s\t%s\t%s", s.Links, s.LinkOnDocument, strings.Join(s.NoLinkCustomers, " "), strings.Join(s.NoLinkInvoices, " "), s.StaffURL))
		return nil
	})
}

// rules are what the flags say.
func (k *bookLinks) rules() connect.Rules {
	rules := connect.Rules{}
	for name, flag := range map[string]*bool{"links": k.On, "link-line": k.OnDocument} {
		if flag != nil {
			rules[name] = map[bool]string{true: "on", false: "off"}[*flag]
		}
	}
	if k.StaffURL != nil {
		rules["staff-url"] = *k.StaffURL
	}
	for name, ids := range map[string][]string{"skip-customers": k.SkipCustomer, "skip-invoices": k.SkipInvoice} {
		if len(ids) > 0 {
			rules[name] = strings.Join(ids, " ")
		}
	}
	return rules
}
