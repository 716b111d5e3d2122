package app

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tieout/books"
	"tieout/connect"
	"tieout/receivables"
	"tieout/sync/monthend"
	"tieout/web"
)

// bookingReader shows and changes booking rules for pages.
type bookingReader struct{ app *App }

// proposed is a book as it stands, and as a form would have it.
type proposed struct {
	now, then books.Book
	accounts  []receivables.Account
	rules     connect.Rules
	groups    []web.RuleGroup
	problems  map[string]string
}

// propose reads the book and puts what was filled in over its rules.
func (r bookingReader) propose(ctx context.Context, tenant, book string, filled map[string]string) (proposed, error) {
	var p proposed
	var err error
	if p.now, err = r.app.Store.Book(ctx, tenant, book); err != nil {
		return p, err
	}
	if p.accounts, err = r.app.Store.LedgerAccounts(ctx, tenant, p.now.Ledger); err != nil {
		return p, err
	}
	p.groups, p.problems, p.then = ruleGroups(p.now, p.accounts), map[string]string{}, p.now
	p.rules = connect.Rules{}
	for g := range p.groups {
		for f := range p.groups[g].Fields {
			field := &p.groups[g].Fields[f]
			value, given := filled[field.Name]
			if !given || value == field.Value {
				continue
			}
			field.Value = value
			p.rules[field.Name] = cmp.Or(value, noneOf(field.Name))
		}
	}
	if p.rules["sales"] != "" || p.rules["sales-tax"] != "" { // they go together
		p.rules["sales"] = cmp.Or(filled["sales"], noneOf("sales"))
		p.rules["sales-tax"] = filled["sales-tax"]
	}
	err = p.rules.Apply(&p.then, p.accounts, r.app.config.Clock.Now())
	for _, wrong := range connect.RuleErrors(err) {
		p.problems[wrong.Rule] = wrong.Text
		err = nil
	}
	for g := range p.groups {
		for f := range p.groups[g].Fields {
			p.groups[g].Fields[f].Problem = p.problems[p.groups[g].Fields[f].Name]
		}
	}
	return p, err
}

// noneOf is how a rule is taken back, where an empty field does that.
func noneOf(rule string) string {
	return map[string]string{"filed": "none", "discount": "none", "sales": "off"}[rule]
}

// Rules shows the book's rules, what was filled in, and what that would do.
func (r bookingReader) Rules(ctx context.Context, tenant, book string, filled map[string]string) (web.RulesShown, error) {
	p, err := r.propose(ctx, tenant, book, filled)
	if err != nil {
		return web.RulesShown{}, err
	}
	out := web.RulesShown{Groups: p.groups, Problems: p.problems}
	if len(p.problems) == 0 {
		if out.Digest, out.Changes, err = r.changes(ctx, p); err != nil {
			return out, err
		}
	}
	out.Examples, err = r.examples(ctx, p.now, p.then)
	return out, err
}

// changes names what would be otherwise, and says it in words.
func (r bookingReader) changes(ctx context.Context, p proposed) (digest string, list []web.RuleChange, err error) {
	notes, err := monthend.Changes(ctx, r.app.Store, always(p.now), always(p.then))
	if err != nil || len(notes) == 0 {
		return "", nil, err
	}
	for _, n := range notes {
		list = append(list, web.RuleChange{Name: n.Text, Old: n.Old, New: n.New})
	}
	digest, err = DigestOf(approvedRules(p.now, p.then))
	return digest, list, err
}

// SaveRules saves what was shown.
func (r bookingReader) SaveRules(ctx context.Context, tenant, book string, filled map[string]string, digest, page, by string) error {
	p, err := r.propose(ctx, tenant, book, filled)
	if err != nil {
		return err
	}
	if digest == "" || len(p.problems) > 0 {
		return web.ErrOtherShown
	}
	_, err = r.app.ChangeRules(ctx, p.now, p.rules, digest, page, by)
	return forPages(err)
}

// ruleGroups are the rules of a book as fields of a form, with their values.
func ruleGroups(b books.Book, accounts []receivables.Account) []web.RuleGroup {
	s, closed := b.Settings, "post"
	if s.AskClosed {
		closed = "ask"
	}
	fees := cmp.Or(string(s.FeeMode), "movement")
	discount, tax := "", s.Sales.TaxCode
	if s.Discount.Percent != "" {
		discount = s.Discount.Percent + "/" + strconv.Itoa(s.Discount.Days)
	}
	if s.Sales.NoTax {
		tax = "none"
	}
	return []web.RuleGroup{
		{Title: "Stripe's fees", Fields: []web.RuleField{
			{Name: "fees", Label: "A document of fees for each", Kind: "choice", Value: fees, Options: []web.RuleOption{{Key: "movement", Text: "movement of Stripe's"}, {Key: "payout", Text: "payout"}, {Key: "month", Text: "month"}}, Hint: "Counts for movements from now on; what is booked stays."},
			accountField(b, accounts, "fees", "Account", b.Accounts.Fees, false, receivables.AccountExpense),
			{Name: "tax-code", Label: "Tax code of fees", Kind: "text", Value: b.Accounts.FeeTaxCode, Hint: "The ledger's code for input tax. Empty: the tax stays in the fee."},
		}},
		{Title: "Closed periods", Fields: []web.RuleField{
			{Name: "filed", Label: "Filed through", Kind: "date", Value: string(s.FiledThrough), Hint: "Nothing is dated on or before this day, whatever the ledger would accept."},
			{Name: "closed", Label: "What belongs to a closed period", Kind: "choice", Value: closed, Options: []web.RuleOption{{Key: "post", Text: "is posted on the first open day"}, {Key: "ask", Text: "waits for your answer"}}},
		}},
		{Title: "Payments without an invoice", Text: "Of payers whom the ledger does not know. They are left to you until an income account and its tax are chosen.", Fields: []web.RuleField{
			accountField(b, accounts, "sales", "Income account", s.Sales.Account, true, receivables.AccountIncome),
			{Name: "sales-tax", Label: "Tax code", Kind: "text", Value: tax, Hint: "The ledger's code for the tax that they contain, or none."},
		}},
		{Title: "Paying early", Fields: []web.RuleField{
			{Name: "discount", Label: "Discount", Kind: "text", Value: discount, Hint: "Such as 2/10: two percent within ten days of the invoice's date. Empty: none. What is short by it is proposed to you."},
		}},
		{Title: "Links on invoices", Fields: []web.RuleField{
			onOff("links", "Payment links", s.Links), onOff("link-line", "A line with the link, where there is no other place", s.LinkOnDocument),
			{Name: "staff-url", Label: "Your own record of an invoice", Kind: "text", Value: s.StaffURL, Hint: "Its address up to the id, for ledgers with a place for it."},
		}},
		{Title: "Other accounts", Folded: true, Fields: otherAccounts(b, accounts)},
	}
}

// otherAccounts are the choices by currency, and those for people's decisions.
func otherAccounts(b books.Book, accounts []receivables.Account) []web.RuleField {
	a := b.Accounts
	var out []web.RuleField
	if len(a.Receivable) == 0 {
		out = append(out, accountField(b, accounts, "returned", "Returned payments", a.Returned, true, receivables.AccountBank, receivables.AccountAsset))
	}
	for _, c := range slices.Sorted(maps.Keys(a.Clearing)) {
		of := " (" + string(c) + ")"
		out = append(out,
			accountField(b, accounts, "bank-"+string(c), "Bank of payouts"+of, a.Banks["*"+string(c)], true, receivables.AccountBank),
			accountField(b, accounts, "disputes-"+string(c), "Disputed money"+of, a.Disputes[c], true, receivables.AccountAsset),
			accountField(b, accounts, "top-ups-"+string(c), "Bank of top-ups"+of, a.TopUps[c], true, receivables.AccountBank),
		)
	}
	return append(out,
		accountField(b, accounts, "goodwill", "Goodwill", a.Goodwill, true, receivables.AccountExpense),
		accountField(b, accounts, "bad-debt", "Bad debt", a.BadDebt, true, receivables.AccountExpense))
}

func onOff(name, label string, on bool) web.RuleField {
	value := "off"
	if on {
		value = "on"
	}
	return web.RuleField{Name: name, Label: label, Kind: "choice", Value: value, Options: []web.RuleOption{{Key: "on", Text: "yes"}, {Key: "off", Text: "no"}}}
}

// accountField is the choice of an account of some types, and of the one that is
// chosen, whatever its type.
func accountField(b books.Book, accounts []receivables.Account, use, label, chosen string, optional bool, types ...receivables.AccountType) web.RuleField {
	f := web.RuleField{Name: connect.AccountRule + use, Label: label, Kind: "choice", Value: chosen}
	if use == "sales" {
		f.Name = use
	}
	if optional || chosen == "" {
		f.Options = append(f.Options, web.RuleOption{Text: "not chosen"})
	}
	clearing := slices.Collect(maps.Values(b.Accounts.Clearing))
	for _, a := range accounts {
		if a.ID == chosen || a.Active && slices.Contains(types, a.Type) && !slices.Contains(clearing, a.ID) {
			f.Options = append(f.Options, web.RuleOption{Key: a.ID, Text: strings.TrimSpace(a.Code + " " + a.Name)})
		}
	}
	return f
}
