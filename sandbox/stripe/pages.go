package stripe

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// page is the hosted page of a link or session. It works without scripts.
var page = template.Must(template.New("pay").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font-family:sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.6rem 0}button{padding:.5rem 1rem}</style></head>
<body><h1>{{.Title}}</h1>
{{if .Message}}<p role="status">{{.Message}}</p>{{end}}
{{if .Amount}}<p>{{.Description}}</p><p><strong>{{.Amount}}</strong></p>{{end}}
{{if .Action}}<form method="post" action="{{.Action}}">
<label>Email <input name="email" type="email" value="{{.Email}}" required></label>
<label>Name <input name="name" autocomplete="name"></label>
<label>Pay by <select name="type">{{range .Types}}<option value="{{.}}">{{.}}</option>{{end}}</select></label>
<label>Card or account number <input name="number" inputmode="numeric" autocomplete="off" placeholder="4242 4242 4242 4242"></label>
<label>Expiry <input name="exp" autocomplete="off" placeholder="12 / 34"></label>
<label>CVC <input name="cvc" autocomplete="off" placeholder="123"></label>
<label>Sort code, BSB or routing number <input name="sort" autocomplete="off"></label>
<button type="submit">{{.Button}}</button></form>{{end}}
{{if .Cancel}}<p><a href="{{.Cancel}}">Back</a></p>{{end}}
<p><small>A stand-in for a hosted payment page. No money moves.</small></p></body></html>
`))

type pageData struct {
	Title, Message, Description, Amount, Action, Button, Email, Cancel string
	Types                                                              []string
}

func (s *Server) pageRoutes() {
	s.mux.HandleFunc("GET /pay/{id}", s.linkPage)
	s.mux.HandleFunc("POST /pay/{id}", s.payLinkPage)
	s.mux.HandleFunc("GET /c/pay/{id}", s.sessionPage)
	s.mux.HandleFunc("POST /c/pay/{id}", s.paySessionPage)
	s.mux.HandleFunc("GET /receipts/{id}", s.receiptPage)
	s.mux.HandleFunc("GET /3d_secure_2/hosted", s.questionPage)
	s.mux.HandleFunc("POST /3d_secure_2/hosted", s.questionAnswered)
}

// ownerOf finds the account that holds an object; pages carry no key.
func (s *Server) ownerOf(id string) *Account {
	for _, a := range s.Accounts() {
		a.mu.Lock()
		_, ok := a.byID[id]
		a.mu.Unlock()
		if ok {
			return a
		}
	}
	return nil
}

func show(w http.ResponseWriter, status int, d pageData) {
	if d.Button == "" {
		d.Button = "Pay"
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	// The template is fixed and its data are texts; only the connection can fail.
	_ = page.Execute(w, d)
}

func notFoundPage(w http.ResponseWriter) {
	show(w, http.StatusNotFound, pageData{Title: "Something went wrong", Message: "The page you were looking for could not be found."})
}

func (s *Server) linkPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	a := s.ownerOf(id)
	if a == nil {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	l, e := a.link(id)
	if e != nil {
		notFoundPage(w)
		return
	}
	if !l.Active {
		show(w, http.StatusOK, pageData{Title: a.opts.Name, Message: inactiveLink(l).Message})
		return
	}
	_, currency := totalOf(l.items)
	types := l.PaymentMethodTypes
	if types == nil {
		types = methodTypes(currency)
	}
	d := a.payForm(l.items, "/pay/"+id, types)
	d.Email = r.URL.Query().Get("prefilled_email") // Stripe docs: payment-links/url-parameters
	show(w, http.StatusOK, d)
}

// payLinkPage opens a session of the link and pays it in one go.
func (s *Server) payLinkPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a := s.ownerOf(r.PathValue("id"))
	if a == nil {
		notFoundPage(w)
		return
	}
	now := a.enter()
	defer a.leave()
	o, e := a.openLink(r.PathValue("id"), now)
	if e != nil {
		show(w, e.Status, pageData{Title: "Not paid", Message: e.Message})
		return
	}
	o.ClientReferenceID = opt(r.URL.Query().Get("client_reference_id"))
	a.payByPage(w, r, o, now)
}

func (s *Server) sessionPage(w http.ResponseWriter, r *http.Request) {
	a, o := s.sessionOfPage(r)
	if o == nil {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	a.showSession(w, http.StatusOK, o, "")
}

func (s *Server) sessionOfPage(r *http.Request) (*Account, *session) {
	id := r.PathValue("id")
	a := s.ownerOf(id)
	if a == nil {
		return nil, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	o, _ := a.byID[id].(*session)
	return a, o
}

// showSession shows a session's form, or why it cannot be paid.
func (a *Account) showSession(w http.ResponseWriter, status int, o *session, message string) {
	if o.Status != "open" {
		show(w, status, pageData{Title: a.opts.Name, Message: "This checkout session is " + o.Status + ".", Cancel: val(o.CancelURL)})
		return
	}
	d := pageData{Title: a.opts.Name, Action: "/c/pay/" + o.ID, Button: "Save", Types: o.PaymentMethodTypes}
	if o.Mode == "payment" {
		d = a.payForm(o.items, d.Action, o.PaymentMethodTypes)
	}
	d.Message, d.Email, d.Cancel = message, val(o.CustomerEmail), val(o.CancelURL)
	show(w, status, d)
}

func (a *Account) payForm(items []*item, action string, types []string) pageData {
	amount, currency := totalOf(items)
	return pageData{
		Title: "Pay " + a.opts.Name, Action: action, Description: val(items[0].Description), Amount: amountText(amount, currency), Types: types,
	}
}

func (s *Server) paySessionPage(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a, o := s.sessionOfPage(r)
	if o == nil {
		notFoundPage(w)
		return
	}
	now := a.enter()
	defer a.leave()
	a.payByPage(w, r, o, now)
}

// payByPage is a payer who typed a card or an account and pressed the button.
func (a *Account) payByPage(w http.ResponseWriter, r *http.Request, o *session, now int64) {
	if o.Status != "open" {
		a.showSession(w, http.StatusBadRequest, o, "")
		return
	}
	e := a.pageMethod(r, o, now)
	action := ""
	if in, ok := a.byID[val(o.PaymentIntent)].(*paymentIntent); ok {
		action = redirectOf(in)
	}
	if si, ok := a.byID[val(o.SetupIntent)].(*setupIntent); ok && si.Status == "requires_action" {
		action = actionURL(si.NextAction)
	}
	switch {
	case e != nil:
		a.showSession(w, e.Status, o, e.Message)
	case action != "":
		http.Redirect(w, r, action, http.StatusSeeOther)
	default:
		a.completeSession(o, now)
		a.goOn(w, r, o)
	}
}

// pageMethod makes the method of what was typed and uses it. A page that names
// a method of the Go side (card, card_declined, bank_debit) pays by that.
func (a *Account) pageMethod(r *http.Request, o *session, now int64) *Error {
	c := &call{Account: a, params: typedMethod(r), req: r, version: APIVersion, now: now}
	pm, e := a.typed(c, r, o)
	if e != nil {
		return e
	}
	a.addMethod(pm)
	payer := PayOptions{Name: r.PostFormValue("name"), Email: r.PostFormValue("email")}
	back := a.base() + "/c/pay/" + o.ID
	if o.Mode == "setup" {
		si, e := find[*setupIntent](a, a.setups, val(o.SetupIntent), "intent")
		if e != nil {
			return e
		}
		si.PaymentMethod = &pm.ID
		if pm.asksAtSetup() {
			a.askAtSetup(si, back, now)
			return nil
		}
		return a.saved(si, pm, now)
	}
	in := a.sessionIntent(o, now)
	a.fillPayer(o, in, payer)
	if e := a.fits(pm, in); e != nil {
		return e
	}
	in.PaymentMethod = &pm.ID
	o.touch()
	return a.confirmIn(in, confirmation3D{returnURL: back}, now)
}

func (a *Account) typed(c *call, r *http.Request, o *session) (*paymentMethod, *Error) {
	if m := Method(r.PostFormValue("method")); m != "" && r.PostFormValue("type") == "" {
		if !o.allows(m) {
			return nil, invalid("", "payment_method", "The session does not offer %s.", m)
		}
		pm := a.defaultMethod(m, false, val(o.Currency), c.now)
		pm.BillingDetails.Name, pm.BillingDetails.Email = opt(r.PostFormValue("name")), opt(r.PostFormValue("email"))
		return pm, nil
	}
	for _, name := range []string{"m[bacs_debit][sort_code]", "m[au_becs_debit][bsb_number]", "m[us_bank_account][routing_number]"} {
		if v := strings.TrimSpace(r.PostFormValue("sort")); v != "" {
			c.values[name] = v
		}
	}
	return c.methodFrom("m")
}

// goOn sends the payer where the session says, or thanks him.
func (a *Account) goOn(w http.ResponseWriter, r *http.Request, o *session) {
	to := strings.ReplaceAll(val(o.SuccessURL), "{CHECKOUT_SESSION_ID}", o.ID) // Stripe docs: payments/checkout/custom-success-page
	if o.PaymentLink != nil {
		to = ""
		if l, e := a.link(*o.PaymentLink); e == nil && l.AfterCompletion.Redirect != nil {
			to = strings.ReplaceAll(l.AfterCompletion.Redirect.URL, "{CHECKOUT_SESSION_ID}", o.ID)
		}
	}
	if to != "" {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	status := "succeeded"
	if o.PaymentStatus == "unpaid" {
		status = "pending"
	}
	show(w, http.StatusOK, pageData{Title: "Thank you", Message: "Your payment is " + status + "."})
}

// question is the page of a bank that wants to know its client.
var question = template.Must(template.New("question").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>3D Secure 2 Test Page</title></head>
<body><h1>3D Secure 2 Test Page</h1>
<form method="post"><button type="submit" name="answer" value="complete">Complete</button>
<button type="submit" name="answer" value="fail">Fail</button></form>
<p><small>A stand-in for the page of a bank. No money moves.</small></p></body></html>
`))

func (s *Server) questionPage(w http.ResponseWriter, r *http.Request) {
	if s.ownerOf(r.URL.Query().Get("source")) == nil {
		notFoundPage(w)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The template is fixed; only the connection can fail.
	_ = question.Execute(w, nil)
}

// questionAnswered takes the payer's answer and sends him back.
func (s *Server) questionAnswered(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	id := r.URL.Query().Get("source")
	a := s.ownerOf(id)
	if a == nil {
		notFoundPage(w)
		return
	}
	now := a.enter()
	defer a.leave()
	e := a.authenticated(id, r.PostFormValue("answer") == "complete", now)
	o := a.sessionOfIntent(id)
	switch to := r.URL.Query().Get("return_url"); {
	case o != nil && o.Status == "complete":
		a.goOn(w, r, o)
	case o != nil:
		message := "We are unable to authenticate your payment method. Please choose a different payment method and try again."
		if e != nil {
			message = e.Message
		}
		a.showSession(w, http.StatusPaymentRequired, o, message)
	case to != "":
		http.Redirect(w, r, withAnswer(to, id, r.URL.Query().Get("client_secret")), http.StatusSeeOther)
	case e != nil:
		show(w, e.Status, pageData{Title: "Not paid", Message: e.Message})
	default:
		show(w, http.StatusOK, pageData{Title: "Thank you", Message: "You can close this page."})
	}
}

func (a *Account) sessionOfIntent(id string) *session {
	switch o := a.byID[id].(type) {
	case *paymentIntent:
		return o.session
	case *setupIntent:
		return o.session
	}
	return nil
}

// withAnswer adds what Stripe adds to a return_url (Stripe docs:
// payments/payment-intents/verifying-status).
func withAnswer(to, id, secret string) string {
	u, err := url.Parse(to)
	if err != nil {
		return to
	}
	word := "payment_intent"
	if strings.HasPrefix(id, "seti_") {
		word = "setup_intent"
	}
	q := u.Query()
	q.Set(word, id)
	q.Set(word+"_client_secret", secret)
	u.RawQuery = q.Encode()
	return u.String()
}

// receiptPage is what receipt_url leads to.
func (s *Server) receiptPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	a := s.ownerOf(id)
	if a == nil {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	ch, ok := a.byID[id].(*charge)
	if !ok {
		notFoundPage(w)
		return
	}
	show(w, http.StatusOK, pageData{Title: "Receipt from " + a.opts.Name, Description: val(ch.Description), Amount: amountText(ch.Amount, ch.Currency)})
}
