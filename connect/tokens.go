package connect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/sync/lease"
)

const (
	// early is how long before its end an access token is renewed.
	early = 2 * time.Minute
	// refreshLease bounds how long one refresher may keep the others out.
	refreshLease = time.Minute
	// refreshCall bounds the one call of a refresh, well before its lease ends:
	// a slow answer must not overwrite what the next refresher has stored.
	refreshCall = 30 * time.Second
	// refreshRetry is when to look again while another worker refreshes.
	refreshRetry = 2 * time.Second
	// refreshPoll is the pause between two looks whether the other has ended.
	refreshPoll = 250 * time.Millisecond
)

// errRefreshing says that somebody else holds the grant's lease.
var errRefreshing = errors.New("another worker is refreshing it")

// Tokens gives the access tokens of one grant. Only one worker refreshes at a
// time, under the grant's lease; the new pair is stored before it is used.
type Tokens struct {
	service *Service
	grant   string
}

// Tokens is the token source of a grant.
func (s *Service) Tokens(grant string) *Tokens { return &Tokens{service: s, grant: grant} }

// Token is an access token believed to be valid.
func (t *Tokens) Token(ctx context.Context) (string, error) { return t.get(ctx, "") }

// Renew is another token than the one that the vendor has refused.
func (t *Tokens) Renew(ctx context.Context, rejected string) (string, error) {
	return t.get(ctx, rejected)
}

func (t *Tokens) get(ctx context.Context, rejected string) (string, error) {
	g, err := t.service.Store.Grant(ctx, t.service.Tenant, t.grant)
	if err != nil {
		return "", fmt.Errorf("connect: read grant: %w", err)
	}
	if platform, ok := t.service.Vendors[g.Vendor].(connectors.Platform); ok && !g.Key {
		return t.platformKey(g, platform.PlatformKey(), rejected)
	}
	if t.good(g, rejected) {
		return g.Access, nil
	}
	if g.Dead || g.Key {
		return "", t.reconnect(g)
	}
	return t.patient(ctx, g, rejected)
}

// patient refreshes, and waits while another does: that is no failure of the
// connection, and is over within seconds.
func (t *Tokens) patient(ctx context.Context, g Grant, rejected string) (string, error) {
	for waited := time.Duration(0); ; waited += refreshPoll {
		token, err := t.refresh(ctx, g, rejected)
		if t.service.Wait == nil || waited >= refreshCall || !errors.Is(err, errRefreshing) {
			return token, err
		}
		if err := t.service.Wait(ctx, refreshPoll); err != nil {
			return "", fmt.Errorf("connect: wait for another's refresh: %w", err)
		}
		if g, err = t.service.Store.Grant(ctx, t.service.Tenant, t.grant); err != nil {
			return "", fmt.Errorf("connect: read grant: %w", err)
		}
		if t.good(g, rejected) {
			return g.Access, nil
		}
		if g.Dead {
			return "", t.reconnect(g)
		}
	}
}

// platformKey is the operator's own key, as it is configured now. A refused one
// cannot be renewed from here.
func (t *Tokens) platformKey(g Grant, key, rejected string) (string, error) {
	if g.Dead || key == "" || key == rejected {
		return "", t.reconnect(g)
	}
	return key, nil
}

func (t *Tokens) good(g Grant, rejected string) bool {
	return !g.Dead && g.Access != rejected && (g.Key || t.service.Now().Add(early).Before(g.Expires))
}

func (t *Tokens) reconnect(g Grant) error {
	return &connectors.Failure{
		Class: connectors.ClassReconnect, Vendor: g.Vendor, Op: "authorise",
		Text: "the vendor no longer accepts the consent or key: connect again",
	}
}

// refresh takes the grant's lease, reads the grant again in case another has
// refreshed it meanwhile, and stores the new pair before giving it out.
func (t *Tokens) refresh(ctx context.Context, g Grant, rejected string) (string, error) {
	s, now := t.service, t.service.Now()
	l, ok, err := s.Store.AcquireLease(ctx, lease.Lease{Tenant: s.Tenant, Name: "grant/" + t.grant, Holder: s.NewID(), Until: now.Add(refreshLease)}, now)
	if err != nil {
		return "", fmt.Errorf("connect: lease of grant: %w", err)
	}
	if !ok {
		return "", &connectors.Failure{Class: connectors.ClassLater, Vendor: g.Vendor, Op: "refresh token", Text: errRefreshing.Error(), At: now.Add(refreshRetry), Err: errRefreshing}
	}
	token, err := t.renewed(ctx, rejected)
	// The lease goes back even when the caller has given up.
	if releaseErr := s.Store.ReleaseLease(context.WithoutCancel(ctx), l); err == nil && releaseErr != nil {
		return "", fmt.Errorf("connect: release grant: %w", releaseErr)
	}
	return token, err
}

func (t *Tokens) renewed(ctx context.Context, rejected string) (string, error) {
	s := t.service
	g, err := s.Store.Grant(ctx, s.Tenant, t.grant)
	if err != nil {
		return "", fmt.Errorf("connect: read grant: %w", err)
	}
	if t.good(g, rejected) {
		return g.Access, nil
	}
	if g.Dead { // another has asked meanwhile, and was refused
		return "", t.reconnect(g)
	}
	authorizer, err := s.authorizer(g.Vendor)
	if err != nil {
		return "", err
	}
	// The call outlives its caller: vendors change the refresh token with the
	// answer, and one that nobody waits for any more would be lost with it.
	ctx, cancel := context.WithTimeout(s.tokenContext(context.WithoutCancel(ctx), authorizer), refreshCall)
	defer cancel()
	token, err := authorizer.OAuth("").TokenSource(ctx, &oauth2.Token{RefreshToken: g.Refresh}).Token()
	if err != nil {
		failure := authorizer.TokenFailure(err)
		if failure.Class == connectors.ClassReconnect {
			return t.refused(context.WithoutCancel(ctx), g, rejected, failure)
		}
		return "", failure
	}
	fresh := s.grantOf(g.Vendor, authorizer, token)
	fresh.ID = g.ID
	if fresh.Refresh == "" {
		fresh.Refresh = g.Refresh
	}
	if fresh.ConsentEnds.IsZero() { // using a consent does not move its end
		fresh.ConsentEnds = g.ConsentEnds
	}
	stands, _, err := s.Store.RotateGrant(context.WithoutCancel(ctx), g.Refresh, fresh)
	if err != nil {
		return "", fmt.Errorf("connect: save the refreshed grant: %w", err)
	}
	return stands.Access, nil
}

// refused notes that the vendor has refused a refresh token for good. When
// another has stored a newer one meanwhile, the refusal was of the older one
// and means nothing.
func (t *Tokens) refused(ctx context.Context, g Grant, rejected string, failure error) (string, error) {
	spent := g.Refresh
	g.Dead, g.UpdatedAt = true, t.service.Now()
	stands, taken, err := t.service.Store.RotateGrant(ctx, spent, g)
	if err != nil {
		return "", fmt.Errorf("connect: note the dead grant: %w", err)
	}
	if !taken && t.good(stands, rejected) {
		return stands.Access, nil
	}
	return "", failure
}
