package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ready sets up a book that writes, and gives the ledger's company.
func (m *machine) ready(t *testing.T, w *world) string {
	t.Helper()
	realm, key := w.ledger(t, "quickbooks")
	stripe := found(t, `connection (\S+)`, m.run(t, key+"\n", "connect", "stripe").out)
	ledger := found(t, `connection (\S+)`, m.consent(t, realm, "quickbooks").out)
	m.steps(t, []step{{args: "sync"}})
	book := found(t, `Book (\S+):`, m.run(t, "", "book", "new", "--demo", "--ledger", ledger, "--stripe", stripe).out)
	day := time.Now().UTC().AddDate(0, 0, -1).Format("2006-01-02")
	m.steps(t, []step{
		{args: "book links " + book + " --no-on"},
		{args: "book accounts " + book + " --create"},
		{args: "book cutover " + book + " --day " + day + " --confirm"},
		{args: "sync"},
	})
	digest := found(t, `Digest (\S+)`, m.run(t, "", "preview", "--book", book).out)
	m.steps(t, []step{{args: "book writes " + book + " on --confirm " + digest, out: []string{`is on`}}})
	return realm
}

// invoice is one of the ledger's as the sandbox shows it.
type invoice struct {
	ID          string `json:"Id"`
	DocNumber   string
	Balance     json.Number
	CustomerRef struct{ Name string }
	CurrencyRef struct{ Value string }
}

func (w *world) invoices(t *testing.T, realm string) []invoice {
	t.Helper()
	var all []invoice
	if err := json.Unmarshal(w.ask(t, "/quickbooks/"+realm+"/Invoice", ""), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestBankPath goes from a bank's file to a payment in the ledger.
func TestBankPath(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 4, "invoices": 6, "no_history": true}`})
	w := startWorld(t, m)
	realm := m.ready(t, w)
	var open invoice
	for _, inv := range w.invoices(t, realm) {
		if inv.Balance != "0" && inv.Balance != "0.0" && inv.CurrencyRef.Value == "USD" {
			open = inv
		}
	}
	today := time.Now().UTC().Format("2006-01-02")
	file := fmt.Sprintf("Date,Payee,Description,Amount\n%s,%s,pays %s,%s\n%s,,MONTHLY FEE,-4.50\n%s,Nobody Known,thanks,12345.67\n",
		today, open.CustomerRef.Name, open.DocNumber, open.Balance, today, today)
	if err := os.WriteFile(filepath.Join(m.dir, "bank.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := m.run(t, "", "bank", "import", "bank.csv", "--account", "typo", "--map", "ours")
	account := found(t, `(?m)^  (\S+)  Checking$`, asked.err)
	m.steps(t, []step{
		{args: "bank import bank.csv --account " + account + " --map ours", code: 1, err: []string{`there is no column map "ours"`}},
		{args: "bank import bank.csv --account " + account, code: 1, err: []string{`a CSV file needs one`}},
		{args: "bank map ours bank.csv", out: []string{`"date_form": "YYYY-MM-DD"`, `3 lines\.`, `with --confirm`}},
		{args: "bank map ours bank.csv --confirm", out: []string{`Kept as ours`}},
		{args: "bank import bank.csv --account Checking --map ours", out: []string{`3 new lines, 0 known already`}},
		{args: "bank import bank.csv --account " + account + " --map ours", out: []string{`0 new lines, 3 known already`}},
		{args: "bank list", out: []string{`not looked at yet`}},
		{args: "bank match --account " + account, out: []string{`receipt: 1 sure, 0 open`, `fee: 0 sure, 1 open`, `unknown: 0 sure, 1 open`}},
		{args: "bank list --json", out: []string{`"meaning": "receipt"`}},
		{args: "bank list --open", out: []string{`MONTHLY FEE`, `!pays`}},
		{args: "rules list", out: []string{`Nothing was learned yet`}},
		{args: "bank confirm nothing", code: 1, err: []string{`0 lines begin with "nothing"`}},
	})
	list := m.run(t, "", "bank", "list").out
	line := found(t, `pays \S+  (\S+)`, list)
	unknown := found(t, `thanks  (\S+)`, list)
	m.steps(t, []step{
		{args: "bank confirm " + unknown, code: 1, err: []string{`pays no invoice`}},
		{args: "bank confirm " + line + " --dry-run", out: []string{`receipt of `, `Nothing was written`}},
		{args: "bank confirm " + line + " --as Ada", out: []string{`Learned: Ada has confirmed that`, `Confirmed by Ada\. The next sync writes it`}},
		{args: "bank confirm " + line, code: 1, err: []string{`no open line`}},
		{args: "bank list", out: []string{`receipt, confirmed by Ada`}},
		{args: "bank reopen " + line, out: []string{`open again`}},
		{args: "bank reopen " + line, code: 1, err: []string{`nobody has confirmed`}},
		{args: "rules list", out: []string{`Nothing was learned yet`}},
		{args: "bank match --account " + account, out: []string{`receipt: 1 sure`}},
		{args: "bank confirm " + line + " --as Ada"},
		{args: "sync", out: []string{`1 written`}},
		{args: "bank reopen " + line, code: 1, err: []string{`stands in the ledger`}},
		{args: "bank match --account " + account, out: []string{`2 lines`}},
	})
	for _, inv := range w.invoices(t, realm) {
		if inv.ID == open.ID && strings.Trim(inv.Balance.String(), "0.") != "" {
			t.Errorf("%s still has %s open", inv.DocNumber, inv.Balance)
		}
	}
	rule := found(t, `(?m)^(\S+)  alias`, m.run(t, "", "rules", "list").out)
	m.steps(t, []step{
		{args: "rules list --json", out: []string{`"kind": "habit"`}},
		{args: "rules delete " + rule, out: []string{`Forgotten`}},
		{args: "rules delete " + rule, code: 1, err: []string{`there is no rule`}},
		{args: "sync", out: []string{`Everything agrees to the cent`}},
		{args: "journal", out: []string{`Ada`}},
	})
}
