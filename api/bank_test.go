package api_test

import (
	"encoding/base64"
	"net/url"

	"tieout/api"
)

// bank: a statement is read, imported and looked up; a payment past the
// processor is confirmed by the number of its invoice, once, and taken back.
func (r *rig) bank() {
	key, book := r.key(all()...), "/books/"+r.book()
	var accounts api.List[api.BankAccount]
	if r.ask(key, "GET", book+"/bank-accounts", "", 200).into(r.T, &accounts); len(accounts.Items) == 0 {
		r.Fatal("the ledger has no bank account")
	}
	account, open := accounts.Items[0], r.openIn(key, accounts.Items[0].Currency)
	at := book + "/bank-accounts/" + url.PathEscape(account.ID)
	file := base64.StdEncoding.EncodeToString([]byte("Date,Payee,Amount\n2026-11-19,Somebody," + open.Balance.Amount + "\n2026-11-19,,-4.50\n"))
	r.ask(key, "POST", at+"/read", `{"content":"%"}`, 400).problem(r.T, 400, "request")
	r.ask(key, "POST", at+"/read", to(`{"content":%s}`, base64.StdEncoding.EncodeToString([]byte("%PDF-1.7"))), 409).problem(r.T, 409, "conflict")
	var read api.StatementRead
	r.ask(key, "POST", at+"/read", to(`{"content":%s}`, file), 200).into(r.T, &read)
	if len(read.Statements) != 1 || read.Statements[0].New != 2 || read.Map == nil || read.Map.Name != "Payee" {
		r.Fatalf("read %+v", read)
	}
	var imported api.Imported
	body := to(`{"content":%s,"map":{"encoding":"utf-8","delimiter":",","decimal":".","date_form":"YYYY-MM-DD","date":"Date","amount":"Amount","name":"Payee"}}`, file)
	for _, want := range []int{2, 0} {
		if r.ask(key, "POST", at+"/import", body, 200).into(r.T, &imported); imported.New != want {
			r.Errorf("imported %+v, want %d new", imported, want)
		}
	}
	r.ask(key, "POST", at+"/match", "", 200)
	lines := func() api.BankLine {
		var list api.List[api.BankLine]
		r.ask(key, "GET", book+"/bank-lines?state=all&limit=1&account="+url.QueryEscape(account.ID), "", 200).into(r.T, &list)
		next := "&cursor=" + url.QueryEscape(list.Next)
		if list.Items[0].Amount.Amount == "-4.50" {
			r.ask(key, "GET", book+"/bank-lines?state=all&limit=1"+next, "", 200).into(r.T, &list)
		}
		return list.Items[0]
	}
	line := lines()
	path := at + "/lines/" + url.PathEscape(line.ID)
	r.ask(key, "POST", path+"/confirm", to(`{"shown":"other","invoices":[%s]}`, open.Number), 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/confirm", to(`{"shown":%s,"invoices":["none"]}`, line.Shown), 409).problem(r.T, 409, "conflict")
	confirmed := to(`{"shown":%s,"invoices":[%s]}`, line.Shown, open.Number)
	r.ask(key, "POST", path+"/confirm", confirmed, 200)
	r.ask(key, "POST", path+"/confirm", confirmed, 409).problem(r.T, 409, "conflict")
	if line = lines(); line.By == "" || line.At == nil || len(line.Documents) != 1 || len(line.Invoices) != 1 || line.Invoices[0].Number != open.Number {
		r.Errorf("confirmed %+v", line)
	}
	var rules api.List[api.Learned]
	if r.ask(key, "GET", "/learned-rules", "", 200).into(r.T, &rules); len(rules.Items) != 2 || rules.Items[0].Why == "" || rules.Items[0].By == "" {
		r.Fatalf("learned %+v", rules.Items)
	}
	for _, one := range rules.Items {
		forget := "/learned-rules/" + one.Book + "/" + url.PathEscape(one.ID)
		r.ask(key, "DELETE", forget, "", 200)
		r.ask(key, "DELETE", forget, "", 404)
	}
	if r.ask(key, "GET", "/learned-rules", "", 200).into(r.T, &rules); len(rules.Items) != 0 {
		r.Errorf("forgotten, and still there: %+v", rules.Items)
	}
	r.ask(key, "POST", path+"/reopen", "", 200)
	r.ask(key, "POST", path+"/reopen", "", 404)
}

// openIn is an open invoice of the first book's ledger in a currency.
func (r *rig) openIn(key, currency string) api.InvoiceLine {
	r.Helper()
	var page api.InvoicePage
	r.ask(key, "GET", "/invoices?status=open&limit=200&currency="+currency, "", 200).into(r.T, &page)
	var progress api.List[api.Progress]
	r.ask(key, "GET", "/books/progress", "", 200).into(r.T, &progress)
	for _, i := range page.Items {
		for _, p := range progress.Items {
			if p.Ledger == i.Connection && p.ID == r.book() {
				return i
			}
		}
	}
	r.Fatalf("no invoice in %s is open", currency)
	return api.InvoiceLine{}
}
