package stripe

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// invoiceFile serves invoice_pdf and a credit note's pdf.
func (s *Server) invoiceFile(w http.ResponseWriter, r *http.Request) {
	a, found := s.byPage(r)
	if found == nil {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	var name string
	var lines []string
	switch o := found.(type) {
	case *invoice:
		name = "Invoice-" + val(o.Number)
		lines = append(lines, "Invoice "+val(o.Number), a.opts.Name, "Bill to: "+val(o.CustomerName))
		for _, l := range o.lines {
			lines = append(lines, val(l.Description)+"   "+amountText(l.Amount, l.Currency))
		}
		lines = append(lines, "Total "+amountText(o.Total, o.Currency), "Amount due "+amountText(o.AmountRemaining, o.Currency))
	case *creditNote:
		name = "CreditNote-" + o.Number
		lines = append(lines, "Credit note "+o.Number, a.opts.Name, "Total "+amountText(o.Total, o.Currency))
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.pdf"`)
	// A client that has gone away is none of the stand-in's business.
	_, _ = w.Write(paper(lines))
}

// paper is a PDF of one page with lines of text (ISO 32000-1, the smallest
// file that readers take).
func paper(lines []string) []byte {
	var text strings.Builder
	text.WriteString("BT /F1 12 Tf 14 TL 56 780 Td\n")
	for _, l := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", pdfText(l))
	}
	text.WriteString("ET")
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	offsets := []int{}
	for i, content := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	} {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, content)
	}
	at := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, at)
	return out.Bytes()
}

// pdfText escapes what ends a PDF string; other than ASCII becomes a question
// mark, because the font has no more.
func pdfText(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '(' || r == ')' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r > '~':
			b.WriteByte('?')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
