package web

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"tieout/money"
	"tieout/pay"
	"tieout/receivables"
)

//go:embed pay.html
var payPage string

//go:embed pay.css
var payStyle []byte

// maxPayForm bounds what a payer may send: a hundred invoices and an amount.
const maxPayForm = 64 << 10

// Payments are what the pay page asks of the engine.
type Payments interface {
	View(ctx context.Context, token, done string) (pay.View, error)
	Open(ctx context.Context, token string, c pay.Choice) (string, error)
	Enter(ctx context.Context, token, code, number string) (string, error)
}

// payData is what the template shows.
type payData struct {
	pay.View
	Token string
	// Problem is what was wrong with the last try, in words for the payer.
	Problem string
	// Part is the amount of the payer's own that was wrong, as it was typed.
	Part string
	// Gone is for a link that leads nowhere.
	Gone bool
}

// PayPages is the page that a payer sees: what is payable, and one button. GET
// changes nothing, because mail scanners follow links. It tells nobody
// anything but seller, invoice numbers and amounts, and needs no script.
// failed hears of what the payer is not told.
func PayPages(payments Payments, failed func(error)) (http.Handler, error) {
	page, err := template.New("pay").Funcs(template.FuncMap{"amount": money.Money.String, "date": receivables.Date.Words}).Parse(payPage)
	if err != nil {
		return nil, fmt.Errorf("web: pay page: %w", err)
	}
	p := payPages{payments: payments, page: page, failed: failed}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /p/{token}", p.show)
	mux.HandleFunc("POST /p/{token}", p.open)
	mux.HandleFunc("GET /x/{token}", p.enter)
	mux.HandleFunc("GET /p/pay.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = w.Write(payStyle)
	})
	return http.NewCrossOriginProtection().Handler(payHeaders(mux)), nil
}

type payPages struct {
	payments Payments
	page     *template.Template
	failed   func(error)
}

// payHeaders are those of every answer. The button leads to the processor's own
// page, wherever the account has it: form-action speaks of redirects too.
func payHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		action := "'self' https:"
		if r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
			action += " http:"
		}
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action "+action)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func (p payPages) show(w http.ResponseWriter, r *http.Request) {
	view, err := p.payments.View(r.Context(), r.PathValue("token"), r.URL.Query().Get("done"))
	p.render(w, r, view, "", err, http.StatusOK)
}

// open leads the payer to the processor. Whatever keeps it from that is told
// on the page, which is read again for it.
func (p payPages) open(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxPayForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "This form cannot be read.", http.StatusBadRequest)
		return
	}
	token := r.PathValue("token")
	choice, err := choiceOf(r)
	var to string
	if err == nil {
		to, err = p.payments.Open(r.Context(), token, choice)
	}
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // the address is the processor's answer, not the payer's words
		return
	}
	status, words := problem(err)
	if status == http.StatusServiceUnavailable {
		p.failed(err)
	}
	if errors.Is(err, pay.ErrUnknown) {
		p.render(w, r, pay.View{}, "", err, status)
		return
	}
	view, err := p.payments.View(r.Context(), token, "")
	if errors.Is(err, pay.ErrUnknown) {
		words = ""
	}
	p.render(w, r, view, words, err, status)
}

func choiceOf(r *http.Request) (pay.Choice, error) {
	c := pay.Choice{Invoices: r.PostForm["invoice"], Currency: money.Currency(r.PostForm.Get("currency"))}
	text := strings.TrimSpace(r.PostForm.Get("part"))
	if text == "" {
		return c, nil
	}
	amount, err := money.Parse(text, c.Currency, money.ISO)
	if err != nil {
		return c, pay.ChoiceError{Why: "This amount cannot be read. Please write it like 120.50."}
	}
	c.Part = &amount
	return c, nil
}

// problem gives a failure its status and the words for the payer.
func problem(err error) (int, string) {
	if wrong, ok := errors.AsType[pay.ChoiceError](err); ok {
		return http.StatusUnprocessableEntity, wrong.Why
	}
	switch {
	case errors.Is(err, pay.ErrUnknown):
		return http.StatusNotFound, ""
	case errors.Is(err, pay.ErrBusy):
		return http.StatusConflict, "This payment is being opened already, perhaps in another window. Please try again in a moment."
	case errors.Is(err, pay.ErrUnderWay), errors.Is(err, pay.ErrNothing):
		return http.StatusConflict, "Nothing had to be paid any more when you asked."
	}
	return http.StatusServiceUnavailable, "The payment page could not be opened just now, and nothing was charged. Please try again in a few minutes."
}

func (p payPages) enter(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	to, err := p.payments.Enter(r.Context(), r.PathValue("token"), q.Get("shortCode"), q.Get("invoiceNo"))
	if err != nil {
		status, _ := problem(err)
		p.render(w, r, pay.View{}, "", err, status)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // the address is our own, found by its token
}

func (p payPages) render(w http.ResponseWriter, r *http.Request, view pay.View, words string, err error, status int) {
	data := payData{View: view, Token: r.PathValue("token"), Problem: words, Part: r.PostForm.Get("part")}
	switch {
	case errors.Is(err, pay.ErrUnknown):
		data.Gone, status = true, http.StatusNotFound
	case err != nil:
		p.failed(err)
		http.Error(w, "This page cannot be shown just now. Please try again in a few minutes.", http.StatusServiceUnavailable)
		return
	}
	var out bytes.Buffer
	if err := p.page.Execute(&out, data); err != nil {
		p.failed(err)
		http.Error(w, "This page cannot be shown just now.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}
