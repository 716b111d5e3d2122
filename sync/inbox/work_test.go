package inbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// office is a connection: its vendor, its rows, and what was kept of it.
type office struct {
	connectors.Session
	rows    []Row
	asked   [][]string
	kept    []mapping.Record
	changed []string
	fail    func(ids []string) error
}

// Fetch reads the invoices, in a body of their own.
func (o *office) Fetch(_ context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	var ids []string
	var out []mapping.Draft
	for _, r := range refs {
		ids = append(ids, r.ID)
		out = append(out, mapping.Draft{Kind: r.Kind, ID: r.ID, Order: 5, Problem: "the vendor does not know it"})
	}
	o.asked = append(o.asked, ids)
	if o.fail != nil {
		if err := o.fail(ids); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (o *office) Hooked(context.Context, string, time.Time) (map[string]time.Time, error) {
	return nil, errors.New("not asked for here")
}

func (o *office) NewEvents(_ context.Context, _, _ string, now time.Time, limit int) ([]Row, error) {
	var out []Row
	for _, r := range o.rows {
		if r.State == StateNew && !r.NotBefore.After(now) && len(out) < limit {
			out = append(out, r)
		}
	}
	return out, nil
}

func (o *office) SettleEvents(_ context.Context, _ lease.Lease, rows []Row) error {
	for _, r := range rows {
		for i := range o.rows {
			if o.rows[i].Event.ID == r.Event.ID {
				o.rows[i] = r
			}
		}
	}
	return nil
}

// keeper is the part of pull's store that a targeted pull needs.
type keeper struct {
	pull.Store
	o *office
}

func (k keeper) SavePage(_ context.Context, _ lease.Lease, p pull.Page) (pull.Saved, error) {
	if p.Stream != "" || !p.Mark {
		return pull.Saved{}, errors.New("not a targeted pull")
	}
	k.o.kept = append(k.o.kept, p.Records...)
	saved := pull.Saved{Changed: map[receivables.Kind]int{}}
	for _, r := range p.Records {
		if slices.Contains(k.o.changed, r.Ref.ID) {
			saved.Changed[r.Ref.Kind]++
			saved.Objects = append(saved.Objects, r.Ref)
		}
	}
	return saved, nil
}

func invoiceEvent(id, invoice string) Row {
	return Row{State: StateNew, Event: connectors.Event{ID: id, Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: invoice}}}
}

func (o *office) run(now time.Time) (Result, error) {
	w := &Worker{Store: o, Session: o, Now: func() time.Time { return now }, Puller: &pull.Puller{Store: keeper{o: o}, Now: func() time.Time { return now }}}
	return w.Run(context.Background(), func(context.Context) (lease.Lease, error) { return lease.Lease{}, nil })
}

func (o *office) states() string {
	out := ""
	for _, r := range o.rows {
		out += fmt.Sprintf("%s:%s ", r.Event.ID, r.State)
		if r.Changed {
			out += "changed "
		}
	}
	return out
}

// TestOneTargetedPull: many events about few objects lead to one reading of
// each, and those that tell nothing new are echoes.
func TestOneTargetedPull(t *testing.T) {
	t.Parallel()
	o := &office{rows: []Row{invoiceEvent("a", "1"), invoiceEvent("b", "2"), invoiceEvent("c", "1")}, changed: []string{"2"}}
	got, err := o.run(testNow)
	if err != nil || got.Events != 3 || got.Echoes != 2 || got.Changed[receivables.KindInvoice] != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if fmt.Sprint(o.asked) != "[[1 2]]" || o.states() != "a:done b:done changed c:done " {
		t.Errorf("asked for %v, then %s", o.asked, o.states())
	}
	if again, err := o.run(testNow); err != nil || again.Events != 0 || len(o.asked) != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
}

// TestDeletedByEvent: what the vendor does not know any more is deleted when its
// event says so, and a rejection otherwise.
func TestDeletedByEvent(t *testing.T) {
	t.Parallel()
	gone := invoiceEvent("a", "1")
	gone.Event.Deleted = true
	o := &office{rows: []Row{gone, invoiceEvent("b", "2")}}
	if _, err := o.run(testNow); err != nil {
		t.Fatal(err)
	}
	if len(o.kept) != 2 || !o.kept[0].Deleted || o.kept[0].Rejection != nil || o.kept[1].Deleted || o.kept[1].Rejection == nil {
		t.Errorf("kept %+v", o.kept)
	}
}

// TestOneBadObject does not keep the others out.
func TestOneBadObject(t *testing.T) {
	t.Parallel()
	bad := &connectors.Failure{Class: connectors.ClassRequest, Text: "no such id"}
	o := &office{rows: []Row{invoiceEvent("a", "1"), invoiceEvent("b", "2"), invoiceEvent("c", "3")}, fail: func(ids []string) error {
		if slices.Contains(ids, "2") {
			return bad
		}
		return nil
	}}
	if _, err := o.run(testNow); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(o.asked) != "[[1 2 3] [1] [2] [3]]" || o.states() != "a:done b:ignored c:done " || o.rows[1].Why == "" {
		t.Errorf("asked for %v, then %s, why %q", o.asked, o.states(), o.rows[1].Why)
	}
	alone := &office{rows: []Row{invoiceEvent("a", "1")}, fail: func([]string) error { return bad }}
	if _, err := alone.run(testNow); err != nil || alone.states() != "a:ignored " || len(alone.asked) != 1 {
		t.Errorf("alone: %v, %s after %v", err, alone.states(), alone.asked)
	}
}

// TestTroubleOfTheVendor delays the events, longer each time, and leaves them to
// the other pulls in the end.
func TestTroubleOfTheVendor(t *testing.T) {
	t.Parallel()
	o := &office{rows: []Row{invoiceEvent("a", "1"), invoiceEvent("b", "2")}, fail: func([]string) error {
		return &connectors.Failure{Class: connectors.ClassRetry, Text: "no answer"}
	}}
	at := testNow
	for try := 1; try <= maxTries; try++ {
		if _, err := o.run(at); connectors.ClassOf(err) != connectors.ClassRetry {
			t.Fatalf("try %d: %v", try, err)
		}
		if r := o.rows[0]; r.Tries != try || r.NotBefore.Sub(at) != firstPause<<try {
			t.Fatalf("try %d: %+v", try, r)
		}
		if early, err := o.run(at); err != nil || early.Events != 0 || len(o.asked) != try {
			t.Fatalf("before its time: %+v, %v", early, err)
		}
		at = o.rows[0].NotBefore
	}
	if o.states() != "a:ignored b:ignored " {
		t.Errorf("in the end %s", o.states())
	}
	until := testNow.Add(24 * time.Hour)
	later := &office{rows: []Row{invoiceEvent("a", "1")}, fail: func([]string) error {
		return &connectors.Failure{Class: connectors.ClassLater, At: until}
	}}
	if _, err := later.run(testNow); err == nil || !later.rows[0].NotBefore.Equal(until) {
		t.Errorf("a limit: %v, again at %s", err, later.rows[0].NotBefore)
	}
	lost := &office{rows: []Row{invoiceEvent("a", "1")}, fail: func([]string) error {
		return &connectors.Failure{Class: connectors.ClassReconnect}
	}}
	if _, err := lost.run(testNow); connectors.ClassOf(err) != connectors.ClassReconnect || lost.states() != "a:new " || lost.rows[0].Tries != 0 {
		t.Errorf("a lost consent: %v, %s", err, lost.states())
	}
}
