package statement

import (
	"fmt"
	"slices"
	"strings"
)

// Proposal is a column map read off a file, for a person to confirm.
type Proposal struct {
	Map ColumnMap `json:"map"`
	// Columns are the names by which columns can be chosen.
	Columns []string `json:"columns,omitempty"`
	// Ask names what the file leaves open: nothing is guessed silently.
	Ask []string `json:"ask,omitempty"`
}

// Propose reads off a CSV file how it is written. What cannot be told, such
// as which of two numbers is the month, is in Ask.
func Propose(file []byte) (Proposal, error) {
	if len(file) > maxFile {
		return Proposal{}, fmt.Errorf("statement: %w: the file is larger than %d MB", ErrFormat, maxFile>>20)
	}
	if what := foreign(file); what != "" {
		return Proposal{}, fmt.Errorf("statement: %w: it is %s; ask the bank for CAMT.053, OFX or CSV", ErrFormat, what)
	}
	m := ColumnMap{Encoding: encodingOf(file), Delimiter: ","}
	text, err := decode(file, m.Encoding)
	if err != nil {
		return Proposal{}, fmt.Errorf("statement: %w", err)
	}
	m.Delimiter = delimiterOf(text)
	rows, err := rowsOf(file, m)
	if err != nil {
		return Proposal{}, fmt.Errorf("statement: %w", err)
	}
	p := Proposal{Map: m}
	width := usualWidth(rows)
	p.Map.Skip = slices.IndexFunc(rows, func(row []string) bool { return len(row) == width && !blank(row) })
	if p.Map.Skip < 0 {
		return p, fmt.Errorf("statement: %w: it has no rows", ErrFormat)
	}
	head, body := rows[p.Map.Skip], rows[p.Map.Skip+1:]
	if slices.ContainsFunc(head, isAmount) && slices.ContainsFunc(head, func(c string) bool { return len(formsOf([]string{c})) > 0 }) {
		p.Map.Headless = true
		head, body = numbered(head), rows[p.Map.Skip:]
	}
	body = slices.DeleteFunc(slices.Clone(body), func(row []string) bool { return len(row) != width || blank(row) })
	p.Columns = head
	p.columns(head, body)
	return p, nil
}

func numbered(row []string) []string {
	out := make([]string, len(row))
	for i := range row {
		out[i] = fmt.Sprintf("#%d", i+1)
	}
	return out
}

// delimiterOf is the sign that divides most lines into one number of cells.
func delimiterOf(text string) string {
	const looked = 200
	lines := strings.Split(text, "\n")
	best, most := ",", 0
	for _, sign := range []string{";", "\t", ",", "|"} {
		counts := map[int]int{}
		for _, line := range lines[:min(len(lines), looked)] {
			if n := outside(line, sign); n > 0 {
				counts[n]++
			}
		}
		for n, lines := range counts {
			if score := lines * min(n, 3); score > most {
				best, most = sign, score
			}
		}
	}
	return best
}

// outside counts a sign outside of quotes.
func outside(line, sign string) int {
	n := 0
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 0 {
			n += strings.Count(part, sign)
		}
	}
	return n
}

// usualWidth is how many cells most rows have.
func usualWidth(rows [][]string) int {
	counts := map[int]int{}
	best := 0
	for _, row := range rows {
		if len(row) < 2 {
			continue
		}
		counts[len(row)]++
		if counts[len(row)] > counts[best] {
			best = len(row)
		}
	}
	return best
}

// role is what a column may be, with the words by which banks call it.
type role struct {
	words []string
	set   func(*ColumnMap, string)
	taken func(ColumnMap) bool
}

// roles in the order in which they are given out; words are of English, German,
// French, Spanish, Dutch and Italian banks' files.
func roles() []role {
	one := func(of func(*ColumnMap) *string, words ...string) role {
		return role{words, func(m *ColumnMap, c string) { *of(m) = c }, func(m ColumnMap) bool { return *of(&m) != "" }}
	}
	return []role{
		one(func(m *ColumnMap) *string { return &m.Balance }, "balance", "saldo", "solde", "kontostand", "guthaben"),
		one(func(m *ColumnMap) *string { return &m.Value }, "value date", "valuta", "wertstellung", "date de valeur", "fecha valor", "rentedatum", "data valuta"),
		one(func(m *ColumnMap) *string { return &m.Date }, "booking date", "posting date", "post date", "transaction date", "date", "buchungstag", "buchungsdatum", "buchung", "datum", "fecha", "boekdatum", "data"),
		one(func(m *ColumnMap) *string { return &m.Debit }, "debit", "paid out", "money out", "withdrawal", "soll", "belastung", "débit", "cargo", "af", "dare"),
		one(func(m *ColumnMap) *string { return &m.Credit }, "credit", "paid in", "money in", "deposit", "haben", "gutschrift", "crédit", "abono", "bij", "avere"),
		one(func(m *ColumnMap) *string { return &m.Amount }, "amount", "betrag", "umsatz", "montant", "importe", "bedrag", "importo"),
		one(func(m *ColumnMap) *string { return &m.Side }, "debit/credit", "dr/cr", "cr/dr", "soll/haben", "s/h", "af bij", "credit debit", "indicator", "sign"),
		one(func(m *ColumnMap) *string { return &m.Currency }, "currency", "währung", "waehrung", "devise", "moneda", "divisa", "munt", "ccy"),
		one(func(m *ColumnMap) *string { return &m.Account }, "counterparty account", "counter account", "iban/kontonummer", "kontonummer/iban", "gegenkonto", "tegenrekening", "counterparty iban", "iban gegenkonto"),
		one(func(m *ColumnMap) *string { return &m.Reference }, "transaction id", "transaction reference", "bank reference", "reference number", "fitid", "bankreferenz", "referenz", "volgnr"),
		one(func(m *ColumnMap) *string { return &m.Number }, "check number", "cheque number", "check or slip", "end-to-end", "kundenreferenz", "customer reference"),
		one(func(m *ColumnMap) *string { return &m.Name }, "payee", "counterparty", "name", "beguenstigter", "begünstigter", "auftraggeber", "zahlungspflichtiger", "empfänger", "beneficiary", "tegenpartij", "naam", "nom", "nombre"),
		one(func(m *ColumnMap) *string { return &m.Kind }, "transaction type", "type", "buchungstext", "code", "mutatiesoort", "tipo"),
	}
}

func textWords() []string {
	return []string{"description", "memo", "details", "narrative", "particulars", "verwendungszweck", "reference", "libellé", "concepto", "omschrijving", "mededelingen", "descrizione", "causale", "text", "remittance", "purpose"}
}

// columns finds out which column is what.
func (p *Proposal) columns(head []string, body [][]string) {
	used := make([]bool, len(head))
	if !p.Map.Headless {
		p.byName(head, body, used)
	}
	p.byContent(head, body, used)
	p.signs(head, body)
	p.dates(head, body)
}

// byName gives out roles by what the head calls the columns: the same words
// first, then words within.
func (p *Proposal) byName(head []string, body [][]string, used []bool) {
	for _, same := range []bool{true, false} {
		for _, r := range roles() {
			for _, word := range r.words {
				for i, name := range head {
					name = strings.ToLower(squeeze(name))
					if used[i] || r.taken(p.Map) || same != (name == word) || !strings.Contains(name, word) {
						continue
					}
					used[i] = true
					r.set(&p.Map, head[i])
				}
			}
		}
	}
	for i, name := range head {
		if !used[i] && slices.ContainsFunc(textWords(), func(w string) bool { return strings.Contains(strings.ToLower(name), w) }) {
			used[i] = true
			p.Map.Text = append(p.Map.Text, head[i])
		}
	}
	p.dropUnfit(head, body)
}

// dropUnfit takes a role back from a column whose cells cannot have it.
func (p *Proposal) dropUnfit(head []string, body [][]string) {
	for _, c := range []*string{&p.Map.Amount, &p.Map.Debit, &p.Map.Credit, &p.Map.Balance} {
		if *c != "" && !slices.ContainsFunc(cells(head, body, *c), isAmount) {
			*c = ""
		}
	}
	if (p.Map.Debit == "") != (p.Map.Credit == "") {
		p.Map.Debit, p.Map.Credit = "", ""
	}
	if p.Map.Debit != "" {
		p.Map.Amount = ""
	}
}

// byContent finds the date and the amount where no name tells them, and takes
// what is left for text.
func (p *Proposal) byContent(head []string, body [][]string, used []bool) {
	for i, name := range head {
		list := cells(head, body, name)
		switch {
		case used[i] || len(list) == 0:
		case p.Map.Date == "" && len(formsOf(list)) > 0:
			p.Map.Date, used[i] = name, true
		case p.Map.Amount == "" && p.Map.Debit == "" && !slices.ContainsFunc(list, func(c string) bool { return !isAmount(c) }):
			p.Map.Amount, used[i] = name, true
		}
	}
	if len(p.Map.Text) == 0 {
		for i, name := range head {
			if !used[i] {
				p.Map.Text = append(p.Map.Text, name)
			}
		}
	}
	if p.Map.Date == "" {
		p.Ask = append(p.Ask, "No column holds dates.")
	}
	if p.Map.Amount == "" && p.Map.Debit == "" {
		p.Ask = append(p.Ask, "No column holds amounts.")
	}
}

// cells are a column's cells that are not empty.
func cells(head []string, body [][]string, column string) []string {
	at := slices.Index(head, column)
	var out []string
	for _, row := range body {
		if at >= 0 && at < len(row) && strings.TrimSpace(row[at]) != "" {
			out = append(out, row[at])
		}
	}
	return out
}
