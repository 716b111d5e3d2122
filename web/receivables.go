package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
)

// ReceivablesReader gives lists of invoices.
type ReceivablesReader interface {
	Invoices(ctx context.Context, tenant string, f listing.Filter) (listing.Page, error)
	// EachInvoice calls yield for everything that a filter lists, without
	// holding it all.
	EachInvoice(ctx context.Context, tenant string, f listing.Filter, yield func(listing.Row) error) error
	// Sources are the connections that invoices come from, by id.
	Sources(ctx context.Context, tenant string) (map[string]SourceName, error)
}

// SourceName is a connection as lists name it.
type SourceName struct{ ID, Vendor, Name string }

// rowsOnPage is how many rows a page of a list shows.
const rowsOnPage = 50

// filterOf reads a filter from an address; what is not understood is left out.
func (v *Visit) filterOf(q url.Values) listing.Filter {
	f := listing.Read(q.Get)
	f.Limit, f.Own, f.Today = rowsOnPage, v.own(), receivables.DateIn(v.site.Now(), v.view().zone)
	return f
}

// addressOf is the address of a filter's list, below a path.
func addressOf(path string, f listing.Filter) string {
	q := url.Values{}
	f.Write(q.Set)
	return path + "?" + q.Encode()
}

// choice is one of several links, of which one is chosen.
type choice struct {
	Name, Path string
	Here       bool
	// Arrow says which way a chosen column is ordered.
	Arrow string
}

// invoiceRow is a row as the page shows it.
type invoiceRow struct {
	listing.Row
	Total, Balance money.Money
	Late           int
	Vendor         string
}

type receivablesPage struct {
	view
	Filter listing.Filter
	Rows   []invoiceRow
	Totals []listing.Total
	Cut    bool
	First  string
	Next   string
	CSV    string
	XLSX   string
	// Chosen is the filter, as the form for many invoices sends it.
	Chosen  []RuleOption
	Actions []BulkAction
	// EveryMonth is the same list without the limit to a month.
	EveryMonth string

	Status  []choice
	Ages    []choice
	Columns map[string]choice
	Sources []SourceName
	Codes   []string
	Saved   savedViews
}

// TotalOf is what is open in all.
func (receivablesPage) TotalOf(t listing.Total) money.Money {
	return money.Money{Minor: t.Balance, Currency: t.Currency}
}

// SumOf is the sum of the invoices' totals.
func (receivablesPage) SumOf(t listing.Total) money.Money {
	return money.Money{Minor: t.Total, Currency: t.Currency}
}

// heading is a column that a list can be ordered by.
type heading struct {
	Name   string
	Number bool
	Choice choice
}

func column(columns map[string]choice, key, name string, number bool) heading {
	return heading{name, number, columns[key]}
}

// receivables is the list of invoices, as its address asks for it.
func (s *Site) receivables(v *Visit) error {
	q, chosen, err := s.queryOf(v)
	if err != nil {
		return err
	}
	f := v.filterOf(q)
	list, err := s.Readers.Receivables.Invoices(v.ctx(), v.tenant(), f)
	if err != nil {
		return err
	}
	sources, err := s.Readers.Receivables.Sources(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	page := receivablesPage{view: v.view(), Filter: f, Totals: list.Totals, Cut: list.Cut}
	for _, r := range list.Rows {
		page.Rows = append(page.Rows, invoiceRow{
			Row: r, Total: money.Money{Minor: r.Total, Currency: r.Currency}, Balance: money.Money{Minor: r.Balance, Currency: r.Currency},
			Late: r.Late(f.Today), Vendor: sources[r.Connection].Vendor,
		})
	}
	for _, name := range sources {
		page.Sources = append(page.Sources, name)
	}
	slices.SortFunc(page.Sources, func(a, b SourceName) int { return strings.Compare(a.Vendor+a.Name+a.ID, b.Vendor+b.Name+b.ID) })
	for _, t := range list.Totals {
		page.Codes = append(page.Codes, string(t.Currency))
	}
	page.links(f, list.Next)
	if page.Saved, err = s.savedViews(v, f, chosen); err != nil {
		return err
	}
	return s.render(v, "receivables", "Receivables", page)
}

// links are the addresses of the lists beside this one.
func (p *receivablesPage) links(f listing.Filter, next *listing.Place) {
	if f.After != nil {
		first := f
		first.After = nil
		p.First = addressOf("/receivables", first)
	}
	f.After = next
	if next != nil {
		p.Next = addressOf("/receivables", f)
	}
	f.After = nil
	p.Actions = BulkActions()
	f.Write(func(key, value string) { p.Chosen = append(p.Chosen, RuleOption{key, value}) })
	all := f
	all.Month = ""
	p.EveryMonth = addressOf("/receivables", all)
	p.CSV, p.XLSX = addressOf("/receivables.csv", f), addressOf("/receivables.xlsx", f)
	for _, status := range listing.Statuses() {
		g := f
		g.Status, g.Age = status, ""
		p.Status = append(p.Status, choice{Name: string(status), Path: addressOf("/receivables", g), Here: f.Age == "" && f.Status == status})
	}
	names := map[listing.Age]string{
		listing.AgeCurrent: "not due", listing.Age30: "1–30 days", listing.Age60: "31–60 days", listing.Age90: "61–90 days", listing.AgeOver: "over 90 days",
	}
	for _, age := range listing.Ages() {
		g := f
		g.Status, g.Age = listing.Open, age
		p.Ages = append(p.Ages, choice{Name: names[age], Path: addressOf("/receivables", g), Here: f.Age == age})
	}
	p.Columns = map[string]choice{}
	for _, sort := range listing.Sorts() {
		g := f
		g.Sort, g.Desc = sort, f.Sort == sort && !f.Desc
		c := choice{Path: addressOf("/receivables", g), Here: f.Sort == sort}
		if c.Here {
			c.Arrow = map[bool]string{false: "ascending", true: "descending"}[f.Desc]
		}
		p.Columns[string(sort)] = c
	}
}

// receivablesCSV and receivablesXLSX give exactly what the page's filter lists,
// as a file, row by row.
func (s *Site) receivablesCSV(v *Visit) error { return s.receivablesFile(v, CSV) }

func (s *Site) receivablesXLSX(v *Visit) error { return s.receivablesFile(v, XLSX) }

func (s *Site) receivablesFile(v *Visit, form Format) error {
	f := v.filterOf(v.r.URL.Query())
	e := Export{Reader: s.Readers.Receivables, Tenant: v.tenant(), Filter: f}
	v.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", "receivables-"+string(f.Today)+"."+string(form)))
	begun, err := e.Send(v.ctx(), v.w, form)
	if err != nil && begun {
		// Half a file must not look like a whole one: the connection is cut.
		s.Log("receivables."+string(form), err)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		v.w.Header().Del("Content-Disposition")
	}
	return err
}
