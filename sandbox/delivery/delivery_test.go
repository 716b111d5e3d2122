package delivery_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/delivery"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// receiver answers posts as a table says and remembers their bodies.
type receiver struct {
	answers []int // 0 is a broken connection; the last one repeats
	bodies  []string
}

func (r *receiver) Do(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.bodies = append(r.bodies, string(body))
	status := http.StatusOK
	if len(r.answers) > 0 {
		status = r.answers[0]
		if len(r.answers) > 1 {
			r.answers = r.answers[1:]
		}
	}
	if status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("ok"))}, nil
}

type bench struct {
	*delivery.Queue
	clock   *clock.Adjustable
	to      *receiver
	results []delivery.Result
}

func newBench(opt delivery.Options, answers ...int) *bench {
	b := &bench{clock: clock.At(start), to: &receiver{answers: answers}}
	opt.Clock, opt.Client, opt.Seed = b.clock, b.to, 7
	b.Queue = delivery.New(opt)
	return b
}

func (b *bench) message(id string) delivery.Message {
	return delivery.Message{
		ID: id, Endpoint: "we_1", Label: "invoice.paid", URL: "http://127.0.0.1:1/hook",
		Make: func(n int, now time.Time) (delivery.Post, bool) {
			return delivery.Post{Header: http.Header{"X-Try": {fmt.Sprint(n)}}, Body: fmt.Appendf(nil, "%s/%d/%d", id, n, now.Sub(start)/time.Second)}, true
		},
		Done: func(r delivery.Result) { b.results = append(b.results, r) },
	}
}

func (b *bench) expect(t *testing.T, want ...string) {
	t.Helper()
	b.Deliver(context.Background())
	if !slices.Equal(b.to.bodies, want) {
		t.Fatalf("posted %q, want %q", b.to.bodies, want)
	}
	b.to.bodies = nil
}

func every(wait time.Duration, most int) func(int) (time.Duration, bool) {
	return func(n int) (time.Duration, bool) { return wait, n < most }
}

func TestRetriesFollowTheMovedClock(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{Retries: every(time.Minute, 4)}, 500, 0, 302, 200)
	b.Enqueue(b.message("a"))
	b.expect(t, "a/1/0")
	b.clock.Advance(59 * time.Second)
	b.expect(t)
	b.clock.Advance(time.Second)
	b.expect(t, "a/2/60")
	b.clock.Advance(time.Hour) // both missed times are made up for
	b.expect(t, "a/3/3660", "a/4/3660")
	last := b.results[3]
	if !last.OK || !last.Final || last.Attempt != 4 || b.results[0].Final || b.results[1].Err == nil || b.results[2].OK {
		t.Fatalf("results %+v", b.results)
	}
	if log := b.Log(); len(log) != 1 || log[0].State != delivery.StateDelivered || len(log[0].Attempts) != 4 {
		t.Fatalf("log %+v", log)
	}
}

func TestGivesUp(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{Retries: every(time.Minute, 2)}, 500)
	b.Enqueue(b.message("a"))
	b.Deliver(t.Context())
	b.clock.Advance(24 * time.Hour)
	if n := b.Deliver(t.Context()); n != 1 {
		t.Fatalf("%d posts after the first", n)
	}
	if r := b.results[1]; r.OK || !r.Final || b.Log()[0].State != delivery.StateGivenUp {
		t.Fatalf("result %+v", r)
	}
	if _, waits := b.Next(); waits {
		t.Fatal("something still waits")
	}
}

func TestInOrderHoldsBack(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		inOrder bool
		want    []string
	}{{true, []string{"a/1/0"}}, {false, []string{"a/1/0", "b/1/0"}}} {
		b := newBench(delivery.Options{InOrder: c.inOrder, Retries: every(time.Minute, 9)}, 500, 200)
		b.Enqueue(b.message("a"))
		b.Enqueue(b.message("b"))
		b.expect(t, c.want...)
		b.Retry("we_1")
		if c.inOrder {
			b.expect(t, "a/2/0", "b/1/0")
		} else {
			b.expect(t, "a/2/0")
		}
	}
}

func TestOrderSurvivesARetry(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{InOrder: true, Retries: every(time.Minute, 9)}, 500, 200)
	b.Enqueue(b.message("a"))
	b.expect(t, "a/1/0")
	for i := range 70 { // more than one round
		b.Enqueue(b.message(fmt.Sprintf("b%02d", i)))
	}
	b.expect(t)
	b.clock.Advance(time.Minute)
	b.Deliver(t.Context())
	if got := b.to.bodies; len(got) != 71 || got[0] != "a/2/60" || !slices.IsSorted(got[1:]) {
		t.Errorf("posted %q", got)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault delivery.Fault
		want  []string
	}{
		{delivery.Fault{Kind: delivery.Lose, Times: 1}, []string{"b/1/0", "c/1/0"}},
		{delivery.Fault{Kind: delivery.Lose, Match: "customer"}, []string{"a/1/0", "b/1/0", "c/1/0"}},
		{delivery.Fault{Kind: delivery.Lose, Match: "invoice."}, nil},
		{delivery.Fault{Kind: delivery.Lose, Percent: 100}, nil},
		{delivery.Fault{Kind: delivery.Duplicate, Times: 1}, []string{"a/1/0", "b/1/0", "c/1/0", "a/2/0"}},
		{delivery.Fault{Kind: delivery.Delay, Times: 2, Seconds: 60}, []string{"c/1/0"}},
		{delivery.Fault{Kind: delivery.Tamper, Times: 1}, []string{"a/1/0 ", "b/1/0", "c/1/0"}},
	} {
		b := newBench(delivery.Options{})
		if err := b.Inject(c.fault); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"a", "b", "c"} {
			b.Enqueue(b.message(id))
		}
		b.expect(t, c.want...)
		if left := len(b.Faults()); (left == 0) != (c.fault.Times > 0) {
			t.Errorf("%+v: %d faults left", c.fault, left)
		}
	}
	b := newBench(delivery.Options{})
	for _, bad := range []delivery.Fault{{Kind: "eat"}, {Kind: delivery.Lose, Times: -1}, {Kind: delivery.Reorder, Times: 1}, {Kind: delivery.Lose, Percent: 101}} {
		if b.Inject(bad) == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func TestLostIsTold(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	if err := b.Inject(delivery.Fault{Kind: delivery.Lose, Times: 1}); err != nil {
		t.Fatal(err)
	}
	b.Enqueue(b.message("a"))
	b.expect(t)
	if len(b.results) != 1 || !b.results[0].Lost || !b.results[0].Final {
		t.Fatalf("results %+v", b.results)
	}
	if n, err := b.Redeliver(0, "a"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	b.expect(t, "a/1/0")
	if _, err := b.Redeliver(99, ""); err == nil {
		t.Fatal("an unknown message was redelivered")
	}
}

func TestReorder(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	if err := b.Inject(delivery.Fault{Kind: delivery.Reorder, Times: 3}); err != nil {
		t.Fatal(err)
	}
	b.Enqueue(b.message("a"))
	b.Enqueue(b.message("b"))
	b.expect(t) // held back
	b.Enqueue(b.message("c"))
	b.Deliver(t.Context())
	got := slices.Clone(b.to.bodies)
	want := []string{"a/1/0", "b/1/0", "c/1/0"}
	if slices.Equal(got, want) {
		t.Fatal("in order")
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("posted %q", got)
	}
}

func TestHeldPostsGoOutInTheEnd(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	if err := b.Inject(delivery.Fault{Kind: delivery.Reorder, Times: 3, Seconds: 10}); err != nil {
		t.Fatal(err)
	}
	b.Enqueue(b.message("a"))
	b.clock.Advance(10 * time.Second)
	b.expect(t, "a/1/10")
}

func TestBatch(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	batch := delivery.NewBatch(b.Queue, time.Second, 3, func(events []string) delivery.Message { return b.message(strings.Join(events, "+")) })
	b.Mute(true)
	batch.Add("past")
	b.Mute(false)
	batch.Add("a")
	batch.Add("b")
	b.expect(t)
	b.clock.Advance(time.Second)
	b.expect(t, "a+b/1/1")
	for _, e := range []string{"c", "d", "e", "f"} {
		batch.Add(e)
	}
	b.expect(t, "c+d+e/1/1")
	b.clock.Advance(time.Second)
	b.expect(t, "f/1/2")
}

func TestDisabledEndpointDropsWhatWaits(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	m := b.message("a")
	m.Make = func(int, time.Time) (delivery.Post, bool) { return delivery.Post{}, false }
	b.Enqueue(m)
	b.expect(t)
	if b.Log()[0].State != delivery.StateDropped {
		t.Fatalf("log %+v", b.Log())
	}
}

func TestRunDeliversOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(delivery.Options{})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx, time.Hour)
	}()
	told := make(chan delivery.Result, 1)
	m := b.message("a")
	m.Done = func(r delivery.Result) { told <- r }
	b.Enqueue(m)
	if r := <-told; !r.OK {
		t.Fatalf("result %+v", r)
	}
	stop()
	<-done
}
