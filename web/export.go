package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"tieout/internal/clock"
	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/sheet"
)

// Format is a form in which lists are given away.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	JSON Format = "json"
)

// Export gives away everything that a filter lists, row by row, without
// holding it all.
type Export struct {
	Reader ReceivablesReader
	Tenant string
	Filter listing.Filter
}

// exportColumns are the columns of every format; each row of exportRow has
// them.
func exportColumns() []sheet.Column {
	return []sheet.Column{
		{Name: "connection", Width: 24},
		{Name: "number", Width: 14},
		{Name: "customer", Width: 30},
		{Name: "issued", Width: 11},
		{Name: "due", Width: 11},
		{Name: "currency", Width: 9},
		{Name: "total", Width: 14},
		{Name: "balance", Width: 14},
		{Name: "days_overdue", Width: 13},
		{Name: "state", Width: 9},
		{Name: "link", Width: 44},
	}
}

func exportRow(r listing.Row, today receivables.Date, source SourceName) []sheet.Value {
	digits, _ := money.ISO(r.Currency)
	amount := func(minor int64) sheet.Value {
		return sheet.Number(money.Money{Minor: minor, Currency: r.Currency}.Text(money.ISO), digits)
	}
	return []sheet.Value{
		sheet.Text(source.Vendor + " " + source.Name), sheet.Text(r.Number), sheet.Text(r.Customer), sheet.Day(string(r.Issued)), sheet.Day(string(r.Due)),
		sheet.Text(string(r.Currency)), amount(r.Total), amount(r.Balance), sheet.Whole(max(r.Late(today), 0)), sheet.Text(string(r.State)), sheet.Text(r.Link),
	}
}

const (
	// sendEvery is after how many rows a download is sent on, and given more time.
	sendEvery = 500
	// downloadTime is how long so many rows may take to be read.
	downloadTime = 2 * time.Minute
)

// table takes the rows of a list in one format.
type table interface {
	row(row []sheet.Value) error
	// flush hands on what was taken so far; end is called last.
	flush() error
	end() error
}

// Send gives the list. begun says, where there is an error, that a part of it is
// on its way: it must not look like the whole.
func (e Export) Send(ctx context.Context, w http.ResponseWriter, form Format) (begun bool, err error) {
	sources, err := e.Reader.Sources(ctx, e.Tenant)
	if err != nil {
		return false, err
	}
	control := http.NewResponseController(w)
	var to table
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		to, err = newTable(w, form)
		return err
	}
	rows := 0
	err = e.Reader.EachInvoice(ctx, e.Tenant, e.Filter, func(r listing.Row) error {
		if err := begin(); err != nil {
			return err
		}
		if rows%sendEvery == 0 {
			_ = control.SetWriteDeadline(clock.System{}.Now().Add(downloadTime)) // a server without deadlines needs none
			if err := to.flush(); err != nil {
				return err
			}
		}
		rows++
		return to.row(exportRow(r, e.Filter.Today, sources[r.Connection]))
	})
	if err == nil {
		err = begin()
	}
	if err == nil {
		err = to.end()
	}
	return begun, err
}

// newTable begins an answer in a format.
func newTable(w http.ResponseWriter, form Format) (table, error) {
	switch form {
	case XLSX:
		w.Header().Set("Content-Type", sheet.XLSX)
		book, err := sheet.NewBook(w, "Invoices", exportColumns())
		return xlsxTable{book}, err
	case JSON:
		w.Header().Set("Content-Type", "application/json")
		return &jsonTable{to: w}, nil
	default:
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		names := make([]string, 0, len(exportColumns()))
		for _, c := range exportColumns() {
			names = append(names, c.Name)
		}
		return &csvTable{to: w, rows: [][]string{names}}, nil
	}
}

type csvTable struct {
	to   http.ResponseWriter
	rows [][]string
}

func (t *csvTable) row(row []sheet.Value) error {
	t.rows = append(t.rows, sheet.Texts(row))
	return nil
}

func (t *csvTable) flush() error {
	rows := t.rows
	t.rows = t.rows[:0]
	return sheet.Write(t.to, rows)
}

func (t *csvTable) end() error { return t.flush() }

type xlsxTable struct{ book *sheet.Book }

func (t xlsxTable) row(row []sheet.Value) error { return t.book.Write(row) }
func (t xlsxTable) flush() error                { return t.book.Flush() }
func (t xlsxTable) end() error                  { return t.book.Close() }

// jsonTable is an array of objects, which spreadsheet programs read as a table.
type jsonTable struct {
	to   http.ResponseWriter
	text []byte
	some bool
}

func (t *jsonTable) row(row []sheet.Value) error {
	t.text = append(t.text, map[bool]string{false: "[\n{", true: ",\n{"}[t.some]...)
	t.some = true
	for i, c := range exportColumns() {
		if i > 0 {
			t.text = append(t.text, ',')
		}
		value := []byte(row[i].Text)
		if !row[i].Counts() {
			var err error
			if value, err = json.Marshal(row[i].Text); err != nil {
				return fmt.Errorf("web: export: %w", err)
			}
		}
		t.text = append(t.text, `"`+c.Name+`":`...)
		t.text = append(t.text, value...)
	}
	t.text = append(t.text, '}')
	return nil
}

func (t *jsonTable) flush() error {
	_, err := t.to.Write(t.text)
	t.text = t.text[:0]
	return err
}

func (t *jsonTable) end() error {
	t.text = append(t.text, map[bool]string{false: "[]\n", true: "\n]\n"}[t.some]...)
	return t.flush()
}
