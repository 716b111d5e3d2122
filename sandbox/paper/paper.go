// Package paper prints what the stand-ins give as a file: lines of text on
// pages. It knows nothing of any vendor and lays nothing out.
package paper

import (
	"bytes"
	"fmt"
	"strings"
)

// linesPerPage fit on A4 with the leading used below.
const linesPerPage = 50

// PDF writes a PDF 1.4 (ISO 32000) of plain text lines, on as many A4 pages as
// they take. What Latin-1 lacks becomes a question mark.
func PDF(lines []string) []byte {
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
