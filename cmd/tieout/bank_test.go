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

// ready sets up a book of the vendor's that writes, links on invoices or not,
// and gives the ledger's company.
func (m *machine) ready(t *testing.T, w *world, vendor, links string) string {
	t.Helper()
	realm, key := w.ledger(t, vendor)
	stripe := found(t, `connection (\S+)`, m.run(t, key+"\n", "connect", "stripe").out)
	ledger := found(t, `connection (\S+)`, m.consent(t, realm, vendor).out)
	m.steps(t, []step{{args: "sync"}})
	book := found(t, `Book (\S+):`, m.run(t, "", "book", "new", "--demo", "--ledger", ledger, "--stripe", stripe).out)
	day := m.clock.Now().AddDate(0, 0, -1).Format("2006-01-02")
	m.steps(t, []step{
		{args: "book links " + book + " --" + links},
		{args: "book accounts " + book + " --create"},
		{args: "book cutover " + book + " --day " + day + " --confirm"},
		{args: "sync"},
	})
	digest := found(t, `Digest (\S+)`, m.run(t, "", "preview", "--book", book).out)
	m.steps(t, []step{{args: "book writes " + book + " on --confirm " + digest, out: []string{`is on`}}})
	return realm
}

// invoice is one of the ledger's as the sandbox shows it.
type invoice struct{ ID, Number, Balance, Customer, Currency, Account string }

func (w *world) invoices(t *testing.T, vendor, company string) []invoice {
	t.Helper()
	var all []struct {
		ID                                  string `json:"Id"`
		InvoiceID, DocNumber, InvoiceNumber string
		Balance, AmountDue                  json.Number
		CustomerRef, Contact                struct{ Name string }
		CurrencyRef                         struct{ Value string }
		CurrencyCode, Type, Status          string
	}
	kind := map[string]string{"quickbooks": "Invoice", "xero": "Invoices"}[vendor]
	if err := json.Unmarshal(w.ask(t, "/"+vendor+"/"+company+"/"+kind, ""), &all); err != nil {
		t.Fatal(err)
	}
	var list []invoice
	for _, v := range all {
		if v.Type == "" || v.Type == "ACCREC" && (v.Status == "AUTHORISED" || v.Status == "PAID") {
			list = append(list, invoice{
				ID: v.ID + v.InvoiceID, Number: v.DocNumber + v.InvoiceNumber, Balance: v.Balance.String() + v.AmountDue.String(),
				Customer: v.CustomerRef.Name + v.Contact.Name, Currency: v.CurrencyRef.Value + v.CurrencyCode,
			})
		}
	}
	return list
}

func (v invoice) open() bool { return strings.Trim(v.Balance, "0.") != "" }

// owed is what is open of an invoice now.
func (w *world) owed(t *testing.T, vendor, company, id string) string {
	t.Helper()
	for _, v := range w.invoices(t, vendor, company) {
		if v.ID == id {
			return v.Balance
		}
	}
	t.Fatalf("the ledger has no invoice %s", id)
	return ""
}

// TestBankPath goes from a bank's file to a payment in the ledger, and back.
func TestBankPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ vendor, bank, home string }{{"quickbooks", "Checking", "USD"}, {"xero", "Business Bank Account", "GBP"}} {
		t.Run(c.vendor, func(t *testing.T) {
			t.Parallel()
			bankPath(t, c.vendor, c.bank, c.home)
		})
	}
}

func bankPath(t *testing.T, vendor, bank, home string) {
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 4, "invoices": 6, "no_history": true}`})
	w := startWorld(t, m)
	company := m.ready(t, w, vendor, "no-on")
	var open invoice
	for _, v := range w.invoices(t, vendor, company) {
		if v.open() && v.Currency == home {
			open = v
		}
	}
	if open.ID == "" {
		t.Fatalf("no invoice in %s is open: %+v", home, w.invoices(t, vendor, company))
	}
	today := time.Now().UTC().Format("2006-01-02")
	file := fmt.Sprintf("Date,Payee,Description,Amount\n%s,%s,pays %s,%s\n%s,,MONTHLY FEE,-4.50\n%s,Nobody Known,thanks,12345.67\n",
		today, open.Customer, open.Number, open.Balance, today, today)
	if err := os.WriteFile(filepath.Join(m.dir, "bank.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := m.run(t, "", "bank", "import", "bank.csv", "--account", "typo", "--map", "ours")
	account := found(t, `(?m)^  (\S+)  `+bank+`$`, asked.err)
	m.steps(t, []step{
		{args: "bank import bank.csv --account " + account + " --map ours", code: 1, err: []string{`there is no column map "ours"`}},
		{args: "bank import bank.csv --account " + account, code: 1, err: []string{`a CSV file needs one`}},
		{args: "bank map ours bank.csv", out: []string{`"date_form": "YYYY-MM-DD"`, `3 lines\.`, `with --confirm`}},
		{args: "bank map ours bank.csv --confirm", out: []string{`Kept as ours`}},
	})
	if got := m.run(t, "", "bank", "import", "bank.csv", "--account", bank, "--map", "ours"); !strings.Contains(got.out, "3 new lines, 0 known already") {
		t.Errorf("by the account's name: %s%s", got.out, got.err)
	}
	m.steps(t, []step{
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
	if left := w.owed(t, vendor, company, open.ID); strings.Trim(left, "0.") != "" {
		t.Errorf("%s still has %s open", open.Number, left)
	}
	rule := found(t, `(?m)^(\S+)  alias`, m.run(t, "", "rules", "list").out)
	m.steps(t, []step{
		{args: "rules list --json", out: []string{`"kind": "habit"`}},
		{args: "rules delete " + rule, out: []string{`Forgotten`}},
		{args: "rules delete " + rule, code: 1, err: []string{`there is no rule`}},
		{args: "sync", out: []string{`Everything agrees to the cent`}},
		{args: "journal", out: []string{`Ada`}},
	})
	m.takesBack(t)
	if left := w.owed(t, vendor, company, open.ID); left != open.Balance {
		t.Errorf("%s has %s open after the undo, %s before", open.Number, left, open.Balance)
	}
	m.steps(t, []step{
		{args: "sync", out: []string{`0 written`, `Everything agrees to the cent`}},
		{args: "bank reopen " + line, out: []string{`open again`}},
		{args: "bank match --account " + account, out: []string{`receipt: 1 sure`}},
		{args: "bank confirm " + line + " --as Bob"},
		{args: "sync", out: []string{`1 written`, `Everything agrees to the cent`}},
	})
	if left := w.owed(t, vendor, company, open.ID); strings.Trim(left, "0.") != "" {
		t.Errorf("%s still has %s open when its line was confirmed again", open.Number, left)
	}
}

// takesBack undoes the one receipt that stands, by its id in the ledger.
func (m *machine) takesBack(t *testing.T) {
	t.Helper()
	var all struct {
		Lines []struct{ Kind, Document string }
	}
	if text := m.run(t, "", "undo", "book", "--json").out; json.Unmarshal([]byte(text), &all) != nil {
		t.Fatalf("undo book --json says %s", text)
	}
	receipt := ""
	for _, l := range all.Lines {
		if l.Kind == "receipt" {
			receipt = l.Document
		}
	}
	digest := found(t, `--confirm (\S+)`, m.run(t, "", "undo", "document", receipt).out)
	m.steps(t, []step{
		{args: "undo document " + receipt + " --as Ada --confirm " + digest, out: []string{`1 writes were made`}},
		{args: "sync", out: []string{`0 written`, `Everything agrees to the cent`}},
		{args: "undo document " + receipt, code: 1, err: []string{`nothing of ours stands`}},
	})
}
