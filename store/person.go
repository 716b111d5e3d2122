package store

import (
	"context"
	"errors"
	"fmt"

	"tieout/people"
)

var (
	_ people.Accounts      = (*Store)(nil)
	_ people.Organisations = (*Store)(nil)
	_ people.Tickets       = (*Store)(nil)
	_ people.Gate          = (*Store)(nil)
)

const personColumns = `p.id, p.email, p.name, p.password, p.second, p.second_on, p.epoch, p.theme, p.created_at`

type personRow struct {
	ID, Email, Name, Password string
	Second                    []byte
	SecondOn                  bool `db:"second_on"`
	Epoch                     int64
	Theme                     string
	CreatedAt                 instant `db:"created_at"`
}

// person is the row without its second factor's secret.
func (r personRow) person() people.Person {
	return people.Person{
		ID: r.ID, Email: r.Email, Name: r.Name, Password: r.Password, SecondOn: r.SecondOn, Epoch: r.Epoch,
		Theme: people.Theme(r.Theme), CreatedAt: r.CreatedAt.time(),
	}
}

// known gives errors of this package as those of people.
func known(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errors.Join(people.ErrNotFound, err)
	}
	return err
}

// HasPeople says whether anybody is there yet.
func (s *Store) HasPeople(ctx context.Context) (bool, error) {
	there, err := s.reader.hasPeople(ctx)
	if err != nil {
		return false, fmt.Errorf("store: are there people: %w", err)
	}
	return there, nil
}

func (r runner) hasPeople(ctx context.Context) (bool, error) {
	var n int
	err := r.one(ctx, &n, `select count(*) from (select 1 from person limit 1) p`)
	return n > 0, err
}

// Person gives a person by id.
func (s *Store) Person(ctx context.Context, id string) (people.Person, error) {
	return s.onePerson(ctx, `p.id = $1`, id)
}

// PersonByEmail gives a person by e-mail address, without regard to case.
func (s *Store) PersonByEmail(ctx context.Context, email string) (people.Person, error) {
	return s.onePerson(ctx, `p.email_key = $1`, people.EmailKey(email))
}

func (s *Store) onePerson(ctx context.Context, where string, args ...any) (people.Person, error) {
	var row personRow
	if err := s.reader.one(ctx, &row, `select `+personColumns+` from person p where `+where, args...); err != nil {
		return people.Person{}, fmt.Errorf("store: person: %w", known(err))
	}
	person := row.person()
	if len(row.Second) > 0 {
		second, err := s.unseal(row.Second, place("person", "second", row.ID))
		if err != nil {
			return people.Person{}, fmt.Errorf("store: person %s: %w", row.ID, err)
		}
		person.Second = []byte(second)
	}
	return person, nil
}

// ChangePerson stores everything but id and e-mail address, and what happened.
func (s *Store) ChangePerson(ctx context.Context, p people.Person, e people.Event) error {
	second, err := s.sealSecond(p)
	if err == nil {
		err = s.inTx(ctx, func(t runner) error {
			if err := t.changePerson(ctx, p, second); err != nil {
				return err
			}
			return t.record(ctx, e)
		})
	}
	if err != nil {
		return fmt.Errorf("store: change person %s: %w", p.ID, known(err))
	}
	return nil
}

func (s *Store) sealSecond(p people.Person) ([]byte, error) {
	if len(p.Second) == 0 {
		return nil, nil
	}
	return s.seal(string(p.Second), place("person", "second", p.ID))
}

func (r runner) changePerson(ctx context.Context, p people.Person, second []byte) error {
	n, err := r.run(ctx, `update person set name = $2, password = $3, second = $4, second_on = $5, epoch = $6, theme = $7 where id = $1`,
		p.ID, p.Name, p.Password, second, p.SecondOn, p.Epoch, string(p.Theme))
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// makePerson adds a person whose e-mail address nobody has.
func (r runner) makePerson(ctx context.Context, p people.Person) error {
	n, err := r.run(ctx, `insert into person (id, email, email_key, name, password, second, second_on, second_used, epoch, theme, created_at)
		values ($1, $2, $3, $4, $5, null, $6, 0, $7, $8, $9) on conflict (email_key) do nothing`,
		p.ID, p.Email, people.EmailKey(p.Email), p.Name, p.Password, false, p.Epoch, string(p.Theme), p.CreatedAt)
	if err == nil && n == 0 {
		err = people.ErrTaken
	}
	return err
}

// UseSecond takes the code of a time step; false when it, or a later one, was
// taken before.
func (s *Store) UseSecond(ctx context.Context, person string, step int64) (bool, error) {
	n, err := s.writer.run(ctx, `update person set second_used = $2 where id = $1 and second_used < $2`, person, step)
	if err != nil {
		return false, fmt.Errorf("store: use a code of person %s: %w", person, err)
	}
	return n > 0, nil
}
