package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/statement"
)

// BankFile is a file as it was uploaded.
type BankFile struct {
	// Account is the ledger's bank account that it is of.
	Account string
	Content []byte
	// Map says how a CSV file is read; nil has it found out.
	Map *statement.ColumnMap
}

// StatementShown is what a file says, before anything of it is kept.
type StatementShown struct {
	Account  AccountOption
	Currency money.Currency
	Format   statement.Format
	Parts    []StatementPart
	// First are the first lines, as they were read.
	First []BankLine
	// Map is how a CSV file is read, with what may be chosen for it; Ask is what
	// the file leaves open, Problem why it cannot be read so.
	Map            *statement.ColumnMap
	Columns, Forms []string
	Ask            []string
	Problem        string
}

// StatementPart is one statement of a file.
type StatementPart struct {
	// Number is the account as the bank calls it.
	Number   string
	From, To receivables.Date
	// Opening and Closing are nil where the file does not give them.
	Opening, Closing    *money.Money
	Lines, New, Pending int
}

// Known is how many lines were imported before.
func (p StatementPart) Known() int { return p.Lines - p.New }

// New is how many lines of the file are new.
func (s StatementShown) New() int {
	n := 0
	for _, p := range s.Parts {
		n += p.New
	}
	return n
}

const (
	// maxStatement bounds an uploaded file: a year of a busy account is a tenth of
	// it. maxUpload bounds the form that it comes in, also where the page gives it
	// back packed.
	maxStatement = 8 << 20
	maxUpload    = 12 << 20
)

type bankFilePage struct {
	view
	Book  BookName
	Shown StatementShown
	// File is the file, packed into the form, and Map how it is read: until it is
	// imported nothing is kept here.
	File, Map string
	Fields    []mapField
}

// mapField is a column's role that a person may change.
type mapField struct {
	Name, Label, Value string
	Options            []string
	Optional           bool
}

// bankRead shows what an uploaded file says and what importing it would do.
func (s *Site) bankRead(v *Visit) error {
	file, book, err := s.bankFile(v)
	if err != nil {
		return s.bankAgain(v, err)
	}
	page := bankFilePage{view: v.view(), Book: book}
	if page.Shown, err = s.Readers.Bank.ReadStatement(v.ctx(), v.tenant(), book.ID, file); err != nil {
		return s.bankAgain(v, err)
	}
	if page.File, err = pack(file.Content); err != nil {
		return err
	}
	if m := page.Shown.Map; m != nil {
		text, err := json.Marshal(m)
		if err != nil {
			return err
		}
		page.Map, page.Fields = string(text), fieldsOf(*m, page.Shown)
	}
	code := http.StatusOK
	if page.Shown.Problem != "" {
		code = http.StatusUnprocessableEntity
	}
	return s.show(v, code, "bank-file", "Bank statement", page)
}

// bankImport keeps a file that was shown.
func (s *Site) bankImport(v *Visit) error {
	file, book, err := s.bankFile(v)
	if err != nil {
		return s.bankAgain(v, err)
	}
	n, err := s.Readers.Bank.ImportStatement(v.ctx(), v.tenant(), book.ID, file, v.Person.Name)
	if err != nil {
		return s.bankAgain(v, err)
	}
	word := "Imported: " + plural(n, "new line", "new lines") + ". Nothing was written into the ledger."
	return v.done("/bank?"+url.Values{"book": {book.ID}, "account": {file.Account}}.Encode(), word)
}

// bankFile reads a form with a file, chosen or packed.
func (s *Site) bankFile(v *Visit) (BankFile, BookName, error) {
	f := BankFile{Account: v.r.FormValue("account")} // parses the form, of either kind
	book, _, err := s.namedBook(v, v.r.FormValue("book"))
	if err != nil {
		return f, book, err
	}
	if f.Content, err = content(v.r); err != nil {
		return f, book, err
	}
	if f.Account == "" || len(f.Content) == 0 {
		return f, book, FieldError{"Choose the bank account and the file of its statement."}
	}
	f.Map, err = mapOf(v.r.PostForm)
	return f, book, err
}

// content is the file of a form, nil where none was chosen.
func content(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxUpload {
		return nil, errLargeFile
	}
	if text := r.PostFormValue("packed"); text != "" {
		return unpack(text)
	}
	file, header, err := r.FormFile("file")
	if err != nil {
		return nil, nil //nolint:nilerr // none was chosen
	}
	defer func() { _ = file.Close() }()
	if header.Size > maxStatement {
		return nil, errLargeFile
	}
	return io.ReadAll(file)
}

// What may be wrong with a file before it is read.
var (
	errLargeFile = FieldError{"The file is larger than 8 MB. Ask the bank for a shorter period, or have it imported on the server: tieout bank import."}
	errTornForm  = FieldError{"The form did not come back whole. Please choose the file again."}
)

// pack makes a file small enough for a form.
func pack(content []byte) (string, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		return "", err
	}
	err := w.Close()
	return base64.StdEncoding.EncodeToString(out.Bytes()), err
}

// unpack reads what pack has made, and no more than a file may hold.
func unpack(text string) ([]byte, error) {
	r, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(text)))
	if err != nil {
		return nil, errTornForm
	}
	content, err := io.ReadAll(io.LimitReader(r, maxStatement+1))
	if err != nil || len(content) > maxStatement {
		return nil, errTornForm
	}
	return content, nil
}

// none is how a form says that a column has no role.
const none = "-"

// role is a place of a map that a page lets people change.
type role struct {
	name, label string
	at          *string
	optional    bool
}

func roles(m *statement.ColumnMap) []role {
	return []role{
		{"date", "Booking date", &m.Date, false},
		{"amount", "Amount, with its sign", &m.Amount, true},
		{"debit", "Money out", &m.Debit, true},
		{"credit", "Money in", &m.Credit, true},
		{"balance", "Balance after the line", &m.Balance, true},
		{"name", "Payer or payee", &m.Name, true},
		{"reference", "The bank’s reference", &m.Reference, true},
	}
}

// fieldsOf are the fields of a form for a map.
func fieldsOf(m statement.ColumnMap, shown StatementShown) []mapField {
	var out []mapField
	for _, r := range roles(&m) {
		out = append(out, mapField{Name: r.name, Label: r.label, Value: *r.at, Options: shown.Columns, Optional: r.optional})
	}
	text := ""
	if len(m.Text) > 0 {
		text = m.Text[0]
	}
	return append(out,
		mapField{Name: "text", Label: "Text", Value: text, Options: shown.Columns, Optional: true},
		mapField{Name: "form", Label: "Dates are written", Value: m.DateForm, Options: shown.Forms},
		mapField{Name: "decimal", Label: "Sign before the cents", Value: m.Decimal, Options: []string{".", ","}},
	)
}

// mapOf is the map that a form carries, with what the person has changed.
func mapOf(form url.Values) (*statement.ColumnMap, error) {
	if form.Get("map") == "" {
		return nil, nil
	}
	m := &statement.ColumnMap{}
	if err := json.Unmarshal([]byte(form.Get("map")), m); err != nil {
		return nil, errTornForm
	}
	change := func(name string, at *string) {
		switch value := form.Get("use:" + name); value {
		case "": // nothing was said
		case none:
			*at = ""
		default:
			*at = value
		}
	}
	for _, r := range roles(m) {
		change(r.name, r.at)
	}
	change("form", &m.DateForm)
	change("decimal", &m.Decimal)
	if text := form.Get("use:text"); text != "" && (len(m.Text) == 0 || m.Text[0] != text) {
		m.Text = nil
		if text != none {
			m.Text = []string{text}
		}
	}
	return m, nil
}
