package demo_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/testdb"
)

// The story ends the same on both databases, to the last figure. What the
// judge finds true of one is therefore true of the other.
func TestEnginesTellTheSame(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]func(*testing.T) demo.Options{
		"generated": func(*testing.T) demo.Options { return demo.Options{Seed: 3, Invoices: 20} },
		"recorded":  func(t *testing.T) demo.Options { return demo.Options{Seed: 1, Data: []string{recording(t)}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sqlite, postgres := options(t), options(t)
			postgres.Database = databases.Address(t)
			here, there := story(t, sqlite), story(t, postgres)
			if here != there {
				t.Errorf("on SQLite:\n%s\non PostgreSQL:\n%s", here, there)
			}
		})
	}
}

// recording is the folder of a recorded company, or a skip where there is
// none.
func recording(t *testing.T) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(root, "specs", "quickbooks", "json", "nango")
	if _, err := os.Stat(path); err != nil {
		if testdb.Required("data") {
			t.Fatalf("recordings required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return path
}

// story plays the whole demo and gives its summary as text, without what is
// made of randomness or names the database.
func story(t *testing.T, o demo.Options) string {
	t.Helper()
	o.Clock, o.Random = clock.At(testNow), seeded(1)
	d, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := d.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Proof {
		if l.Open() {
			t.Errorf("%s: %s %s: unexplained %s, measured %t: %s", l.Book, l.Check, l.Currency, l.Unexplained, l.Measured, l.Why)
		}
	}
	if s.SecondSync.Written != 0 || s.SecondSync.Changed != 0 {
		t.Errorf("the second sync: %+v", s.SecondSync)
	}
	s.Database = ""
	for i := range s.Connections {
		s.Connections[i].ID = ""
	}
	for i := range s.Books {
		s.Books[i].ID, s.Books[i].Ledger = "", ""
	}
	slices.SortFunc(s.Books, func(a, b demo.BookSummary) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortStableFunc(s.Proof, func(a, b app.ProofLine) int { return cmp.Compare(a.Book, b.Book) })
	text, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
