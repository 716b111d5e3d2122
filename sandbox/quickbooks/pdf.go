package quickbooks

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// pdf serves GET /{entity}/{id}/pdf.
func (k *call) pdf(entity, id string) {
	k.c.mu.Lock()
	page, fault := k.c.pdf(entity, id)
	k.c.mu.Unlock()
	if fault != nil {
		k.fail(fault)
		return
	}
	writePDF(k.w, page, entity+"_"+id)
}

// download answers the link of a file as plain text (Intuit docs: attachable,
// download).
func (k *call) download(id string) {
	k.c.mu.Lock()
	o := k.c.find("Attachable", id)
	var link string
	if o != nil && k.c.files[id] != nil {
		link = k.c.fileLink(id, splitObject(o.raw).str("FileName"))
	}
	k.c.mu.Unlock()
	if link == "" {
		k.fail(faultNotFound())
		return
	}
	k.w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	_, _ = k.w.Write([]byte(link))
}

func writePDF(w http.ResponseWriter, page []byte, name string) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+".pdf"))
	_, _ = w.Write(page)
}

// pdf is a form as a document of one or more pages of plain text.
func (c *Company) pdf(entity, id string) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	if !k.sent {
		return nil, faultUnsupported("Operation pdf is not supported for " + k.name)
	}
	text, fault := c.read(k.name, id)
	if fault != nil {
		return nil, fault
	}
	return makePDF(c.printed(k.name, splitObject(text))), nil
}

// printed are the lines of a form on paper.
func (c *Company) printed(name string, d *document) []string {
	title := strings.ToUpper(name)
	if n := d.str("DocNumber"); n != "" {
		title += " " + n
	}
	_, customer := d.ref("CustomerRef")
	cur, _ := d.ref("CurrencyRef")
	var out []string
	if info := c.single("CompanyInfo"); info != nil {
		out = append(out, splitObject(info.raw).str("CompanyName"), "")
	}
	out = append(out, title, "Date: "+d.str("TxnDate"))
	if due := d.str("DueDate"); due != "" {
		out = append(out, "Due: "+due)
	}
	out = append(out, "To: "+customer, "")
	for _, line := range d.list("Line") {
		if line.str("DetailType") == "SubTotalLineDetail" {
			continue
		}
		_, item := line.sub("SalesItemLineDetail").ref("ItemRef")
		label := orDefault(line.str("Description"), orDefault(item, line.str("DetailType")))
		out = append(out, fmt.Sprintf("%-60.60s %14s", label, line.str("Amount")))
	}
	out = append(out, "", "Tax: "+orDefault(d.sub("TxnTaxDetail").str("TotalTax"), "0"), "Total: "+d.str("TotalAmt")+" "+cur)
	if d.has("Balance") {
		out = append(out, "Balance due: "+d.str("Balance")+" "+cur)
	}
	if memo := d.sub("CustomerMemo").str("value"); memo != "" {
		out = append(append(out, ""), strings.Split(memo, "\n")...)
	}
	return out
}

// linesPerPage fit on A4 with the leading used below.
const linesPerPage = 50

// makePDF writes a PDF 1.4 (ISO 32000) of plain text lines.
func makePDF(lines []string) []byte {
	var pages [][]string
	for len(lines) > linesPerPage {
		pages, lines = append(pages, lines[:linesPerPage]), lines[linesPerPage:]
	}
	pages = append(pages, lines)
	var b bytes.Buffer
	var offsets []int
	object := func(text string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), text)
	}
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
	}
	object(fmt.Sprintf("<< /Type /Pages /Kids [ %s] /Count %d >>", kids.String(), len(pages)))
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>")
	for i, page := range pages {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>", 5+2*i))
		content := pageContent(page)
		object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content))
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}

func pageContent(lines []string) string {
	var b strings.Builder
	b.WriteString("BT /F1 10 Tf 14 TL 50 790 Td\n")
	for _, line := range lines {
		b.WriteString("(" + pdfText(line) + ") Tj T*\n")
	}
	b.WriteString("ET")
	return b.String()
}

// pdfText escapes a string and keeps to Latin-1, as the font does.
func pdfText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r > 0xff:
			b.WriteByte('?')
		case r > 0x7e:
			fmt.Fprintf(&b, `\%03o`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
