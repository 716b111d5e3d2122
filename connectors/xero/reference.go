package xero

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"tieout/connectors"
)

// chartAge is how old the accounts may be that codes and currencies are taken
// from. A code that was changed meanwhile is refused by Xero, and then read
// again.
const chartAge = time.Hour

// charts are the organisations' accounts as they were last read, by tenant.
// Every pass pulls them anyway, so that the other needs cost no call.
type charts struct {
	mu   sync.Mutex
	byID map[string]chart
}

type chart struct {
	at       time.Time
	accounts map[string]wireAccount
}

func newCharts() *charts { return &charts{byID: map[string]chart{}} }

func (c *charts) get(tenant string, now time.Time) (map[string]wireAccount, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.byID[tenant]
	return found.accounts, ok && now.Sub(found.at) < chartAge && !now.Before(found.at)
}

func (c *charts) put(tenant string, now time.Time, accounts map[string]wireAccount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[tenant] = chart{now, accounts}
}

func (c *charts) drop(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, tenant)
}

// accounts are all accounts by id: as they were read within the last hour if
// all that are asked for are among them, else read now. called says that it
// cost a call.
func (s *session) accounts(ctx context.Context, ids ...string) (accounts map[string]wireAccount, called bool, err error) {
	now := s.now()
	if known, ok := s.charts.get(s.access.ExternalID, now); ok && !now.IsZero() {
		for _, id := range ids {
			if _, there := known[id]; !there {
				ok = false
			}
		}
		if ok {
			return known, false, nil
		}
	}
	fresh := map[string]wireAccount{}
	_, err = s.do(ctx, call{op: "read accounts", method: http.MethodGet, path: "Accounts"}, "Accounts", func(raw json.RawMessage) error {
		// An account that cannot be read is left out; what needs it says so.
		if w, err := decode[wireAccount](raw); err == nil {
			fresh[w.AccountID] = w
		}
		return nil
	})
	if err != nil {
		return nil, true, err
	}
	s.charts.put(s.access.ExternalID, now, fresh)
	return fresh, true, nil
}

// learn keeps accounts that a pull has brought: a list without a date is all
// of them, one since a date adds to what is known.
func (s *session) learn(rows []json.RawMessage, whole bool) {
	now := s.now()
	known, ok := s.charts.get(s.access.ExternalID, now)
	if now.IsZero() || !whole && !ok {
		return
	}
	next := map[string]wireAccount{}
	if !whole {
		maps.Copy(next, known)
	}
	for _, raw := range rows {
		if w, err := decode[wireAccount](raw); err == nil {
			next[w.AccountID] = w
		}
	}
	s.charts.put(s.access.ExternalID, now, next)
}

// forget drops the accounts when Xero refuses a code that was taken from them.
func (s *session) forget(err error) {
	if f, ok := connectors.AsFailure(err); ok && strings.Contains(f.Text, "Account code") {
		s.charts.drop(s.access.ExternalID)
	}
}
