package store

import (
	"context"
	"fmt"

	"tieout/people"
)

type organisationRow struct {
	Tenant, Name, Zone, Home string
	CreatedAt                instant `db:"created_at"`
}

func (r organisationRow) organisation() people.Organisation {
	return people.Organisation{Tenant: r.Tenant, Name: r.Name, Zone: r.Zone, Home: r.Home, CreatedAt: r.CreatedAt.time()}
}

// Memberships gives the organisations that a person works for, by name.
func (s *Store) Memberships(ctx context.Context, person string) ([]people.Membership, error) {
	var rows []struct {
		organisationRow
		Role string
	}
	err := s.reader.all(ctx, &rows, `select o.tenant, o.name, o.zone, o.home, o.created_at, m.role from member m
		join organisation o on o.tenant = m.tenant where m.person = $1 order by o.name, o.tenant`, person)
	if err != nil {
		return nil, fmt.Errorf("store: organisations of person %s: %w", person, err)
	}
	list := make([]people.Membership, len(rows))
	for i, r := range rows {
		list[i] = people.Membership{Organisation: r.organisation(), Role: people.Role(r.Role)}
	}
	return list, nil
}

// Members gives the people of an organisation, by name.
func (s *Store) Members(ctx context.Context, tenant string) ([]people.Member, error) {
	var rows []struct {
		personRow
		Role    string
		AddedAt instant `db:"added_at"`
	}
	err := s.reader.all(ctx, &rows, `select `+personColumns+`, m.role, m.added_at from member m
		join person p on p.id = m.person where m.tenant = $1 order by p.name, p.id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: members: %w", err)
	}
	list := make([]people.Member, len(rows))
	for i, r := range rows {
		list[i] = people.Member{Person: r.person(), Role: people.Role(r.Role), AddedAt: r.AddedAt.time()}
	}
	return list, nil
}

// SetRole changes a member's role; "" removes the member. The organisation's
// row is locked, so that two owners cannot remove each other.
func (s *Store) SetRole(ctx context.Context, tenant, person string, role people.Role, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		var locked string
		if err := t.one(ctx, &locked, `select tenant from organisation where tenant = $1 /*lock*/`, tenant); err != nil {
			return err
		}
		change := `update member set role = $3 where tenant = $1 and person = $2`
		args := []any{tenant, person, string(role)}
		if role == "" {
			change, args = `delete from member where tenant = $1 and person = $2`, args[:2]
			for _, left := range []string{
				`delete from responsible where tenant = $1 and person = $2`, `delete from api_key where tenant = $1 and person = $2`,
				`delete from saved_view where tenant = $1 and person = $2 and not shared`,
			} {
				if _, err := t.run(ctx, left, tenant, person); err != nil {
					return err
				}
			}
		}
		n, err := t.run(ctx, change, args...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		var owners int
		if err := t.one(ctx, &owners, `select count(*) from member where tenant = $1 and role = $2`, tenant, string(people.Owner)); err != nil {
			return err
		}
		if owners == 0 {
			return people.ErrLastOwner
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: role of %s: %w", person, known(err))
	}
	return nil
}

// ChangeOrganisation stores an organisation's name, zone and home currency.
func (s *Store) ChangeOrganisation(ctx context.Context, o people.Organisation, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `update organisation set name = $2, zone = $3, home = $4 where tenant = $1`, o.Tenant, o.Name, o.Zone, o.Home)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: change organisation: %w", known(err))
	}
	return nil
}

// Organisations gives all organisations, by name. A tenant that nobody has named
// yet, because only commands were used, has its id for a name.
func (s *Store) Organisations(ctx context.Context) ([]people.Organisation, error) {
	var rows []organisationRow
	err := s.reader.all(ctx, &rows, `select t.id as tenant, coalesce(o.name, t.id) as name, coalesce(o.zone, '') as zone, coalesce(o.home, '') as home, o.created_at
		from tenant t left join organisation o on o.tenant = t.id order by 2, 1`)
	if err != nil {
		return nil, fmt.Errorf("store: organisations: %w", err)
	}
	list := make([]people.Organisation, len(rows))
	for i, r := range rows {
		list[i] = r.organisation()
	}
	return list, nil
}

// AddOrganisation makes an organisation that a person owns.
func (s *Store) AddOrganisation(ctx context.Context, o people.Organisation, owner string, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		if err := t.makeOrganisation(ctx, o); err != nil {
			return err
		}
		if err := t.addMember(ctx, people.Redemption{Tenant: o.Tenant, Person: owner, Role: people.Owner}, e); err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: add organisation: %w", known(err))
	}
	return nil
}

// makeOrganisation adds the organisation of a tenant.
func (r runner) makeOrganisation(ctx context.Context, o people.Organisation) error {
	if err := r.tenant(ctx, o.Tenant); err != nil {
		return err
	}
	_, err := r.run(ctx, `insert into organisation (tenant, name, zone, home, created_at) values ($1, $2, $3, $4, $5)`,
		o.Tenant, o.Name, o.Zone, o.Home, o.CreatedAt)
	return err
}

// addMember makes a person a member, or gives a member another role.
func (r runner) addMember(ctx context.Context, red people.Redemption, e people.Event) error {
	_, err := r.run(ctx, `insert into member (tenant, person, role, added_at) values ($1, $2, $3, $4)
		on conflict (tenant, person) do update set role = excluded.role`, red.Tenant, red.Person, string(red.Role), e.At)
	return err
}
