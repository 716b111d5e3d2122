package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"tieout/sync/monthend"
)

// MonthReader makes the papers of a month, and takes signatures under them.
type MonthReader interface {
	// Month is a book's month, one pack for each currency; ErrNotFound for another
	// organisation's book.
	Month(ctx context.Context, tenant, book string, month monthend.Month) (Month, error)
	// SignMonth puts a name under what was shown under the digest; ErrOtherShown
	// when the figures are others now, monthend.ErrSame where four eyes are wanted
	// and the same person has prepared it.
	SignMonth(ctx context.Context, tenant, book string, month monthend.Month, role, digest, by string) error
}

// Month is what is kept of a month.
type Month struct {
	Packs []monthend.Pack
	// Digest names the figures of all packs.
	Digest   string
	FourEyes bool
}

type monthPage struct {
	view
	Books  []BookName
	Book   BookName
	Month  monthend.Month
	Title  string
	Months []RuleOption
	Shown  Month
	// Sections are the tables of each pack.
	Sections [][]monthend.Section
	SignOffs []signedOff
	Problem  string
}

// signedOff is a name under a month.
type signedOff struct {
	monthend.SignOff
	// Since says that the figures are others than those that were signed.
	Since bool
}

// shownMonths is how many months back the page offers.
const shownMonths = 24

// month is the page of a book's month.
func (s *Site) month(v *Visit) error { return s.showMonth(v, http.StatusOK, "") }

func (s *Site) showMonth(v *Visit, code int, problem string) error {
	page, err := s.monthOf(v)
	if err != nil {
		return err
	}
	page.Problem = problem
	for _, p := range page.Shown.Packs {
		sections, err := p.Sections()
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, sections)
	}
	if len(page.Shown.Packs) > 0 {
		for _, x := range page.Shown.Packs[0].SignOffs {
			page.SignOffs = append(page.SignOffs, signedOff{x, x.Pack != page.Shown.Digest})
		}
	}
	return s.show(v, code, "month", "Month end", page)
}

// monthOf reads the month that an address names; the last whole one without a
// name.
func (s *Site) monthOf(v *Visit) (monthPage, error) {
	page := monthPage{view: v.view()}
	var err error
	if page.Book, page.Books, err = s.bookOf(v); err != nil {
		return page, err
	}
	first := time.Date(page.now.In(page.zone).Year(), page.now.In(page.zone).Month(), 1, 0, 0, 0, 0, page.zone)
	for n := 1; n <= shownMonths; n++ {
		at := first.AddDate(0, -n, 0)
		page.Months = append(page.Months, RuleOption{at.Format("2006-01"), at.Format("January 2006")})
	}
	page.Months = append([]RuleOption{{first.Format("2006-01"), first.Format("January 2006") + ", so far"}}, page.Months...)
	page.Month = monthend.Month(page.Months[1].Key)
	if text := v.r.FormValue("month"); text != "" {
		if page.Month, err = monthend.ParseMonth(text); err != nil {
			return page, ErrNotFound
		}
	}
	at, err := time.Parse("2006-01", string(page.Month))
	if err != nil {
		return page, ErrNotFound
	}
	page.Title = at.Format("January 2006")
	page.Shown, err = s.Readers.Months.Month(v.ctx(), v.tenant(), page.Book.ID, page.Month)
	return page, err
}

// monthFile gives one pack as a file, "pdf" or "csv".
func (s *Site) monthFile(v *Visit) error {
	page, err := s.monthOf(v)
	if err != nil {
		return err
	}
	for _, p := range page.Shown.Packs {
		name := "month-" + string(p.Month) + "-" + string(p.Currency)
		switch {
		case string(p.Currency) != v.r.FormValue("currency"):
		case v.r.PathValue("form") == "pdf":
			v.attach("application/pdf", name+".pdf")
			return p.PDF(v.w)
		case v.r.PathValue("form") == "csv":
			v.attach("text/csv; charset=utf-8", name+".csv")
			return p.CSV(v.w)
		}
	}
	return ErrNotFound
}

// monthSign puts the reader's name under what was shown.
func (s *Site) monthSign(v *Visit) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	month, err := monthend.ParseMonth(v.r.PostFormValue("month"))
	role := v.r.PostFormValue("role")
	if err != nil || role != monthend.RolePrepared && role != monthend.RoleReviewed {
		return ErrNotFound
	}
	err = s.Readers.Months.SignMonth(v.ctx(), v.tenant(), b.ID, month, role, v.r.PostFormValue("digest"), v.Person.Signature())
	if words, ok := reason(err); ok {
		return s.showMonth(v, http.StatusConflict, words)
	}
	if err != nil {
		return err
	}
	return v.done("/proof/"+url.PathEscape(b.ID)+"/month?month="+url.QueryEscape(string(month)), "The month is signed as "+role+" by "+v.Person.Name+".")
}
