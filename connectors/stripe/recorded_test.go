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

// wholeEnough leaves out objects that are pieces inside others, such as the
// cut-down charge of an expanded reference.
func wholeEnough(f found) bool {
	var w struct {
		Currency *string `json:"currency"`
		Status   *string `json:"status"`
	}
	if json.Unmarshal(f.raw, &w) != nil {
		return false
	}
	return f.word == "customer" || w.Currency != nil && (w.Status != nil || f.word == "refund")
}

func TestEveryRecordedObjectIsAccepted(t *testing.T) {
	t.Parallel()
	dir := recordings(t)
	files, err := filepath.Glob(filepath.Join(dir, "recorded", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	counts := map[receivables.Kind]int{}
	for _, file := range append(files, filepath.Join(dir, "fixtures3.2023-10-16.json")) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range objectsIn(t, raw) {
			kind, ok := kindOfObject(f.word)
			if f.word == "balance_transaction" {
				kind, ok = receivables.KindBalanceTransaction, true
			}
			if !ok || !wholeEnough(f) {
				continue
			}
			r := mapping.Accept(draft(kind, f.raw, 1))
			if r.Rejection != nil {
				t.Errorf("%s: %v", filepath.Base(file), r.Rejection)
				continue
			}
			if bt, ok := r.Entity.(receivables.BalanceTransaction); ok && bt.Amount-bt.Fee != bt.Net {
				t.Errorf("%s: %s: %d - %d is not %d", filepath.Base(file), bt.ID, bt.Amount, bt.Fee, bt.Net)
			}
			counts[kind]++
		}
	}
	for kind, least := range map[receivables.Kind]int{
		receivables.KindBalanceTransaction: 80, receivables.KindCharge: 60, receivables.KindRefund: 15,
		receivables.KindDispute: 12, receivables.KindPayout: 6, receivables.KindPayer: 8, receivables.KindCheckout: 2,
	} {
		if counts[kind] < least {
			t.Errorf("%d recorded objects of kind %s, want %d or more", counts[kind], kind, least)
		}
	}
}

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
		payout := as[receivables.Payout](t, mapping.Accept(draft(receivables.KindPayout, rec.Payout, 1)))
		var sum int64
		for _, element := range rec.BalanceTransactions.Data {
			d, ok := memberOf(row{raw: element}, payout.ID, 1)
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
