package store

import (
	"context"
	"fmt"
	"time"

	"tieout/connect"
)

// SaveGrant writes a grant, its secrets sealed.
func (s *Store) SaveGrant(ctx context.Context, g connect.Grant) error {
	err := s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, g.Tenant); err != nil {
			return err
		}
		return s.writeGrant(ctx, t, g)
	})
	if err != nil {
		return fmt.Errorf("store: save grant: %w", err)
	}
	return nil
}

// RotateGrant writes what became of spending a refresh token, if that is still
// the one stored. The row stays locked meanwhile.
func (s *Store) RotateGrant(ctx context.Context, spent string, g connect.Grant) (connect.Grant, bool, error) {
	stands, taken := g, false
	err := s.inTx(ctx, func(t runner) error {
		held, err := s.grant(ctx, t, g.Tenant, g.ID, " /*lock*/")
		if err != nil {
			return err
		}
		if taken = held.Refresh == spent && held.Vendor == g.Vendor; !taken {
			stands = held
			return nil
		}
		stands = g
		return s.writeGrant(ctx, t, g)
	})
	if err != nil {
		return connect.Grant{}, false, fmt.Errorf("store: rotate grant: %w", err)
	}
	return stands, taken, nil
}

func (s *Store) writeGrant(ctx context.Context, t runner, g connect.Grant) error {
	access, err := s.seal(g.Access, place("grants", "access", g.Tenant, g.ID))
	if err != nil {
		return err
	}
	refresh, err := s.seal(g.Refresh, place("grants", "refresh", g.Tenant, g.ID))
	if err != nil {
		return err
	}
	_, err = t.run(ctx, `
			insert into grants (tenant, id, vendor, access, refresh, expires, refresh_expires, secret_key, dead, updated_at, consent_ends)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			on conflict (tenant, id) do update set access = excluded.access, refresh = excluded.refresh, expires = excluded.expires,
				refresh_expires = excluded.refresh_expires, secret_key = excluded.secret_key, dead = excluded.dead, updated_at = excluded.updated_at,
				consent_ends = excluded.consent_ends`,
		g.Tenant, g.ID, g.Vendor, access, refresh, g.Expires, g.RefreshExpires, g.Key, g.Dead, g.UpdatedAt, g.ConsentEnds)
	return err
}

// Grant gives a grant with its secrets; ErrNotFound when there is none.
func (s *Store) Grant(ctx context.Context, tenant, id string) (connect.Grant, error) {
	g, err := s.grant(ctx, s.reader.runner, tenant, id, "")
	if err != nil {
		return connect.Grant{}, fmt.Errorf("store: %w", err)
	}
	return g, nil
}

func (s *Store) grant(ctx context.Context, r runner, tenant, id, lock string) (connect.Grant, error) {
	var row struct {
		Vendor          string
		Access, Refresh []byte
		Expires         instant
		RefreshExpires  instant `db:"refresh_expires"`
		Key             bool    `db:"secret_key"`
		Dead            bool
		UpdatedAt       instant `db:"updated_at"`
		ConsentEnds     instant `db:"consent_ends"`
	}
	err := r.one(ctx, &row, `select vendor, access, refresh, expires, refresh_expires, secret_key, dead, updated_at, consent_ends
		from grants where tenant = $1 and id = $2`+lock, tenant, id)
	if err != nil {
		return connect.Grant{}, fmt.Errorf("grant %q: %w", id, err)
	}
	g := connect.Grant{
		Tenant: tenant, ID: id, Vendor: row.Vendor, Expires: row.Expires.time(), RefreshExpires: row.RefreshExpires.time(),
		ConsentEnds: row.ConsentEnds.time(), Key: row.Key, Dead: row.Dead, UpdatedAt: row.UpdatedAt.time(),
	}
	if g.Access, err = s.unseal(row.Access, place("grants", "access", tenant, id)); err == nil {
		g.Refresh, err = s.unseal(row.Refresh, place("grants", "refresh", tenant, id))
	}
	if err != nil {
		return connect.Grant{}, fmt.Errorf("the secrets of grant %q cannot be read with this key: %w", id, err)
	}
	return g, nil
}

// GrantEnds are the ends of the tenant's grants that can still be used, without
// their secrets.
func (s *Store) GrantEnds(ctx context.Context, tenant string) ([]connect.Ends, error) {
	var rows []struct {
		ID             string
		RefreshExpires instant `db:"refresh_expires"`
		ConsentEnds    instant `db:"consent_ends"`
	}
	err := s.reader.all(ctx, &rows, `select id, refresh_expires, consent_ends from grants where tenant = $1 and not dead order by id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: ends of grants: %w", err)
	}
	out := make([]connect.Ends, len(rows))
	for i, r := range rows {
		out[i] = connect.Ends{Grant: r.ID, Unused: r.RefreshExpires.time(), Consent: r.ConsentEnds.time()}
	}
	return out, nil
}

// LooseGrants are the consents of the tenant that can be used and that nothing
// is connected under, by id, with their vendor.
func (s *Store) LooseGrants(ctx context.Context, tenant string) (map[string]string, error) {
	var rows []struct{ ID, Vendor string }
	err := s.reader.all(ctx, &rows, `
		select g.id, g.vendor from grants g where g.tenant = $1 and not g.dead and not g.secret_key and g.refresh_expires is not null
			and not exists (select 1 from connection c where c.tenant = g.tenant and c.grant_id = g.id)`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: grants without a connection: %w", err)
	}
	out := map[string]string{}
	for _, r := range rows {
		out[r.ID] = r.Vendor
	}
	return out, nil
}

// SavePending keeps a consent that was asked for. It belongs to no tenant yet.
func (s *Store) SavePending(ctx context.Context, p connect.Pending) error {
	verifier, err := s.seal(p.Verifier, place("pending_consent", "verifier", p.State))
	if err != nil {
		return fmt.Errorf("store: save pending consent: %w", err)
	}
	_, err = s.writer.run(ctx, `insert into pending_consent (state, vendor, redirect, expires, verifier) values ($1, $2, $3, $4, $5)`,
		p.State, p.Vendor, p.Redirect, p.Expires, verifier)
	if err != nil {
		return fmt.Errorf("store: save pending consent: %w", err)
	}
	return nil
}

// TakePending removes and gives the pending consent, and removes those whose
// time is over; false when there is none that still counts.
func (s *Store) TakePending(ctx context.Context, state string, now time.Time) (connect.Pending, bool, error) {
	var rows []struct {
		Vendor, Redirect string
		Expires          instant
		Verifier         []byte
	}
	err := s.inTx(ctx, func(t runner) error {
		if _, err := t.run(ctx, `delete from pending_consent where expires <= $1`, now); err != nil {
			return err
		}
		rows = nil
		return t.all(ctx, &rows, `delete from pending_consent where state = $1 returning vendor, redirect, expires, verifier`, state)
	})
	if err != nil {
		return connect.Pending{}, false, fmt.Errorf("store: pending consent: %w", err)
	}
	if len(rows) == 0 {
		return connect.Pending{}, false, nil
	}
	verifier, err := s.unseal(rows[0].Verifier, place("pending_consent", "verifier", state))
	if err != nil {
		return connect.Pending{}, false, fmt.Errorf("store: pending consent: %w", err)
	}
	return connect.Pending{
		State: state, Vendor: rows[0].Vendor, Redirect: rows[0].Redirect, Expires: rows[0].Expires.time(), Verifier: verifier,
	}, true, nil
}
