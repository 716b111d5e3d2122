package journal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tieout/sync/journal"
)

func chain(t *testing.T, n int) []journal.Line {
	t.Helper()
	var lines []journal.Line
	prev := ""
	for i := range n {
		l, err := journal.Seal(journal.Entry{
			Tenant: "main", Book: "b", Seq: int64(i + 1), At: time.Date(2026, 3, 2, 9, i, 0, 7, time.FixedZone("x", 3600)), Kind: journal.KindWrite,
			Who: "rule", Why: "a <b> & c", Request: []byte(`{"z":1, "a":"<&>"}`), Before: []byte("not JSON"), Prev: prev,
		})
		if err != nil {
			t.Fatal(err)
		}
		lines, prev = append(lines, l), l.Hash
	}
	return lines
}

func check(lines []journal.Line) error {
	c := journal.Chain{Tenant: "main", Book: "b"}
	for _, l := range lines {
		if _, err := c.Next(l); err != nil {
			return err
		}
	}
	return nil
}

func TestSealKeepsBodies(t *testing.T) {
	t.Parallel()
	l := chain(t, 1)[0]
	text := string(l.Bytes)
	for _, want := range []string{`"request":{"z":1,"a":"<&>"}`, `"before":"not JSON"`, `"at":"2026-03-02T08:00:00Z"`, `"why":"a <b> & c"`} {
		if !strings.Contains(text, want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	e, err := l.Open()
	if err != nil {
		t.Fatal(err)
	}
	again, err := journal.Seal(e)
	if err != nil || again.Hash != l.Hash {
		t.Errorf("sealed again: %s, %v, want %s", again.Hash, err, l.Hash)
	}
}

// Whatever is done to the lines of a chain, the first wrong one is named.
func TestBrokenChains(t *testing.T) {
	t.Parallel()
	whole := chain(t, 4)
	if err := check(whole); err != nil {
		t.Fatal(err)
	}
	changed := chain(t, 4)
	changed[1].Bytes = []byte(strings.Replace(string(changed[1].Bytes), `"rule"`, `"Rule"`, 1))
	rehashed := chain(t, 4)
	rehashed[1].Bytes = changed[1].Bytes
	rehashed[1].Hash = journal.Hash(changed[1].Bytes)
	swapped := chain(t, 4)
	swapped[1], swapped[2] = swapped[2], swapped[1]
	foreign := chain(t, 4)
	foreign[3].Bytes = []byte(strings.Replace(string(foreign[3].Bytes), `"book":"b"`, `"book":"c"`, 1))
	foreign[3].Hash = journal.Hash(foreign[3].Bytes)
	for name, c := range map[string]struct {
		lines []journal.Line
		want  string
	}{
		"changed":      {changed, "line 2: the journal is broken: its content"},
		"rehashed":     {rehashed, "line 3: the journal is broken: it does not follow"},
		"swapped":      {swapped, "line 2: the journal is broken: line 3 stands"},
		"removed":      {append(whole[:1:1], whole[2:]...), "line 2: the journal is broken: line 3 stands"},
		"another book": {foreign, "line 4: the journal is broken: it belongs to another book"},
		"no JSON":      {[]journal.Line{{Bytes: []byte("{"), Hash: journal.Hash([]byte("{"))}}, "line 1: the journal is broken"},
	} {
		err := check(c.lines)
		if !errors.Is(err, journal.ErrBroken) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	if got := journal.Actor(t.Context()); got != "" {
		t.Errorf("nobody acts as %q", got)
	}
	if got := journal.Actor(journal.As(t.Context(), "ada")); got != "ada" {
		t.Errorf("ada acts as %q", got)
	}
}
