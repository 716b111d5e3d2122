package stripe

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// recordings is the folder of recorded answers; the test is skipped where it
// is not there, unless data is required.
func recordings(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root)
	}
	dir := filepath.Join(root, "specs", "stripe")
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recorded data is required: %v", err)
		}
		t.Skipf("no recorded data: %v", err)
	}
	return dir
}

// found is a Stripe object somewhere inside a recording.
type found struct {
	word string
	raw  json.RawMessage
}

// objectsIn collects every object of a JSON text that names its own kind and
// has an id. Request bodies are no objects.
func objectsIn(t *testing.T, raw json.RawMessage) []found {
	t.Helper()
	raw = bytes.TrimSpace(raw)
	var out []found
	switch {
	case len(raw) == 0:
	case raw[0] == '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			out = append(out, objectsIn(t, e)...)
		}
	case raw[0] == '{':
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			t.Fatal(err)
		}
		var word, id string
		_ = json.Unmarshal(fields["object"], &word)
		_ = json.Unmarshal(fields["id"], &id)
		if word != "" && id != "" {
			out = append(out, found{word, raw})
		}
		for name, v := range fields {
			if name == "previous_attributes" {
				continue
			}
			out = append(out, objectsIn(t, v)...)
		}
	}
	return out
}

// kindOfRecorded is the kind that an object is mapped to.
func kindOfRecorded(word string) (receivables.Kind, bool) {
	if word == "balance_transaction" {
		return receivables.KindBalanceTransaction, true
	}
	return kindOfObject(word)
}

// recordedFiles are all files with recorded objects.
func recordedFiles(t *testing.T) []string {
	t.Helper()
	dir := recordings(t)
	var files []string
	for _, pattern := range []string{"recorded/*.json", "objects/*.json", "events/*.json", "cli-triggers/*.json", "fixtures3.2023-10-16.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no recordings like %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}

// TestEveryRecordedObject maps every object of our kinds in every recording,
// whatever its API version, and adds its amounts up again. What became of them
// stands in a golden file: how many of each kind were accepted, and every
// rejection by file and id with its reason.
func TestEveryRecordedObject(t *testing.T) {
	t.Parallel()
	var report struct {
		Accepted map[receivables.Kind]int `json:"accepted"`
		Rejected []string                 `json:"rejected"`
	}
	report.Accepted = map[receivables.Kind]int{}
	for _, file := range recordedFiles(t) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range objectsIn(t, raw) {
			kind, ok := kindOfRecorded(f.word)
			if !ok {
				continue
			}
			d := draft(kind, f.raw, reading{order: 1})
			r := mapping.Accept(d)
			if !bytes.Equal(r.Raw, f.raw) {
				t.Errorf("%s: %s: the raw body was changed", filepath.Base(file), r.Ref.ID)
			}
			if r.Rejection != nil {
				report.Rejected = append(report.Rejected, filepath.Base(file)+": "+r.Rejection.Text)
				continue
			}
			if !r.Deleted {
				addUp(t, filepath.Base(file), f.raw, r.Entity)
			}
			report.Accepted[kind]++
		}
	}
	slices.Sort(report.Rejected)
	got, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, filepath.Join("testdata", "recorded.golden.txt"), append(got, '\n'))
}

// addUp compares the entity's amounts with Stripe's own figures, read again
// from the body without our mapping.
func addUp(t *testing.T, file string, raw json.RawMessage, e receivables.Entity) {
	t.Helper()
	var w map[string]json.RawMessage
	if err := json.Unmarshal(raw, &w); err != nil {
		t.Fatal(err)
	}
	of := func(field string) int64 {
		var n json.Number // some recordings have their numbers in quotes
		_ = json.Unmarshal(w[field], &n)
		v, err := n.Int64()
		if err != nil && n != "" {
			t.Fatalf("%s: %s: %v", file, field, err)
		}
		return v
	}
	var currency string
	_ = json.Unmarshal(w["currency"], &currency)
	var got, want []int64
	switch v := e.(type) {
	case receivables.BalanceTransaction:
		got, want = []int64{v.Amount, v.Fee, v.Net, v.Amount - v.Fee}, []int64{of("amount"), of("fee"), of("net"), of("net")}
	case receivables.Charge:
		got, want = []int64{v.Amount}, []int64{of("amount")}
		if captured := of("amount_captured"); captured > 0 {
			want[0] = captured
		}
	case receivables.Refund:
		got, want = []int64{v.Amount}, []int64{of("amount")}
	case receivables.Dispute:
		got, want = []int64{v.Amount}, []int64{of("amount")}
	case receivables.Payout:
		got, want = []int64{v.Amount}, []int64{of("amount")}
	case receivables.Credit:
		got, want = []int64{v.Total}, []int64{of("total")}
	case receivables.Invoice:
		got, want = []int64{v.Total, v.Total}, []int64{of("total"), of("total")}
		if v.State == receivables.StateLive {
			if v.Paid == nil || v.Credited == nil {
				t.Errorf("%s: invoice %s does not say what was paid and credited", file, v.ID)
				return
			}
			got = []int64{v.Total, v.Balance + *v.Paid + *v.Credited, v.Balance + *v.Paid}
			want = []int64{of("total"), of("total"), of("amount_due")}
		}
	default:
		return
	}
	for i := range want {
		figure, err := fromStripe(want[i], moneyOf(currency))
		if err != nil || got[i] != figure {
			t.Errorf("%s: %s %s: figure %d is %d, want %d (%v)", file, e.Ref().Kind, e.Ref().ID, i, got[i], figure, err)
		}
	}
}

func moneyOf(code string) money.Currency { return money.Currency(strings.ToUpper(code)) }

// TestLivePayoutsAddUp re-adds payouts of real money: the members' net is the
// payout's amount, its own row left out.
func TestLivePayoutsAddUp(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recordings(t), "recorded", "stripeapimock__payout_*.json"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%d recordings of live payouts, want 3 (%v)", len(files), err)
	}
	slices.Sort(files)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var rec struct {
			Payout              json.RawMessage `json:"payout"`
			BalanceTransactions struct {
				Data []json.RawMessage `json:"data"`
			} `json:"balance_transactions"`
		}
		if err := json.Unmarshal(raw, &rec); err != nil {
			t.Fatal(err)
		}
		payout := as[receivables.Payout](t, mapping.Accept(draft(receivables.KindPayout, rec.Payout, reading{order: 1})))
		var sum int64
		for _, element := range rec.BalanceTransactions.Data {
			d, ok := memberOf(row{raw: element}, payout.ID, reading{order: 1})
			if !ok {
				continue
			}
			bt := as[receivables.BalanceTransaction](t, mapping.Accept(d))
			if bt.Payout != payout.ID {
				t.Errorf("%s is not named as a member", bt.ID)
			}
			sum += bt.Net
		}
		if sum != payout.Amount {
			t.Errorf("%s: members add up to %d, the payout is %d", filepath.Base(file), sum, payout.Amount)
		}
	}
}

// TestRecordedRowsOfPayouts re-adds rows that were recorded together with the
// payout that took them out: with its own row they add up to nothing.
func TestRecordedRowsOfPayouts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recordings(t), "recorded", "airbyte__payout_*.json"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d recordings of rows of a payout, want 2 (%v)", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		rows := 0
		for _, f := range objectsIn(t, raw) {
			if f.word == "balance_transaction" {
				bt := as[receivables.BalanceTransaction](t, mapping.Accept(draft(receivables.KindBalanceTransaction, f.raw, reading{order: 1})))
				sum, rows = sum+bt.Net, rows+1
			}
		}
		if sum != 0 || rows < 3 {
			t.Errorf("%s: %d rows add up to %d", filepath.Base(file), rows, sum)
		}
	}
}
