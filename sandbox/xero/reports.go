package xero

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// cell writes one cell of a report; account is its drill-down attribute.
func cell(val string, attr string, account *record) []byte {
	var f object
	f.setStr("Value", val)
	if account != nil {
		var a object
		a.setStr("Value", account.id)
		a.setStr("Id", attr)
		f.set("Attributes", array([][]byte{a.bytes()}))
	}
	return f.bytes()
}

func row(kind string, cells ...[]byte) []byte {
	var f object
	f.setStr("RowType", kind)
	f.set("Cells", array(cells))
	return f.bytes()
}

func section(title string, rows [][]byte) []byte {
	var f object
	f.setStr("RowType", "Section")
	f.setStr("Title", title)
	f.set("Rows", array(rows))
	return f.bytes()
}

// report wraps rows as the Reports list has them.
func (o *Organisation) report(name, kind, period string, rows [][]byte) []byte {
	var f object
	f.setStr("ReportID", kind)
	f.setStr("ReportName", name)
	f.setStr("ReportType", kind)
	f.set("ReportTitles", array([][]byte{quote(name), quote(o.info.str("Name")), quote(period)}))
	f.setStr("ReportDate", o.today().words())
	f.set("UpdatedDateUTC", quote(fmt.Sprintf("/Date(%d)/", o.now())))
	f.set("Fields", []byte("[]"))
	f.set("Rows", array(rows))
	return f.bytes()
}

// bankSummary is Reports/BankSummary: opening balance, received, spent, closing
// balance per bank account, in base currency. Default period: this month.
func (o *Organisation) bankSummary(q url.Values) ([]byte, error) {
	today := o.today().time()
	from, to := dayOf(today.AddDate(0, 0, 1-today.Day())), o.today()
	var err error
	if s := q.Get("fromDate"); s != "" {
		if from, err = parseDay(s); err != nil {
			return nil, badQuery("The fromDate '%s' is not a date", s)
		}
	}
	if s := q.Get("toDate"); s != "" {
		if to, err = parseDay(s); err != nil {
			return nil, badQuery("The toDate '%s' is not a date", s)
		}
	}
	header := row("Header", cell("Bank Accounts", "", nil), cell("Opening Balance", "", nil), cell("Cash Received", "", nil), cell("Cash Spent", "", nil), cell("Closing Balance", "", nil))
	var rows [][]byte
	var sums [4]cents
	for _, a := range o.accountsByCode(func(a *record) bool { return a.typ == "BANK" }) {
		opening := o.ledger.sum(a, noDay+1, from-1)
		moved := o.ledger.sum(a, from, to)
		v := [4]cents{opening.debit - opening.credit, moved.debit, moved.credit, 0}
		v[3] = v[0] + v[1] - v[2]
		for i := range sums {
			sums[i] += v[i]
		}
		rows = append(rows, row("Row", cell(a.name, "accountID", a), cell(v[0].String(), "", nil), cell(v[1].String(), "account", a), cell(v[2].String(), "account", a), cell(v[3].String(), "", nil)))
	}
	rows = append(rows, row("SummaryRow", cell("Total", "", nil), cell(sums[0].String(), "", nil), cell(sums[1].String(), "", nil), cell(sums[2].String(), "", nil), cell(sums[3].String(), "", nil)))
	period := fmt.Sprintf("From %s to %s", from.words(), to.words())
	return o.report("Bank Summary", "BankSummary", period, [][]byte{header, section("", rows)}), nil
}

func (o *Organisation) accountsByCode(keep func(*record) bool) []*record {
	var out []*record
	for _, a := range o.tables["Accounts"].byID {
		if keep(a) {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b *record) int {
		if c := strings.Compare(a.acct.code, b.acct.code); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
	return out
}

// balances of an account as the trial balance shows them.
type trialLine struct {
	account   *record
	month, ym cents // debit positive: this month, and the balance (year to date for income and expense)
}

// trialBalance is Reports/TrialBalance: per account the movement of the month
// and the balance, in base currency. Income and expense of earlier years stand
// in Retained Earnings.
func (o *Organisation) trialBalance(q url.Values) ([]byte, error) {
	at := o.today()
	if s := q.Get("date"); s != "" {
		var err error
		if at, err = parseDay(s); err != nil {
			return nil, badQuery("The date '%s' is not a date", s)
		}
	}
	header := row("Header", cell("Account", "", nil), cell("Debit", "", nil), cell("Credit", "", nil), cell("YTD Debit", "", nil), cell("YTD Credit", "", nil))
	rows := [][]byte{header}
	var sums [4]cents
	lines := o.trialLines(at)
	for _, part := range [][2]string{{"Revenue", "REVENUE"}, {"Expenses", "EXPENSE"}, {"Assets", "ASSET"}, {"Liabilities", "LIABILITY"}, {"Equity", "EQUITY"}} {
		var out [][]byte
		for _, l := range lines {
			if accountClass(l.account) == part[1] {
				out = append(out, l.row(&sums))
			}
		}
		if len(out) > 0 {
			rows = append(rows, section(part[0], out))
		}
	}
	total := row("SummaryRow", cell("Total", "", nil), cell(sums[0].String(), "", nil), cell(sums[1].String(), "", nil), cell(sums[2].String(), "", nil), cell(sums[3].String(), "", nil))
	rows = append(rows, section("", [][]byte{total}))
	return o.report("Trial Balance", "TrialBalance", "As at "+at.words(), rows), nil
}

func accountClass(a *record) string { return orElse(classOf(a.typ), "ASSET") }

// trialLines computes all accounts that moved up to the day.
func (o *Organisation) trialLines(at day) []trialLine {
	t := at.time()
	month := dayOf(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC))
	year := o.yearStart(t)
	var earlier cents
	var out []trialLine
	for _, a := range o.accountsByCode(func(a *record) bool { return o.ledger[a] != nil }) {
		m, all := o.ledger.sum(a, month, at), o.ledger.sum(a, noDay+1, at)
		l := trialLine{a, m.debit - m.credit, all.debit - all.credit}
		if c := accountClass(a); c == "REVENUE" || c == "EXPENSE" {
			now := o.ledger.sum(a, year, at)
			earlier += l.ym - (now.debit - now.credit)
			l.ym = now.debit - now.credit
		}
		out = append(out, l)
	}
	return addRetained(out, o.systemAccts["RETAINEDEARNINGS"], earlier)
}

func addRetained(lines []trialLine, account *record, amount cents) []trialLine {
	if amount == 0 {
		return lines
	}
	for i := range lines {
		if lines[i].account == account {
			lines[i].ym += amount
			return lines
		}
	}
	return append(lines, trialLine{account: account, ym: amount})
}

// yearStart is the first day of the financial year that holds t.
func (o *Organisation) yearStart(t time.Time) day {
	month, _ := o.info.dec("FinancialYearEndMonth")
	dayOfMonth, _ := o.info.dec("FinancialYearEndDay")
	m, d := int(month.IntPart()), int(dayOfMonth.IntPart())
	if m == 0 || d == 0 {
		m, d = 12, 31
	}
	end := time.Date(t.Year(), time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if !end.Before(t) {
		end = time.Date(t.Year()-1, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	}
	return dayOf(end) + 1
}

// row writes an account's line; a negative movement stays on the account's own
// side, a negative balance goes to the other.
func (l trialLine) row(sums *[4]cents) []byte {
	name := l.account.name
	if l.account.acct.code != "" {
		name += " (" + l.account.acct.code + ")"
	}
	var v [4]string
	c := accountClass(l.account)
	if c == "ASSET" || c == "EXPENSE" {
		v[0] = l.month.String()
		sums[0] += l.month
	} else {
		v[1] = (-l.month).String()
		sums[1] -= l.month
	}
	if l.ym > 0 || l.ym == 0 && (c == "ASSET" || c == "EXPENSE") {
		v[2] = l.ym.String()
		sums[2] += l.ym
	} else {
		v[3] = (-l.ym).String()
		sums[3] -= l.ym
	}
	a := l.account
	return row("Row", cell(name, "account", a), cell(v[0], "account", a), cell(v[1], "account", a), cell(v[2], "account", a), cell(v[3], "account", a))
}
