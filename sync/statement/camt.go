package statement

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// camtSpace is how the namespace of every version of the bank-to-customer
// statement begins (ISO 20022: camt.053.001.01 to .13). The versions differ in
// how a status and a party are written; both ways are read.
const camtSpace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."

// camtFile holds what is read of a document; names are those of ISO 20022.
type camtFile struct {
	XMLName    xml.Name
	Statements []camtStatement `xml:"BkToCstmrStmt>Stmt"`
}

type camtStatement struct {
	ID      string `xml:"Id"`
	Account struct {
		IBAN     string `xml:"Id>IBAN"`
		Other    string `xml:"Id>Othr>Id"`
		Currency string `xml:"Ccy"`
	} `xml:"Acct"`
	Balances []struct {
		Code   string     `xml:"Tp>CdOrPrtry>Cd"`
		Amount camtAmount `xml:"Amt"`
		Side   string     `xml:"CdtDbtInd"`
		Date   camtDate   `xml:"Dt"`
	} `xml:"Bal"`
	Entries []camtEntry `xml:"Ntry"`
}

type camtAmount struct {
	Text     string `xml:",chardata"`
	Currency string `xml:"Ccy,attr"`
}

// camtDate is a day, or a moment of which the day counts as it is written.
type camtDate struct {
	Day    string `xml:"Dt"`
	Moment string `xml:"DtTm"`
}

func (d camtDate) date() (receivables.Date, error) {
	text := strings.TrimSpace(d.Day)
	if text == "" {
		text = strings.TrimSpace(d.Moment)
	}
	if text == "" {
		return "", nil
	}
	day, err := receivables.ParseDate(text[:min(len(text), len("2006-01-02"))])
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return day, nil
}

type camtEntry struct {
	Reference string     `xml:"NtryRef"`
	Amount    camtAmount `xml:"Amt"`
	Side      string     `xml:"CdtDbtInd"`
	Reversal  string     `xml:"RvslInd"`
	Status    struct {
		Text string `xml:",chardata"`
		Code string `xml:"Cd"`
	} `xml:"Sts"`
	Booked  camtDate     `xml:"BookgDt"`
	Value   camtDate     `xml:"ValDt"`
	Bank    string       `xml:"AcctSvcrRef"`
	Code    camtCode     `xml:"BkTxCd"`
	Details []camtDetail `xml:"NtryDtls>TxDtls"`
	Text    string       `xml:"AddtlNtryInf"`
}

type camtCode struct {
	Domain      string `xml:"Domn>Cd"`
	Family      string `xml:"Domn>Fmly>Cd"`
	SubFamily   string `xml:"Domn>Fmly>SubFmlyCd"`
	Proprietary string `xml:"Prtry>Cd"`
}

func (c camtCode) text() string {
	return strings.Trim(join("/", c.Domain, c.Family, c.SubFamily), "/") + strings.TrimPrefix(" "+c.Proprietary, " ")
}

type camtDetail struct {
	Refs struct {
		Bank     string `xml:"AcctSvcrRef"`
		EndToEnd string `xml:"EndToEndId"`
		Cheque   string `xml:"ChqNb"`
	} `xml:"Refs"`
	// Amount is of version 8 and later, Booked of those before.
	Amount  camtAmount `xml:"Amt"`
	Booked  camtAmount `xml:"AmtDtls>TxAmt>Amt"`
	Side    string     `xml:"CdtDbtInd"`
	Parties struct {
		Debtor          camtParty `xml:"Dbtr"`
		Creditor        camtParty `xml:"Cdtr"`
		UltimateDebtor  camtParty `xml:"UltmtDbtr"`
		DebtorAccount   camtID    `xml:"DbtrAcct>Id"`
		CreditorAccount camtID    `xml:"CdtrAcct>Id"`
	} `xml:"RltdPties"`
	Remittance []string `xml:"RmtInf>Ustrd"`
	Structured []string `xml:"RmtInf>Strd>CdtrRefInf>Ref"`
	Text       string   `xml:"AddtlTxInf"`
}

// camtParty is named directly up to version 7, within Pty from 8 on.
type camtParty struct {
	Name  string `xml:"Nm"`
	Party string `xml:"Pty>Nm"`
}

func (p camtParty) name() string { return strings.TrimSpace(p.Name + p.Party) }

type camtID struct {
	IBAN  string `xml:"IBAN"`
	Other string `xml:"Othr>Id"`
}

func (i camtID) text() string { return strings.TrimSpace(i.IBAN + i.Other) }

func readCAMT(file []byte, o Options) ([]Statement, error) {
	var doc camtFile
	decoder := xml.NewDecoder(strings.NewReader(string(file)))
	decoder.CharsetReader = charset
	if err := decoder.Decode(&doc); err != nil {
		if wrong := (&xml.SyntaxError{}); errors.As(err, &wrong) && wrong.Msg == "unexpected EOF" {
			return nil, fmt.Errorf("%w: the file is cut off at line %d", ErrFormat, wrong.Line)
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if !strings.HasPrefix(doc.XMLName.Space, camtSpace) {
		return nil, fmt.Errorf("%w: the XML is %q in %q; what is read is CAMT.053", ErrFormat, doc.XMLName.Local, doc.XMLName.Space)
	}
	var list []Statement
	for _, from := range doc.Statements {
		s, err := from.statement(o.Scale)
		if err != nil {
			return nil, fmt.Errorf("statement %s: %w", from.ID, err)
		}
		list = append(list, s)
	}
	return list, nil
}

func (c camtStatement) statement(scale money.Scale) (Statement, error) {
	s := Statement{Format: FormatCAMT, ID: c.ID, Account: c.Account.IBAN + c.Account.Other, Currency: money.Currency(c.currency())}
	if err := c.balances(&s, scale); err != nil {
		return s, err
	}
	for i, e := range c.Entries {
		switch status := strings.TrimSpace(e.Status.Text + e.Status.Code); status {
		case "BOOK":
		case "PDNG", "FUTR":
			s.Pending++
			continue
		case "INFO":
			continue
		default:
			return s, fmt.Errorf("%w: entry %d has the status %q", ErrFormat, i+1, status)
		}
		lines, err := e.lines(s.Currency, scale)
		if err != nil {
			return s, fmt.Errorf("entry %d: %w", i+1, err)
		}
		s.Lines = append(s.Lines, lines...)
	}
	return s, nil
}

// currency is the account's, else that of the first amount.
func (c camtStatement) currency() string {
	switch {
	case c.Account.Currency != "":
		return c.Account.Currency
	case len(c.Balances) > 0:
		return c.Balances[0].Amount.Currency
	case len(c.Entries) > 0:
		return c.Entries[0].Amount.Currency
	}
	return ""
}

// balances reads the booked ones. A statement in several pages carries interim
// balances (ITBD): the first is its opening, the last its closing. PRCD is the
// closing balance of the day before.
func (c camtStatement) balances(s *Statement, scale money.Scale) error {
	strength := map[string]int{"OPBD": 2, "PRCD": 1, "CLBD": 2}
	opened, closed := -1, -1
	interim := 0
	for _, b := range c.Balances {
		if b.Code == "ITBD" {
			interim++
		}
		opens := b.Code == "OPBD" || b.Code == "PRCD" || b.Code == "ITBD" && interim == 1
		closes := b.Code == "CLBD" || b.Code == "ITBD" && interim > 1
		if b.Code == "ITBD" && interim == 1 && opened > 0 {
			opens, closes = false, true
		}
		if !opens && !closes || b.Amount.Currency != "" && money.Currency(b.Amount.Currency) != s.Currency {
			continue
		}
		amount, err := signed(b.Amount, b.Side, s.Currency, scale)
		if err != nil {
			return err
		}
		on, err := b.Date.date()
		if err != nil {
			return err
		}
		if opens && strength[b.Code] > opened {
			opened, s.Opening = strength[b.Code], &Balance{on, amount}
		}
		if closes && strength[b.Code] >= closed {
			closed, s.Closing = strength[b.Code], &Balance{on, amount}
		}
	}
	return nil
}

// signed is an amount by its side of the account. A reversal's side is its own:
// a credit that takes a debit back is a credit (ISO 20022, ReversalIndicator).
func signed(a camtAmount, side string, currency money.Currency, scale money.Scale) (int64, error) {
	if a.Currency != "" && money.Currency(a.Currency) != currency {
		return 0, fmt.Errorf("%w: an amount in %s on an account in %s", ErrFormat, a.Currency, currency)
	}
	amount, err := money.Parse(strings.TrimPrefix(strings.TrimSpace(a.Text), "+"), currency, scale)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	switch strings.TrimSpace(side) {
	case "CRDT":
		return amount.Minor, nil
	case "DBIT":
		return -amount.Minor, nil
	}
	return 0, fmt.Errorf("%w: %q is neither CRDT nor DBIT", ErrFormat, side)
}
