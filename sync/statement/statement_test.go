package statement

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tieout/money"
)

// shown is a line for comparison.
func shown(l Line) string {
	return strings.TrimSpace(fmt.Sprintf("%s %d %s|%s|%s|%s|%s", l.On, l.Amount, l.Name, l.Account, l.Text, l.Reference, l.Number))
}

func read(t *testing.T, file string, o Options) Statement {
	t.Helper()
	if o.Scale == nil {
		o.Scale = money.ISO
	}
	list, err := Read([]byte(file), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d statements", len(list))
	}
	return list[0]
}

func wants(t *testing.T, s Statement, want ...string) {
	t.Helper()
	var got []string
	ids := map[string]bool{}
	for _, l := range s.Lines {
		got = append(got, shown(l))
		if l.ID == "" || ids[l.ID] {
			t.Errorf("the id %q of %s is not its own", l.ID, shown(l))
		}
		ids[l.ID] = true
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// camt makes a statement of a version. Entries use %STS(BOOK) for a status and
// %NM(x) for a name, which the versions write in two ways.
func camt(version string, balances, entries string) string {
	later := version >= "08"
	for _, status := range []string{"BOOK", "PDNG", "INFO"} {
		text := status
		if later {
			text = "<Cd>" + status + "</Cd>"
		}
		entries = strings.ReplaceAll(entries, "%"+status, "<Sts>"+text+"</Sts>")
	}
	if later {
		entries = strings.NewReplacer("<Nm>", "<Pty><Nm>", "</Nm>", "</Nm></Pty>").Replace(entries)
	}
	return `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.` + version + `"><BkToCstmrStmt><GrpHdr><MsgId>m</MsgId></GrpHdr>` +
		`<Stmt><Id>S1</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>` + balances + entries + `</Stmt></BkToCstmrStmt></Document>`
}

func bal(code, amount, day string) string {
	side := "CRDT"
	if amount[0] == '-' {
		side, amount = "DBIT", amount[1:]
	}
	return `<Bal><Tp><CdOrPrtry><Cd>` + code + `</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + side + `</CdtDbtInd><Dt><Dt>` + day + `</Dt></Dt></Bal>`
}

func entry(amount, side, more, details string) string {
	return `<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + side + `</CdtDbtInd>` + more + `%BOOK<BookgDt><Dt>2026-03-04</Dt></BookgDt><ValDt><DtTm>2026-03-05T00:00:00+01:00</DtTm></ValDt><NtryDtls>` + details + `</NtryDtls></Ntry>`
}

func detail(bank, end, amount, debtor, creditor, text string) string {
	return `<TxDtls><Refs><AcctSvcrRef>` + bank + `</AcctSvcrRef><EndToEndId>` + end + `</EndToEndId></Refs>` + amount +
		`<RltdPties><Dbtr><Nm>` + debtor + `</Nm></Dbtr><DbtrAcct><Id><IBAN>` + debtor + `-iban</IBAN></Id></DbtrAcct><Cdtr><Nm>` + creditor + `</Nm></Cdtr></RltdPties><RmtInf><Ustrd>` + text + `</Ustrd></RmtInf></TxDtls>`
}

func TestCAMT(t *testing.T) {
	t.Parallel()
	amt := func(a string) string { return `<AmtDtls><TxAmt><Amt Ccy="EUR">` + a + `</Amt></TxAmt></AmtDtls>` }
	entries := entry("100.10", "CRDT", "", detail("B1", "INV-7", amt("100.10"), "Nordwind", "We", "Invoice 7")) +
		entry("30.00", "CRDT", "", detail("B2", "NOTPROVIDED", amt("10.00"), "Alpha", "We", "one")+detail("B2", "E2", amt("20.00"), "Beta", "We", "two")) +
		entry("9.00", "CRDT", "", detail("B3", "", "", "Gamma", "We", "x")+detail("B4", "", "", "Delta", "We", "y")) +
		entry("5.00", "CRDT", "<RvslInd>true</RvslInd>", detail("B5", "", "", "We", "Electric", "taken back")) +
		entry("50.05", "DBIT", "", detail("B6", "", "", "We", "Electric", "bill")) +
		strings.Replace(entry("1.00", "DBIT", "", ""), "%BOOK", "%PDNG", 1) + strings.Replace(entry("2.00", "DBIT", "", ""), "%BOOK", "%INFO", 1)
	for _, version := range []string{"02", "04", "06", "08", "10", "13"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := read(t, camt(version, bal("OPBD", "-10.00", "2026-03-03")+bal("CLBD", "84.05", "2026-03-04")+bal("CLAV", "1.00", "2026-03-04"), entries), Options{})
			wants(t, s,
				"2026-03-04 10010 Nordwind|Nordwind-iban|Invoice 7|B1|INV-7",
				"2026-03-04 1000 Alpha|Alpha-iban|one|B2|",
				"2026-03-04 2000 Beta|Beta-iban|two|B2|E2",
				"2026-03-04 900 ||x y|B4|",
				"2026-03-04 500 Electric||taken back|B5|",
				"2026-03-04 -5005 Electric||bill|B6|")
			if s.Account != "DE02120300000000202051" || s.Currency != "EUR" || s.Pending != 1 || !s.Lines[4].Reversal || s.Lines[0].Value != "2026-03-05" {
				t.Errorf("%+v", s)
			}
		})
	}
	pages := read(t, camt("08", bal("PRCD", "1.00", "2026-03-03")+bal("ITBD", "1.00", "2026-03-03")+bal("ITBD", "101.10", "2026-03-04"), entry("100.10", "CRDT", "", detail("B1", "", "", "N", "W", ""))), Options{})
	if pages.Opening.Amount != 100 || pages.Closing.Amount != 10110 {
		t.Errorf("interim balances: %+v %+v", pages.Opening, pages.Closing)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	plain := entry("100.10", "CRDT", "", "")
	for _, c := range []struct {
		name, file string
		o          Options
		is         error
		says       string
	}{
		{"lines do not add up", camt("08", bal("OPBD", "0.00", "2026-03-03")+bal("CLBD", "100.11", "2026-03-04"), plain), Options{}, ErrBalance, "which makes 100.10, but it closes with 100.11: −0.01 differ"},
		{"another message", strings.Replace(camt("08", "", plain), "camt.053", "camt.052", 1), Options{}, ErrFormat, "CAMT.053"},
		{"no side", camt("08", "", entry("1.00", "", "", "")), Options{}, ErrFormat, "neither CRDT nor DBIT"},
		{"too many digits", camt("08", "", entry("1.001", "CRDT", "", "")), Options{}, ErrFormat, "1.001"},
		{"another currency", camt("08", "", plain), Options{Currency: "USD"}, ErrFormat, "in EUR, the account in USD"},
		{"no statement", `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"></Document>`, Options{}, ErrEmpty, ""},
		{"no map", "a,b\n", Options{Currency: "EUR"}, ErrMap, ""},
		{"OFX cut off", "OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<STMTTRN><TRNAMT>1", Options{}, ErrFormat, "within a statement"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.o.Scale = money.ISO
			_, err := Read([]byte(c.file), c.o)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v with %q", err, c.is, c.says)
			}
		})
	}
}

const sgml = `OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260310120000</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>4711<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260310
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260304235959[-5:EST]<TRNAMT>+100.10<FITID>F1<NAME>NORTHWIND &amp; CO<MEMO>INV 7</STMTTRN>
<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260305<TRNAMT>-20,5<FITID>F2<CHECKNUM>1001<MEMO></STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260305<TRNAMT>-1.00<FITID>0<NAME>FEE` + "\xfc" + `</STMTTRN>
<STMTTRN><TRNTYPE>FEE<DTPOSTED>20260305<TRNAMT>-1.00<FITID>0<NAME>FEE` + "\xfc" + `</STMTTRN>
</BANKTRANLIST><LEDGERBAL><BALAMT>77.60<DTASOF>20260310</LEDGERBAL><AVAILBAL><BALAMT>1<DTASOF>20260310</AVAILBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>`

func TestOFX(t *testing.T) {
	t.Parallel()
	asXML := `<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="220"?><OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF><CCACCTFROM><ACCTID>4711</ACCTID></CCACCTFROM>` +
		`<BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20260304120000.000[0:GMT]</DTPOSTED><TRNAMT>100.10</TRNAMT><FITID>F1</FITID><PAYEE><NAME>Müller</NAME><CITY>X</CITY></PAYEE><MEMO>INV 7</MEMO></STMTTRN></BANKTRANLIST>` +
		`<BANKTRANLISTP><DTASOF>20260305</DTASOF><STMTTRNP><TRNTYPE>DEBIT</TRNTYPE><TRNAMT>-3</TRNAMT></STMTTRNP></BANKTRANLISTP><LEDGERBAL><BALAMT>-5</BALAMT><DTASOF>20260310</DTASOF></LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>`
	s := read(t, sgml, Options{})
	wants(t, s, "2026-03-04 10010 NORTHWIND & CO||INV 7|F1|", "2026-03-05 -2050 |||F2|1001", "2026-03-05 -100 FEEü|||0|", "2026-03-05 -100 FEEü|||0|")
	if s.Closing == nil || s.Closing.Amount != 7760 || s.Closing.On != "2026-03-10" || s.Account != "4711" {
		t.Errorf("%+v", s)
	}
	s = read(t, asXML, Options{})
	wants(t, s, "2026-03-04 10010 Müller||INV 7|F1|")
	if s.Pending != 1 || s.Closing.Amount != -500 || s.Currency != "USD" {
		t.Errorf("%+v", s)
	}
}

// What stands in two statements has one id, also when equal lines stand beside
// each other.
func TestOverlap(t *testing.T) {
	t.Parallel()
	m := ColumnMap{Encoding: EncodingUTF8, Delimiter: ",", Decimal: ".", DateForm: "YYYY-MM-DD", Date: "d", Amount: "a", Text: []string{"t"}}
	o := Options{Map: &m, Currency: "USD"}
	first := read(t, "d,a,t\n2026-01-01,5.00,coffee\n2026-01-02,5.00,coffee\n2026-01-02,5.00,coffee\n", o)
	second := read(t, "d,a,t\n2026-01-02,5.00,coffee\n2026-01-02, 5.00 ,coffee \n2026-01-02,5.00,coffee\n2026-01-03,5.00,coffee\n", o)
	all := map[string]bool{}
	for _, s := range []Statement{first, second} {
		for _, l := range s.Lines {
			all[l.ID] = true
		}
	}
	if len(all) != 5 {
		t.Errorf("two statements with 5 lines in all have %d ids", len(all))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sgml))
	f.Add([]byte(camt("02", bal("OPBD", "1.00", "2026-01-01"), entry("1.00", "CRDT", "", ""))))
	f.Add([]byte("Date;Amount;Text\n01.02.2026;-1.234,50;Übung\n"))
	f.Add([]byte("\"a\"\"\n,,1,\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		o := Options{Currency: "EUR", Scale: money.ISO}
		if p, err := Propose(file); err == nil {
			o.Map = &p.Map
		}
		list, err := Read(file, o)
		if err != nil {
			return
		}
		for _, s := range list {
			ids := map[string]bool{}
			for _, l := range s.Lines {
				if ids[l.ID] || l.ID == "" || l.On == "" {
					t.Fatalf("line %+v", l)
				}
				ids[l.ID] = true
			}
		}
	})
}

// TestForeign: what is plainly no statement that is read says what it is, and a
// download that was cut off where it ends.
func TestForeign(t *testing.T) {
	t.Parallel()
	whole := camt("08", bal("OPBD", "0", "2026-03-04"), "")
	for file, want := range map[string]string{
		"%PDF-1.7\n": "a PDF", "PK\x03\x04x": "an Excel or ZIP", "\xd0\xcf\x11\xe0x": "an old Excel", "\x89PNG": "a picture", "\n": "it is empty",
		":20:X\r\n:25:123/456\r\n:28C:1/1\r\n:60F:C260301EUR1,00\r\n": "MT940", "01,122099999,123456789,261120,0200,1,80,,2/\n": "BAI2",
		whole[:len(whole)-40]: "cut off at line 1", "OFXHEADER:100\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS>": "ends within a statement",
	} {
		_, err := Read([]byte(file), Options{Currency: "EUR", Scale: money.ISO, Map: &ColumnMap{}})
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", file, err, want)
		}
		if FormatOf([]byte(file)) != FormatCSV {
			continue
		}
		if _, err := Propose([]byte(file)); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("a map for %.20q: %v, want %s", file, err, want)
		}
	}
	if what := foreign([]byte("Date,Text,Amount\n2026-01-01,:20: and :60F:,1.00\n")); what != "" {
		t.Errorf("a CSV file is taken for %s", what)
	}
}
