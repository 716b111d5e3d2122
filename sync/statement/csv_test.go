package statement

import (
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"tieout/money"
)

// TestCSV proposes a map for files of several kinds, checks what it asks, and
// reads by it.
func TestCSV(t *testing.T) {
	t.Parallel()
	latin, err := charmap.ISO8859_1.NewEncoder().String("Umsätze;;;;;\nKonto;123;;;;\n\nBuchungstag;Wertstellung;Buchungstext;Auftraggeber / Begünstigter;Verwendungszweck;Betrag (EUR);Saldo\n" +
		"04.03.2026;04.03.2026;GUTSCHRIFT;Müller GmbH;Rechnung 7;1.234,50;1.334,50\n03.03.2026;03.03.2026;LASTSCHRIFT;Strom AG;Abschlag;-100,00;100,00\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		asks       string
		change     func(*ColumnMap)
		want       []string
		opening    int64
	}{
		{
			name: "American", file: "Date,Description,Amount,Balance\n03/04/2026,\"NORTHWIND, INC\",\"1,234.50\",1334.50\n03/13/2026,STRIPE TRANSFER,-100.00,1234.50\n",
			want: []string{"2026-03-04 123450 ||NORTHWIND, INC||", "2026-03-13 -10000 ||STRIPE TRANSFER||"}, opening: 10000,
		},
		{
			name: "either day or month", file: "Date,Description,Amount\n03/04/2026,A,1.00\n05/06/2026,B,-2.00\n",
			asks: "DD/MM/YYYY or MM/DD/YYYY", change: func(m *ColumnMap) { m.DateForm = "MM/DD/YYYY" },
			want: []string{"2026-03-04 100 ||A||", "2026-05-06 -200 ||B||"},
		},
		{
			name: "German, newest first, Latin-1", file: latin,
			want: []string{"2026-03-04 123450 Müller GmbH||Rechnung 7||", "2026-03-03 -10000 Strom AG||Abschlag||"}, opening: 20000,
		},
		{
			name: "paid in and out", file: "\xef\xbb\xbfDate,Type,Description,Paid out,Paid in,Balance\r\n04 Mar 2026,DD,Rent,£500.00,,£-400.00\r\n05 Mar 2026,BP,Northwind,,£600.50,£200.50\r\n",
			want: []string{"2026-03-04 -50000 ||Rent||", "2026-03-05 60050 ||Northwind||"}, opening: 10000,
		},
		{
			name: "sides", file: "sep=;\nDatum;Naam;Af Bij;Bedrag (EUR);Mededelingen\n20260304;Northwind;Bij;12,50;factuur\n20260305;Huur;Af;500,00;maart\n",
			want: []string{"2026-03-04 1250 Northwind||factuur||", "2026-03-05 -50000 Huur||maart||"},
		},
		{
			name: "no head", file: "2026-03-04\tNorthwind\t12.50\n2026-03-05\tRent\t-500.00\n",
			want: []string{"2026-03-04 1250 ||Northwind||", "2026-03-05 -50000 ||Rent||"},
		},
		{
			name: "turned round", file: "Date,Payee,Amount\n2026-03-04,Shop,12.50\n", change: func(m *ColumnMap) { m.Negate = true },
			want: []string{"2026-03-04 -1250 Shop||||"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := Propose([]byte(c.file))
			if err != nil {
				t.Fatal(err)
			}
			if asked := strings.Join(p.Ask, " "); (asked == "") != (c.asks == "") || !strings.Contains(asked, c.asks) {
				text, _ := json.Marshal(p)
				t.Fatalf("asks %q, want %q: %s", asked, c.asks, text)
			}
			if c.change != nil {
				c.change(&p.Map)
			}
			s := read(t, c.file, Options{Map: &p.Map, Currency: "EUR"})
			wants(t, s, c.want...)
			if c.opening != 0 && (s.Opening == nil || s.Opening.Amount != c.opening) {
				t.Errorf("opening %+v, want %d", s.Opening, c.opening)
			}
		})
	}
}

func TestCSVRefused(t *testing.T) {
	t.Parallel()
	m := ColumnMap{Encoding: EncodingUTF8, Delimiter: ",", Decimal: ".", DateForm: "YYYY-MM-DD", Date: "d", Amount: "a", Balance: "b"}
	for _, c := range []struct {
		name, file, says string
		change           func(*ColumnMap)
	}{
		{"balances do not go on", "d,a,b\n2026-01-01,1.00,1.00\n2026-01-02,1.00,3.00\n", "does not go on", nil},
		{"a column is gone", "d,x,b\n", `no column "a"`, nil},
		{"no date", "d,a,b\n,1.00,1\n", "no date", nil},
		{"no such day", "d,a,b\n2026-02-30,1.00,1\n", "no date", nil},
		{"too exact", "d,a,b\n2026-02-03,1.005,1\n", "no amount", nil},
		{"no amount", "d,a,b\n2026-02-03,,1\n", "no amount", nil},
		{"decimal sign", "d,a,b\n", "decimal sign", func(m *ColumnMap) { m.Decimal = ";" }},
		{"date form", "d,a,b\n2026-02-03,1,1\n", "no form of dates", func(m *ColumnMap) { m.DateForm = "??" }},
		{"too short", "d,a,b\n", "only 1 rows", func(m *ColumnMap) { m.Skip, m.Headless = 3, true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := m
			if c.change != nil {
				c.change(&m)
			}
			_, err := Read([]byte(c.file), Options{Map: &m, Currency: "USD", Scale: money.ISO})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		decimal rune
		want    int64
		bad     bool
	}{
		{"1,234.50", '.', 123450, false},
		{"1.234,50", ',', 123450, false},
		{"1 234,5", ',', 123450, false},
		{"1'234.50", '.', 123450, false},
		{"-12", '.', -1200, false},
		{"12.50-", '.', -1250, false},
		{"(12.50)", '.', -1250, false},
		{"12,50 S", ',', -1250, false},
		{"12,50 H", ',', 1250, false},
		{"12.50 DR", '.', -1250, false},
		{"$ 12.50", '.', 1250, false},
		{"EUR 12,50", ',', 1250, false},
		{"−12,50 €", ',', -1250, false},
		{"+.5", '.', 50, false},
		{"1.2.3", '.', 0, true},
		{"12.345", '.', 0, true},
		{"", '.', 0, true},
		{"abc", '.', 0, true},
	} {
		got, err := readAmount(c.text, c.decimal, 2)
		if got != c.want || (err != nil) != c.bad {
			t.Errorf("%q: %d, %v", c.text, got, err)
		}
	}
}
