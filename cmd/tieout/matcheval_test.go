package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cashFiles is a small economy: two customers, one of whom pays two invoices
// at once, and a payment that two invoices fit alike.
func cashFiles() map[string]string {
	return map[string]string{
		"invoices.csv": "invoice_id,cust_number,amount,issue_date_approx,due_date\n" +
			"i1,1,100.10,2026-01-01,2026-01-31\ni2,1,50.05,2026-01-10,2026-02-09\n" +
			"i3,2,75.00,2026-01-05,2026-02-04\ni4,2,75.00,2026-01-05,2026-02-04\ni5,2,19.99,2026-01-20,2026-02-19\n",
		"payments.csv": "payment_id,date,cust_number,payer_name,amount\n" +
			"p1,2026-02-05,1,\"NORTHWIND TRADERS, LIMITED\",150.15\np2,2026-02-06,2,Meridian Syst,75.00\np3,2026-02-20,2,MERIDIAN SYSTEMS,19.99\n",
		"truth.csv":     "payment_id,invoice_id\np1,i1\np1,i2\np2,i3\np3,i5\n",
		"customers.csv": "cust_number,customer_name\n1,Northwind Traders Ltd\n2,Meridian Systems\n",
		"broken/invoices.csv": "invoice_id,cust_number,amount,issue_date_approx,due_date\n" +
			"i1,1,1x,2026-01-01,2026-01-31\n",
	}
}

func TestMatchEvalCash(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	for name, text := range cashFiles() {
		path := filepath.Join(m.dir, "cash", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range []string{"match-eval cashapp cash", "match-eval cashapp cash --hide-customer"} {
		got := m.run(t, "", strings.Fields(args)...)
		var s struct {
			score
			Groups map[string]score `json:"groups"`
		}
		if err := json.Unmarshal([]byte(got.out), &s); err != nil || got.code != 0 {
			t.Fatalf("%s: %v\n%s%s", args, err, got.out, got.err)
		}
		// p2 fits two invoices alike, so that nobody is sure of it.
		if s.FullyRight != 2.0/3 || s.Precision != 1 || s.Recall != 0.75 || s.Groups["2-5"].FullyRight != 1 || s.Groups["1"].FullyRight != 0.5 {
			t.Errorf("%s: %+v", args, s)
		}
	}
	m.steps(t, []step{
		{args: "match-eval cashapp cash/broken", code: 1, err: []string{`invoices\.csv, row 2: .*1x`}},
		{args: "match-eval cashapp nowhere", code: 2, err: []string{`nowhere`}},
		{args: "match-eval", code: 2, err: []string{`"cashapp"`}},
	})
}

func TestMatchEvalBank(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{
		"bank.json": `{"bank_transactions": [
			{"id": "B1", "date": "2026-01-05", "description": "ACH ALDGATE OPTICS", "amount": -42.5},
			{"id": "B2", "date": "2026-01-09", "description": "ACH FARROW BAKERY", "amount": 300.0},
			{"id": "B3", "date": "2026-01-09", "description": "FEE", "amount": -5.1}],
		"gl_entries": [
			{"id": "G1", "date": "2026-01-03", "description": "Aldgate Optics Ltd - lenses", "amount": -42.5, "ref": "AP-1"},
			{"id": "G2", "date": "2026-01-08", "description": "Farrow Bakery - flour", "amount": 100.01, "ref": "AR-1"},
			{"id": "G3", "date": "2026-01-08", "description": "Farrow Bakery - sugar", "amount": 199.99, "ref": "AR-2"}],
		"ground_truth": {"matches_1to1": [{"bank_id": "B1", "gl_id": "G1"}],
			"matches_many_to_one": [{"bank_id": "B2", "gl_ids": ["G2", "G3"]}],
			"matches_amount_mismatch": [{"bank_id": "B3", "gl_id": "G9"}]}}`,
		"broken.json": `{"bank_transactions": [{"id": "B1", "amount": true}]}`,
		"less.json":   `{"bank_transactions": [{"id": "B1", "date": "2026-01-05"}]}`,
	})
	got := m.run(t, "", "match-eval", "bankrec", "bank.json")
	var s bankScore
	if err := json.Unmarshal([]byte(got.out), &s); err != nil || got.code != 0 {
		t.Fatalf("%v\n%s%s", err, got.out, got.err)
	}
	// The fourth pair of the truth has no entry, so that it cannot be found.
	if s.Precision != 1 || s.Recall != 0.75 || math.Abs(s.F1-6.0/7) > 1e-9 || s.Seconds < 0 {
		t.Errorf("%+v", s)
	}
	m.steps(t, []step{
		{args: "match-eval bankrec broken.json", code: 1, err: []string{`broken\.json`}},
		{args: "match-eval bankrec less.json", code: 1, err: []string{`less\.json: B1`}},
		{args: "match-eval bankrec none.json", code: 2},
	})
}

// TestMatchEvalBars runs the evaluation on the development data and holds it to
// the bars: they are what the matcher is promised to reach on data that it was
// not made with.
func TestMatchEvalBars(t *testing.T) {
	t.Parallel()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "shared")
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root) // relative to the repository's root
	}
	root = filepath.Join(root, "data")
	if _, err := os.Stat(root); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("development data are required: %v", err)
		}
		t.Skipf("no development data: %v", err)
	}
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, nil)
	files, err := filepath.Glob(filepath.Join(root, "bankrec_dev", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no statements: %v", err)
	}
	for _, file := range files {
		var s bankScore
		if err := json.Unmarshal([]byte(m.run(t, "", "match-eval", "bankrec", file).out), &s); err != nil || s.F1 < 0.9 || s.Precision < 0.99 {
			t.Errorf("%s: %+v, %v", filepath.Base(file), s, err)
		}
	}
	if testing.Short() {
		t.Skip("cash application takes seconds")
	}
	var s cashScore
	if err := json.Unmarshal([]byte(m.run(t, "", "match-eval", "cashapp", filepath.Join(root, "cashapp_dev")).out), &s); err != nil {
		t.Fatal(err)
	}
	if s.FullyRight < 0.95 || s.Precision < 0.999 || s.Groups["6-20"].FullyRight < 0.6 {
		t.Errorf("%+v, 6-20: %+v", s, s.Groups["6-20"])
	}
}
