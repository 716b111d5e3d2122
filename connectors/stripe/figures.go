package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// maxMemberPages bounds the list of one payout's members: a million of them.
const maxMemberPages = 10_000

func pathID(id string) string { return url.PathEscape(id) }

func (s *session) balance(ctx context.Context) (wireBalance, error) {
	const op = "read balance"
	raw, err := s.get(ctx, op, "/v1/balance")
	if err != nil {
		return wireBalance{}, err
	}
	var w wireBalance
	if err := json.Unmarshal(raw, &w); err != nil || w.Available == nil {
		return wireBalance{}, unreadable(op, err)
	}
	return w, nil
}

// Balances adds up, by currency, what is available, pending, reserved for
// connected accounts and set aside for Issuing. What is instantly available is
// a part of these and no addend (OpenAPI 2023-10-16: balance).
func (s *session) Balances(ctx context.Context) (map[money.Currency]int64, error) {
	w, err := s.balance(ctx)
	if err != nil {
		return nil, err
	}
	all := append(append(append([]wireFunds{}, w.Available...), w.Pending...), w.ConnectReserved...)
	if w.Issuing != nil {
		all = append(all, w.Issuing.Available...)
	}
	minor := map[money.Currency]int64{}
	for _, f := range all {
		c := money.Currency(upper(f.Currency))
		if minor[c], err = money.AddMinor(minor[c], f.Amount); err != nil {
			return nil, fmt.Errorf("stripe: balance in %s: %w", c, err)
		}
	}
	for c, amount := range minor {
		if minor[c], err = fromStripe(amount, c); err != nil {
			return nil, fmt.Errorf("stripe: balance of %d in %s: %w", amount, c, err)
		}
	}
	return minor, nil
}

// Movements reads balance transactions by id, one call each.
func (s *session) Movements(ctx context.Context, ids []string) ([]mapping.Draft, error) {
	refs := make([]receivables.Ref, len(ids))
	for i, id := range ids {
		refs[i] = receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: id}
	}
	return s.Fetch(ctx, refs)
}

// membersOf asks for what a payout took out.
func membersOf(payout string) url.Values { return url.Values{"payout": {payout}} }

// PayoutMembers reads the list by payout, which Stripe gives for automatic
// payouts only, and leaves out the payout's own row.
func (s *session) PayoutMembers(ctx context.Context, payoutID string) ([]mapping.Draft, error) {
	const op = "list payout members"
	var out []mapping.Draft
	at, after := s.reading(), ""
	for range maxMemberPages {
		query := membersOf(payoutID)
		if after != "" {
			query.Set("starting_after", after)
		}
		got, err := s.list(ctx, op, movements().path, query)
		if err != nil {
			return nil, err
		}
		for _, r := range got.rows {
			if d, ok := memberOf(r, payoutID, at); ok {
				out = append(out, d)
			}
		}
		if !got.more {
			return out, nil
		}
		last, ok := got.last()
		if !ok || last.id == after {
			return nil, stuck(op)
		}
		after = last.id
	}
	return nil, fault(connectors.ClassPermanent, op, "the payout has more members than can be read", nil)
}

// maxOpenPages bounds the walk over open invoices: a hundred thousand of them.
const maxOpenPages = 1_000

// OpenInvoices lists the open ones, one call for 100 of them, and adds up what
// remains to be paid. Invoices that Stripe has given up are not open.
func (s *session) OpenInvoices(ctx context.Context) (map[money.Currency]int64, error) {
	const op = "list open invoices"
	minor, after := map[money.Currency]int64{}, ""
	for range maxOpenPages {
		query := url.Values{"status": {"open"}}
		if after != "" {
			query.Set("starting_after", after)
		}
		got, err := s.list(ctx, op, "/v1/invoices", query)
		if err != nil {
			return nil, err
		}
		for _, r := range got.rows {
			if err := addOpen(minor, r.raw); err != nil {
				return nil, unreadable(op, err)
			}
		}
		if !got.more {
			return minor, nil
		}
		last, ok := got.last()
		if !ok || last.id == after {
			return nil, stuck(op)
		}
		after = last.id
	}
	return nil, fault(connectors.ClassPermanent, op, "there are more open invoices than can be read", nil)
}

func addOpen(minor map[money.Currency]int64, raw json.RawMessage) error {
	var w struct {
		Currency        string `json:"currency"`
		AmountRemaining int64  `json:"amount_remaining"`
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	c := money.Currency(upper(w.Currency))
	open, err := fromStripe(w.AmountRemaining, c)
	if err == nil {
		minor[c], err = money.AddMinor(minor[c], open)
	}
	return err
}
