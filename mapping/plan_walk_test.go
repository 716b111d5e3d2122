package mapping_test

import (
	"compress/gzip"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/receivables"
)

// stripeData gives the folder of Stripe's official descriptions and of
// recordings; the test is skipped where there is none.
func stripeData(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", root)
	}
	dir := filepath.Join(root, "specs", "stripe")
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("test data is required: %v", err)
		}
		t.Skipf("no test data: %v", err)
	}
	return dir
}

// readJSON reads a file, packed or not.
func readJSON(t *testing.T, file string) any {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var value any
	if !strings.HasSuffix(file, ".gz") {
		if err := json.NewDecoder(f).Decode(&value); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		return value
	}
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(unpacked).Decode(&value); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return value
}

// under gives what stands at a path of keys, nil where nothing does.
func under(value any, path ...string) any {
	for _, key := range path {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

func texts(value any) []string {
	list, _ := value.([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// TestTableNamesEverything: each type of a balance transaction and each
// reporting category in Stripe's own description has its row.
func TestTableNamesEverything(t *testing.T) {
	t.Parallel()
	dir := stripeData(t)
	types, categories := map[string]bool{}, map[string]bool{}
	for _, row := range mapping.Table() {
		categories[row.Category] = true
		for _, kind := range row.Types {
			types[kind] = true
		}
	}
	for _, file := range []string{"spec3.2023-10-16.json.gz", "spec3.2026-08-26.dahlia.json.gz"} {
		spec := readJSON(t, filepath.Join(dir, file))
		official := texts(under(spec, "components", "schemas", "balance_transaction", "properties", "type", "enum"))
		named := texts(under(spec, "paths", "/v1/reporting/report_runs", "post", "requestBody", "content", "application/x-www-form-urlencoded",
			"schema", "properties", "parameters", "properties", "reporting_category", "enum"))
		if len(official) < 40 || len(named) < 37 {
			t.Fatalf("%s: %d types, %d categories: the description was not understood", file, len(official), len(named))
		}
		for _, kind := range official {
			if !types[kind] {
				t.Errorf("%s: no row has the type %q", file, kind)
			}
		}
		for _, category := range named {
			if !categories[category] {
				t.Errorf("%s: no row is for the category %q", file, category)
			}
		}
	}
}

// TestRecordedMovements: each balance transaction that was ever recorded is of
// a planned row, or an exception under its own name.
func TestRecordedMovements(t *testing.T) {
	t.Parallel()
	dir, seen := stripeData(t), map[string]bool{}
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		base := filepath.Base(file)
		if err != nil || entry.IsDir() || strings.HasPrefix(base, "spec3") || strings.HasPrefix(base, "shapes") || !strings.Contains(base, ".json") {
			return err
		}
		collect(readJSON(t, file), func(kind, category string) { seen[category+"/"+kind] = true })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 15 {
		t.Fatalf("only %d kinds of movements were found", len(seen))
	}
	for pair := range seen {
		category, kind, _ := strings.Cut(pair, "/")
		checkNamed(t, category, kind)
	}
}

// collect calls found for each balance transaction inside a body.
func collect(value any, found func(kind, category string)) {
	switch v := value.(type) {
	case map[string]any:
		kind, _ := v["type"].(string)
		category, _ := v["reporting_category"].(string)
		if v["object"] == "balance_transaction" && category != "" {
			found(kind, category)
		}
		for _, inner := range v {
			collect(inner, found)
		}
	case []any:
		for _, inner := range v {
			collect(inner, found)
		}
	}
}

// TestEveryPair: whatever pair of category and type Stripe sends, known or
// not, it is of a planned row or an exception under one of the two names.
func TestEveryPair(t *testing.T) {
	t.Parallel()
	types, categories := []string{"", "novelty"}, []string{"novelty"}
	for _, row := range mapping.Table() {
		types = append(types, row.Types...)
		categories = append(categories, row.Category)
	}
	for _, category := range categories {
		for _, kind := range types {
			checkNamed(t, category, kind)
		}
	}
}

// checkNamed checks the plan for a bare movement of a category and type.
func checkNamed(t *testing.T, category, kind string) {
	t.Helper()
	c := cardCase(time.UTC, func(c *mapping.Case) {
		c.Movement.Category, c.Movement.Type = category, kind
		c.Charge, c.Matches = nil, nil
	})
	p := mapping.PlanFor(c)
	if p.Why == "" && p.Verdict != mapping.Booked {
		t.Errorf("%s/%s: %s without a reason", category, kind, p.Verdict)
	}
	if i := slices.IndexFunc(mapping.Table(), func(r mapping.Row) bool { return r.Category == category && r.Planned() }); i >= 0 {
		if slices.Contains(mapping.Table()[i].Types, kind) {
			return
		}
		if p.Kind != kind && kind != "" {
			t.Errorf("%s/%s: %+v, want an exception called after the type", category, kind, p)
		}
	} else if want := category; p.Kind != want && want != "" {
		t.Errorf("%s/%s: %+v, want an exception called after the category", category, kind, p)
	}
	if p.Verdict != mapping.Exception || p.Kind == "" || len(p.Bookings) > 0 {
		t.Errorf("%s/%s: %+v, want a named exception", category, kind, p)
	}
}

// TestTableRows: a category has one row, and says what it is.
func TestTableRows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range mapping.Table() {
		if seen[row.Category] || row.Title == "" || row.Text == "" || row.Planned() && len(row.Types) == 0 {
			t.Errorf("row %q is doubled or incomplete", row.Category)
		}
		seen[row.Category] = true
	}
	if p := mapping.PlanFor(mapping.Case{Movement: receivables.BalanceTransaction{ID: "txn_1"}}); p.Verdict != mapping.Exception || p.Kind != "unnamed" {
		t.Errorf("a movement without any name: %+v", p)
	}
}
