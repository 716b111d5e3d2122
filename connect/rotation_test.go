package connect_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"
	"time"

	"tieout/connect"
	"tieout/connectors"
	"tieout/store"
	"tieout/sync/lease"
)

// errKilled is what a process sees of its own end: nothing is done after it.
var errKilled = errors.New("killed")

// dying is the store of a process that dies before or after one of its calls.
type dying struct {
	*store.Store
	at   string
	dead bool
}

func (d *dying) die(at string) error {
	if d.dead = d.dead || d.at == at; d.dead {
		return errKilled
	}
	return nil
}

func (d *dying) AcquireLease(ctx context.Context, l lease.Lease, now time.Time) (lease.Lease, bool, error) {
	if err := d.die("before the lease"); err != nil {
		return l, false, err
	}
	l, ok, err := d.Store.AcquireLease(ctx, l, now)
	if gone := d.die("after the lease"); gone != nil {
		return l, false, gone
	}
	return l, ok, err
}

func (d *dying) RotateGrant(ctx context.Context, spent string, g connect.Grant) (connect.Grant, bool, error) {
	if err := d.die("before the save"); err != nil {
		return g, false, err
	}
	stands, taken, err := d.Store.RotateGrant(ctx, spent, g)
	if gone := d.die("after the save"); gone != nil {
		return g, false, gone
	}
	return stands, taken, err
}

func (d *dying) ReleaseLease(ctx context.Context, l lease.Lease) error {
	if err := d.die("before the release"); err != nil {
		return err
	}
	return d.Store.ReleaseLease(ctx, l)
}

// TestRotationIsCut ends a process at every point of a rotation, with a vendor
// that takes a spent token for a while (Xero: 30 minutes) and with one that does
// not. The next process has a token that works or, where the vendor has changed
// the token and nobody heard of it, says that a person has to connect again.
func TestRotationIsCut(t *testing.T) {
	t.Parallel()
	for at, heard := range map[string]bool{
		"before the lease": true, "after the lease": true, "request lost": true, "answer lost": false,
		"before the save": false, "after the save": true, "before the release": true,
	} {
		for _, grace := range []time.Duration{0, 30 * time.Minute} {
			t.Run(at+" "+grace.String(), func(t *testing.T) {
				t.Parallel()
				engines.Each(t, func(t *testing.T, s *store.Store) { rotationIsCut(t, s, at, grace, heard || grace > 0) })
			})
		}
	}
}

func rotationIsCut(t *testing.T, s *store.Store, at string, grace time.Duration, recovers bool) {
	r := newRigOn(t, s, grace)
	g := r.connected()
	r.clock.Advance(29 * time.Minute)
	switch at {
	case "request lost":
		r.set(func(r *rig) { r.down = true })
	case "answer lost":
		r.set(func(r *rig) { r.unheard = true })
	}
	if token, err := r.process(&dying{Store: s, at: at}).Tokens(g.ID).Token(r.ctx); err == nil {
		t.Fatalf("the cut process got a token: %q", token)
	}
	r.set(func(r *rig) { r.down, r.unheard = false, false })
	r.clock.Advance(61 * time.Second) // the lease of the dead has ended
	token, err := r.process(s).Tokens(g.ID).Token(r.ctx)
	if recovers {
		if err != nil {
			t.Fatalf("the next process: %v", err)
		}
		if _, err := r.oauth.Check(token); err != nil || token == g.Access {
			t.Errorf("the next process has a token that does not work: %v", err)
		}
		return
	}
	if connectors.ClassOf(err) != connectors.ClassReconnect || !r.grant(g.ID).Dead {
		t.Errorf("the next process got %v; want a clear word that a person has to connect again", err)
	}
}

// TestLateRefresher: one that was paused beyond its lease, while another
// refreshed, neither overwrites the newer token nor calls the grant dead.
func TestLateRefresher(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, 30 * time.Minute} {
		t.Run(grace.String(), func(t *testing.T) {
			t.Parallel()
			engines.Each(t, func(t *testing.T, s *store.Store) {
				r := newRigOn(t, s, grace)
				g := r.connected()
				r.clock.Advance(29 * time.Minute)
				entered, gate := make(chan struct{}), make(chan struct{})
				r.set(func(r *rig) { r.entered, r.gate = entered, gate })
				got := make(chan string)
				go func() {
					token, err := r.process(s).Tokens(g.ID).Token(r.ctx)
					if err != nil {
						t.Errorf("the late one: %v", err)
					}
					got <- token
				}()
				<-entered
				r.set(func(r *rig) { r.entered, r.gate = nil, nil })
				r.clock.Advance(61 * time.Second)
				newer, err := r.process(s).Tokens(g.ID).Token(r.ctx)
				r.must(err)
				gate <- struct{}{}
				late := <-got
				stored := r.grant(g.ID)
				if stored.Dead || stored.Access != newer || late != newer {
					t.Errorf("dead %t, kept the newer token: %t, the late one uses it: %t", stored.Dead, stored.Access == newer, late == newer)
				}
			})
		})
	}
}

// TestFiftyWorkersWaitForOneRefresh: of fifty processes that need a token at
// once one asks the vendor, and all get the token (no run fails because another
// was first).
func TestFiftyWorkersWaitForOneRefresh(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		const workers = 50
		r := newRigOn(t, s, 0)
		g := r.connected()
		r.clock.Advance(29 * time.Minute)
		r.set(func(r *rig) { r.entered, r.gate = make(chan struct{}), make(chan struct{}) })
		waiting, go1 := make(chan struct{}, workers), make(chan struct{})
		var tokens sync.Map
		var all sync.WaitGroup
		for range workers {
			p := r.process(s)
			p.Wait = func(context.Context, time.Duration) error {
				waiting <- struct{}{}
				<-go1
				return nil
			}
			all.Go(func() {
				token, err := p.Tokens(g.ID).Token(r.ctx)
				if err != nil {
					t.Errorf("a worker: %v", err)
				}
				tokens.Store(token, true)
			})
		}
		<-r.entered
		for range workers - 1 {
			<-waiting
		}
		r.gate <- struct{}{}
		for r.grant(g.ID).Access == g.Access {
			runtime.Gosched() // until the one has stored it
		}
		close(go1)
		all.Wait()
		kinds := 0
		tokens.Range(func(any, any) bool { kinds++; return true })
		if n := r.spent(); n != 1 || kinds != 1 {
			t.Errorf("%d calls and %d different tokens, want 1 of each", n, kinds)
		}
	})
}

// unheardOf takes the request to the vendor and loses the answer.
func (r *rig) unheardOf(w http.ResponseWriter, req *http.Request) {
	r.oauth.Token(httptest.NewRecorder(), req)
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}
