package stripe

import (
	"net/http"

	"tieout/sandbox/paper"
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
	_, _ = w.Write(paper.PDF(lines))
}
