package monthend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// The kinds of notes whose values are settings: of a book, and of the
// installation.
const (
	KindSetting = "setting"
	KindControl = "control"
)

// words says settings as an auditor reads them: accounts, customers and
// invoices by their names, days in the book's zone, one row for each thing that
// was changed.
type words struct {
	accounts, customers, invoices map[string]string
	// created are the names of contacts and methods that a set-up has made.
	created map[string]string
	// destinations are the accounts that payouts go to, as far as they are shown.
	destinations map[string]receivables.Destination
	zone         *time.Location
}

// said is a setting's name and value in words.
type said struct{ name, value string }

// notes are the notes with every change of settings in words. What cannot be
// read is shown as it is stored: nothing that was changed goes missing.
func (w words) notes(list []Note) []Note {
	var out []Note
	for _, n := range list {
		rows := []Note{n}
		switch n.Kind {
		case KindControl:
			rows = []Note{control(n)}
		case KindSetting:
			before, errBefore := w.setting(n.Text, n.Old)
			after, errAfter := w.setting(n.Text, n.New)
			if changed := changes(n, before, after); errBefore == nil && errAfter == nil && len(changed) > 0 {
				rows = changed
			}
		}
		out = append(out, rows...)
	}
	return out
}

// changes are the settings that differ, in the order of their names. What is
// switched off in a book that had no settings before is no change.
func changes(n Note, before, after []said) []Note {
	values := map[string][2]string{}
	for i, list := range [][]said{before, after} {
		for _, s := range list {
			v := values[s.name]
			v[i] = s.value
			values[s.name] = v
		}
	}
	var out []Note
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if v := values[name]; v[0] != v[1] && (len(before) > 0 || v[1] != yes(false)) {
			one := n
			one.Text, one.Old, one.New = name, v[0], v[1]
			out = append(out, one)
		}
	}
	return out
}

// setting reads a part of a book (a field of books.Book by its name) from JSON.
func (w words) setting(part, text string) ([]said, error) {
	if text == "" || text == "null" {
		return nil, nil
	}
	var err error
	read := func(v any) bool {
		err = json.Unmarshal([]byte(text), v)
		return err == nil
	}
	switch part {
	case "Accounts":
		var a mapping.Accounts
		if read(&a) {
			return w.chart(a), nil
		}
	case "Settings":
		var s books.Settings
		if read(&s) {
			return w.choices(s), nil
		}
	case "CutOver":
		var at time.Time
		if read(&at) {
			return []said{{"first day of the book (cut-over)", w.day(at)}}, nil
		}
	case "From":
		var from books.PayoutStart
		if read(&from) {
			return []said{{"first payout of the book", fmt.Sprintf("%s, made on %s", from.Payout, w.day(from.Made))}}, nil
		}
	case "Opening":
		var o map[money.Currency]int64
		if read(&o) {
			var list []said
			for c, minor := range o {
				list = append(list, said{"opening of the clearing account in " + string(c), money.Money{Minor: minor, Currency: c}.Text(money.ISO) + " " + string(c)})
			}
			return list, nil
		}
	case "Writes":
		var on bool
		if read(&on) {
			return []said{{"writing into the ledger", yes(on)}}, nil
		}
	case "Name", "Zone":
		var s string
		if read(&s) {
			return []said{{map[string]string{"Name": "name of the book", "Zone": "time zone of the book"}[part], s}}, nil
		}
	}
	return nil, err
}

// chart is the choice of accounts.
func (w words) chart(a mapping.Accounts) []said {
	list := []said{
		{"account for Stripe's fees", w.account(a.Fees)},
		{"account 'Returned payments'", w.account(a.Returned)},
		{"account for goodwill", w.account(a.Goodwill)},
		{"account for bad debt", w.account(a.BadDebt)},
		{"contact that fees are owed to", w.made("contact", a.FeeContact)},
		{"payment method of receipts", w.made("method", a.Method)},
		{"tax code of Stripe's fees", a.FeeTaxCode},
	}
	for name, by := range map[string]map[money.Currency]string{
		"clearing account": a.Clearing, "receivables account": a.Receivable, "account for disputed money": a.Disputes, "bank account that top-ups come from,": a.TopUps,
	} {
		for c, id := range by {
			list = append(list, said{name + " " + string(c), w.account(id)})
		}
	}
	for to, id := range a.Banks {
		name := "bank account for payouts to " + w.destinations[to].Called(to)
		if c, every := strings.CutPrefix(to, "*"); every {
			name = "bank account for payouts in " + c
		}
		list = append(list, said{name, w.account(id)})
	}
	return list
}

// choices are the book's settings.
func (w words) choices(s books.Settings) []said {
	discount := ""
	if s.Discount != (books.Discount{}) {
		discount = fmt.Sprintf("%s %% within %d days", s.Discount.Percent, s.Discount.Days)
	}
	tax := s.Sales.TaxCode
	if s.Sales.NoTax {
		tax = strings.TrimSpace("none " + tax)
	}
	return []said{
		{"payment links on invoices", yes(s.Links)},
		{"a line for the link on the document", yes(s.LinkOnDocument)},
		{"customers without links", named(w.customers, "customer", s.NoLinkCustomers...)},
		{"invoices without links", named(w.invoices, "invoice", s.NoLinkInvoices...)},
		{"address of our own record of an invoice", s.StaffURL},
		{"one document of fees for each", feeMode(s.FeeMode)},
		{"documents of fees so since", w.instant(s.FeeSince)},
		{"books filed through", string(s.FiledThrough)},
		{"ask about what belongs to a closed period", yes(s.AskClosed)},
		{"income account of sales without an invoice", w.account(s.Sales.Account)},
		{"tax of sales without an invoice", tax},
		{"sales without an invoice booked since", w.instant(s.Sales.Since)},
		{"discount for paying early", discount},
	}
}

// control says a change of the installation's controls.
func control(n Note) Note {
	switch n.Text {
	case "four_eyes":
		n.Text = "a second person confirms (four eyes)"
		for _, v := range []*string{&n.Old, &n.New} {
			if on, err := strconv.ParseBool(*v); err == nil {
				*v = yes(on)
			}
		}
	case "retention_years":
		n.Text = "years that records are kept"
	}
	return n
}

func (w words) account(id string) string { return named(w.accounts, "account", noneAs(id)...) }

// made names what is in no list that we keep, where our set-up has made it.
func (w words) made(what, id string) string {
	return cmp.Or(w.created[what+"/"+id], withID(what, id))
}

func (w words) day(at time.Time) string { return at.In(w.zone).Format(time.DateOnly) }

func (w words) instant(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(w.zone).Format("2006-01-02 15:04 MST")
}

func noneAs(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// named lists things by name, and by id where no name is known.
func named(names map[string]string, what string, ids ...string) string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = cmp.Or(names[id], withID(what, id))
	}
	return strings.Join(list, ", ")
}

func withID(what, id string) string {
	if id == "" {
		return ""
	}
	return what + " with id " + id
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func feeMode(m mapping.FeeMode) string { return cmp.Or(string(m), "movement") }

// Changes says in words what is otherwise in the one book's settings and accounts
// than in the other's. The notes have no time and no name.
func Changes(ctx context.Context, s Store, before, after books.Book) ([]Note, error) {
	var notes []Note
	for part, values := range map[string][2]any{"Settings": {before.Settings, after.Settings}, "Accounts": {before.Accounts, after.Accounts}} {
		n := Note{Kind: KindSetting, Text: part}
		for i, text := range []*string{&n.Old, &n.New} {
			written, err := json.Marshal(values[i])
			if err != nil {
				return nil, fmt.Errorf("monthend: changes: %w", err)
			}
			*text = string(written)
		}
		if n.Old != n.New {
			notes = append(notes, n)
		}
	}
	customers, err := s.CustomerNames(ctx, before)
	if err != nil {
		return nil, err
	}
	notes, err = inWords(ctx, s, before, notes, customers)
	slices.SortFunc(notes, func(a, b Note) int { return cmp.Compare(a.Text, b.Text) })
	return notes, err
}
