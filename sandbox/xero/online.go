package xero

import (
	"fmt"
	"html"
	"net/http"
	"strings"
)

// onlineInvoice is the page a customer sees: number, amount due and the texts
// of the lines, without sign-in.
func (s *Server) onlineInvoice(w http.ResponseWriter, r *http.Request) {
	for _, o := range s.Organisations() {
		if page, ok := o.onlinePage(r.PathValue("id")); ok {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(page)) // a reader that went away cannot be told so
			return
		}
	}
	http.NotFound(w, r)
}

func (o *Organisation) onlinePage(id string) (string, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.find("Invoices", id)
	if r == nil || r.typ != "ACCREC" || !r.booked() {
		return "", false
	}
	var lines strings.Builder
	for _, l := range r.fields().list("LineItems") {
		fmt.Fprintf(&lines, "<li>%s</li>", html.EscapeString(l.str("Description")))
	}
	return fmt.Sprintf("<!doctype html><title>Invoice %[1]s</title><h1>Invoice %[1]s</h1><p>Amount due: %[2]s %[3]s</p><ul>%[4]s</ul>",
		html.EscapeString(r.number), r.doc.open(), html.EscapeString(r.currency), lines.String()), true
}
