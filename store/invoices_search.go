package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"tieout/mapping"
	"tieout/money"
)

// maxFound bounds how many invoices a search gives: whoever finds more narrows
// it down.
const maxFound = 1000

// searched are the invoices of a connection that what somebody typed may mean:
// by the beginning of the number, by reference, by a part of the customer's
// name or address, by a total or balance, by all words in the message and the
// lines, or by their beginnings. Each way goes along an index.
func (s *Store) searched(ctx context.Context, tenant, connection, text string) ([]string, error) {
	ids := map[string]bool{}
	find := func(statement string, args ...any) error {
		if len(ids) > maxFound {
			return nil
		}
		var list []string
		err := s.reader.all(ctx, &list, statement+fmt.Sprintf(" limit %d", maxFound+1), append([]any{tenant, connection}, args...)...)
		for _, id := range list {
			ids[id] = true
		}
		return err
	}
	if number := mapping.NumberKey(text); number != "" {
		err := find(`select id from invoice where tenant = $1 and connection = $2 and number_key <> '' and number_key >= $3 and number_key < $4`,
			number, number+string(utf8.MaxRune))
		if err == nil {
			err = find(`select id from invoice where tenant = $1 and connection = $2 and reference_key <> '' and reference_key = $3`, number)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.searchedNames(text, find); err != nil {
		return nil, err
	}
	if err := s.searchedAmounts(ctx, tenant, connection, text, find); err != nil {
		return nil, err
	}
	if err := s.searchedWords(ctx, tenant, connection, text, ids, find); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(ids))
	for id := range ids {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

// searchedNames finds invoices by customer. What is made of letters only is a
// name, too; what holds none is not.
func (s *Store) searchedNames(text string, find func(string, ...any) error) error {
	for kind, key := range map[string]string{"name": mapping.NameKey(text), "email": mapping.EmailKey(text)} {
		const shortest = 2
		if len(key) < shortest {
			continue
		}
		err := find(`select i.id from invoice i where i.tenant = $1 and i.connection = $2 and i.customer in (
				select k.customer from customer_key k where k.tenant = $1 and k.connection = $2 and k.kind = $3 and k.lookup like $4 escape '!')`,
			kind, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(key)+"%")
		if err != nil {
			return err
		}
	}
	return nil
}

// searchedAmounts finds invoices by what is open on them or by their total, in
// every currency that there is.
func (s *Store) searchedAmounts(ctx context.Context, tenant, connection, text string, find func(string, ...any) error) error {
	amounts := amountsOf(text)
	if len(amounts) == 0 {
		return nil
	}
	var strands []struct{ Kind, Currency string }
	err := s.reader.all(ctx, &strands, `select distinct kind, currency from tally where tenant = $1 and connection = $2 and kind in ('open', 'paid', 'void') order by kind, currency`,
		tenant, connection)
	for _, st := range strands {
		for _, minor := range amounts {
			if err == nil {
				err = find(`select i.id from invoice i where i.tenant = $1 and i.connection = $2 and `+standing+` = '`+st.Kind+`' and i.currency = $3 and i.total = $4`, st.Currency, minor)
			}
			if err == nil && st.Kind == "open" {
				err = find(`select i.id from invoice i where i.tenant = $1 and i.connection = $2 and i.currency = $3 and i.balance <> 0 and i.balance = $4`, st.Currency, minor)
			}
		}
	}
	return err
}

// amountsOf are the minor units that a number may mean, in currencies with two
// digits and with none.
func amountsOf(text string) []int64 {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	var out []int64
	for _, digits := range []int{2, 0} {
		if minor, err := money.ParseMinor(text, digits); err == nil && minor != 0 && !slices.Contains(out, minor) {
			out = append(out, minor)
		}
	}
	return out
}
