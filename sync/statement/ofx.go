package statement

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// readOFX reads OFX 1.x, whose SGML leaves out the closing tags of values, and
// 2.x, which is XML, alike: a tag with text behind it is a value, one of the
// names below a group, and what closes a value says nothing (OFX 2.3, 1.6.0).
func readOFX(file []byte, o Options) ([]Statement, error) {
	text, err := ofxText(file)
	if err != nil {
		return nil, err
	}
	w := &ofxWalk{options: o}
	for text != "" {
		from := strings.IndexByte(text, '<')
		if from < 0 {
			break
		}
		to := strings.IndexByte(text[from:], '>')
		if to < 0 {
			return nil, fmt.Errorf("%w: a tag is not closed", ErrFormat)
		}
		tag := strings.TrimSpace(text[from+1 : from+to])
		text = text[from+to+1:]
		value := text
		if next := strings.IndexByte(text, '<'); next >= 0 {
			value = text[:next]
		}
		if err := w.tag(tag, strings.TrimSpace(html.UnescapeString(value))); err != nil {
			return nil, err
		}
	}
	if w.statement != nil {
		return nil, fmt.Errorf("%w: the file ends within a statement", ErrFormat)
	}
	return w.list, nil
}

// ofxStated is where a header names the letters of the file.
var ofxStated = regexp.MustCompile(`(?i)(ENCODING:\s*(UTF-8|UNICODE)|encoding="utf-8")`)

// ofxText is the body in UTF-8. Version 1 says in its header how it is written;
// banks say USASCII and write what they like.
func ofxText(file []byte) (string, error) {
	name := encodingOf(file)
	if name == EncodingLatin1 && ofxStated.Match(file[:min(len(file), head)]) {
		file = bytes.ToValidUTF8(file, []byte("\ufffd"))
		name = EncodingUTF8
	}
	text, err := decode(file, name)
	if err != nil {
		return "", err
	}
	at := strings.Index(strings.ToUpper(text[:min(len(text), 2*head)]), "<OFX>")
	if at < 0 {
		return "", fmt.Errorf("%w: it has no <OFX>", ErrFormat)
	}
	return text[at:], nil
}

// ofxWalk is where the walk through the tags stands.
type ofxWalk struct {
	options   Options
	list      []Statement
	statement *Statement
	line      *ofxLine
	// in are the open groups that matter, the innermost last.
	in []string
	// account and balance are what the group being read says.
	account, balance, balanceOn string
}

type ofxLine struct {
	Line
	amount, currency string
	pending          bool
}

func ofxGroups() []string {
	return []string{"STMTRS", "CCSTMTRS", "STMTTRN", "STMTTRNP", "BANKACCTFROM", "CCACCTFROM", "BANKACCTTO", "CCACCTTO", "LEDGERBAL", "AVAILBAL", "CURRENCY", "ORIGCURRENCY", "PAYEE", "BAL"}
}

func (w *ofxWalk) tag(tag, value string) error {
	name, closing := strings.CutPrefix(tag, "/")
	name = strings.ToUpper(name)
	group := slices.Contains(ofxGroups(), name)
	switch {
	case closing && group:
		return w.end(name)
	case closing:
		return nil
	case group:
		return w.begin(name)
	}
	return w.value(name, value)
}

func (w *ofxWalk) inside() string {
	if len(w.in) == 0 {
		return ""
	}
	return w.in[len(w.in)-1]
}

func (w *ofxWalk) begin(name string) error {
	const deepest = 20
	if len(w.in) == deepest {
		return fmt.Errorf("%w: groups are nested more than %d deep", ErrFormat, deepest)
	}
	w.in = append(w.in, name)
	switch name {
	case "STMTRS", "CCSTMTRS":
		if w.statement != nil {
			return fmt.Errorf("%w: a statement within a statement", ErrFormat)
		}
		w.statement = &Statement{Format: FormatOFX, Currency: w.options.Currency}
	case "STMTTRN", "STMTTRNP":
		if w.statement == nil || w.line != nil {
			return fmt.Errorf("%w: a transaction in no statement", ErrFormat)
		}
		w.line = &ofxLine{pending: name == "STMTTRNP"}
	case "LEDGERBAL":
		w.balance, w.balanceOn = "", ""
	}
	return nil
}

func (w *ofxWalk) end(name string) error {
	at := -1
	for i, open := range w.in {
		if open == name {
			at = i
		}
	}
	if at < 0 {
		return fmt.Errorf("%w: </%s> closes nothing", ErrFormat, name)
	}
	w.in = w.in[:at]
	switch name {
	case "STMTRS", "CCSTMTRS":
		w.statement.Account = w.account
		w.list = append(w.list, *w.statement)
		w.statement, w.account = nil, ""
	case "STMTTRN", "STMTTRNP":
		return w.endLine()
	case "LEDGERBAL":
		return w.endBalance()
	}
	return nil
}

func (w *ofxWalk) endLine() error {
	l := w.line
	w.line = nil
	if l == nil || w.statement == nil {
		return fmt.Errorf("%w: a transaction in no statement", ErrFormat)
	}
	if l.pending {
		w.statement.Pending++
		return nil
	}
	if l.currency != "" && money.Currency(l.currency) != w.statement.Currency {
		return fmt.Errorf("%w: transaction %s is in %s on an account in %s", ErrFormat, l.Reference, l.currency, w.statement.Currency)
	}
	var err error
	if l.Amount, err = w.amount(l.amount); err != nil {
		return err
	}
	if l.On == "" {
		return fmt.Errorf("%w: transaction %s has no date", ErrFormat, l.Reference)
	}
	w.statement.Lines = append(w.statement.Lines, l.Line)
	return nil
}

func (w *ofxWalk) endBalance() error {
	if w.statement == nil || w.balance == "" {
		return nil
	}
	amount, err := w.amount(w.balance)
	if err != nil {
		return err
	}
	on, err := ofxDate(w.balanceOn)
	if err != nil {
		return err
	}
	w.statement.Closing = &Balance{on, amount}
	return nil
}

// amount reads an amount, whose decimal sign is a point or a comma (OFX 2.3,
// 3.2.9.1).
func (w *ofxWalk) amount(text string) (int64, error) {
	a, err := money.Parse(strings.TrimPrefix(strings.Replace(text, ",", ".", 1), "+"), w.statement.Currency, w.options.Scale)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return a.Minor, nil
}

func (w *ofxWalk) value(name, value string) error {
	if w.statement == nil || value == "" {
		return nil
	}
	switch in := w.inside(); {
	case in == "BANKACCTFROM" || in == "CCACCTFROM":
		if name == "ACCTID" {
			w.account = value
		}
	case in == "LEDGERBAL":
		switch name {
		case "BALAMT":
			w.balance = value
		case "DTASOF":
			w.balanceOn = value
		}
	case w.line != nil:
		return w.lineValue(in, name, value)
	case name == "CURDEF":
		w.statement.Currency = money.Currency(strings.ToUpper(value))
	}
	return nil
}

func (w *ofxWalk) lineValue(in, name, value string) error {
	l := w.line
	var err error
	switch {
	case in == "CURRENCY":
		if name == "CURSYM" {
			l.currency = strings.ToUpper(value)
		}
	case in == "BANKACCTTO" || in == "CCACCTTO":
		if name == "ACCTID" {
			l.Account = value
		}
	case in == "ORIGCURRENCY":
	case name == "TRNTYPE":
		l.Kind = strings.ToUpper(value)
	case name == "DTPOSTED":
		l.On, err = ofxDate(value)
	case name == "DTAVAIL":
		l.Value, err = ofxDate(value)
	case name == "TRNAMT":
		l.amount = value
	case name == "FITID":
		l.Reference = value
	case name == "CHECKNUM" || name == "REFNUM":
		l.Number = cmp.Or(l.Number, value)
	case name == "NAME":
		l.Name = value
	case name == "MEMO" || name == "EXTDNAME":
		l.Text = join(" ", l.Text, value)
	}
	return err
}

// ofxDate is the day of a date and time in digits, such as
// 20260302120000.000[-5:EST], as the bank has
// written it: a booking date is the bank's, in the bank's zone (OFX 2.3, 3.2.8).
func ofxDate(text string) (receivables.Date, error) {
	if text == "" {
		return "", nil
	}
	if len(text) < 8 {
		return "", fmt.Errorf("%w: %q is no date", ErrFormat, text)
	}
	return readDate(text[:8], "YYYYMMDD")
}
