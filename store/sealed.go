package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoKey says that the store was opened without a key for credentials.
var ErrNoKey = errors.New("the database was opened without a key for credentials")

// place names the row and column that a secret is bound to.
func place(table, column string, key ...string) string {
	return table + "/" + column + "/" + strings.Join(key, "/")
}

func (s *Store) seal(plain, additional string) ([]byte, error) {
	if s.box == nil {
		return nil, ErrNoKey
	}
	return s.box.Seal([]byte(plain), additional)
}

func (s *Store) unseal(sealed []byte, additional string) (string, error) {
	if s.box == nil {
		return "", ErrNoKey
	}
	plain, err := s.box.Open(sealed, additional)
	return string(plain), err
}

// sealedColumn is a column of secrets, each bound to its place.
type sealedColumn struct {
	table, column string
	// key are the columns of the primary key, in the order of the place.
	key []string
	// lost is what becomes of a row whose secret nobody can open any more.
	lost string
}

// sealedColumns are all there are: what stands here is sealed anew when the key
// is replaced. A test holds them to the columns of the schema.
func sealedColumns() []sealedColumn {
	byID := []string{"tenant", "id"}
	const dead = `access = '', refresh = '', dead = true`
	const mute = `secret = '', state = 'disabled', why = 'its secret was sealed with a key that is lost: remove this address and add it again'`
	return []sealedColumn{
		{"grants", "access", byID, dead},
		{"grants", "refresh", byID, dead},
		{"hook", "secret", byID, mute},
		{"pending_consent", "verifier", []string{"state"}, `verifier = ''`},
		{"signing_key", "private_key", byID, `private_key = ''`},
		// Whoever has lost it waits for tieout person second --off: it must not
		// count as switched off.
		{"person", "second", []string{"id"}, `second = null`},
	}
}

// SealedColumns are the names of the columns that hold secrets, as
// "table.column".
func SealedColumns() []string {
	var out []string
	for _, c := range sealedColumns() {
		out = append(out, c.table+"."+c.column)
	}
	return out
}

// SealedCount says how many secrets of a column one key has sealed.
type SealedCount struct {
	// Key is the key's id, Column the column as SealedColumns names it.
	Key, Column string
	Rows        int
}

// sealedChunk is how many secrets are read at a time.
const sealedChunk = 200

// sealedRow is one secret.
type sealedRow struct {
	key    []string
	sealed []byte
}

// SealedCounts says which keys the secrets of all tenants were sealed with.
// Empty ones, which were lost, count for none.
func (s *Store) SealedCounts(ctx context.Context) ([]SealedCount, error) {
	if s.box == nil {
		return nil, ErrNoKey
	}
	var out []SealedCount
	for _, c := range sealedColumns() {
		counts := map[string]int{}
		err := s.eachSealed(ctx, c, func(r sealedRow) error {
			counts[s.box.KeyOf(r.sealed)]++
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("store: secrets in %s.%s: %w", c.table, c.column, err)
		}
		for key, n := range counts {
			out = append(out, SealedCount{Key: key, Column: c.table + "." + c.column, Rows: n})
		}
	}
	slices.SortFunc(out, func(a, b SealedCount) int { return strings.Compare(a.Key+" "+a.Column, b.Key+" "+b.Column) })
	return out, nil
}

// Reseal seals every secret of all tenants that another key than the first has
// sealed with the first one, and gives how many those were. It may be ended and
// called again at any point, and runs beside programs that work: a secret that
// changes meanwhile is left as it is then. One that no key opens is an error,
// after all others were sealed.
func (s *Store) Reseal(ctx context.Context) (int, error) {
	if s.box == nil {
		return 0, ErrNoKey
	}
	primary, err := s.box.Primary()
	if err != nil {
		return 0, fmt.Errorf("store: seal anew: %w", err)
	}
	done := 0
	var failed []error
	for _, c := range sealedColumns() {
		err := s.eachSealed(ctx, c, func(r sealedRow) error {
			if s.box.KeyOf(r.sealed) == primary {
				return nil
			}
			changed, err := s.resealRow(ctx, c, r)
			if err != nil && ctx.Err() == nil {
				failed = append(failed, err)
				return nil
			}
			if changed {
				done++
			}
			return err
		})
		if err != nil {
			return done, fmt.Errorf("store: seal %s.%s anew: %w", c.table, c.column, err)
		}
	}
	return done, errors.Join(failed...)
}

func (s *Store) resealRow(ctx context.Context, c sealedColumn, r sealedRow) (bool, error) {
	at := place(c.table, c.column, r.key...)
	plain, err := s.box.Open(r.sealed, at)
	if err != nil {
		return false, fmt.Errorf("store: %s: %w", at, err)
	}
	sealed, err := s.box.Seal(plain, at)
	if err != nil {
		return false, fmt.Errorf("store: %s: %w", at, err)
	}
	condition, args := c.is(r)
	n, err := s.writer.run(ctx, `update `+c.table+` set `+c.column+` = $1 where `+c.column+` = $2 and `+condition, append([]any{sealed, r.sealed}, args...)...)
	if err != nil {
		return false, fmt.Errorf("store: %s: %w", at, err)
	}
	return n == 1, nil
}

// is the condition of a row, with parameters from the third on.
func (c sealedColumn) is(r sealedRow) (string, []any) {
	terms, args := make([]string, len(c.key)), make([]any, len(c.key))
	for i, name := range c.key {
		terms[i], args[i] = fmt.Sprintf("%s = $%d", name, i+3), r.key[i]
	}
	return strings.Join(terms, " and "), args
}

// ForgetSealed gives up what a lost key has sealed, of all tenants, and says how
// many secrets those were: connections wait for a new consent, addresses for
// webhooks are disabled, proofs are signed with a new key.
func (s *Store) ForgetSealed(ctx context.Context, key string) (int, error) {
	if s.box == nil {
		return 0, ErrNoKey
	}
	forgotten := 0
	for _, c := range sealedColumns() {
		err := s.eachSealed(ctx, c, func(r sealedRow) error {
			if s.box.KeyOf(r.sealed) != key {
				return nil
			}
			condition, args := c.is(r)
			// The first parameter gives $2 its number.
			n, err := s.writer.run(ctx, `update `+c.table+` set `+c.lost+` where $1 = 1 and `+c.column+` = $2 and `+condition,
				append([]any{1, r.sealed}, args...)...)
			forgotten += int(n)
			return err
		})
		if err != nil {
			return forgotten, fmt.Errorf("store: forget what key %s has sealed in %s.%s: %w", key, c.table, c.column, err)
		}
	}
	return forgotten, nil
}

// eachSealed calls do for every secret of a column, in chunks, so that do may
// write and no statement lasts long.
func (s *Store) eachSealed(ctx context.Context, c sealedColumn, do func(sealedRow) error) error {
	keys := strings.Join(c.key, ", ")
	after := make([]any, len(c.key))
	marks := make([]string, len(c.key))
	for i := range c.key {
		after[i], marks[i] = "", fmt.Sprintf("$%d", i+1)
	}
	statement := fmt.Sprintf(`select %s, %s from %s where (%s) > (%s) order by %s limit %d`,
		keys, c.column, c.table, keys, strings.Join(marks, ", "), keys, sealedChunk)
	for {
		var rows []sealedRow
		err := s.reader.each(ctx, func(scan func(...any) error) error {
			r := sealedRow{key: make([]string, len(c.key))}
			into := make([]any, 0, len(c.key)+1)
			for i := range r.key {
				into = append(into, &r.key[i])
			}
			err := scan(append(into, &r.sealed)...)
			rows = append(rows, r)
			return err
		}, statement, after...)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			if bytes.Equal(r.sealed, nil) {
				continue
			}
			if err := do(r); err != nil {
				return err
			}
		}
		for i, k := range rows[len(rows)-1].key {
			after[i] = k
		}
	}
}
