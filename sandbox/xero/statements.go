package xero

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reports are those served, in the order of the list.
func reports() []string {
	return []string{"AgedPayablesByContact", "AgedReceivablesByContact", "BalanceSheet", "BankSummary", "ProfitAndLoss", "TrialBalance"}
}

// getReport answers Reports and Reports/{name} (Xero docs: accounting/reports).
func (o *Organisation) getReport(path []string, q url.Values) (*answer, error) {
	if len(path) == 1 {
		var out [][]byte
		for _, name := range reports() {
			out = append(out, object{{"ReportID", quote(name)}, {"ReportName", quote(spaced(name))}, {"ReportType", quote(name)}, {"Rows", []byte("[]")}}.bytes())
		}
		return o.envelope("Reports", out), nil
	}
	var b []byte
	var err error
	switch name := spelled(path[1], reports()); {
	case len(path) > 2:
		return nil, notFound()
	case name == "BankSummary":
		b, err = o.bankSummary(q)
	case name == "TrialBalance":
		b, err = o.trialBalance(q)
	case name == "BalanceSheet":
		b, err = o.balanceSheet(q)
	case name == "ProfitAndLoss":
		b, err = o.profitAndLoss(q)
	case strings.HasPrefix(name, "Aged"):
		b, err = o.aged(name, q)
	default:
		return nil, missing()
	}
	if err != nil {
		return nil, err
	}
	return o.envelope("Reports", [][]byte{b}), nil
}

// spaced is a report's name in words.
func spaced(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func dayParam(q url.Values, name string, fallback day) (day, error) {
	for key, vals := range q {
		if strings.EqualFold(key, name) && len(vals) > 0 && vals[0] != "" {
			d, err := parseDay(vals[0])
			if err != nil {
				return noDay, badQuery("The %s '%s' is not a date", name, vals[0])
			}
			return d, nil
		}
	}
	return fallback, nil
}

// column is one period of a statement.
type column struct{ from, to day }

// columns are the compared periods: periods more of the timeframe (MONTH,
// QUARTER, YEAR), the newest first.
func columns(from, to day, q url.Values) ([]column, error) {
	out := []column{{from, to}}
	text := q.Get("periods")
	if text == "" {
		return out, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 11 {
		return nil, badQuery("The periods '%s' must be a number from 1 to 11", text)
	}
	months := map[string]int{"": 12, "YEAR": 12, "QUARTER": 3, "MONTH": 1}[strings.ToUpper(q.Get("timeframe"))]
	if months == 0 {
		return nil, badQuery("The timeframe '%s' is not MONTH, QUARTER or YEAR", q.Get("timeframe"))
	}
	for i := 1; i <= n; i++ {
		out = append(out, column{monthsBack(from, i*months), monthsBack(to, i*months)})
	}
	return out, nil
}

// monthsBack keeps the end of a month at the end.
func monthsBack(d day, months int) day {
	t := d.time()
	first := time.Date(t.Year(), t.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	if n := t.Day(); n < last && t.AddDate(0, 0, 1).Day() != 1 {
		last = n
	}
	return dayOf(first.AddDate(0, 0, last-1))
}

// statement gathers sections and their sums, one amount per column.
type statement struct {
	org  *Organisation
	cols []column
	rows [][]byte
}

func (s *statement) cells(name string, vals []cents, a *record) []byte {
	out := [][]byte{cell(name, "account", a)}
	for _, v := range vals {
		out = append(out, cell(v.String(), "account", a))
	}
	kind := "Row"
	if a == nil && strings.HasPrefix(name, "Total ") {
		kind = "SummaryRow"
	}
	return row(kind, out...)
}

// part writes a section of accounts with its total and returns it.
func (s *statement) part(title string, sign cents, keep func(*record) bool, balance bool) []cents {
	total := make([]cents, len(s.cols))
	var out [][]byte
	for _, a := range s.org.accountsByCode(keep) {
		vals, moved := make([]cents, len(s.cols)), false
		for i, c := range s.cols {
			from := c.from
			if balance {
				from = noDay + 1
			}
			sum := s.org.ledger.sum(a, from, c.to)
			vals[i] = sign * (sum.debit - sum.credit)
			moved = moved || vals[i] != 0
			total[i] += vals[i]
		}
		if moved {
			out = append(out, s.cells(a.name, vals, a))
		}
	}
	if out != nil {
		out = append(out, s.cells("Total "+title, total, nil))
		s.rows = append(s.rows, section(title, out))
	}
	return total
}

func (s *statement) line(name string, vals []cents) {
	s.rows = append(s.rows, section("", [][]byte{s.cells(name, vals, nil)}))
}

func (s *statement) header(first string) {
	cells := [][]byte{cell(first, "", nil)}
	for _, c := range s.cols {
		cells = append(cells, cell(c.to.time().Format("2 Jan 2006"), "", nil))
	}
	s.rows = append(s.rows, row("Header", cells...))
}

func plus(a, b []cents, sign cents) []cents {
	out := make([]cents, len(a))
	for i := range a {
		out[i] = a[i] + sign*b[i]
	}
	return out
}

func typed(types ...string) func(*record) bool {
	return func(a *record) bool {
		return slices.Contains(types, a.typ)
	}
}

// balanceSheet is Reports/BalanceSheet, laid out as the recorded ones are. The
// date means the end of its month.
func (o *Organisation) balanceSheet(q url.Values) ([]byte, error) {
	at, err := dayParam(q, "date", o.today())
	if err != nil {
		return nil, err
	}
	at = monthEnd(at)
	cols, err := columns(at, at, q)
	if err != nil {
		return nil, err
	}
	s := &statement{org: o, cols: cols}
	s.header("")
	s.rows = append(s.rows, section("Assets", nil))
	assets := s.part("Bank", 1, typed("BANK"), true)
	assets = plus(assets, s.part("Current Assets", 1, typed("CURRENT", "INVENTORY", "PREPAYMENT"), true), 1)
	assets = plus(assets, s.part("Fixed Assets", 1, typed("FIXED"), true), 1)
	assets = plus(assets, s.part("Non-current Assets", 1, typed("NONCURRENT"), true), 1)
	s.line("Total Assets", assets)
	s.rows = append(s.rows, section("Liabilities", nil))
	owed := s.part("Current Liabilities", -1, typed("CURRLIAB"), true)
	owed = plus(owed, s.part("Non-current Liabilities", -1, typed("LIABILITY", "TERMLIAB"), true), 1)
	s.line("Total Liabilities", owed)
	s.line("Net Assets", plus(assets, owed, -1))
	s.equity()
	return o.report("Balance Sheet", "BalanceSheet", "As at "+at.words(), s.rows), nil
}

// equity is the equity accounts with what was earned: this financial year in
// Current Year Earnings, before it in Retained Earnings.
func (s *statement) equity() {
	total, current, earlier := make([]cents, len(s.cols)), make([]cents, len(s.cols)), make([]cents, len(s.cols))
	for i, c := range s.cols {
		year := s.org.yearStart(c.to.time())
		for _, a := range s.org.accountsByCode(earned) {
			now, all := s.org.ledger.sum(a, year, c.to), s.org.ledger.sum(a, noDay+1, c.to)
			current[i] += now.credit - now.debit
			earlier[i] += all.credit - all.debit - (now.credit - now.debit)
		}
		total[i] = current[i]
	}
	out := [][]byte{s.cells("Current Year Earnings", current, nil)}
	for _, a := range s.org.accountsByCode(typed("EQUITY")) {
		vals, moved := make([]cents, len(s.cols)), false
		for i, c := range s.cols {
			sum := s.org.ledger.sum(a, noDay+1, c.to)
			vals[i] = sum.credit - sum.debit
			if a.acct.system == "RETAINEDEARNINGS" {
				vals[i] += earlier[i]
			}
			total[i] += vals[i]
			moved = moved || vals[i] != 0
		}
		if moved {
			out = append(out, s.cells(a.name, vals, a))
		}
	}
	out = append(out, s.cells("Total Equity", total, nil))
	s.rows = append(s.rows, section("Equity", out))
}

func earned(a *record) bool { c := accountClass(a); return c == "REVENUE" || c == "EXPENSE" }

func monthEnd(d day) day {
	t := d.time()
	return dayOf(time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)) - 1
}

// profitAndLoss is Reports/ProfitAndLoss; without dates this month.
func (o *Organisation) profitAndLoss(q url.Values) ([]byte, error) {
	today := o.today()
	from, err := dayParam(q, "fromDate", today-day(today.time().Day())+1)
	if err != nil {
		return nil, err
	}
	to, err := dayParam(q, "toDate", monthEnd(today))
	if err != nil {
		return nil, err
	}
	cols, err := columns(from, to, q)
	if err != nil {
		return nil, err
	}
	s := &statement{org: o, cols: cols}
	s.header("")
	income := s.part("Income", -1, typed("REVENUE", "SALES"), false)
	income = plus(income, s.part("Less Cost of Sales", 1, typed("DIRECTCOSTS"), false), -1)
	s.line("Gross Profit", income)
	income = plus(income, s.part("Plus Other Income", -1, typed("OTHERINCOME"), false), 1)
	income = plus(income, s.part("Less Operating Expenses", 1, typed("EXPENSE", "OVERHEADS", "DEPRECIATN"), false), -1)
	s.line("Net Profit", income)
	return o.report("Profit and Loss", "ProfitAndLoss", from.words()+" to "+to.words(), s.rows), nil
}

// aged is Reports/AgedReceivablesByContact and its twin of payables: the open
// documents of one contact on a date.
func (o *Organisation) aged(name string, q url.Values) ([]byte, error) {
	c := o.find("Contacts", q.Get("contactId"))
	for key := range q {
		if c == nil && strings.EqualFold(key, "contactID") {
			c = o.find("Contacts", q.Get(key))
		}
	}
	if c == nil {
		return nil, badQuery("A contactID of this organisation is needed")
	}
	at, err := dayParam(q, "date", o.today())
	if err != nil {
		return nil, err
	}
	from, err := dayParam(q, "fromDate", at-day(at.time().YearDay())+1)
	if err != nil {
		return nil, err
	}
	to, err := dayParam(q, "toDate", at)
	if err != nil {
		return nil, err
	}
	sales := name == "AgedReceivablesByContact"
	rows := [][]byte{row("Header", plainCells("Date", "Number", "Due Date", "", "Total", "Paid", "Credited", "Due")...)}
	var out [][]byte
	var sums [4]cents
	for _, d := range c.holder.docs {
		if d.kind.name != "BankTransactions" && d.booked() && d.receivable() == sales && d.date >= from && d.date <= to {
			if b := d.agedRow(at, &sums); b != nil {
				out = append(out, b)
			}
		}
	}
	rows = append(rows, section("", out), section("", [][]byte{row("SummaryRow", plainCells("Total", "", "", "", sums[0].String(), sums[1].String(), sums[2].String(), sums[3].String())...)}))
	period := fmt.Sprintf("From %s to %s", from.words(), to.words())
	return o.report(spaced(name), name, period, rows), nil
}

// agedRow is an open document with what was paid and credited by the day; nil
// when nothing was left.
func (r *record) agedRow(at day, sums *[4]cents) []byte {
	sign := cents(1)
	if r.isCredit() {
		sign = -1
	}
	v := [4]cents{sign * r.doc.total}
	for _, u := range r.doc.uses {
		switch {
		case u.date > at:
		case u.payment != nil:
			v[1] += sign * u.amount
		default:
			v[2] += sign * u.amount
		}
	}
	if v[3] = v[0] - v[1] - v[2]; v[3] == 0 {
		return nil
	}
	for i := range v {
		sums[i] += v[i]
	}
	due := ""
	if r.due != noDay {
		due = r.due.time().Format("2006-01-02 15:04:05")
	}
	cells := plainCells(r.date.time().Format("2006-01-02 15:04:05"), r.number, due, "", v[0].String(), v[1].String(), v[2].String(), v[3].String())
	for i := range 3 {
		if !r.isCredit() {
			f := split(cells[i])
			f.set("Attributes", array([][]byte{object{{"Value", quote(r.id)}, {"Id", quote("invoiceID")}}.bytes()}))
			cells[i] = f.bytes()
		}
	}
	return row("Row", cells...)
}

func plainCells(vals ...string) [][]byte {
	out := make([][]byte, len(vals))
	for i, v := range vals {
		out[i] = cell(v, "", nil)
	}
	return out
}
