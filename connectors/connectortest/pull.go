package connectortest

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mostPages bounds the pages of one stream in the suite.
const mostPages = 300

// held is what a store would hold: the accepted records, in which a lower
// order never replaces a higher one.
type held map[receivables.Ref]mapping.Record

// take applies a page and fails the test on a rejection.
func (h held) take(t *testing.T, page connectors.Page) {
	t.Helper()
	for _, draft := range page.Drafts {
		record := mapping.Accept(draft)
		if record.Rejection != nil {
			t.Errorf("rejected: %s\n%s", record.Rejection.Text, record.Raw)
			continue
		}
		if before, ok := h[record.Ref]; !ok || before.Order <= record.Order {
			h[record.Ref] = record
		}
	}
}

// differs reports what two stores do not have in common.
func (h held) differs(t *testing.T, what string, other held) {
	t.Helper()
	for ref, record := range h {
		again, ok := other[ref]
		switch {
		case !ok:
			t.Errorf("%s: %s %s is missing", what, ref.Kind, ref.ID)
		case again.Deleted != record.Deleted || !reflect.DeepEqual(again.Entity, record.Entity):
			t.Errorf("%s: %s %s is\n%+v, not\n%+v", what, ref.Kind, ref.ID, again.Entity, record.Entity)
		case !bytes.Equal(again.Raw, record.Raw):
			t.Errorf("%s: the body of %s %s is\n%s, not\n%s", what, ref.Kind, ref.ID, again.Raw, record.Raw)
		}
	}
	for ref := range other {
		if _, ok := h[ref]; !ok {
			t.Errorf("%s: %s %s is too many", what, ref.Kind, ref.ID)
		}
	}
}

// pass pulls every stream to its end with one page after another read by read.
func pass(t *testing.T, s connectors.Session, cursors map[string]connectors.Cursor, into held,
	read func(stream string, cursor connectors.Cursor) connectors.Page,
) (pages int) {
	t.Helper()
	first := len(cursors) == 0
	for _, stream := range s.Streams() {
		if stream.Once && !first {
			continue
		}
		for n := 0; ; n++ {
			if n == mostPages {
				t.Fatalf("%s does not come to an end", stream.Name)
			}
			page := read(stream.Name, cursors[stream.Name])
			pages++
			into.take(t, page)
			cursors[stream.Name] = page.Cursor
			if !page.More {
				break
			}
		}
	}
	return pages
}

// plainly reads a page and ends the test when that fails.
func plainly(t *testing.T, s connectors.Session) func(string, connectors.Cursor) connectors.Page {
	t.Helper()
	return func(stream string, cursor connectors.Cursor) connectors.Page {
		t.Helper()
		page, err := s.Pull(context.Background(), stream, cursor)
		if err != nil {
			t.Fatalf("pull %s after %s: %v", stream, cursor, err)
		}
		return page
	}
}

// filled pulls a filled company without any disturbance.
func filled(t *testing.T, w *World) (held, map[string]connectors.Cursor) {
	t.Helper()
	w.Fill()
	s, into, cursors := w.open(&line{}), held{}, map[string]connectors.Cursor{}
	pages := pass(t, s, cursors, into, plainly(t, s))
	if streams := len(s.Streams()); pages <= streams {
		t.Fatalf("%d pages in %d streams: Fill makes no stream of several pages", pages, streams)
	}
	return into, cursors
}

// resumes cuts each page at its first call, then at its second, until it gets
// through; each attempt is a new session, which knows the saved cursor only.
func resumes(t *testing.T, w *World) {
	want, _ := filled(t, w)
	got, cuts := held{}, 0
	pass(t, w.open(&line{}), map[string]connectors.Cursor{}, got, func(stream string, cursor connectors.Cursor) connectors.Page {
		for from := 1; from <= mostPages; from++ {
			wire := &line{cutFrom: from}
			page, err := w.open(wire).Pull(context.Background(), stream, bytes.Clone(cursor))
			if wire.cuts == 0 {
				if err != nil {
					t.Fatalf("pull %s after %s: %v", stream, cursor, err)
				}
				return page
			}
			cuts++
			// A session may make do with what came before the cut; that page
			// is as good as a whole one.
			if err == nil {
				return page
			}
			if class := connectors.ClassOf(err); class != connectors.ClassRetry && class != connectors.ClassLater {
				t.Fatalf("pull %s, cut at call %d: class %s: %v", stream, from, class, err)
			}
		}
		t.Fatalf("pull %s never gets through", stream)
		return connectors.Page{}
	})
	if cuts == 0 {
		t.Error("no call was cut")
	}
	want.differs(t, "after cuts", got)
}

// repeats reads each page twice from the same cursor, then everything again.
func repeats(t *testing.T, w *World) {
	want, cursors := filled(t, w)
	got := held{}
	s := w.open(&line{})
	read := plainly(t, s)
	again := func(stream string, cursor connectors.Cursor) connectors.Page {
		got.take(t, read(stream, bytes.Clone(cursor)))
		return read(stream, cursor)
	}
	pass(t, s, map[string]connectors.Cursor{}, got, again)
	want.differs(t, "each page twice", got)
	pass(t, s, map[string]connectors.Cursor{}, got, read)
	want.differs(t, "all again", got)
	pass(t, s, cursors, got, read)
	want.differs(t, "an idle pass", got)
}

// amounts compares every amount with the stand-in's own.
func amounts(t *testing.T, w *World) {
	got, _ := filled(t, w)
	truth := w.Truth()
	if len(truth) == 0 {
		t.Fatal("the stand-in holds nothing")
	}
	for _, object := range truth {
		record, ok := got[object.Ref]
		if !ok {
			t.Errorf("%s %s was not pulled", object.Ref.Kind, object.Ref.ID)
			continue
		}
		members := membersOf(t, record.Entity)
		var code string
		if err := json.Unmarshal(members["currency"], &code); err != nil {
			t.Fatalf("%s has no currency: %v", object.Ref.Kind, err)
		}
		digits, _ := money.ISO(money.Currency(code))
		for name, text := range object.Amounts {
			want, err := decimal.NewFromString(text)
			if err != nil {
				t.Fatalf("the stand-in's %s of %v: %v", name, object.Ref, err)
			}
			minor, err := decimal.NewFromString(string(members[name]))
			if members[name] == nil {
				minor, err = decimal.Zero, nil // left out when it is 0
			}
			if err != nil || !minor.Shift(-int32(digits)).Equal(want) {
				t.Errorf("%s of %s %s is %s minor units, the stand-in says %s", name, object.Ref.Kind, object.Ref.ID, members[name], text)
			}
		}
	}
}

func membersOf(t *testing.T, entity receivables.Entity) map[string]json.RawMessage {
	t.Helper()
	text, err := json.Marshal(entity)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// unknown puts a member that nobody knows into every object and looks for it
// in what would be stored.
func unknown(t *testing.T, w *World) {
	want, _ := filled(t, w)
	s, got := w.open(&line{rewrite: withStrange}), held{}
	pass(t, s, map[string]connectors.Cursor{}, got, plainly(t, s))
	for ref, record := range got {
		if len(record.Raw) > 0 && !bytes.Contains(record.Raw, []byte(strange)) {
			t.Errorf("%s %s lost a field that we do not know: %s", ref.Kind, ref.ID, record.Raw)
		}
		if before, ok := want[ref]; !ok || !reflect.DeepEqual(before.Entity, record.Entity) {
			t.Errorf("a field that we do not know changed %s %s:\n%+v\n%+v", ref.Kind, ref.ID, before.Entity, record.Entity)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d objects with unknown fields, %d without", len(got), len(want))
	}
}

// deletions removes objects and pulls what has changed.
func deletions(t *testing.T, w *World) {
	if w.Remove == nil {
		t.Skip("nothing that the vendor's streams bring is ever deleted")
	}
	got, cursors := filled(t, w)
	removed := w.Remove()
	if len(removed) == 0 {
		t.Fatal("nothing was removed")
	}
	for _, ref := range removed {
		if record, ok := got[ref]; !ok || gone(t, record) {
			t.Errorf("%s %s was not there before it was removed", ref.Kind, ref.ID)
		}
	}
	s := w.open(&line{})
	pass(t, s, cursors, got, plainly(t, s))
	for _, ref := range removed {
		if !gone(t, got[ref]) {
			t.Errorf("%s %s was removed, and still is %+v", ref.Kind, ref.ID, got[ref].Entity)
		}
	}
}

// gone says whether a record is deleted or its state no longer counts.
func gone(t *testing.T, record mapping.Record) bool {
	t.Helper()
	if record.Deleted || record.Entity == nil {
		return record.Deleted
	}
	var state receivables.State
	if text, ok := membersOf(t, record.Entity)["state"]; ok {
		if err := json.Unmarshal(text, &state); err != nil {
			t.Fatal(err)
		}
	}
	return state == receivables.StateVoid || state == receivables.StateDeleted
}
