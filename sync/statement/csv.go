package statement

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"tieout/money"
)

// ColumnMap says how a bank writes its CSV files. It is proposed from a file
// (Propose), confirmed by a person, and kept under a name. Columns are named as
// in the file's head, or by their number, from 1, as "#3".
type ColumnMap struct {
	Encoding string `json:"encoding"`
	// Delimiter is one character; Quote-less files are read all the same.
	Delimiter string `json:"delimiter"`
	// Skip is how many rows stand before the head; Headless says that there is
	// none and columns go by number.
	Skip     int  `json:"skip,omitempty"`
	Headless bool `json:"headless,omitempty"`
	// Decimal is the sign before an amount's fraction, "." or ",".
	Decimal string `json:"decimal"`
	// DateForm is a name of layouts, such as DD.MM.YYYY.
	DateForm string `json:"date_form"`

	Date  string `json:"date"`
	Value string `json:"value,omitempty"`
	// Amount is signed; without it Debit and Credit hold what left and what came,
	// or Amount is unsigned and Side says which it is.
	Amount string `json:"amount,omitempty"`
	Debit  string `json:"debit,omitempty"`
	Credit string `json:"credit,omitempty"`
	Side   string `json:"side,omitempty"`
	// DebitWords are the values of Side for what left the account.
	DebitWords []string `json:"debit_words,omitempty"`
	// Negate turns signs round: some banks write card purchases as positive.
	Negate    bool     `json:"negate,omitempty"`
	Balance   string   `json:"balance,omitempty"`
	Name      string   `json:"name,omitempty"`
	Account   string   `json:"account,omitempty"`
	Text      []string `json:"text,omitempty"`
	Reference string   `json:"reference,omitempty"`
	Number    string   `json:"number,omitempty"`
	Kind      string   `json:"kind,omitempty"`
	Currency  string   `json:"currency,omitempty"`
}

// readCSV reads a file by its map. Rows are taken until the end; one that has no
// date, such as a sum under the last line, must have no amount that counts.
func readCSV(file []byte, m ColumnMap, o Options) (Statement, error) {
	s := Statement{Format: FormatCSV, Currency: o.Currency}
	digits, ok := o.Scale(o.Currency)
	if !ok {
		return s, fmt.Errorf("%w: the account's currency %q is not known", ErrFormat, o.Currency)
	}
	rows, err := rowsOf(file, m)
	if err != nil {
		return s, err
	}
	t, err := newTable(rows, m)
	if err != nil {
		return s, err
	}
	t.digits = digits
	var balances []*int64
	for i, row := range t.rows {
		if blank(row) {
			continue
		}
		l, balance, err := t.line(row, o.Currency)
		if err != nil {
			return s, fmt.Errorf("row %d: %w", t.first+i, err)
		}
		s.Lines = append(s.Lines, l)
		balances = append(balances, balance)
	}
	return s, running(&s, balances)
}

// rowsOf splits a file into cells.
func rowsOf(file []byte, m ColumnMap) ([][]string, error) {
	text, err := decode(file, m.Encoding)
	if err != nil {
		return nil, err
	}
	delimiter := []rune(m.Delimiter)
	if len(delimiter) != 1 || strings.ContainsRune("\r\n\"", delimiter[0]) {
		return nil, fmt.Errorf("%w: the delimiter is %q", ErrMap, m.Delimiter)
	}
	// Excel writes the delimiter into a first line of its own.
	if first, rest, found := strings.Cut(text, "\n"); found && strings.EqualFold(strings.TrimSpace(first), "sep="+m.Delimiter) {
		text = rest
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = delimiter[0], -1, true
	var rows [][]string
	for {
		row, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if rows = append(rows, row); len(rows) > maxLines {
			return nil, fmt.Errorf("%w: more than %d rows", ErrFormat, maxLines)
		}
	}
}

func blank(row []string) bool { return strings.TrimSpace(strings.Join(row, "")) == "" }

// table is a file's rows with the places of the map's columns.
type table struct {
	m      ColumnMap
	head   []string
	rows   [][]string
	first  int // the number of the first row, for people
	digits int
}

func newTable(rows [][]string, m ColumnMap) (*table, error) {
	t := &table{m: m}
	skip := m.Skip
	if !m.Headless {
		if skip < 0 || skip >= len(rows) {
			return nil, fmt.Errorf("%w: the file has %d rows, and the head should be row %d", ErrMap, len(rows), skip+1)
		}
		t.head = rows[skip]
		skip++
	}
	if skip < 0 || skip > len(rows) {
		return nil, fmt.Errorf("%w: the file has only %d rows", ErrMap, len(rows))
	}
	t.rows, t.first = rows[skip:], skip+1
	if m.Decimal != "." && m.Decimal != "," {
		return nil, fmt.Errorf("%w: the decimal sign is %q", ErrMap, m.Decimal)
	}
	if m.Date == "" || m.Amount == "" && (m.Debit == "" || m.Credit == "") {
		return nil, fmt.Errorf("%w: it names no date, or no amount", ErrMap)
	}
	for _, column := range append([]string{m.Date, m.Value, m.Amount, m.Debit, m.Credit, m.Side, m.Balance, m.Name, m.Account, m.Reference, m.Number, m.Kind, m.Currency}, m.Text...) {
		if column != "" && t.place(column) < 0 {
			return nil, fmt.Errorf("%w: the file has no column %q; it has %s", ErrMap, column, strings.Join(t.head, ", "))
		}
	}
	return t, nil
}

// place of a column; -1 when there is none.
func (t *table) place(column string) int {
	for i, name := range t.head {
		if squeeze(name) == squeeze(column) {
			return i
		}
	}
	var n int
	if count, err := fmt.Sscanf(column, "#%d", &n); err == nil && count == 1 && n > 0 && n <= maxColumns {
		return n - 1
	}
	return -1
}

// maxColumns is far above what banks write.
const maxColumns = 500

func (t *table) cell(row []string, column string) string {
	if column == "" {
		return ""
	}
	if at := t.place(column); at >= 0 && at < len(row) {
		return strings.TrimSpace(row[at])
	}
	return ""
}

func (t *table) line(row []string, currency money.Currency) (Line, *int64, error) {
	l := Line{
		Name: squeeze(t.cell(row, t.m.Name)), Account: t.cell(row, t.m.Account), Reference: t.cell(row, t.m.Reference),
		Number: t.cell(row, t.m.Number), Kind: t.cell(row, t.m.Kind),
	}
	for _, column := range t.m.Text {
		l.Text = join(" ", l.Text, t.cell(row, column))
	}
	if c := t.cell(row, t.m.Currency); c != "" && money.Currency(strings.ToUpper(c)) != currency {
		return l, nil, fmt.Errorf("%w: it is in %s, the account in %s", ErrFormat, c, currency)
	}
	var err error
	if l.On, err = readDate(t.cell(row, t.m.Date), t.m.DateForm); err != nil {
		return l, nil, err
	}
	if value := t.cell(row, t.m.Value); value != "" {
		if l.Value, err = readDate(value, t.m.DateForm); err != nil {
			return l, nil, err
		}
	}
	if l.Amount, err = t.amount(row); err != nil {
		return l, nil, err
	}
	text := t.cell(row, t.m.Balance)
	if text == "" {
		return l, nil, nil
	}
	balance, err := readAmount(text, t.decimal(), t.digits)
	return l, &balance, err
}

func (t *table) decimal() rune { return rune(t.m.Decimal[0]) }

func (t *table) amount(row []string) (int64, error) {
	amount, err := t.unturned(row)
	if t.m.Negate {
		amount = -amount
	}
	return amount, err
}

func (t *table) unturned(row []string) (int64, error) {
	if t.m.Amount != "" {
		amount, err := readAmount(t.cell(row, t.m.Amount), t.decimal(), t.digits)
		if err != nil || t.m.Side == "" {
			return amount, err
		}
		for _, word := range t.m.DebitWords {
			if strings.EqualFold(t.cell(row, t.m.Side), word) {
				return -amount, nil
			}
		}
		return amount, nil
	}
	var sum int64
	given := 0
	for _, side := range []struct {
		column string
		sign   int64
	}{{t.m.Debit, -1}, {t.m.Credit, 1}} {
		text := t.cell(row, side.column)
		if text == "" {
			continue
		}
		amount, err := readAmount(text, t.decimal(), t.digits)
		if err != nil {
			return 0, err
		}
		if amount != 0 {
			given++
		}
		sum += side.sign * max(amount, -amount)
	}
	if given > 1 {
		return 0, fmt.Errorf("%w: it has both a debit and a credit", ErrFormat)
	}
	return sum, nil
}

// running checks a column of balances, in either order of the lines, and takes
// the statement's own balances from it.
func running(s *Statement, balances []*int64) error {
	// Some banks give it only once a day.
	if len(balances) == 0 || slices.Contains(balances, nil) {
		return nil
	}
	forward, backward := true, true
	wrong := 0
	for i := 1; i < len(balances); i++ {
		if *balances[i-1]+s.Lines[i].Amount != *balances[i] {
			forward, wrong = false, max(wrong, i)
		}
		if *balances[i]+s.Lines[i-1].Amount != *balances[i-1] {
			backward = false
		}
	}
	first, last := 0, len(balances)-1
	switch {
	case forward:
	case backward:
		first, last = last, first
	default:
		return fmt.Errorf("%w: the column of balances does not go on by the amounts, for instance at line %d", ErrBalance, wrong+1)
	}
	s.Opening = &Balance{s.Lines[first].On, *balances[first] - s.Lines[first].Amount}
	s.Closing = &Balance{s.Lines[last].On, *balances[last]}
	return nil
}
