package local

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestScan looks at what is due at once, then every second, until the end.
func TestScan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var looks []time.Duration
		begin := time.Now()
		d := New(func(context.Context) error { looks = append(looks, time.Since(begin)); return nil }, func(err error) { t.Error(err) })
		ended := make(chan struct{})
		go func() { d.Run(ctx); close(ended) }()
		<-time.After(2500 * time.Millisecond)
		cancel()
		<-ended
		want := []time.Duration{0, time.Second, 2 * time.Second}
		if len(looks) != len(want) {
			t.Fatalf("looked at %v, want %v", looks, want)
		}
		for i := range want {
			if looks[i] != want[i] {
				t.Errorf("looked at %v, want %v", looks, want)
			}
		}
	})
}

// TestHint shortens the wait; many hints while one waits, or while it is at
// work, are one.
func TestHint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		looks, gate := 0, make(chan struct{}, 10)
		d := New(func(context.Context) error { looks++; <-gate; return nil }, func(err error) { t.Error(err) })
		go d.Run(ctx)
		gate <- struct{}{}
		synctest.Wait()
		if looks != 1 {
			t.Fatalf("%d looks, want 1", looks)
		}
		d.Hint() // is at work from here on
		synctest.Wait()
		for range 5 {
			d.Hint()
		}
		gate <- struct{}{}
		gate <- struct{}{}
		synctest.Wait()
		if looks != 3 {
			t.Errorf("%d looks after a hint, and five while at work; want 3", looks)
		}
	})
}

// TestFailure is told, and the next scan tries again.
func TestFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		broken := errors.New("the database is away")
		looks, told := 0, []error{}
		d := New(func(context.Context) error {
			if looks++; looks <= 2 {
				return broken
			}
			return nil
		}, func(err error) { told = append(told, err) })
		go d.Run(ctx)
		<-time.After(3500 * time.Millisecond)
		synctest.Wait()
		if looks != 4 || len(told) != 2 || !errors.Is(told[0], broken) {
			t.Errorf("%d looks, told %v", looks, told)
		}
	})
}

// TestEnd: what was begun is finished, its end is no failure, and nothing is
// begun afterwards; two looks never overlap.
func TestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var at, looks atomic.Int32
		finished := false
		d := New(func(ctx context.Context) error {
			if at.Add(1) != 1 {
				t.Error("two looks at once")
			}
			defer at.Add(-1)
			looks.Add(1)
			<-ctx.Done()
			<-time.After(5 * time.Second)
			finished = true
			return ctx.Err()
		}, func(err error) { t.Errorf("told %v", err) })
		ended := make(chan struct{})
		go func() { d.Run(ctx); close(ended) }()
		synctest.Wait()
		d.Hint()
		cancel()
		<-ended
		if !finished || looks.Load() != 1 {
			t.Errorf("finished %v, %d looks", finished, looks.Load())
		}
		d.Hint() // nobody listens, and it does not block
		d.Hint()
		d.Run(ctx)
		if looks.Load() != 1 {
			t.Error("it looked after its end")
		}
	})
}
