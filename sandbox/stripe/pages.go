package stripe

import (
	"html/template"
	"net/http"

	"github.com/shopspring/decimal"
)

// page is the hosted page of a link or session. It works without scripts.
var page = template.Must(template.New("pay").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font-family:sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:.6rem 0}button{padding:.5rem 1rem}</style></head>
<body><h1>{{.Title}}</h1>
{{if .Message}}<p role="status">{{.Message}}</p>{{end}}
{{if .Amount}}<p>{{.Description}}</p><p><strong>{{.Amount}}</strong></p>{{end}}
{{if .Action}}<form method="post" action="{{.Action}}">
<label>Email <input name="email" type="email" required></label>
<label>Name <input name="name"></label>
<label>Pay by <select name="method">{{range .Methods}}<option value="{{.}}">{{.}}</option>{{end}}</select></label>
<button type="submit">Pay</button></form>{{end}}
<p><small>A stand-in for a hosted payment page. No money moves.</small></p></body></html>
`))

type pageData struct {
	Title, Message, Description, Amount, Action string
	Methods                                     []Method
}

func (s *Server) pageRoutes() {
	s.mux.HandleFunc("GET /pay/{id}", s.linkPage)
	s.mux.HandleFunc("POST /pay/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.payPage(w, r, func(a *Account) (Payment, error) { return a.PayLink(r.PathValue("id"), formPayer(r)) })
	})
	s.mux.HandleFunc("GET /c/pay/{id}", s.sessionPage)
	s.mux.HandleFunc("POST /c/pay/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.payPage(w, r, func(a *Account) (Payment, error) { return a.CompleteSession(r.PathValue("id"), formPayer(r)) })
	})
}

func formPayer(r *http.Request) PayOptions {
	return PayOptions{Method: Method(r.PostFormValue("method")), Name: r.PostFormValue("name"), Email: r.PostFormValue("email")}
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
	methods := l.PaymentMethodTypes
	if methods == nil {
		methods = methodTypes(currency)
	}
	show(w, http.StatusOK, a.payForm(l.items, "/pay/"+id, methods))
}

func (s *Server) sessionPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	a := s.ownerOf(id)
	if a == nil {
		notFoundPage(w)
		return
	}
	a.enter()
	defer a.leave()
	o, e := find[*session](a, a.sessions, id, "session")
	switch {
	case e != nil:
		notFoundPage(w)
	case o.Status != "open":
		show(w, http.StatusOK, pageData{Title: a.opts.Name, Message: "This checkout session is " + o.Status + "."})
	default:
		show(w, http.StatusOK, a.payForm(o.items, "/c/pay/"+id, o.PaymentMethodTypes))
	}
}

func (a *Account) payForm(items []*item, action string, types []string) pageData {
	amount, currency := totalOf(items)
	exp, _ := exponent(currency)
	d := pageData{
		Title: "Pay " + a.opts.Name, Action: action, Description: val(items[0].Description),
		Amount: decimal.New(amount, -exp).StringFixed(exp) + " " + currency,
	}
	for _, t := range types {
		if t == "card" {
			d.Methods = append(d.Methods, Card, CardDeclined)
		} else {
			d.Methods = append(d.Methods, BankDebit)
		}
	}
	return d
}

func (s *Server) payPage(w http.ResponseWriter, r *http.Request, pay func(*Account) (Payment, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a := s.ownerOf(r.PathValue("id"))
	if a == nil {
		notFoundPage(w)
		return
	}
	p, err := pay(a)
	switch {
	case err != nil:
		show(w, http.StatusBadRequest, pageData{Title: "Not paid", Message: err.Error()})
	case p.Status == "failed":
		show(w, http.StatusPaymentRequired, pageData{Title: "Not paid", Message: "Your card was declined.", Action: "/c/pay/" + p.Session, Methods: []Method{Card}})
	default:
		show(w, http.StatusOK, pageData{Title: "Thank you", Message: "Your payment is " + p.Status + "."})
	}
}
