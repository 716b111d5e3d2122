package stripe

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// golden is what became of an object.
type golden struct {
	Kind      receivables.Kind   `json:"kind"`
	Deleted   bool               `json:"deleted,omitempty"`
	Entity    receivables.Entity `json:"entity,omitempty"`
	Rejection *mapping.Rejection `json:"rejection,omitempty"`
}

// TestGolden compares what becomes of each hand-made object with the file
// beside it. TIEOUT_UPDATE_GOLDEN=1 writes the files anew.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var head struct {
			Object string `json:"object"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		kind, ok := kindOfObject(head.Object)
		if !ok {
			kind = receivables.KindBalanceTransaction
		}
		d := draft(kind, raw, reading{order: 1})
		if !bytes.Equal(d.Raw, raw) {
			t.Errorf("%s: the raw body was changed", file)
		}
		r := mapping.Accept(d)
		got, err := json.MarshalIndent(golden{r.Ref.Kind, r.Deleted, r.Entity, r.Rejection}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, strings.TrimSuffix(file, ".json")+".golden.json", append(got, '\n'))
	}
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if os.Getenv("TIEOUT_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %s\nwant %s", file, got, want)
	}
}

func TestUnreadableObjectsAreKept(t *testing.T) {
	t.Parallel()
	for raw, id := range map[string]string{
		`{"id":"ch_1","amount":{}}`: "ch_1",
		`{"id":7}`:                  "unreadable_",
		`"text"`:                    "unreadable_",
		`[]`:                        "unreadable_",
		`null`:                      "unreadable_",
		`{}`:                        "unreadable_",
	} {
		d := draft(receivables.KindCharge, json.RawMessage(raw), reading{order: 5})
		r := mapping.Accept(d)
		if r.Rejection == nil || r.Rejection.Reason != mapping.ReasonMalformed || !strings.HasPrefix(r.Ref.ID, id) || string(r.Raw) != raw {
			t.Errorf("%s: %+v", raw, r)
		}
	}
}

func TestMovementOrder(t *testing.T) {
	t.Parallel()
	raw := json.RawMessage(`{"id":"txn_1","amount":1,"fee":0,"net":1,"currency":"usd","type":"charge","created":1767225600}`)
	now := time.Unix(1767225600+5, 0).UnixMicro()
	if with, without := member(raw, "po_1", reading{order: now}), draft(receivables.KindBalanceTransaction, raw, reading{order: now + 9}); with.Order <= without.Order {
		t.Errorf("a reading without the payout (%d) replaces one with it (%d)", without.Order, with.Order)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	for code, c := range map[money.Currency]struct {
		digits            int
		stripe, model     int64
		stripeBad, badOut int64 // what does not convert in, and out
	}{
		"USD": {2, 1234, 1234, 0, 0},
		"JPY": {0, 500, 500, 0, 0},
		"ISK": {2, 100, 1, 150, 0},
		"UGX": {2, 10_000, 100, 10_001, 0},
		"KWD": {3, 5_120, 5_120, 0, 5_124},
		"MGA": {0, 3, 300, 0, 301},
		"HUF": {2, 17_500, 17_500, 0, 0},
		"LYD": {2, 5, 50, 0, 51},
		"XOF": {0, 9, 9, 0, 0},
	} {
		if digits, ok := Scale(code); !ok || digits != c.digits {
			t.Errorf("Scale(%s) = %d %v, want %d", code, digits, ok, c.digits)
		}
		if got, err := fromStripe(c.stripe, code); err != nil || got != c.model {
			t.Errorf("fromStripe(%d, %s) = %d %v, want %d", c.stripe, code, got, err, c.model)
		}
		if got, err := toStripe(c.model, code); err != nil || got != c.stripe {
			t.Errorf("toStripe(%d, %s) = %d %v, want %d", c.model, code, got, err, c.stripe)
		}
		if _, err := fromStripe(c.stripeBad, code); (err != nil) != (c.stripeBad != 0) {
			t.Errorf("fromStripe(%d, %s): %v", c.stripeBad, code, err)
		}
		if _, err := toStripe(c.badOut, code); (err != nil) != (c.badOut != 0) {
			t.Errorf("toStripe(%d, %s): %v", c.badOut, code, err)
		}
	}
	if _, ok := Scale("XXQ"); ok {
		t.Error("Scale knows XXQ")
	}
	if _, err := fromStripe(math.MaxInt64, "MGA"); err == nil {
		t.Error("an overflow was not seen")
	}
}

func TestCheckKey(t *testing.T) {
	t.Parallel()
	v := New(Config{})
	for key, want := range map[string]struct{ ok, live bool }{
		"sk_test_4eC39HqLyjWD": {true, false}, "rk_test_4eC39HqLyjWD": {true, false},
		"sk_live_4eC39HqLyjWD": {true, true}, "rk_live_4eC39HqLyjWD": {true, true},
		"": {}, "pk_live_4eC39HqLyjWD": {}, "whsec_abcdefghijk": {}, "sk_live_": {}, " sk_live_4eC39HqLyjWD": {},
		"sk_live_4eC39HqLyjWD\n": {}, "sk_prod_4eC39HqLyjWD": {}, "Bearer sk_live_4eC39HqLyjWD": {},
	} {
		problem, live := v.CheckKey(key)
		if (problem == "") != want.ok || live != want.live {
			t.Errorf("CheckKey(%q) = %q, %v", key, problem, live)
		}
		if len(key) > 10 && strings.Contains(problem, key) {
			t.Errorf("the problem repeats the key: %q", problem)
		}
	}
}

func BenchmarkMapMovements(b *testing.B) {
	raw, err := os.ReadFile(filepath.Join("testdata", "movement-converted.json"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if r := mapping.Accept(draft(receivables.KindBalanceTransaction, raw, reading{order: 1})); r.Rejection != nil {
			b.Fatal(r.Rejection)
		}
	}
}
