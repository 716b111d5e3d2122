package stripe

import (
	"html/template"
	"net/http"
	"strings"
)

// invoicePage is the hosted page of an invoice. It works without scripts.
var invoicePage = template.Must(template.New("invoice").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font-family:sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.6rem 0}
table{width:100%;border-collapse:collapse}td{padding:.3rem 0;border-top:1px solid #ddd}td+td{text-align:right}button{padding:.5rem 1rem}</style></head>
<body><h1>{{.Title}}</h1>
{{if .Message}}<p role="status">{{.Message}}</p>{{end}}
<p>{{.From}} to {{.To}}</p>
<table>{{range .Lines}}<tr><td>{{.Description}}</td><td>{{.Amount}}</td></tr>{{end}}
<tr><td>Total</td><td>{{.Total}}</td></tr><tr><td><strong>Amount due</strong></td><td><strong>{{.Due}}</strong></td></tr></table>
{{if .Action}}<form method="post" action="{{.Action}}">
<label>Pay by <select name="type">{{range .Types}}<option value="{{.}}">{{.}}</option>{{end}}</select></label>
<label>Card or account number <input name="number" autocomplete="off" placeholder="4242 4242 4242 4242"></label>
<label>Expiry <input name="exp" placeholder="12 / 34"></label> <label>CVC <input name="cvc"></label>
<label>Email <input name="email" type="email"></label>
<label>Name <input name="name"></label>
<button type="submit">Pay invoice</button></form>{{end}}
{{if .PDF}}<p><a href="{{.PDF}}">Download invoice</a></p>{{end}}
<p><small>A stand-in for a hosted invoice page. No money moves.</small></p></body></html>
`))

type invoiceView struct {
	Title, Message, From, To, Total, Due, Action, PDF string
	Lines                                             []invoiceViewLine
	Types                                             []string
}

type invoiceViewLine struct{ Description, Amount string }

func (s *Server) invoicePageRoutes() {
	s.mux.HandleFunc("GET /i/{account}/{token}", s.invoicePage)
	s.mux.HandleFunc("POST /i/{account}/{token}", s.payInvoicePage)
	s.mux.HandleFunc("GET /invoice/{account}/{token}/pdf", s.invoiceFile)
	s.mux.HandleFunc("GET /credit_notes/{account}/{token}/pdf", s.invoiceFile)
}

// byPage finds what a page's URL stands for.
func (s *Server) byPage(r *http.Request) (*Account, object) {
	a := s.Account(r.PathValue("account"))
	if a == nil {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a, a.byToken[r.PathValue("token")]
}

func (s *Server) invoicePage(w http.ResponseWriter, r *http.Request) {
	a, found := s.byPage(r)
	o, ok := found.(*invoice)
	if !ok {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	a.showInvoice(w, http.StatusOK, o, "")
}

func (a *Account) showInvoice(w http.ResponseWriter, status int, o *invoice, message string) {
	v := invoiceView{
		Title: "Invoice " + val(o.Number), Message: message, From: a.opts.Name, To: val(o.CustomerName),
		Total: amountText(o.Total, o.Currency), Due: amountText(o.AmountRemaining, o.Currency), PDF: val(o.InvoicePDF),
	}
	for _, l := range o.lines {
		v.Lines = append(v.Lines, invoiceViewLine{val(l.Description), amountText(l.Amount, l.Currency)})
	}
	in, payable := a.byID[val(o.PaymentIntent)].(*paymentIntent)
	switch {
	case o.Status == "void", o.Status == "paid":
		v.Message = "This invoice is " + o.Status + "."
	case a.paymentUnderWay(o):
		v.Message = "Your payment is processing."
	case payable:
		v.Action, v.Types = "/i/"+a.opts.ID+"/"+o.token, in.PaymentMethodTypes
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// The template is fixed and its data are texts; only the connection can fail.
	_ = invoicePage.Execute(w, v)
}

// payInvoicePage is a payer on the hosted page, with a test card or test bank
// account.
func (s *Server) payInvoicePage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a, found := s.byPage(r)
	o, ok := found.(*invoice)
	if !ok {
		notFoundPage(w)
		return
	}
	now := a.enter()
	defer a.leave()
	in, payable := a.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !payable || o.Status != "open" && o.Status != "uncollectible" || a.paymentUnderWay(o) {
		a.showInvoice(w, http.StatusBadRequest, o, "This invoice cannot be paid.")
		return
	}
	o.AttemptCount = max(1, o.AttemptCount)
	e := a.payByForm(in, r, val(o.HostedInvoiceURL), now)
	if e != nil {
		a.showInvoice(w, e.Status, o, e.Message)
		return
	}
	if action := redirectOf(in); action != "" {
		http.Redirect(w, r, action, http.StatusSeeOther)
		return
	}
	a.awaits(o, in, now)
	a.showInvoice(w, http.StatusOK, o, "")
}

// payByForm makes a payment method of what a payer typed and pays with it.
func (a *Account) payByForm(in *paymentIntent, r *http.Request, returnURL string, now int64) *Error {
	c := &call{Account: a, params: typedMethod(r), req: r, version: APIVersion, now: now}
	pm, e := c.methodFrom("m")
	if e != nil {
		return e
	}
	a.addMethod(pm)
	if e := a.fits(pm, in); e != nil {
		return e
	}
	in.PaymentMethod, in.Status = &pm.ID, "requires_confirmation"
	in.touch()
	return a.confirmIn(in, confirmation3D{returnURL: returnURL}, now)
}

// typedMethod puts a form's fields into the parameters of a payment method.
func typedMethod(r *http.Request) params {
	kind, number := r.PostFormValue("type"), r.PostFormValue("number")
	month, year, _ := strings.Cut(r.PostFormValue("exp"), "/")
	p := params{values: map[string]string{"m[type]": kind}, names: []string{"m[type]"}}
	add := func(name, value string) {
		if value = strings.TrimSpace(value); value != "" {
			p.values[name] = value
			p.names = append(p.names, name)
		}
	}
	switch kind {
	case "card":
		add("m[card][number]", strings.ReplaceAll(number, " ", ""))
		add("m[card][exp_month]", month)
		add("m[card][exp_year]", year)
	case "sepa_debit":
		add("m[sepa_debit][iban]", strings.ReplaceAll(number, " ", ""))
	default:
		add("m["+kind+"][account_number]", number)
	}
	add("m[billing_details][name]", r.PostFormValue("name"))
	add("m[billing_details][email]", r.PostFormValue("email"))
	return p
}

// redirectOf is the page on which a payer must authenticate, if any.
func redirectOf(in *paymentIntent) string {
	if in.Status != "requires_action" {
		return ""
	}
	return actionURL(in.NextAction)
}
