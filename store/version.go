package store

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
)

// Versions says, as a word for each that changes whenever something did, how
// new the connections and the books of a tenant are. They are read from what
// work leaves behind anyway, on whichever machine it ran: a lease is taken and
// given back around every run, and renewed in long ones; every decision and
// write appends to a journal.
type Versions struct{ Connections, Books string }

// TenantVersions reads the versions of a tenant: a few small rows.
func (s *Store) TenantVersions(ctx context.Context, tenant string) (Versions, error) {
	connections, books := fnv.New64a(), fnv.New64a()
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var subject, state string
		var at instant
		var n int64
		if err := scan(&subject, &state, &n, &at); err != nil {
			return err
		}
		into := connections
		if strings.HasPrefix(subject, "book/") {
			into = books
		}
		_, err := fmt.Fprintln(into, subject, state, n, at.time().UnixMicro())
		return err
	}, `
		select name as subject, case when holder = '' then '' else 'held' end as state, fence as n, held_until as at from lease
			where tenant = $1 and (substr(name, 1, 11) = 'connection/' or substr(name, 1, 5) = 'book/')
		union all
		select 'book/' || book || '/journal', '', seq, null from journal_head where tenant = $1
		union all
		select 'connection/' || id, state || why || schedule, failures, fresh from connection where tenant = $1
		union all
		select 'connection/' || id || '/due', '', 0, due from connection where tenant = $1
		union all
		select 'connection/' || connection || '/' || name, '', seen, moved from stream where tenant = $1 and not done
		union all
		select 'book/' || id || '/settings', case when writes then 'on' else 'off' end, generation, cut_over from book where tenant = $1
		order by subject, state, n`, tenant)
	if err != nil {
		return Versions{}, fmt.Errorf("store: versions: %w", err)
	}
	return Versions{Connections: fmt.Sprintf("%016x", connections.Sum64()), Books: fmt.Sprintf("%016x", books.Sum64())}, nil
}
