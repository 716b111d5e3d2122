package xero

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// pdf is a document as a file of one page: Accept application/pdf, or the path
// with /pdf at its end (Xero docs: accounting/invoices; Xero-OpenAPI
// getInvoiceAsPdf).
func (o *Organisation) pdf(r *record) (*answer, error) {
	if r.kind.name != "Invoices" && r.kind.name != "CreditNotes" {
		return nil, missing()
	}
	title := map[string]string{"ACCREC": "TAX INVOICE", "ACCPAY": "BILL", "ACCRECCREDIT": "CREDIT NOTE", "ACCPAYCREDIT": "CREDIT NOTE"}[r.typ]
	lines := []string{o.info.str("Name"), title + " " + r.number, "To: " + r.contact.name, "Date: " + r.date.words()}
	if r.due != noDay {
		lines = append(lines, "Due: "+r.due.words())
	}
	for _, l := range r.fields().list("LineItems") {
		lines = append(lines, fmt.Sprintf("%s  %s x %s  %s", l.str("Description"), l.str("Quantity"), l.str("UnitAmount"), l.str("LineAmount")))
	}
	lines = append(lines, "Total "+r.currency+" "+r.doc.total.String(), "Amount due "+r.currency+" "+r.doc.open().String())
	return &answer{status: http.StatusOK, body: pdfPage(lines), file: "application/pdf"}, nil
}

// pdfPage writes a PDF of one A4 page with lines of text.
func pdfPage(lines []string) []byte {
	var text bytes.Buffer
	text.WriteString("BT /F1 12 Tf 56 780 Td 16 TL\n")
	for _, l := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", pdfText(l))
	}
	text.WriteString("ET")
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, body := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// pdfText escapes a text for a PDF string; what the font lacks becomes "?".
func pdfText(s string) string {
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '(' || c == ')' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < 0x20 || c > 0x7e:
			b.WriteByte('?')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
