package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/match"
)

type matchEvalCommand struct {
	Cashapp cashappCommand `cmd:"" help:"Match payments against open invoices and score the answers."`
	Bankrec bankrecCommand `cmd:"" help:"Match bank lines against ledger entries and score the answers."`
}

type cashappCommand struct {
	Dir          string `arg:"" type:"existingdir" help:"Folder with invoices.csv, payments.csv, truth.csv and, for payers' names, customers.csv."`
	HideCustomer bool   `help:"Do not read the payments' cust_number: find the customer by payer_name."`
}

// Run matches with the matcher that the product uses, and compares with what
// is known to be true.
func (c *cashappCommand) Run(out console) error {
	items, err := readItems(c.Dir)
	if err != nil {
		return err
	}
	payments, err := readPayments(c.Dir, c.HideCustomer)
	if err != nil {
		return err
	}
	truth, err := readTruth(c.Dir)
	if err != nil {
		return err
	}
	return out.json(scoreCash(match.All(payments, items, nil), truth))
}

// digits of the amounts in files to evaluate: they name no currency.
const digits = 2

func readItems(dir string) ([]match.Item, error) {
	var items []match.Item
	err := eachRow(filepath.Join(dir, "invoices.csv"), func(cell func(...string) string) error {
		amount, err := money.ParseMinor(cell("amount"), digits)
		items = append(items, match.Item{
			ID: cell("invoice_id"), Customer: cell("cust_number"), Amount: amount,
			Issued: receivables.Date(cell("issue_date", "issue_date_approx")), Due: receivables.Date(cell("due_date")),
		})
		return err
	})
	return items, err
}

func readPayments(dir string, hidden bool) ([]match.Payment, error) {
	var names *match.Directory
	if hidden {
		var list []match.Name
		err := eachRow(filepath.Join(dir, "customers.csv"), func(cell func(...string) string) error {
			list = append(list, match.Name{Customer: cell("cust_number"), Name: cell("customer_name")})
			return nil
		})
		if err != nil {
			return nil, err
		}
		names = match.NewDirectory(list)
	}
	var payments []match.Payment
	err := eachRow(filepath.Join(dir, "payments.csv"), func(cell func(...string) string) error {
		amount, err := money.ParseMinor(cell("amount"), digits)
		p := match.Payment{ID: cell("payment_id"), On: receivables.Date(cell("date")), Amount: amount}
		if hidden {
			p.Name, p.Payers = cell("payer_name"), names.Payers(cell("payer_name"))
		} else {
			p.Payers = []match.Payer{{Customer: cell("cust_number"), Fit: 1}}
		}
		payments = append(payments, p)
		return err
	})
	return payments, err
}

func readTruth(dir string) (map[string][]string, error) {
	truth := map[string][]string{}
	err := eachRow(filepath.Join(dir, "truth.csv"), func(cell func(...string) string) error {
		truth[cell("payment_id")] = append(truth[cell("payment_id")], cell("invoice_id"))
		return nil
	})
	return truth, err
}

// eachRow reads a CSV file with a head. cell gives the first of the named
// columns that there is.
func eachRow(path string, row func(cell func(...string) string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	head, err := reader.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for n := 2; ; n++ {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = row(func(names ...string) string {
				for _, name := range names {
					if at := slices.Index(head, name); at >= 0 {
						return cells[at]
					}
				}
				return ""
			})
		}
		if err != nil {
			return fmt.Errorf("%s, row %d: %w", path, n, err)
		}
	}
}

// score compares answers with the truth. Only what is sure counts as an
// answer: the rest a person is asked about.
type score struct {
	Payments int `json:"payments"`
	// FullyRight is the share of payments whose invoices are exactly the true
	// ones.
	FullyRight float64 `json:"fully_right"`
	// Precision is the share of the invoices answered that are right, Recall
	// that of the true ones that were answered.
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`

	full, answered, right, wanted int
}

func (s *score) count(answer, truth []string) {
	right := 0
	for _, id := range answer {
		if slices.Contains(truth, id) {
			right++
		}
	}
	s.Payments++
	s.answered += len(answer)
	s.right += right
	s.wanted += len(truth)
	if right == len(answer) && right == len(truth) {
		s.full++
	}
	s.FullyRight, s.Precision, s.Recall = share(s.full, s.Payments), share(s.right, s.answered), share(s.right, s.wanted)
}

// share is 1 where there is nothing to be wrong about.
func share(part, whole int) float64 {
	if whole == 0 {
		return 1
	}
	return float64(part) / float64(whole)
}

type cashScore struct {
	score
	// Groups are the same figures by how many invoices a payment truly pays.
	Groups map[string]*score `json:"groups"`
}

func scoreCash(findings []match.Finding, truth map[string][]string) cashScore {
	out := cashScore{Groups: map[string]*score{}}
	for _, f := range findings {
		if !f.Sure {
			f.Items = nil
		}
		wanted := truth[f.Payment]
		size := groupSize(len(wanted))
		if out.Groups[size] == nil {
			out.Groups[size] = &score{}
		}
		out.count(f.Items, wanted)
		out.Groups[size].count(f.Items, wanted)
	}
	return out
}

func groupSize(n int) string {
	switch {
	case n == 0:
		return "0"
	case n == 1:
		return "1"
	case n <= 5:
		return "2-5"
	case n <= 20:
		return "6-20"
	}
	return "21+"
}
