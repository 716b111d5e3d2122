package connect_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/lease"
)

// outcomes are what callers of one token source got.
type outcomes struct {
	mu      sync.Mutex
	tokens  map[string]int
	classes map[connectors.Class]int
}

// ask has n callers want a token at once.
func (r *rig) ask(grant string, n int) *outcomes {
	r.Helper()
	o := &outcomes{tokens: map[string]int{}, classes: map[connectors.Class]int{}}
	var wait sync.WaitGroup
	start := make(chan struct{})
	for range n {
		wait.Go(func() {
			<-start
			token, err := r.service.Tokens(grant).Token(r.ctx)
			o.mu.Lock()
			defer o.mu.Unlock()
			if err != nil {
				o.classes[connectors.ClassOf(err)]++
				return
			}
			o.tokens[token]++
		})
	}
	close(start)
	wait.Wait()
	return o
}

// TestManyCallersRefreshOnce: whoever comes while another refreshes is told to
// come back, and nobody asks the vendor a second time.
func TestManyCallersRefreshOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	old := r.connected()
	r.clock.Advance(29 * time.Minute)
	o := r.ask(old.ID, 50)
	if n := r.spent(); n != 1 {
		t.Errorf("%d refreshes, want 1", n)
	}
	fresh := r.grant(old.ID)
	got := o.tokens[fresh.Access]
	if fresh.Access == old.Access || fresh.Refresh == old.Refresh || got == 0 || len(o.tokens) != 1 || got+o.classes[connectors.ClassLater] != 50 {
		t.Errorf("tokens %d of %d kinds, failures %v", got, len(o.tokens), o.classes)
	}
	if !fresh.Expires.Equal(r.clock.Now().Add(30 * time.Minute)) {
		t.Errorf("it ends at %s", fresh.Expires)
	}
	if _, err := r.oauth.Check(fresh.Access); err != nil {
		t.Errorf("the stored token: %v", err)
	}
	if o := r.ask(old.ID, 5); o.tokens[fresh.Access] != 5 || r.spent() != 0 {
		t.Errorf("afterwards: %v, %v", o.tokens, o.classes)
	}
}

// TestRenew replaces the token that the vendor has refused, and only that one.
func TestRenew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.connected()
	tokens := r.service.Tokens(g.ID)
	fresh, err := tokens.Renew(r.ctx, g.Access)
	r.must(err)
	if fresh == g.Access || r.spent() != 1 {
		t.Errorf("renewed to the same")
	}
	again, err := tokens.Renew(r.ctx, g.Access)
	r.must(err)
	if again != fresh || r.spent() != 0 {
		t.Errorf("another had renewed it already, yet it was asked for again")
	}
}

// TestRefusedGrant: a refused grant is dead for good; nobody asks again.
func TestRefusedGrant(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.connected()
	r.clock.Advance(29 * time.Minute)
	for _, held := range r.oauth.Grants() {
		r.oauth.RevokeGrant(held.ID)
	}
	o := r.ask(g.ID, 20)
	if n := r.spent(); n != 1 {
		t.Errorf("%d calls with a refused grant, want 1", n)
	}
	if o.classes[connectors.ClassReconnect] == 0 || o.classes[connectors.ClassReconnect]+o.classes[connectors.ClassLater] != 20 {
		t.Errorf("failures %v, tokens %d", o.classes, len(o.tokens))
	}
	if stored := r.grant(g.ID); !stored.Dead || stored.Refresh != g.Refresh {
		t.Errorf("dead is %v", stored.Dead)
	}
	if o := r.ask(g.ID, 1); o.classes[connectors.ClassReconnect] != 1 || r.spent() != 0 {
		t.Errorf("afterwards: %v", o.classes)
	}
}

// TestTokenServerInTrouble: no answer and a broken one keep the grant.
func TestTokenServerInTrouble(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(*rig){
		"unreachable": func(r *rig) { r.down = true },
		"in trouble":  func(r *rig) { r.refuse = func(w http.ResponseWriter) { http.Error(w, "oops", http.StatusBadGateway) } },
		"nonsense":    func(r *rig) { r.refuse = func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"access_token":`)) } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			g := r.connected()
			r.clock.Advance(time.Hour)
			r.set(trouble)
			if _, err := r.service.Tokens(g.ID).Token(r.ctx); connectors.ClassOf(err) != connectors.ClassRetry {
				t.Errorf("%v", err)
			}
			if kept := r.grant(g.ID); kept.Dead || kept.Refresh != g.Refresh || kept.Access != g.Access {
				t.Errorf("the grant was changed: dead %v", kept.Dead)
			}
			r.set(func(r *rig) { r.down, r.refuse = false, nil })
			if _, err := r.service.Tokens(g.ID).Token(r.ctx); err != nil {
				t.Errorf("when it is back: %v", err)
			}
		})
	}
}

// TestAnotherRefreshes: while another worker holds the grant's lease, the
// caller is told when to come back; a lease that has run out stops nobody.
func TestAnotherRefreshes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.connected()
	r.clock.Advance(29 * time.Minute)
	now := r.clock.Now()
	_, ok, err := r.store.AcquireLease(r.ctx, lease.Lease{Tenant: books.Tenant, Name: "grant/" + g.ID, Holder: "other", Until: now.Add(time.Minute)}, now)
	r.must(err)
	if !ok {
		t.Fatal("the lease is held")
	}
	_, err = r.service.Tokens(g.ID).Token(r.ctx)
	if f, is := connectors.AsFailure(err); !is || f.Class != connectors.ClassLater || !f.At.After(now) || f.At.After(now.Add(time.Minute)) {
		t.Errorf("%+v", err)
	}
	if r.spent() != 0 {
		t.Error("it refreshed all the same")
	}
	r.clock.Advance(61 * time.Second)
	if _, err := r.service.Tokens(g.ID).Token(r.ctx); err != nil || r.spent() != 1 {
		t.Errorf("after the lease: %v", err)
	}
}

// TestCallerGivesUpWhileItRefreshes: the vendor has changed the refresh token
// by then, so the answer is stored although nobody waits for it.
func TestCallerGivesUpWhileItRefreshes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.connected()
	r.clock.Advance(29 * time.Minute)
	r.set(func(r *rig) { r.entered, r.gate = make(chan struct{}), make(chan struct{}) })
	ctx, cancel := context.WithCancel(r.ctx)
	ended := make(chan error)
	go func() {
		_, err := r.service.Tokens(g.ID).Token(ctx)
		ended <- err
	}()
	<-r.entered
	cancel()
	r.gate <- struct{}{}
	r.must(<-ended)
	fresh := r.grant(g.ID)
	if fresh.Access == g.Access || fresh.Refresh == g.Refresh {
		t.Fatal("the new pair is lost")
	}
	if _, err := r.oauth.Check(fresh.Access); err != nil {
		t.Errorf("the stored token: %v", err)
	}
}

// TestKeys have no end and nothing to renew them with.
func TestKeys(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	g := r.connected()
	g.Key, g.Access, g.Refresh = true, "sk_1", ""
	r.must(r.store.SaveGrant(r.ctx, g))
	r.clock.Advance(1000 * time.Hour)
	if token, err := r.service.Tokens(g.ID).Token(r.ctx); token != "sk_1" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
	if _, err := r.service.Tokens(g.ID).Renew(r.ctx, "sk_1"); connectors.ClassOf(err) != connectors.ClassReconnect || r.spent() != 0 {
		t.Errorf("a refused key: %v", err)
	}
}
