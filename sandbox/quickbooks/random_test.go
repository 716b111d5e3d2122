package quickbooks

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"pgregory.net/rapid"

	"tieout/internal/clock"
)

// TestRandomBookkeeping runs random writes, refused ones included, and checks
// after each that the books balance; deleting everything at the end must leave
// every account and customer at zero.
func TestRandomBookkeeping(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		multi := rapid.Bool().Draw(rt, "multi")
		c := clock.At(start)
		s := New(Options{Clock: c, Seed: 1, ClientID: "c", ClientSecret: "s"})
		co, err := s.AddCompany(CompanyOptions{Multicurrency: multi})
		if err != nil {
			rt.Fatal(err)
		}
		r := &rig{t: t, clock: c, server: s, http: &httptest.Server{}, co: co}
		w := &walker{rt: rt, co: co, multi: multi}
		w.start()
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			w.step()
			r.balanced()
			if t.Failed() {
				rt.Fatalf("unbalanced after %s", w.last)
			}
		}
		w.deleteAll()
		for _, o := range co.shelf("Account").byIDs() {
			if o.account.balance != 0 || o.account.withSubs != 0 || o.account.home != 0 {
				rt.Fatalf("%s is left with %s", o.name, o.account.balance)
			}
		}
		for _, o := range co.shelf("Customer").byIDs() {
			if o.party.balance != 0 || o.party.withJobs != 0 {
				rt.Fatalf("%s is left with %s", o.name, o.party.balance)
			}
		}
	})
}

type walker struct {
	rt    *rapid.T
	co    *Company
	multi bool
	last  string
	custs []string
	bank  string
}

func (w *walker) try(entity, body string) string {
	w.last = entity + " " + body
	out, err := w.co.Create(entity, []byte(body))
	if err != nil {
		return ""
	}
	return splitObject(out).str("Id")
}

func (w *walker) start() {
	a := w.try("Customer", `{"DisplayName":"A"}`)
	job := w.try("Customer", `{"DisplayName":"Job","ParentRef":{"value":"`+a+`"}}`)
	w.custs = []string{a, job}
	if w.multi {
		w.custs = append(w.custs, w.try("Customer", `{"DisplayName":"E","CurrencyRef":{"value":"EUR"}}`))
	}
	w.bank = w.try("Account", `{"Name":"Clearing","AccountType":"Bank"}`)
}

func (w *walker) currency(cust string) string {
	if !w.multi {
		return ""
	}
	if cust == w.custs[len(w.custs)-1] {
		rate := rapid.SampledFrom([]string{"1", "1.0837", "0.333333", "149.3"}).Draw(w.rt, "rate")
		return `"CurrencyRef":{"value":"EUR"},"ExchangeRate":` + rate + `,`
	}
	return `"CurrencyRef":{"value":"USD"},`
}

func (w *walker) amount() string {
	return amount(rapid.Int64Range(1, 50_000).Draw(w.rt, "cents") * int64(centStep)).String()
}

func (w *walker) some(kind string) string {
	ids := w.co.shelf(kind).byIDs()
	if len(ids) == 0 {
		return ""
	}
	return ids[rapid.IntRange(0, len(ids)-1).Draw(w.rt, kind)].id
}

func (w *walker) step() {
	cust := rapid.SampledFrom(w.custs).Draw(w.rt, "customer")
	head := `{"CustomerRef":{"value":"` + cust + `"},` + w.currency(cust)
	sale := `"Line":[{"Amount":` + w.amount() + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}},{"Amount":0.00499,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]`
	switch rapid.SampledFrom([]string{"invoice", "invoice", "credit", "pay", "pay", "apply", "deposit", "receipt", "update", "resize", "repay", "void", "delete"}).Draw(w.rt, "op") {
	case "invoice":
		w.try("Invoice", head+sale+`}`)
	case "credit":
		w.try("CreditMemo", head+sale+`}`)
	case "receipt":
		w.try("SalesReceipt", head+sale+`}`)
	case "pay":
		w.try("Payment", head+w.payment()+`}`)
	case "apply":
		amt := w.amount()
		w.try("Payment", head+fmt.Sprintf(`"TotalAmt":0,"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]},{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"CreditMemo"}]}]}`, amt, w.some("Invoice"), amt, w.some("CreditMemo")))
	case "deposit":
		id := w.some("Payment")
		total := "0"
		if o := w.co.find("Payment", id); o != nil {
			total = o.txn.total.String()
		}
		w.try("Deposit", fmt.Sprintf(`{%s"DepositToAccountRef":{"value":%q},"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Payment"}]}]}`, w.currency(""), w.bank, total, id))
	case "update":
		w.change("Invoice", w.some("Invoice"), `"CustomerMemo":{"value":"pay here"}`)
	case "resize":
		w.change("Invoice", w.some("Invoice"), sale)
	case "repay":
		w.change("Payment", w.some("Payment"), head[1:]+w.payment())
	case "void":
		kind := rapid.SampledFrom([]string{"Invoice", "Payment", "CreditMemo"}).Draw(w.rt, "kind")
		id := w.some(kind)
		w.last = "void " + kind + " " + id
		_, _ = w.co.Void(kind, id)
	case "delete":
		kind := rapid.SampledFrom([]string{"Invoice", "Payment", "CreditMemo", "Deposit"}).Draw(w.rt, "kind")
		id := w.some(kind)
		w.last = "delete " + kind + " " + id
		_, _ = w.co.Delete(kind, id)
	}
}

func (w *walker) payment() string {
	return fmt.Sprintf(`"TotalAmt":%s,"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]`, w.amount(), w.amount(), w.some("Invoice"))
}

func (w *walker) change(kind, id, fields string) {
	o := w.co.find(kind, id)
	if o == nil {
		return
	}
	sparse := rapid.Bool().Draw(w.rt, "sparse")
	body := fmt.Sprintf(`{"Id":%q,"SyncToken":"%d","sparse":%v,%s}`, id, o.token, sparse, fields)
	w.last = "update " + kind + " " + body
	_, _ = w.co.Update(kind, []byte(body))
}

func (w *walker) deleteAll() {
	for _, kind := range []string{"Deposit", "Payment", "Invoice", "CreditMemo", "SalesReceipt"} {
		for {
			ids := w.co.shelf(kind).byIDs()
			if len(ids) == 0 {
				break
			}
			if _, err := w.co.Delete(kind, ids[0].id); err != nil {
				w.rt.Fatal(err)
			}
		}
	}
}
