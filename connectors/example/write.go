package example

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// opRemove is the operation that deletes a document.
const opRemove = "document.remove"

// body is an object to be made, or with Version an invoice to be changed.
type body struct {
	Kind        receivables.Kind `json:"kind,omitempty"`
	Type        string           `json:"type,omitempty"`
	Name        string           `json:"name,omitempty"`
	Customer    string           `json:"customer,omitempty"`
	Currency    money.Currency   `json:"currency,omitempty"`
	Date        receivables.Date `json:"date,omitempty"`
	Total       string           `json:"total,omitempty"`
	From        string           `json:"from,omitempty"`
	To          string           `json:"to,omitempty"`
	Marker      string           `json:"marker,omitempty"`
	Allocations []allocation     `json:"allocations,omitempty"`
	Version     int64            `json:"version,omitempty"`
	Link        *string          `json:"link,omitempty"`
}

type allocation struct {
	Invoice string `json:"invoice"`
	Amount  string `json:"amount"`
}

// Lower makes one write of every booking. It is pure.
func (*session) Lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	digits, _ := money.ISO(b.Currency)
	to := body{
		Kind: receivables.KindDocument, Type: string(b.Kind), Customer: b.CustomerID, Currency: b.Currency, Date: b.Date,
		Total: money.Text(b.Total(), digits), From: b.From, To: b.To, Marker: connectors.Marker(b.Book, b.Parts),
	}
	if b.Total() < 0 { // money that flows the other way
		to.Total, to.From, to.To = money.Text(-b.Total(), digits), b.To, b.From
	}
	if b.Kind == receivables.DocumentReceipt {
		to.Kind, to.Type = receivables.KindReceipt, ""
		for _, part := range b.Parts {
			if part.Target != "" {
				to.Allocations = append(to.Allocations, allocation{part.Target, money.Text(part.Amount, digits)})
			}
		}
	}
	w, err := write(string(to.Kind)+".create", connectors.Key(to.Marker, generation), to)
	w.Marker, w.Parts = to.Marker, b.Parts
	return []connectors.Write{w}, err
}

// LowerLink changes the invoice's own field for links.
func (*session) LowerLink(c connectors.LinkChange) (w connectors.Write, needed bool, why string, err error) {
	var now object
	if err := json.Unmarshal(c.Raw, &now); err != nil {
		return w, false, "", fmt.Errorf("example: lower link: %w", err)
	}
	if now.Link == c.URL {
		return w, false, "", nil
	}
	w, err = write("link.put", fmt.Sprintf("link:%s:%d:g%d", c.Invoice.ID, now.Seq, c.Generation), body{Version: now.Seq, Link: &c.URL})
	w.Target = c.Invoice.Ref()
	return w, err == nil, "", err
}

// LowerRemoval deletes a document. The ledger gives the invoices of a receipt
// their balance back.
func (*session) LowerRemoval(r connectors.Removal) (w connectors.Write, needed bool, why string, err error) {
	var now object
	if err := json.Unmarshal(r.Raw, &now); err != nil {
		return w, false, "", fmt.Errorf("example: lower removal: %w", err)
	}
	if now.Deleted {
		return w, false, "", nil
	}
	w, err = write(opRemove, fmt.Sprintf("remove:%s:%d:g%d", r.Document.ID, now.Seq, r.Generation), body{Version: now.Seq})
	w.Target = r.Document
	return w, err == nil, "", err
}

// KeptAfterRemoval says that nothing is kept.
func (*session) KeptAfterRemoval(receivables.DocumentKind) string { return "" }

// LowerAccount makes an account or contact.
func (*session) LowerAccount(n connectors.NewAccount) (connectors.Write, error) {
	kinds := map[string]receivables.AccountType{"clearing": receivables.AccountBank, "bank": receivables.AccountBank, "fees": receivables.AccountExpense}
	to := body{Kind: receivables.KindAccount, Type: string(kinds[n.Use]), Name: n.Name, Currency: n.Currency}
	if n.Use == "contact" {
		to = body{Kind: receivables.KindCustomer, Name: n.Name}
	}
	return write("setup."+n.Use, "setup:"+n.Name, to)
}

func write(op, key string, to body) (connectors.Write, error) {
	text, err := json.Marshal(to)
	if err != nil {
		return connectors.Write{}, fmt.Errorf("example: lower %s: %w", op, err)
	}
	return connectors.Write{Op: op, Key: key, Body: text}, nil
}

// DetectAccounts finds accounts by the names that LowerAccount gives them.
func (*session) DetectAccounts(accounts []receivables.Account, needs connectors.AccountNeeds) connectors.AccountPlan {
	plan := connectors.AccountPlan{Accounts: mapping.Accounts{Clearing: map[money.Currency]string{}, Banks: map[string]string{}}}
	named := map[string]string{}
	for _, a := range accounts {
		named[a.Name] = a.ID
	}
	if plan.Accounts.Fees = named["Payment fees"]; plan.Accounts.Fees == "" {
		plan.Create = append(plan.Create, connectors.NewAccount{Use: "fees", Name: "Payment fees"})
	}
	for _, c := range slices.Sorted(slices.Values(needs.Currencies)) {
		if id := named["Clearing "+string(c)]; id != "" {
			plan.Accounts.Clearing[c] = id
		} else {
			plan.Create = append(plan.Create, connectors.NewAccount{Use: "clearing", Name: "Clearing " + string(c), Currency: c})
		}
	}
	for _, destination := range slices.Sorted(maps.Keys(needs.Destinations)) {
		plan.Missing = append(plan.Missing, connectors.Missing{Use: "bank", Currency: needs.Destinations[destination], Text: "the bank account of " + destination})
	}
	return plan
}

// Send makes the write; the ledger keeps keys for ever.
func (s *session) Send(ctx context.Context, w connectors.Write) (connectors.Answer, error) {
	method, path := http.MethodPost, "/objects"
	if w.Target.ID != "" {
		method, path = http.MethodPatch, "/objects/"+url.PathEscape(w.Target.ID)
	}
	if w.Op == opRemove {
		method = http.MethodDelete
	}
	var raw json.RawMessage
	id, err := s.call(ctx, w.Op, method, path, w.Key, w.Body, &raw)
	if err != nil {
		return connectors.Answer{}, err
	}
	a, err := answer(raw)
	a.RequestID = id
	return a, err
}

func answer(raw []byte) (connectors.Answer, error) {
	var o object
	if err := json.Unmarshal(raw, &o); err != nil || o.ID == "" {
		return connectors.Answer{}, failure(connectors.ClassUnknown, "answer", "", "the answer names no object", err)
	}
	return connectors.Answer{Ref: reference{Kind: o.Kind, ID: o.ID}, URL: o.Link, Raw: raw}, nil
}

// Find asks the ledger what was made under the write's key.
func (s *session) Find(ctx context.Context, w connectors.Write) (connectors.Answer, bool, error) {
	var found struct {
		Objects []json.RawMessage `json:"objects"`
	}
	if _, err := s.call(ctx, "find "+w.Op, http.MethodGet, "/objects?key="+url.QueryEscape(w.Key), "", nil, &found); err != nil || len(found.Objects) == 0 {
		return connectors.Answer{}, false, err
	}
	a, err := answer(found.Objects[0])
	return a, err == nil, err
}

// Figures reads the ledger's own balances.
func (s *session) Figures(ctx context.Context, q connectors.FigureQuery) (connectors.Figures, error) {
	var told struct {
		Receivable map[money.Currency]int64 `json:"receivable"`
		Accounts   map[string]int64         `json:"accounts"`
	}
	if _, err := s.call(ctx, "figures", http.MethodGet, "/figures?as_of="+url.QueryEscape(string(q.AsOf)), "", nil, &told); err != nil {
		return connectors.Figures{}, err
	}
	out := connectors.Figures{Receivable: told.Receivable, Clearing: map[money.Currency]int64{}, Calls: 1}
	for currency, account := range q.Clearing {
		out.Clearing[currency] = told.Accounts[account]
	}
	return out, nil
}
