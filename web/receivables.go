package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/internal/clock"
	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/sheet"
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

// maxQuery bounds what somebody types into the search.
const maxQuery = 200

// filterOf reads a filter from an address; what is not understood is left out.
func (v *Visit) filterOf(q url.Values) listing.Filter {
	f := listing.Filter{
		Status: listing.Status(q.Get("status")), Age: listing.Age(q.Get("age")), Currency: money.Currency(strings.ToUpper(q.Get("currency"))),
		Connection: q.Get("connection"), Customer: q.Get("customer"), Query: strings.TrimSpace(q.Get("q")), Sort: listing.Sort(q.Get("sort")),
		Desc: q.Get("desc") != "", Limit: rowsOnPage, Own: v.own(), Today: receivables.DateIn(v.site.Now(), v.view().zone),
	}
	if len(f.Query) > maxQuery {
		f.Query = strings.ToValidUTF8(f.Query[:maxQuery], "")
	}
	if !slices.Contains(listing.Statuses(), f.Status) {
		f.Status = listing.Open
		if f.Query != "" || f.Customer != "" {
			f.Status = listing.All // whoever searches does not know whether it is paid
		}
	}
	if !slices.Contains(listing.Sorts(), f.Sort) {
		f.Sort = listing.ByDue
	}
	if !slices.Contains(listing.Ages(), f.Age) {
		f.Age = ""
	}
	if _, ok := money.ISO(f.Currency); !ok {
		f.Currency = ""
	}
	if place, err := listing.ParsePlace(q.Get("after")); err == nil {
		f.After = &place
	}
	return f
}

// addressOf is the address of a filter's list, below a path.
func addressOf(path string, f listing.Filter) string {
	q := url.Values{}
	set := func(key, value string) {
		if value != "" {
			q.Set(key, value)
		}
	}
	set("status", string(f.Status))
	set("age", string(f.Age))
	set("currency", string(f.Currency))
	set("connection", f.Connection)
	set("customer", f.Customer)
	set("q", f.Query)
	set("sort", string(f.Sort))
	if f.Desc {
		q.Set("desc", "1")
	}
	if f.After != nil {
		q.Set("after", f.After.String())
	}
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
	Filter  listing.Filter
	Rows    []invoiceRow
	Totals  []listing.Total
	Cut     bool
	First   string
	Next    string
	CSV     string
	Status  []choice
	Ages    []choice
	Columns map[string]choice
	Sources []SourceName
	Codes   []string
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
	f := v.filterOf(v.r.URL.Query())
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
	p.CSV = addressOf("/receivables.csv", f)
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

// csvFlush is after how many rows a download is sent on, and given more time.
const csvFlush = 500

// downloadTime is how long so many rows may take to be read by a browser.
const downloadTime = 2 * time.Minute

// receivablesCSV gives exactly what the page's filter lists, as a file, row by
// row.
func (s *Site) receivablesCSV(v *Visit) error {
	f := v.filterOf(v.r.URL.Query())
	sources, err := s.Readers.Receivables.Sources(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	rows := [][]string{{"connection", "number", "customer", "issued", "due", "currency", "total", "balance", "days_overdue", "state", "link"}}
	begun := false
	flush := func() error {
		if !begun {
			v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
			v.w.Header().Set("Content-Disposition", `attachment; filename="receivables-`+string(f.Today)+`.csv"`)
			begun = true
		}
		control := http.NewResponseController(v.w)
		_ = control.SetWriteDeadline(clock.System{}.Now().Add(downloadTime)) // a server without deadlines needs none
		err := sheet.Write(v.w, rows)
		rows = rows[:0]
		return err
	}
	err = s.Readers.Receivables.EachInvoice(v.ctx(), v.tenant(), f, func(r listing.Row) error {
		rows = append(rows, csvInvoice(r, f.Today, sources[r.Connection]))
		if len(rows) < csvFlush {
			return nil
		}
		return flush()
	})
	if err == nil {
		return flush()
	}
	if begun {
		// Half a file must not look like a whole one: the connection is cut.
		s.Log("receivables.csv", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

func csvInvoice(r listing.Row, today receivables.Date, source SourceName) []string {
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: r.Currency}.Text(money.ISO) }
	return []string{
		source.Vendor + " " + source.Name, r.Number, r.Customer, string(r.Issued), string(r.Due), string(r.Currency), text(r.Total), text(r.Balance),
		strconv.Itoa(max(r.Late(today), 0)), string(r.State), r.Link,
	}
}
