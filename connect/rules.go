package connect

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// Rules are changes of a book's booking rules as a person gives them, by name;
// a rule without an entry stays as it is. The names are those of the flags of
// "tieout book settings"; an account's is "account-" and its use.
type Rules map[string]string

// RuleError says what is wrong with one rule.
type RuleError struct{ Rule, Text string }

// Error says both.
func (e RuleError) Error() string { return e.Rule + ": " + e.Text }

func wrong(rule, format string, args ...any) error {
	return RuleError{rule, fmt.Sprintf(format, args...)}
}

// AccountRule begins the names of the rules that choose an account.
const AccountRule = "account-"

// Apply changes a book by the rules, of which all have to be right. accounts
// are the ledger's. Choices that count from when they are made count from now.
func (r Rules) Apply(b *books.Book, accounts []receivables.Account, now time.Time) error {
	s, a := b.Settings, copied(b.Accounts)
	today := receivables.DateIn(now, b.Location())
	var failed []error
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if use, ok := strings.CutPrefix(name, AccountRule); ok {
			failed = append(failed, chooseAccount(&a, accounts, name, use, r[name]))
		} else {
			failed = append(failed, r.set(&s, &a, name, now, today))
		}
	}
	failed = append(failed, r.sales(&s, *b, accounts, now))
	if err := errors.Join(failed...); err != nil {
		return err
	}
	b.Settings, b.Accounts = s, a
	return nil
}

// set changes what one word says.
func (r Rules) set(s *books.Settings, a *mapping.Accounts, name string, now time.Time, today receivables.Date) error {
	value := strings.TrimSpace(r[name])
	switch name {
	case "fees":
		return setFees(s, value, now)
	case "filed":
		s.FiledThrough = ""
		if value == "none" {
			return nil
		}
		day, err := receivables.ParseDate(value)
		if err != nil {
			return wrong(name, "%s: not a day of the form YYYY-MM-DD", value)
		}
		if day > today {
			return wrong(name, "%s: a day that has not been cannot be filed", value)
		}
		s.FiledThrough = day
	case "closed":
		if value != "post" && value != "ask" {
			return wrong(name, "%s: neither post nor ask", value)
		}
		s.AskClosed = value == "ask"
	case "discount":
		return setDiscount(s, value)
	case "tax-code":
		a.FeeTaxCode = value
	case "links", "link-line":
		if value != "on" && value != "off" {
			return wrong(name, "%s: neither on nor off", value)
		}
		*map[string]*bool{"links": &s.Links, "link-line": &s.LinkOnDocument}[name] = value == "on"
	case "staff-url":
		return setStaffURL(s, value)
	case "skip-customers", "skip-invoices":
		*map[string]*[]string{"skip-customers": &s.NoLinkCustomers, "skip-invoices": &s.NoLinkInvoices}[name] = strings.Fields(value)
	case "sales", "sales-tax":
	default:
		return wrong(name, "there is no such rule")
	}
	return nil
}

func setFees(s *books.Settings, value string, now time.Time) error {
	mode := mapping.FeeMode(value)
	if value == "movement" {
		mode = mapping.FeePerMovement
	}
	if value == "" || mode != mapping.FeePerMovement && mode != mapping.FeePerPayout && mode != mapping.FeePerMonth {
		return wrong("fees", "%s: none of movement, payout and month", value)
	}
	if mode != s.FeeMode {
		s.FeeMode, s.FeeSince = mode, now
	}
	return nil
}

// maxStaffURL is how long our own address of an invoice may be: with an id
// behind it, it has to fit into a ledger's field.
const maxStaffURL = 200

func setStaffURL(s *books.Settings, value string) error {
	address, err := url.Parse(value)
	if value != "" && (err != nil || address.Host == "" || address.Scheme != "https" && address.Scheme != "http" || len(value) > maxStaffURL) {
		return wrong("staff-url", "%s: not an address such as https://crm.example.com/invoices/", value)
	}
	s.StaffURL = value
	return nil
}

// setDiscount sets what may be kept for paying early.
func setDiscount(s *books.Settings, value string) error {
	s.Discount = books.Discount{}
	if value == "none" {
		return nil
	}
	percent, days, _ := strings.Cut(value, "/")
	part, err := decimal.NewFromString(strings.TrimSpace(percent))
	within, daysErr := strconv.Atoi(strings.TrimSpace(days))
	const longest = 366
	switch {
	case err != nil || daysErr != nil:
		return wrong("discount", "%s: not of the form PERCENT/DAYS, such as 2/10", value)
	case !part.IsPositive() || part.GreaterThanOrEqual(decimal.NewFromInt(100)) || part.Exponent() < -4:
		return wrong("discount", "%s %%: the percentage lies between 0 and 100, with at most four decimals", part)
	case within < 1 || within > longest:
		return wrong("discount", "%d days: from 1 to %d are meant", within, longest)
	}
	s.Discount = books.Discount{Percent: part.String(), Days: within}
	return nil
}

// sales switches the booking of sales without an invoice on or off.
func (r Rules) sales(s *books.Settings, b books.Book, accounts []receivables.Account, now time.Time) error {
	account, tax := strings.TrimSpace(r["sales"]), strings.TrimSpace(r["sales-tax"])
	switch {
	case account == "" && tax == "":
		return nil
	case account == "off":
		s.Sales = books.Sales{}
		return nil
	case account == "" || tax == "":
		return wrong("sales", "account and tax go together (--sales, --sales-tax): no income account and no tax treatment is taken for granted")
	}
	if err := usable(b.Accounts, accounts, "sales", account); err != nil {
		return err
	}
	chosen := books.Sales{Account: account, TaxCode: tax, Since: now}
	if b.Settings.Sales.On() { // what waits to be booked goes by the new choice, what is booked stays
		chosen.Since = b.Settings.Sales.Since
	}
	if tax == "none" {
		chosen.TaxCode, chosen.NoTax = "", true
	}
	s.Sales = chosen
	return nil
}

// usable says whether an account may be chosen for anything but clearing.
func usable(a mapping.Accounts, accounts []receivables.Account, rule, id string) error {
	if !slices.ContainsFunc(accounts, func(one receivables.Account) bool { return one.ID == id }) {
		return wrong(rule, "%s: the ledger has no account with this id; new ones are known after the next reading", id)
	}
	for _, clearing := range a.Clearing {
		if clearing == id {
			return wrong(rule, "%s: this is the book's clearing account, which takes nothing else", id)
		}
	}
	return nil
}

// chooseAccount puts an account in the place of its use. "" takes the choice
// back where the book can do without it.
func chooseAccount(a *mapping.Accounts, accounts []receivables.Account, rule, use, id string) error {
	if id != "" {
		if err := usable(*a, accounts, rule, id); err != nil {
			return err
		}
	}
	if one, ok := map[string]*string{"fees": &a.Fees, "returned": &a.Returned, "goodwill": &a.Goodwill, "bad-debt": &a.BadDebt}[use]; ok {
		if id == "" && use == "fees" {
			return wrong(rule, "an account for Stripe's fees is needed")
		}
		*one = id
		return nil
	}
	for name, places := range map[string]*map[money.Currency]string{"disputes": &a.Disputes, "receivable": &a.Receivable, "top-ups": &a.TopUps} {
		if currency, ok := currencyOf(use, name); ok {
			put(places, currency, id)
			return nil
		}
	}
	if currency, ok := currencyOf(use, "bank"); ok {
		set(a, Place{Use: "bank", Currency: currency}, id)
		return nil
	}
	return wrong(rule, "%s: the uses are fees, returned, goodwill, bad-debt, and bank, disputes, receivable or top-ups with a currency, such as disputes-EUR", use)
}

// currencyOf reads a use such as "disputes-EUR".
func currencyOf(use, name string) (money.Currency, bool) {
	code, ok := strings.CutPrefix(use, name+"-")
	_, known := money.ISO(money.Currency(code))
	return money.Currency(code), ok && known
}

func put[K ~string](places *map[K]string, key K, id string) {
	if id == "" {
		delete(*places, key)
		return
	}
	if *places == nil {
		*places = map[K]string{}
	}
	(*places)[key] = id
}

// copied are accounts whose maps are their own, so that nothing is changed when
// something is wrong.
func copied(a mapping.Accounts) mapping.Accounts {
	a.Banks = maps.Clone(a.Banks)
	a.Receivable, a.Disputes, a.TopUps = maps.Clone(a.Receivable), maps.Clone(a.Disputes), maps.Clone(a.TopUps)
	return a
}

// RuleErrors are the rules that an error of Apply is about.
func RuleErrors(err error) []RuleError {
	if one, ok := err.(RuleError); ok { //nolint:errorlint // each is looked at by itself
		return []RuleError{one}
	}
	var out []RuleError
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			out = append(out, RuleErrors(one)...)
		}
	}
	return out
}
