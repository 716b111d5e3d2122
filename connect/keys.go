package connect

import (
	"context"
	"fmt"
	"strings"

	"tieout/books"
	"tieout/connectors"
)

// WithKey connects an account by its secret key.
func (s *Service) WithKey(ctx context.Context, vendor, key string) (books.Connection, error) {
	return s.withKey(ctx, books.Connection{Tenant: s.Tenant, Vendor: vendor}, key)
}

// WithKeyAgain gives a connection a new key; one of another account is
// refused.
func (s *Service) WithKeyAgain(ctx context.Context, key string, again books.Connection) (books.Connection, error) {
	if err := s.own(again); err != nil {
		return again, err
	}
	return s.withKey(ctx, books.Connection{Tenant: again.Tenant, Vendor: again.Vendor, ExternalID: again.ExternalID}, key)
}

func (s *Service) withKey(ctx context.Context, c books.Connection, key string) (books.Connection, error) {
	v, ok := s.Vendors[c.Vendor]
	if !ok {
		return c, fmt.Errorf("connect %q: %w", c.Vendor, ErrNoVendor)
	}
	holder, ok := v.(connectors.KeyHolder)
	if !ok {
		return c, fmt.Errorf("connect %s: %w: use its consent page", c.Vendor, ErrNotOffered)
	}
	problem, live := holder.CheckKey(key)
	if problem != "" {
		return c, fmt.Errorf("connect %s: %w: %s", c.Vendor, ErrBadKey, problem)
	}
	grant := Grant{Tenant: c.Tenant, ID: s.NewID(), Vendor: c.Vendor, Access: key, Key: true, UpdatedAt: s.Now()}
	if err := s.Store.SaveGrant(ctx, grant); err != nil {
		return c, fmt.Errorf("connect %s: save the key: %w", c.Vendor, err)
	}
	c.GrantID, c.Profile.Live = grant.ID, live
	if err := s.checkScopes(ctx, c, v, key); err != nil {
		return c, err
	}
	made, err := s.look(ctx, c)
	if connectors.ClassOf(err) == connectors.ClassReconnect {
		return c, fmt.Errorf("connect %s: %w: %s does not accept it", c.Vendor, ErrBadKey, v.Title())
	}
	return made, err
}

// checkScopes names every permission that a restricted key lacks, all at once.
// A key without one is refused: it would show a part of the account as the
// whole.
func (s *Service) checkScopes(ctx context.Context, c books.Connection, v connectors.Vendor, key string) error {
	lister, ok := v.(connectors.ScopeLister)
	if !ok || lister.Unrestricted(key) {
		return nil
	}
	session, err := s.Session(c)
	if err != nil {
		return err
	}
	checker, ok := session.(connectors.ScopeChecker)
	if !ok {
		return nil
	}
	missing, err := checker.MissingScopes(ctx)
	if connectors.ClassOf(err) == connectors.ClassReconnect {
		return fmt.Errorf("connect %s: %w: %s does not accept it", c.Vendor, ErrBadKey, v.Title())
	}
	if err != nil {
		return fmt.Errorf("connect %s: try the key's permissions: %w", c.Vendor, err)
	}
	if len(missing) == 0 {
		return nil
	}
	names := make([]string, len(missing))
	for i, m := range missing {
		names[i] = fmt.Sprintf("%s: %s (%s)", m.Name, m.Access, m.ID)
	}
	return fmt.Errorf("connect %s: %w: %s", c.Vendor, ErrScopes, strings.Join(names, ", "))
}

// KeyNotice is what a person should know of a key that works: "" when it can do
// no more than it needs.
func (s *Service) KeyNotice(vendor, key string) string {
	lister, ok := s.Vendors[vendor].(connectors.ScopeLister)
	if !ok || !lister.Unrestricted(key) {
		return ""
	}
	names := []string{}
	for _, scope := range lister.Scopes() {
		names = append(names, scope.Name+": "+scope.Access)
	}
	return "This key may do everything in the account, payouts and refunds included. A restricted key is safer; it needs " + strings.Join(names, ", ") + "."
}
