package quickbooks

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// loadFolder loads the list answers of a recorded folder.
func loadFolder(t *testing.T, r *rig, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var whole map[string]json.RawMessage
		if json.Unmarshal(raw, &whole) != nil {
			continue
		}
		if inner, ok := whole["QueryResponse"]; ok {
			if err := json.Unmarshal(inner, &whole); err != nil {
				t.Fatal(err)
			}
		}
		for entity, list := range whole {
			var bodies []json.RawMessage
			if _, fault := r.co.kindOf(entity); fault != nil || json.Unmarshal(list, &bodies) != nil {
				continue
			}
			var in [][]byte
			for _, b := range bodies {
				in = append(in, b)
			}
			if err := r.co.Load(entity, in); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
		}
	}
	if err := r.co.FinishLoad(); err != nil {
		t.Fatal(err)
	}
}

// sum adds a field over all rows of an entity, read over HTTP.
func (r *rig) sum(entity, field string) amount {
	r.t.Helper()
	var total amount
	list, _ := r.query("select * from " + entity + " maxresults 1000")["QueryResponse"].(map[string]any)[entity].([]any)
	for _, x := range list {
		if text := node(x.(map[string]any)).at(field); text != "" {
			a, err := parseAmount([]byte(text))
			if err != nil {
				r.t.Fatal(err)
			}
			total += a
		}
	}
	return total
}

func (r *rig) figures(step string, invoices, credits, unapplied, receivable, customers, undeposited string) {
	r.t.Helper()
	r.want(step+": open invoices", r.sum("Invoice", "Balance").String(), invoices)
	r.want(step+": open credits", r.sum("CreditMemo", "RemainingCredit").String(), credits)
	r.want(step+": unapplied", r.sum("Payment", "UnappliedAmt").String(), unapplied)
	r.want(step+": receivable", r.account("Accounts Receivable (A/R)").at("CurrentBalance"), receivable)
	r.want(step+": customers", r.sum("Customer", "Balance").String(), customers)
	r.want(step+": undeposited", r.account("Undeposited Funds").at("CurrentBalance"), undeposited)
}

func TestRecordedCompany(t *testing.T) {
	t.Parallel()
	dir := recorded(t, "json/nango")
	r := newRig(t, CompanyOptions{Recorded: true})
	loadFolder(t, r, dir)
	r.figures("as recorded", "5881.52", "800", "400", "4681.52", "4681.52", "2362.52")
	for kind, want := range map[string]int{"Invoice": 37, "Payment": 20, "CreditMemo": 9, "Deposit": 13, "Purchase": 35, "JournalEntry": 13, "Account": 92, "Customer": 33} {
		if got := len(r.co.List(kind)); got != want {
			t.Errorf("%d of %s, want %d", got, kind, want)
		}
	}
	before := snapshot(r)
	p := r.pay("24", "100", "130", "100")
	r.figures("part paid", "5781.52", "800", "400", "4581.52", "4581.52", "2462.52")
	r.want("invoice", r.get("Invoice", "130").at("Balance"), "262.07")
	if tok := r.get("Invoice", "130").at("SyncToken"); tok != "4" {
		t.Errorf("SyncToken %s", tok)
	}
	if _, err := r.co.Delete("Payment", p.at("Id")); err != nil {
		t.Fatal(err)
	}
	r.figures("deleted again", "5881.52", "800", "400", "4681.52", "4681.52", "2362.52")
	// Deleting a recorded payment: invoice 96 was paid by payment 128.
	if _, err := r.co.Delete("Payment", "128"); err != nil {
		t.Fatal(err)
	}
	r.figures("recorded payment deleted", "6268.52", "800", "400", "5068.52", "5068.52", "1975.52")
	if _, err := r.co.Delete("Payment", "116"); err == nil {
		t.Error("a deposited payment was deleted")
	}
	if after := snapshot(r); after["103"] != before["103"] {
		t.Errorf("an untouched invoice changed:\n%s\n%s", before["103"], after["103"])
	}
}

func snapshot(r *rig) map[string]string {
	out := map[string]string{}
	for _, raw := range r.co.List("Invoice") {
		out[splitObject(raw).str("Id")] = string(raw)
	}
	return out
}

// TestRecordedTotalsRecompute sends every recorded invoice its own lines back:
// our arithmetic must come to the recorded total and balance.
func TestRecordedTotalsRecompute(t *testing.T) {
	t.Parallel()
	dir := recorded(t, "json/nango")
	r := newRig(t, CompanyOptions{Recorded: true})
	loadFolder(t, r, dir)
	for _, kind := range []string{"Invoice", "CreditMemo"} {
		for _, raw := range r.co.List(kind) {
			was := decode(t, raw)
			d := splitObject(raw)
			if len(d.list("Line")) == 1 {
				continue // a statement charge: its lines are not in the API's answer
			}
			body := fmt.Sprintf(`{"Id":%q,"SyncToken":%q,"sparse":true,"Line":%s}`, d.str("Id"), d.str("SyncToken"), d.get("Line"))
			out, err := r.co.Update(kind, []byte(body))
			if err != nil {
				t.Errorf("%s %s: %v", kind, d.str("Id"), err)
				continue
			}
			now := decode(t, out)
			for _, f := range []string{"TotalAmt", "Balance"} {
				r.want(kind+" "+d.str("Id")+" "+f, now.at(f), was.at(f))
			}
		}
	}
	r.figures("resent", "5881.52", "800", "400", "4681.52", "4681.52", "2362.52")
}

func TestRecordedFolderWithoutAccounts(t *testing.T) {
	t.Parallel()
	dir := recorded(t, "company")
	r := newRig(t, CompanyOptions{Recorded: true})
	loadFolder(t, r, dir)
	r.figures("as recorded", "5281.52", "0", "0", "5281.52", "5281.52", "0")
	r.pay("24", "100", "130", "100")
	r.figures("part paid", "5181.52", "0", "0", "5181.52", "5181.52", "100")
	// Making a payment that was not recorded moved nothing; deleting it does.
	r.want("bank", r.account("Checking").at("CurrentBalance"), "0")
	if _, err := r.co.Delete("Payment", "33"); err != nil {
		t.Fatal(err)
	}
	r.figures("missing payment deleted", "5231.52", "0", "0", "5231.52", "5231.52", "100")
	r.want("bank", r.account("Checking").at("CurrentBalance"), "-50")
	token := r.get("Invoice", "12").at("SyncToken")
	inv := r.post("Invoice", `{"Id":"12","SyncToken":"`+token+`","sparse":true,"CustomerMemo":{"value":"x"}}`)
	r.want("Balance", inv.at("Balance"), "0")
	if r.query("select * from Preferences").at("QueryResponse.Preferences.0.CurrencyPrefs.HomeCurrency.value") != "USD" {
		t.Error("no preferences")
	}
	if rep := r.do(http.MethodGet, "/preferences", ""); rep.status != 200 || decode(t, rep.body).at("Preferences.CurrencyPrefs.HomeCurrency.value") != "USD" {
		t.Errorf("preferences by address: %d %s", rep.status, rep.body)
	}
	if rep := r.do(http.MethodGet, "/companyinfo/"+r.co.RealmID(), ""); rep.status != 200 {
		t.Errorf("no company info: %s", rep.body)
	}
}

// TestPaymentsThatInvoicesName: the folder lists invoices and no payments, yet
// every invoice is explained by payments under the ids that it names.
func TestPaymentsThatInvoicesName(t *testing.T) {
	t.Parallel()
	dir := recorded(t, "company")
	r := newRig(t, CompanyOptions{Recorded: true})
	loadFolder(t, r, dir)
	if n := len(r.co.List("Payment")); n != 16 {
		t.Fatalf("%d payments, want the 16 that invoices name", n)
	}
	applied := map[string]amount{}
	for _, raw := range r.co.List("Payment") {
		p := splitObject(raw)
		total := parsed(t, p, "TotalAmt")
		for _, line := range p.list("Line") {
			applied[line.list("LinkedTxn")[0].str("TxnId")] += parsed(t, line, "Amount")
			total -= parsed(t, line, "Amount")
		}
		if total != 0 {
			t.Errorf("payment %s: %s is in no line", p.str("Id"), total)
		}
	}
	for _, raw := range r.co.List("Invoice") {
		inv := splitObject(raw)
		rest := parsed(t, inv, "TotalAmt") - parsed(t, inv, "Balance") - parsed(t, inv, "Deposit") - applied[inv.str("Id")]
		if rest != 0 {
			t.Errorf("invoice %s: %s unexplained", inv.str("Id"), rest)
		}
	}
}

func parsed(t *testing.T, d *document, field string) amount {
	t.Helper()
	a, err := d.amount(field)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSharesOfUnknownPayments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sum  amount
		n    int
		want []amount
	}{
		{0, 1, nil},
		{5 * oneUnit, 0, nil},
		{-oneUnit, 2, nil},
		{5 * oneUnit, 1, []amount{5 * oneUnit}},
		{236952 * centStep, 2, []amount{118552 * centStep, 118400 * centStep}},
		{3 * oneUnit, 3, []amount{oneUnit, oneUnit, oneUnit}},
		{5 * centStep, 2, []amount{3 * centStep, 2 * centStep}},
		{1 * centStep, 2, []amount{centStep, 0}},
	} {
		if got := shares(c.sum, c.n); !slices.Equal(got, c.want) {
			t.Errorf("shares(%s, %d) = %v, want %v", c.sum, c.n, got, c.want)
		}
	}
}

// TestMissingPaymentOfSeveralInvoices: one unknown payment may settle several
// invoices, beside a known one; an unnamed rest stays settled.
func TestMissingPaymentOfSeveralInvoices(t *testing.T) {
	t.Parallel()
	r := newRig(t, CompanyOptions{Recorded: true})
	load := func(entity string, bodies ...string) {
		for _, b := range bodies {
			if err := r.co.Load(entity, [][]byte{[]byte(b)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	load("Customer", `{"Id":"1","DisplayName":"Ada","Balance":10}`)
	load("Invoice",
		`{"Id":"5","SyncToken":"3","TxnDate":"2024-03-01","TotalAmt":100,"Balance":10,"CustomerRef":{"value":"1"},"LinkedTxn":[{"TxnId":"9","TxnType":"Payment"},{"TxnId":"7","TxnType":"Payment"}]}`,
		`{"Id":"6","TxnDate":"2024-04-01","TotalAmt":50,"Balance":0,"Deposit":20,"CustomerRef":{"value":"1"},"LinkedTxn":[{"TxnId":"9","TxnType":"Payment"}]}`,
		`{"Id":"8","TxnDate":"2024-04-02","TotalAmt":40,"Balance":0,"CustomerRef":{"value":"1"}}`)
	load("Payment", `{"Id":"7","TxnDate":"2024-03-02","TotalAmt":25,"UnappliedAmt":0,"CustomerRef":{"value":"1"},"Line":[{"Amount":25,"LinkedTxn":[{"TxnId":"5","TxnType":"Invoice"}]}]}`)
	if err := r.co.FinishLoad(); err != nil {
		t.Fatal(err)
	}
	p := r.get("Payment", "9")
	r.want("total", p.at("TotalAmt"), "95")
	r.want("first line", p.at("Line.0.Amount"), "65")
	r.want("second line", p.at("Line.1.Amount"), "30")
	if p.at("TxnDate") != "2024-04-01" {
		t.Errorf("dated %s, want the day of its latest invoice", p.at("TxnDate"))
	}
	r.want("payer", p.at("CustomerRef.value"), "1")
	r.want("balance", r.get("Invoice", "5").at("Balance"), "10")
	r.want("version", r.get("Invoice", "5").at("SyncToken"), "3")
	r.want("undeposited", r.account("Undeposited Funds").at("CurrentBalance"), "25")
	r.want("next id", r.co.takeID("txn"), "10")
	r.refuse("6000", "/invoice?operation=void", `{"Id":"8","SyncToken":"0"}`)
}

// TestShapes compares the properties of our create answers with the recorded
// ones.
func TestShapes(t *testing.T) {
	t.Parallel()
	dir := recorded(t, "json/nango")
	r := newRig(t, CompanyOptions{})
	cust := r.post("Customer", `{"DisplayName":"Ada","BillAddr":{"Line1":"1 Road"},"ShipAddr":{"Line1":"1 Road"}}`).at("Id")
	bank := r.account("Checking").at("Id")
	line := `"Line":[{"Amount":100,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`
	made := map[string]node{
		"create_invoice.json":           r.post("Invoice", `{"CustomerRef":{"value":"`+cust+`"},`+line+`}`),
		"create_creditmemo.json":        r.post("CreditMemo", `{"CustomerRef":{"value":"`+cust+`"},`+line+`}`),
		"create_payment_unapplied.json": r.post("Payment", `{"CustomerRef":{"value":"`+cust+`"},"TotalAmt":100}`),
		"create_account.json":           r.post("Account", `{"Name":"Clearing","AccountType":"Bank"}`),
		"create_deposit.json":           r.post("Deposit", `{"DepositToAccountRef":{"value":"`+bank+`"},"Line":[{"Amount":100,"DetailType":"DepositLineDetail","DepositLineDetail":{"AccountRef":{"value":"1"}}}]}`),
		"create_journalentry.json": r.post("JournalEntry", `{"DocNumber":"JE-1","PrivateNote":"x","Line":[{"Amount":100,"Description":"d","DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":"1"}}},`+
			`{"Amount":100,"Description":"c","DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":"5"}}}]}`),
	}
	for file, ours := range made {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for name, v := range decode(t, raw) {
			if name != "time" {
				sameShape(t, file, v, map[string]any(ours))
			}
		}
	}
}

// sameShape wants every recorded property with the same JSON type; addresses
// and the user behind a change are the company's own.
func sameShape(t *testing.T, path string, theirs, ours any) {
	t.Helper()
	switch x := theirs.(type) {
	case map[string]any:
		y, ok := ours.(map[string]any)
		if !ok {
			t.Errorf("%s: want an object, got %T", path, ours)
			return
		}
		for k, v := range x {
			if strings.HasSuffix(path, "Addr") || k == "LastModifiedByRef" || k == "UnitPrice" || k == "Qty" {
				continue
			}
			if _, ok := y[k]; !ok {
				t.Errorf("%s: %s is missing", path, k)
				continue
			}
			sameShape(t, path+"."+k, v, y[k])
		}
	case []any:
		y, ok := ours.([]any)
		if !ok || len(x) > 0 && len(y) != len(x) {
			t.Errorf("%s: want %d elements, got %v", path, len(x), ours)
			return
		}
		for i := range x {
			sameShape(t, fmt.Sprintf("%s.%d", path, i), x[i], y[i])
		}
	default:
		if fmt.Sprintf("%T", theirs) != fmt.Sprintf("%T", ours) {
			t.Errorf("%s: want %T, got %T", path, theirs, ours)
		}
	}
}
