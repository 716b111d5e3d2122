package xero

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

const updateGolden = "TIEOUT_UPDATE_GOLDEN"

// goldenCase is one hand-made element of a list.
type goldenCase struct {
	Stream  string          `json:"stream"`
	Home    money.Currency  `json:"home"`
	Element json.RawMessage `json:"element"`
}

type goldenResult struct {
	Kept      bool               `json:"kept"`
	Ref       receivables.Ref    `json:"ref"`
	Order     int64              `json:"order"`
	Deleted   bool               `json:"deleted,omitempty"`
	Entity    receivables.Entity `json:"entity,omitempty"`
	Rejection *mapping.Rejection `json:"rejection,omitempty"`
}

func TestMappingGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			golden(t, file)
		})
	}
}

func golden(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var c goldenCase
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	st, ok := findStream(c.Stream)
	if !ok {
		t.Fatalf("no stream %q", c.Stream)
	}
	m := mapper{home: c.Home, currencies: map[string]money.Currency{"a0000000-0000-4000-8000-000000000090": "USD"}}
	r := st.rows(m)(c.Element)
	record := mapping.Accept(r.draft)
	got, err := json.MarshalIndent(goldenResult{
		Kept: r.keep, Ref: record.Ref, Order: record.Order, Deleted: record.Deleted,
		Entity: record.Entity, Rejection: record.Rejection,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	path := strings.TrimSuffix(file, ".json") + ".golden.json"
	if os.Getenv(updateGolden) != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
