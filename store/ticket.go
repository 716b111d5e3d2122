package store

import (
	"context"
	"fmt"
	"time"

	"tieout/people"
)

const ticketColumns = `hash, kind, tenant, person, email, role, expires, created_by, created_at`

type ticketRow struct {
	Hash, Kind, Tenant, Person, Email, Role string
	Expires                                 instant
	CreatedBy                               string  `db:"created_by"`
	CreatedAt                               instant `db:"created_at"`
}

func (r ticketRow) ticket() people.Ticket {
	return people.Ticket{
		Hash: r.Hash, Kind: people.TicketKind(r.Kind), Tenant: r.Tenant, Person: r.Person, Email: r.Email, Role: people.Role(r.Role),
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.time(), Expires: r.Expires.time(),
	}
}

// SaveTicket stores a ticket in place of older ones of the same kind for the
// same tenant and e-mail address, and forgets those that have expired.
func (s *Store) SaveTicket(ctx context.Context, k people.Ticket, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `delete from ticket where expires <= $1 or kind = $2 and tenant = $3 and lower(email) = $4`,
			k.CreatedAt, string(k.Kind), k.Tenant, people.EmailKey(k.Email))
		if err != nil {
			return err
		}
		_, err = t.run(ctx, `insert into ticket (`+ticketColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			k.Hash, string(k.Kind), k.Tenant, k.Person, k.Email, string(k.Role), k.Expires, k.CreatedBy, k.CreatedAt)
		if err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: save ticket: %w", err)
	}
	return nil
}

// Ticket gives a ticket that has not expired.
func (s *Store) Ticket(ctx context.Context, hash string, now time.Time) (people.Ticket, error) {
	var row ticketRow
	err := s.reader.one(ctx, &row, `select `+ticketColumns+` from ticket where hash = $1 and expires > $2`, hash, now)
	if err != nil {
		return people.Ticket{}, fmt.Errorf("store: ticket: %w", known(err))
	}
	return row.ticket(), nil
}

// Tickets are those of a tenant that have not expired, the oldest first.
func (s *Store) Tickets(ctx context.Context, tenant string, now time.Time) ([]people.Ticket, error) {
	var rows []ticketRow
	err := s.reader.all(ctx, &rows, `select `+ticketColumns+` from ticket where tenant = $1 and expires > $2 order by created_at, hash`, tenant, now)
	if err != nil {
		return nil, fmt.Errorf("store: tickets: %w", err)
	}
	list := make([]people.Ticket, len(rows))
	for i, r := range rows {
		list[i] = r.ticket()
	}
	return list, nil
}

// Redeem uses a ticket up and stores what it was for, all or nothing.
func (s *Store) Redeem(ctx context.Context, hash string, now time.Time, r people.Redemption, e people.Event) error {
	var second []byte
	if r.ChangedPerson != nil {
		var err error
		if second, err = s.sealSecond(*r.ChangedPerson); err != nil {
			return fmt.Errorf("store: redeem: %w", err)
		}
	}
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from ticket where hash = $1 and expires > $2`, hash, now)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := t.redeem(ctx, r, second, e); err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: redeem: %w", known(err))
	}
	return nil
}

func (r runner) redeem(ctx context.Context, red people.Redemption, second []byte, e people.Event) error {
	if red.NewOrganisation != nil {
		there, err := r.hasPeople(ctx)
		if err == nil && there {
			err = people.ErrDone
		}
		if err == nil {
			err = r.makeOrganisation(ctx, *red.NewOrganisation)
		}
		if err != nil {
			return err
		}
	}
	if red.NewPerson != nil {
		if err := r.makePerson(ctx, *red.NewPerson); err != nil {
			return err
		}
	}
	if red.Identity != nil {
		if err := r.bindIdentity(ctx, red.Person, *red.Identity, e.At); err != nil {
			return err
		}
	}
	if red.ChangedPerson != nil {
		if err := r.changePerson(ctx, *red.ChangedPerson, second); err != nil {
			return err
		}
	}
	if red.Role == "" {
		return nil
	}
	return r.addMember(ctx, red, e)
}

// DropTicket makes a tenant's ticket useless.
func (s *Store) DropTicket(ctx context.Context, tenant, hash string, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from ticket where tenant = $1 and hash = $2`, tenant, hash)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: drop ticket: %w", known(err))
	}
	return nil
}
