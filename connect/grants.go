package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"golang.org/x/oauth2"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/lease"
)

// ErrNotReached says that the consent does not reach the company asked for.
var ErrNotReached = errors.New("the consent does not reach this company: give consent again and choose it there")

// Disconnected is why a connection that a person has ended is not run.
const Disconnected = "disconnected; connect it again to go on"

// Only gives the choice of Answer that takes the companies named, by id or by
// name, and refuses a consent that lacks one of them. Without names it takes
// all that the consent reaches.
func Only(wanted ...string) func([]connectors.Company) ([]connectors.Company, error) {
	return func(reached []connectors.Company) ([]connectors.Company, error) {
		if len(wanted) == 0 {
			return reached, nil
		}
		var chosen []connectors.Company
		for _, one := range wanted {
			found, err := companyNamed(reached, one)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, found)
		}
		return chosen, nil
	}
}

func companyNamed(reached []connectors.Company, wanted string) (connectors.Company, error) {
	var hits []connectors.Company
	var names []string
	for _, c := range reached {
		names = append(names, c.Name+" ("+c.ExternalID+")")
		if strings.EqualFold(c.ExternalID, wanted) || strings.EqualFold(c.Name, wanted) {
			hits = append(hits, c)
		}
	}
	switch len(hits) {
	case 1:
		return hits[0], nil
	case 0:
		return connectors.Company{}, fmt.Errorf("connect: %q: %w; it reaches %s", wanted, ErrNotReached, strings.Join(names, ", "))
	}
	return connectors.Company{}, fmt.Errorf("connect: %q: several companies have this name: give the id of one of %s", wanted, strings.Join(names, ", "))
}

// Reach lists the companies that the grant of a connection reaches now,
// connected here or not.
func (s *Service) Reach(ctx context.Context, c books.Connection) ([]connectors.Company, error) {
	if err := s.own(c); err != nil {
		return nil, err
	}
	authorizer, err := s.authorizer(c.Vendor)
	if err != nil {
		return nil, err
	}
	client, err := s.granted(ctx, c.GrantID)
	if err != nil {
		return nil, err
	}
	companies, err := authorizer.Reached(ctx, client, nil)
	if err != nil {
		return nil, fmt.Errorf("connect: %s: which companies the consent reaches: %w", c.Vendor, err)
	}
	return companies, nil
}

// Add connects another company under the grant of a connection, without a new
// consent.
func (s *Service) Add(ctx context.Context, c books.Connection, company string) (books.Connection, error) {
	if err := s.own(c); err != nil {
		return c, err
	}
	reached, err := s.Reach(ctx, c)
	if err != nil {
		return books.Connection{}, err
	}
	found, err := companyNamed(reached, company)
	if err != nil {
		return books.Connection{}, err
	}
	return s.look(ctx, books.Connection{Tenant: c.Tenant, Vendor: c.Vendor, GrantID: c.GrantID, ExternalID: found.ExternalID})
}

// granted is a client that acts with the grant's token.
func (s *Service) granted(ctx context.Context, grant string) (*http.Client, error) {
	token, err := s.Tokens(grant).Token(ctx)
	if err != nil {
		return nil, err
	}
	client := *s.HTTP
	client.Transport = headed{header: http.Header{"Authorization": {"Bearer " + token}}, next: s.HTTP.Transport}
	return &client, nil
}

// tokenContext makes the library call the token endpoint with our client, and
// with what the vendor wants to see in such calls.
func (s *Service) tokenContext(ctx context.Context, a connectors.Authorizer) context.Context {
	client := *s.HTTP
	if ender, ok := a.(connectors.ConsentEnder); ok {
		client.Transport = headed{header: ender.TokenHeader(), next: s.HTTP.Transport}
	}
	return context.WithValue(ctx, oauth2.HTTPClient, &client)
}

// headed adds headers to each request.
type headed struct {
	header http.Header
	next   http.RoundTripper
}

// RoundTrip sends the request with the headers.
func (h headed) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	maps.Copy(out.Header, h.header)
	if h.next == nil {
		return http.DefaultTransport.RoundTrip(out)
	}
	return h.next.RoundTrip(out)
}

// Disconnect ends a connection: at the vendor, where it can give up one company
// alone, and here, where all that was read stays. The grant ends with its last
// connection. A vendor that does not answer keeps nothing connected here; the
// error then says what is left to do by hand.
func (s *Service) Disconnect(ctx context.Context, c books.Connection) (books.Connection, error) {
	if err := s.own(c); err != nil {
		return c, err
	}
	authorizer, err := s.authorizer(c.Vendor)
	if errors.Is(err, ErrNotOffered) { // a key has nothing to be given back
		return s.ended(ctx, c)
	}
	if err != nil {
		return c, err
	}
	last, err := s.lastOfGrant(ctx, c)
	if err != nil {
		return c, err
	}
	var left error
	if d, ok := authorizer.(connectors.Disconnector); ok {
		client, err := s.granted(ctx, c.GrantID)
		if err == nil {
			err = d.Disconnect(ctx, client, c.ExternalID)
		}
		if err != nil && connectors.ClassOf(err) != connectors.ClassReconnect {
			left = fmt.Errorf("connect: %s still lists %s: remove it there: %w", c.Vendor, c.Profile.Name, err)
		}
	}
	if last {
		left = errors.Join(left, s.revoke(ctx, c.GrantID, authorizer))
	}
	ended, err := s.ended(ctx, c)
	return ended, errors.Join(left, err)
}

func (s *Service) ended(ctx context.Context, c books.Connection) (books.Connection, error) {
	c.State, c.Why = books.ConnectionReconnect, Disconnected
	saved, err := s.Store.SaveConnection(ctx, c)
	if err != nil {
		return c, fmt.Errorf("connect: note the end of %s: %w", c.Profile.Name, err)
	}
	return saved, nil
}

// lastOfGrant says whether no other connection in use is under the grant.
func (s *Service) lastOfGrant(ctx context.Context, c books.Connection) (bool, error) {
	all, err := s.Store.Connections(ctx, c.Tenant)
	if err != nil {
		return false, fmt.Errorf("connect: connections: %w", err)
	}
	for _, other := range all {
		if other.ID != c.ID && other.GrantID == c.GrantID && other.Why != Disconnected {
			return false, nil
		}
	}
	return true, nil
}

// revoke ends the grant at the vendor and here.
func (s *Service) revoke(ctx context.Context, grant string, authorizer connectors.Authorizer) error {
	g, err := s.Store.Grant(ctx, s.Tenant, grant)
	if err != nil {
		return fmt.Errorf("connect: read grant: %w", err)
	}
	var left error
	if r, ok := authorizer.(connectors.Revoker); ok && !g.Dead && g.Refresh != "" {
		if err := r.Revoke(ctx, s.HTTP, g.Refresh); err != nil {
			left = fmt.Errorf("connect: %s did not take the consent back: end it there: %w", g.Vendor, err)
		}
	}
	g.Dead, g.Access, g.Refresh, g.UpdatedAt = true, "", "", s.Now()
	if err := s.Store.SaveGrant(ctx, g); err != nil {
		return errors.Join(left, fmt.Errorf("connect: note the end of the grant: %w", err))
	}
	return left
}

// keep stores a fresh grant: in the place of the one that the same person gave
// before, so that its connections go on under the wider consent, else as one
// of its own.
func (s *Service) keep(ctx context.Context, g Grant, a connectors.Authorizer) (Grant, error) {
	joiner, ok := a.(connectors.GrantJoiner)
	if !ok {
		return g, s.Store.SaveGrant(ctx, g)
	}
	all, err := s.Store.Connections(ctx, g.Tenant)
	if err != nil {
		return g, err
	}
	seen := map[string]bool{}
	for _, c := range all {
		if c.Vendor != g.Vendor || seen[c.GrantID] {
			continue
		}
		seen[c.GrantID] = true
		// One that cannot be read, as after the loss of its key, is replaced by
		// the new consent: it must not stand in its way.
		if old, err := s.Store.Grant(ctx, g.Tenant, c.GrantID); err == nil && joiner.SameGrant(old.Access, g.Access) {
			return s.replace(ctx, old.ID, g)
		}
	}
	return g, s.Store.SaveGrant(ctx, g)
}

// replace writes the grant under an older one's id, under its lease: a refresh
// that is under way must not put the older tokens back. When somebody holds the
// lease the grant stands alone, which works as well.
func (s *Service) replace(ctx context.Context, id string, g Grant) (Grant, error) {
	now := s.Now()
	l, ok, err := s.Store.AcquireLease(ctx, lease.Lease{Tenant: g.Tenant, Name: "grant/" + id, Holder: s.NewID(), Until: now.Add(refreshLease)}, now)
	if err != nil {
		return g, err
	}
	if !ok {
		return g, s.Store.SaveGrant(ctx, g)
	}
	g.ID = id
	err = s.Store.SaveGrant(ctx, g)
	return g, errors.Join(err, s.Store.ReleaseLease(context.WithoutCancel(ctx), l))
}

// shortfall says in words what a consent lacks; "" when nothing.
func shortfall(a connectors.Authorizer, token *oauth2.Token) string {
	checker, ok := a.(connectors.GrantChecker)
	if !ok {
		return ""
	}
	missing := checker.Ungranted(token)
	if len(missing) == 0 {
		return ""
	}
	return "the consent lacks " + strings.Join(missing, ", ") + ": what needs it will fail until consent is given again"
}
