package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/sync/lease"
	"tieout/sync/proof"
)

var proofLineTable = newTable("proof_line", 3, "tenant text, proof text, line bigint, name text, currency text, ledger bigint, stripe bigint,"+
	" tieout bigint, difference bigint, explained jsonb, unexplained bigint, measured boolean, why text, measured_at timestamptz, causes jsonb")

// SaveProof appends a measurement under the book's lease.
func (s *Store) SaveProof(ctx context.Context, l lease.Lease, p proof.Proof) error {
	var inputs []byte
	if len(p.Inputs) > 0 {
		inputs = pack(p.Inputs)
	}
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `insert into proof (tenant, id, book, proven_at, calls, statement, signature, signed_by, inputs)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, p.Tenant, p.ID, p.Book, p.At, p.Calls, p.Statement, p.Signature, p.Key, inputs)
		if err != nil {
			return err
		}
		rows := make([][]any, len(p.Lines))
		for i, x := range p.Lines {
			rows[i] = []any{
				p.Tenant, p.ID, i, string(x.Check), string(x.Currency), x.Ledger, x.Stripe, x.Tieout, x.Difference,
				document[[]proof.Item]{x.Explained},
				x.Unexplained, x.Measured, x.Why, instant(x.MeasuredAt),
				document[[]proof.Cause]{x.Causes},
			}
		}
		if err := t.tellProof(ctx, p); err != nil {
			return err
		}
		return t.write(ctx, proofLineTable, fail, rows)
	})
	if err != nil {
		return fmt.Errorf("store: save proof: %w", err)
	}
	return nil
}

type proofRow struct {
	ID        string
	Book      string
	At        instant `db:"proven_at"`
	Calls     int
	Statement string
	Signature []byte
	Key       string `db:"signed_by"`
	Inputs    []byte
}

const proofColumns = `id, book, proven_at, calls, statement, signature, signed_by, inputs`

// LatestProof gives the newest proof of a book; false when there is none.
func (s *Store) LatestProof(ctx context.Context, tenant, book string) (proof.Proof, bool, error) {
	return s.ProofBefore(ctx, tenant, book, "")
}

// ProofBefore gives the newest proof of a book that came before another one, ""
// for the newest of all; false when there is none.
func (s *Store) ProofBefore(ctx context.Context, tenant, book, before string) (proof.Proof, bool, error) {
	p, err := s.oneProof(ctx, tenant, `select `+proofColumns+` from proof p where p.tenant = $1 and p.book = $2 and ($3 = '' or exists
		(select 1 from proof n where n.tenant = $1 and n.id = $3 and (p.proven_at < n.proven_at or p.proven_at = n.proven_at and p.id < n.id)))
		order by p.proven_at desc, p.id desc limit 1`, tenant, book, before)
	if errors.Is(err, ErrNotFound) {
		return proof.Proof{Tenant: tenant, Book: book}, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("store: latest proof: %w", err)
	}
	return p, true, nil
}

// Proof gives one proof; ErrNotFound when there is none.
func (s *Store) Proof(ctx context.Context, tenant, id string) (proof.Proof, error) {
	p, err := s.oneProof(ctx, tenant, `select `+proofColumns+` from proof where tenant = $1 and id = $2`, tenant, id)
	if err != nil {
		return p, fmt.Errorf("store: proof %q: %w", id, err)
	}
	return p, nil
}

func (s *Store) oneProof(ctx context.Context, tenant, statement string, args ...any) (proof.Proof, error) {
	p := proof.Proof{Tenant: tenant}
	var row proofRow
	if err := s.reader.one(ctx, &row, statement, args...); err != nil {
		return p, err
	}
	p.ID, p.Book, p.At, p.Calls, p.Statement, p.Signature, p.Key = row.ID, row.Book, row.At.time(), row.Calls, row.Statement, row.Signature, row.Key
	if len(row.Inputs) > 0 {
		inputs, err := unpack(row.Inputs)
		if err != nil {
			return p, err
		}
		p.Inputs = inputs
	}
	return p, s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.Line
		var explained document[[]proof.Item]
		var causes document[[]proof.Cause]
		var at instant
		err := scan(&x.Check, &x.Currency, &x.Ledger, &x.Stripe, &x.Tieout, &x.Difference, &explained, &x.Unexplained, &x.Measured, &x.Why, &at, &causes)
		x.Explained, x.MeasuredAt, x.Causes = explained.value, at.time(), causes.value
		p.Lines = append(p.Lines, x)
		return err
	}, `select name, currency, ledger, stripe, tieout, difference, explained, unexplained, measured, why, measured_at, causes
		from proof_line where tenant = $1 and proof = $2 order by line`, tenant, p.ID)
}

// LastStatement gives the statement of a book's newest proof, "" when there is
// none.
func (s *Store) LastStatement(ctx context.Context, tenant, book string) (string, error) {
	var text string
	err := s.reader.one(ctx, &text, `select statement from proof where tenant = $1 and book = $2 order by proven_at desc, id desc limit 1`, tenant, book)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("store: last statement: %w", err)
	}
	return text, nil
}

// SigningKey gives the tenant's oldest signing key whose private part was not
// lost, with that; false when it has none.
func (s *Store) SigningKey(ctx context.Context, tenant string) (proof.SigningKey, bool, error) {
	keys, err := s.signingKeys(ctx, tenant)
	keys = slices.DeleteFunc(keys, func(k proof.SigningKey) bool { return len(k.Private) == 0 })
	if err != nil || len(keys) == 0 {
		return proof.SigningKey{}, false, err
	}
	private, err := s.unseal(keys[0].Private, place("signing_key", "private_key", tenant, keys[0].ID))
	if err != nil {
		return proof.SigningKey{}, false, fmt.Errorf("store: the signing key cannot be read with this key: %w", err)
	}
	keys[0].Private = []byte(private)
	return keys[0], true, nil
}

// PublicKeys gives the tenant's signing keys without their private parts.
func (s *Store) PublicKeys(ctx context.Context, tenant string) ([]proof.SigningKey, error) {
	keys, err := s.signingKeys(ctx, tenant)
	for i := range keys {
		keys[i].Private = nil
	}
	return keys, err
}

func (s *Store) signingKeys(ctx context.Context, tenant string) ([]proof.SigningKey, error) {
	var rows []struct {
		ID      string
		Public  []byte  `db:"public_key"`
		Private []byte  `db:"private_key"`
		Created instant `db:"created_at"`
	}
	err := s.reader.all(ctx, &rows, `select id, public_key, private_key, created_at from signing_key where tenant = $1 order by created_at, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: signing keys: %w", err)
	}
	keys := make([]proof.SigningKey, len(rows))
	for i, r := range rows {
		keys[i] = proof.SigningKey{ID: r.ID, Public: r.Public, Private: r.Private, Created: r.Created.time()}
	}
	return keys, nil
}

// SaveSigningKey keeps a signing key, its private part sealed; where there is
// one already, nothing happens.
func (s *Store) SaveSigningKey(ctx context.Context, tenant string, k proof.SigningKey) error {
	sealed, err := s.seal(string(k.Private), place("signing_key", "private_key", tenant, k.ID))
	if err != nil {
		return fmt.Errorf("store: save signing key: %w", err)
	}
	err = s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, tenant); err != nil {
			return err
		}
		var n int
		if err := t.one(ctx, &n, `select count(*) from signing_key where tenant = $1 and length(private_key) > 0`, tenant); err != nil || n > 0 {
			return err
		}
		_, err := t.run(ctx, `insert into signing_key (tenant, id, public_key, private_key, created_at) values ($1, $2, $3, $4, $5)
			on conflict (tenant, id) do nothing`, tenant, k.ID, k.Public, sealed, k.Created)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: save signing key: %w", err)
	}
	return nil
}

// Positions gives how far each stream of the book's connections was read.
func (s *Store) Positions(ctx context.Context, b books.Book) ([]proof.StreamAt, error) {
	var list []proof.StreamAt
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.StreamAt
		var cursor string
		var at instant
		if err := scan(&x.Connection, &x.Stream, &cursor, &at); err != nil {
			return err
		}
		x.Cursor, x.AsOf = proof.Digest([]byte(cursor)), at.time()
		list = append(list, x)
		return nil
	}, `select connection, name, cursor_body, as_of from stream where tenant = $1 and connection in list($2) order by connection, name`,
		b.Tenant, append([]string{b.Ledger}, b.Sources...))
	if err != nil {
		return nil, fmt.Errorf("store: positions: %w", err)
	}
	return list, nil
}
