package store

import (
	"database/sql/driver"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestInstantSorts checks that the text of instants sorts by time and comes
// back to the microsecond.
func TestInstantSorts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.Int64Range(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro())
		zone := time.FixedZone("x", rapid.IntRange(-12*3600, 14*3600).Draw(t, "zone"))
		a, b := time.UnixMicro(gen.Draw(t, "a")).In(zone), time.UnixMicro(gen.Draw(t, "b"))
		x, y := written(t, instant(a)), written(t, instant(b))
		if (x < y) != a.Before(b) {
			t.Fatalf("%s and %s sort as %q and %q", a, b, x, y)
		}
		var back instant
		if err := back.Scan(x); err != nil || !back.time().Equal(a) {
			t.Fatalf("%s came back as %s, %v", a, back.time(), err)
		}
	})
}

func written(t *rapid.T, v driver.Valuer) string {
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	text, _ := value.(string)
	return text
}

// TestReplaceNul checks that only the escape of NUL is replaced.
func TestReplaceNul(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`"a\u0000b"`: `"a\ufffdb"`, `"a\\u0000b"`: `"a\\u0000b"`, `"\\\u0000"`: `"\\\ufffd"`, `"\u00001"`: `"\ufffd1"`, `"\n"`: `"\n"`,
	} {
		if got := string(replaceNul([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// TestDialect checks the two forms of a statement.
func TestDialect(t *testing.T) {
	t.Parallel()
	const in = `select 1 from a where b in list($2) and c in numbers($13) /*lock*/`
	for want, d := range map[string]dialect{
		`select 1 from a where b = any (cast($2 as text[])) and c = any (cast($13 as bigint[])) for update`:         postgresDialect(),
		`select 1 from a where b in (select value from json_each($2)) and c in (select value from json_each($13)) `: sqliteDialect(),
	} {
		if got := d.text(in); got != want {
			t.Errorf("%s: %q, want %q", d.name, got, want)
		}
	}
}

// TestGrowth checks when a table is looked at.
func TestGrowth(t *testing.T) {
	t.Parallel()
	var g growth
	looks := 0
	for range 100 {
		looks += len(g.due(map[string]int{"a": 1000, "b": 1}))
	}
	if looks != 7 {
		t.Errorf("100,000 rows in steps of 1,000 were looked at %d times, want 7: at 1, 2, 4, ... 64 thousand", looks)
	}
}

func TestListsAsOneParameter(t *testing.T) {
	t.Parallel()
	texts := []string{`a"b\c`, "NULL", "{,}", "", "n\x00il"}
	for name, c := range map[string]struct {
		dialect        dialect
		texts, numbers string
	}{
		"postgres": {postgresDialect(), `{"a\"b\\c","NULL","{,}","","n�il"}`, "{-1,20}"},
		"sqlite":   {sqliteDialect(), `["a\"b\\c","NULL","{,}","","n�il"]`, "[-1,20]"},
	} {
		got := c.dialect.parameters([]any{texts, []int64{-1, 20}, []string{}})
		if got[0] != c.texts || got[1] != c.numbers || got[2] != c.dialect.brackets {
			t.Errorf("%s: %q", name, got)
		}
	}
}
