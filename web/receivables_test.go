package web

import (
	"encoding/csv"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"tieout/people"
	"tieout/sync/sheet"
)

// TestReceivables: the address holds filter, order and place; what it does not
// understand is left out.
func TestReceivables(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/receivables"), 200, "19 days overdue", "due today", ">paid<", "1,234 invoices in USD", `aria-sort="ascending"`, `rel="next"`, "by QuickBooks")
	b.want(b.get("/receivables?q=zzz"), 200, "Type more of it", `value="zzz"`)
	b.want(b.get("/receivables?status=moon&sort=moon&after=moon&age=moon&currency=MOON"), 200, `value="open"`)
	b.want(b.get("/search?q=INV+1"), 303, "/receivables?q=INV+1")
	r.sample.empty = true
	b.want(b.get("/receivables?q=zzz"), 200, "Nothing was found for “zzz”")
	b.want(b.get("/receivables?status=paid"), 200, "No invoice is paid")
}

// TestReceivablesCSV gives what the list shows, with plain amounts, and nothing
// that a spreadsheet would run; half a file is cut off and not ended.
func TestReceivablesCSV(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	got := b.want(b.get("/receivables.csv?status=all"), 200)
	if got.header.Get("Content-Disposition") != `attachment; filename="receivables-2026-11-20.csv"` || got.header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("sent as %v", got.header)
	}
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 6 || rows[1][6] != "1234.56" || rows[1][8] != "19" || rows[2][8] != "0" {
		t.Errorf("%v %q", err, rows)
	}
	book := b.want(b.get("/receivables.xlsx?status=all"), 200)
	if book.header.Get("Content-Disposition") != `attachment; filename="receivables-2026-11-20.xlsx"` || book.header.Get("Content-Type") != sheet.XLSX {
		t.Errorf("sent as %v", book.header)
	}
	if file, err := excelize.OpenReader(strings.NewReader(book.body)); err != nil {
		t.Error(err)
	} else if rows, err := file.GetRows("Invoices"); err != nil || len(rows) != 6 || rows[1][6] != "1,234.56" || rows[1][1] != evil {
		t.Errorf("%v %q", err, rows)
	}
	viewer := r.as(b, people.Viewer)
	viewer.want(viewer.get("/receivables.csv"), http.StatusForbidden)
	viewer.want(viewer.get("/receivables.xlsx"), http.StatusForbidden)
	r.sample.err = errors.New("cut")
	r.site.Log = func(string, error) {}
	b.want(b.get("/receivables.csv"), 500, "Something went wrong")
	if got := b.want(b.get("/receivables.xlsx"), 500); got.header.Get("Content-Disposition") != "" {
		t.Error("the page of an error is kept as a file")
	}
}
