package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// XLSX is the media type of a workbook (IANA).
const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// What one sheet holds at most (Excel specifications and limits).
const (
	maxRows = 1_048_576
	maxText = 32_767
)

// Column is one of a table.
type Column struct {
	Name string
	// Width is in characters.
	Width int
}

// Book writes a workbook (Office Open XML, ECMA-376) row by row: it holds no
// rows and no file. Amounts are written as decimal text, never as a float. A
// table that is longer than a sheet continues on another one.
type Book struct {
	zip     *zip.Writer
	name    string
	columns []Column
	sheet   io.Writer
	sheets  int
	// rows is how many the present sheet has, its head included; most is how
	// many it takes.
	rows, most int
	line       bytes.Buffer
}

// NewBook begins a workbook whose sheets are called name.
func NewBook(to io.Writer, name string, columns []Column) (*Book, error) {
	b := &Book{zip: zip.NewWriter(to), name: name, columns: columns, most: maxRows}
	return b, b.begin()
}

// Write adds a row.
func (b *Book) Write(row []Value) error {
	if b.rows == b.most {
		if err := b.end(); err != nil {
			return err
		}
		if err := b.begin(); err != nil {
			return err
		}
	}
	return b.row(row, false)
}

// Flush hands on what has been written so far.
func (b *Book) Flush() error { return wrap(b.zip.Flush()) }

// Close ends the workbook.
func (b *Book) Close() error {
	if err := b.end(); err != nil {
		return err
	}
	types, sheets, relations := "", "", ""
	for i := 1; i <= b.sheets; i++ {
		name := b.name
		if i > 1 {
			name += " " + strconv.Itoa(i)
		}
		types += fmt.Sprintf(`<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`, i)
		sheets += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(name), i, i)
		relations += fmt.Sprintf(`<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i, relation, i)
	}
	for _, part := range [][2]string{
		{"xl/styles.xml", styles},
		{"xl/workbook.xml", `<workbook xmlns="` + spreadsheet + `" xmlns:r="` + relation + `"><sheets>` + sheets + `</sheets></workbook>`},
		{
			"xl/_rels/workbook.xml.rels",
			`<Relationships xmlns="` + packaged + `/relationships">` + relations + `<Relationship Id="styles" Type="` + relation + `/styles" Target="styles.xml"/></Relationships>`,
		},
		{"_rels/.rels", `<Relationships xmlns="` + packaged + `/relationships"><Relationship Id="book" Type="` + relation + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{
			"[Content_Types].xml",
			`<Types xmlns="` + packaged + `/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
				`<Override PartName="/xl/workbook.xml" ContentType="` + XLSX + `.main+xml"/>` +
				`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` + types + `</Types>`,
		},
	} {
		if err := b.part(part[0], part[1]); err != nil {
			return err
		}
	}
	return wrap(b.zip.Close())
}

// The names of ECMA-376.
const (
	declaration = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	relation    = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	packaged    = "http://schemas.openxmlformats.org/package/2006"
)

// The styles of cells, by their place in styles.
const (
	styleText = iota
	styleHead
	styleDay
	styleWhole
	// styleAmount has no digit after the point; the next ones have one each more.
	styleAmount
)

// maxDigits is the most that a currency has (ISO 4217).
const maxDigits = 4

const styles = `<styleSheet xmlns="` + spreadsheet + `"><numFmts count="4"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/>` +
	`<numFmt numFmtId="165" formatCode="#,##0.0"/><numFmt numFmtId="166" formatCode="#,##0.000"/><numFmt numFmtId="167" formatCode="#,##0.0000"/></numFmts>` +
	`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
	`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
	`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
	`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="9">` +
	`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>` +
	`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
	`<xf numFmtId="167" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`

// begin begins a sheet whose head stays in sight.
func (b *Book) begin() error {
	b.sheets, b.rows = b.sheets+1, 0
	var err error
	if b.sheet, err = b.zip.Create(fmt.Sprintf("xl/worksheets/sheet%d.xml", b.sheets)); err != nil {
		return wrap(err)
	}
	b.line.Reset()
	b.line.WriteString(declaration + `<worksheet xmlns="` + spreadsheet + `"><sheetViews><sheetView workbookViewId="0">` +
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`)
	head := make([]Value, len(b.columns))
	for i, c := range b.columns {
		head[i] = Text(c.Name)
		fmt.Fprintf(&b.line, `<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, c.Width)
	}
	b.line.WriteString(`</cols><sheetData>`)
	if _, err := b.sheet.Write(b.line.Bytes()); err != nil {
		return wrap(err)
	}
	return b.row(head, true)
}

// end ends a sheet.
func (b *Book) end() error {
	_, err := fmt.Fprintf(b.sheet, `</sheetData><autoFilter ref="A1:%s%d"/></worksheet>`, letters(len(b.columns)-1), b.rows)
	return wrap(err)
}

func (b *Book) row(row []Value, head bool) error {
	b.rows++
	b.line.Reset()
	fmt.Fprintf(&b.line, `<row r="%d">`, b.rows)
	for i, v := range row {
		if v.Text != "" {
			b.cell(letters(i)+strconv.Itoa(b.rows), v, head)
		}
	}
	b.line.WriteString("</row>")
	_, err := b.sheet.Write(b.line.Bytes())
	return wrap(err)
}

func (b *Book) cell(at string, v Value, head bool) {
	style, content := styleText, v.Text
	switch v.kind {
	case number:
		style = styleAmount + min(v.digits, maxDigits)
	case whole:
		style = styleWhole
	case day:
		serial, ok := serialOf(v.Text)
		if style, content = styleDay, serial; !ok {
			style, content, v.kind = styleText, v.Text, text
		}
	case text:
		if head {
			style = styleHead
		}
	}
	if v.kind == text {
		// A text is never a formula, whatever it begins with.
		fmt.Fprintf(&b.line, `<c r="%s" s="%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, at, style, escaped(content))
		return
	}
	fmt.Fprintf(&b.line, `<c r="%s" s="%d"><v>%s</v></c>`, at, style, escaped(content))
}

func (b *Book) part(name, content string) error {
	w, err := b.zip.Create(name)
	if err == nil {
		_, err = io.WriteString(w, declaration+content)
	}
	return wrap(err)
}

// serialOf is a date as workbooks count it: days since the eve of 1900, which
// they take for a leap year.
func serialOf(date string) (string, bool) {
	at, err := time.Parse(time.DateOnly, date)
	eve := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	firstTrue := time.Date(1900, time.March, 1, 0, 0, 0, 0, time.UTC)
	if err != nil || at.Before(firstTrue) {
		return "", false
	}
	const day = 24 * time.Hour
	return strconv.Itoa(int(at.Sub(eve) / day)), true
}

// letters is the name of a column, counted from 0.
func letters(i int) string {
	const alphabet = 26
	if i < alphabet {
		return string(rune('A' + i))
	}
	return letters(i/alphabet-1) + letters(i%alphabet)
}

// escaped is a text as it stands in a part.
func escaped(s string) string {
	if len(s) > maxText && utf8.RuneCountInString(s) > maxText {
		s = string([]rune(s)[:maxText])
	}
	var out bytes.Buffer
	// A workbook takes _x0041_ for a character's code (ECMA-376, 22.9.2.19
	// ST_Xstring); the underscore's own code keeps it a text.
	if err := xml.EscapeText(&out, []byte(strings.ReplaceAll(s, "_x", "_x005F_x"))); err != nil {
		return "" // a buffer takes everything
	}
	return out.String()
}

func wrap(err error) error {
	if err != nil {
		return fmt.Errorf("sheet: write workbook: %w", err)
	}
	return nil
}
