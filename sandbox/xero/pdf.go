package xero

import (
	"fmt"
	"net/http"

	"tieout/sandbox/paper"
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
	return &answer{status: http.StatusOK, body: paper.PDF(lines), file: "application/pdf"}, nil
}
