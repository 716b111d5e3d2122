package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
	"tieout/receivables"
	"tieout/sync/match/bank"
)

type bankrecCommand struct {
	File string `arg:"" type:"existingfile" help:"JSON file with bank_transactions, gl_entries and ground_truth."`
}

// bankFile is a statement, the ledger's side of it, and what belongs together.
type bankFile struct {
	Lines   []bankRow `json:"bank_transactions"`
	Entries []bankRow `json:"gl_entries"`
	Truth   struct {
		One     []bankTruth `json:"matches_1to1"`
		Many    []bankTruth `json:"matches_many_to_one"`
		Differs []bankTruth `json:"matches_amount_mismatch"`
	} `json:"ground_truth"`
}

type bankRow struct {
	ID          string      `json:"id"`
	Date        string      `json:"date"`
	Description string      `json:"description"`
	Amount      json.Number `json:"amount"`
	Ref         string      `json:"ref"`
}

type bankTruth struct {
	Bank    string   `json:"bank_id"`
	Entry   string   `json:"gl_id"`
	Entries []string `json:"gl_ids"`
}

// Run matches with the matcher that the product uses, and compares with what
// is known to be true.
func (c *bankrecCommand) Run(out console) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var file bankFile
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	var lines []bank.Line
	var entries []bank.Entry
	for _, row := range file.Lines {
		amount, err := row.minor()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", c.File, row.ID, err)
		}
		lines = append(lines, bank.Line{ID: row.ID, On: receivables.Date(row.Date), Text: row.Description, Amount: amount})
	}
	for _, row := range file.Entries {
		amount, err := row.minor()
		if err != nil {
			return fmt.Errorf("%s: %s: %w", c.File, row.ID, err)
		}
		entries = append(entries, bank.Entry{ID: row.ID, On: receivables.Date(row.Date), Text: row.Description, Reference: row.Ref, Amount: amount})
	}
	watch := clock.System{}
	start := watch.Now()
	found := bank.Reconcile(lines, entries)
	return out.json(file.score(found, watch.Now().Sub(start)))
}

// minor is the amount in hundredths. Files of this shape write amounts as
// binary fractions: what lies beyond hundredths is their noise.
func (r bankRow) minor() (int64, error) {
	amount, err := decimal.NewFromString(r.Amount.String())
	return amount.Shift(digits).Round(0).IntPart(), err
}

type bankScore struct {
	// Pairs of a bank line and a ledger entry are what is counted.
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Seconds   float64 `json:"seconds"`
}

type bankPair struct{ line, entry string }

func (f *bankFile) score(found bank.Result, took time.Duration) bankScore {
	truth := map[bankPair]bool{}
	for _, list := range [][]bankTruth{f.Truth.One, f.Truth.Many, f.Truth.Differs} {
		for _, t := range list {
			for _, id := range append(t.Entries, t.Entry) {
				if id != "" {
					truth[bankPair{t.Bank, id}] = true
				}
			}
		}
	}
	answered, right := 0, 0
	for _, m := range found.Matches {
		for _, id := range m.Entries {
			answered++
			if truth[bankPair{m.Line, id}] {
				right++
			}
		}
	}
	s := bankScore{Precision: share(right, answered), Recall: share(right, len(truth)), Seconds: took.Seconds()}
	if s.Precision+s.Recall > 0 {
		s.F1 = 2 * s.Precision * s.Recall / (s.Precision + s.Recall)
	}
	return s
}
