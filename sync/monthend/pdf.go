package monthend

import (
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// The page in millimetres: A4, landscape, because the ageing has nine columns.
const (
	pageMargin = 12.0
	pageWidth  = 297.0 - 2*pageMargin
	rowHeight  = 4.6
)

// PDF writes the pack for people.
func (p Pack) PDF(to io.Writer) error {
	sections, err := p.Sections()
	if err != nil {
		return err
	}
	doc := fpdf.New("L", "mm", "A4", "")
	doc.AddUTF8FontFromBytes("text", "", liberationsansregular.TTF)
	doc.AddUTF8FontFromBytes("text", "B", liberationsansbold.TTF)
	doc.SetMargins(pageMargin, pageMargin, pageMargin)
	doc.SetAutoPageBreak(true, pageMargin)
	// The same figures give the same bytes.
	doc.SetCreationDate(p.MadeAt.UTC().Truncate(time.Second))
	doc.SetModificationDate(p.MadeAt.UTC().Truncate(time.Second))
	doc.SetCatalogSort(true)
	doc.SetTitle(fmt.Sprintf("%s %s %s", p.Book, p.Month, p.Currency), true)
	doc.AliasNbPages("")
	doc.SetFooterFunc(func() {
		doc.SetY(-pageMargin)
		doc.SetFont("text", "", 7)
		doc.CellFormat(0, 4, fmt.Sprintf("%s, %s, %s, made %s, page %d of {nb}", p.Book, p.Month, p.Currency, stamp(p.MadeAt), doc.PageNo()), "", 0, "R", false, 0, "")
	})
	doc.AddPage()
	doc.SetFont("text", "B", 15)
	doc.CellFormat(0, 8, fmt.Sprintf("Month end %s in %s", p.Month, p.Currency), "", 1, "L", false, 0, "")
	doc.SetFont("text", "", 9)
	doc.CellFormat(0, 5, fmt.Sprintf("%s, ledger %s", p.Book, p.Ledger), "", 1, "L", false, 0, "")
	for _, s := range sections {
		table(doc, s)
	}
	if err := doc.Output(to); err != nil {
		return fmt.Errorf("monthend: write the PDF: %w", err)
	}
	return nil
}

// table draws one section.
func table(doc *fpdf.Fpdf, s Section) {
	doc.Ln(3)
	doc.SetFont("text", "B", 11)
	doc.CellFormat(0, 6, s.Title, "", 1, "L", false, 0, "")
	doc.SetFont("text", "", 7.5)
	if s.Note != "" {
		doc.MultiCell(0, 4, s.Note, "", "L", false)
	}
	aligns := alignments(s)
	doc.SetFont("text", "B", 7.5)
	widths := columns(doc, s)
	row(doc, widths, aligns, s.Head, "B")
	doc.SetFont("text", "", 7.5)
	for _, r := range s.Rows {
		row(doc, widths, aligns, r, "")
	}
	if len(s.Rows) == 0 {
		doc.CellFormat(0, rowHeight, "none", "", 1, "L", false, 0, "")
	}
}

// Right says of each column whether it holds amounts or counts.
func (s Section) Right() []bool {
	right := make([]bool, len(s.Head))
	for i, a := range alignments(s) {
		right[i] = a == "R"
	}
	return right
}

// alignments are those of the columns, heads included: amounts and counts stand
// on the right.
func alignments(s Section) []string {
	aligns := make([]string, len(s.Head))
	for i := range aligns {
		aligns[i] = "L"
		for _, r := range s.Rows {
			if i >= len(r) || r[i] == "" {
				continue
			}
			if aligns[i] = "R"; !Numeric(r[i]) {
				aligns[i] = "L"
				break
			}
		}
	}
	return aligns
}

// columns share the page's width by what stands in them, in the bold type of
// their heads; a long text gets what the others leave.
func columns(doc *fpdf.Fpdf, s Section) []float64 {
	const most = 60.0
	widths := make([]float64, len(s.Head))
	sum := 0.0
	for i := range widths {
		widths[i] = doc.GetStringWidth(s.Head[i]) + 4
		for _, r := range s.Rows {
			if i < len(r) {
				widths[i] = max(widths[i], min(doc.GetStringWidth(r[i])+4, most))
			}
		}
		sum += widths[i]
	}
	if last := len(widths) - 1; last >= 0 && sum < pageWidth && widths[last] >= most {
		widths[last] += pageWidth - sum
	}
	for i := range widths {
		if sum > pageWidth {
			widths[i] *= pageWidth / sum
		}
	}
	return widths
}

// row draws one row, as high as its longest text needs.
func row(doc *fpdf.Fpdf, widths []float64, aligns, cells []string, border string) {
	lines := 1
	split := make([][]string, len(widths))
	for i := range widths {
		if i < len(cells) && cells[i] != "" {
			split[i] = doc.SplitText(cells[i], widths[i]-2)
			lines = max(lines, len(split[i]))
		}
	}
	_, height := doc.GetPageSize()
	if doc.GetY()+float64(lines)*rowHeight > height-pageMargin {
		doc.AddPage()
	}
	for n := range lines {
		edge := ""
		if n == lines-1 {
			edge = border
		}
		for i, w := range widths {
			text := ""
			if n < len(split[i]) {
				text = split[i][n]
			}
			doc.CellFormat(w, rowHeight, text, edge, 0, aligns[i], false, 0, "")
		}
		doc.Ln(rowHeight)
	}
}

// Numeric says whether a cell is an amount or a count.
func Numeric(text string) bool {
	for i, r := range text {
		if (r < '0' || r > '9') && r != '.' && (r != '-' || i > 0) {
			return false
		}
	}
	return text != ""
}
