package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// wireDestination is a bank account or a card that a payout went to, expanded
// (Stripe docs: payouts/object, destination; expanding_objects).
type wireDestination struct {
	Object   string `json:"object"`
	BankName string `json:"bank_name"`
	Brand    string `json:"brand"`
	Last4    string `json:"last4"`
	Currency string `json:"currency"`
}

// Destinations reads the newest payout to each account, and what Stripe shows of
// the account with it: a list of an account's own external accounts is given to
// the platforms that control it only (Stripe docs: accounts/object,
// external_accounts).
func (s *session) Destinations(ctx context.Context, ids []string) (map[string]receivables.Destination, error) {
	found := map[string]receivables.Destination{}
	for _, id := range ids {
		d, err := s.destination(ctx, id)
		switch class := connectors.ClassOf(err); {
		case err == nil && d != (receivables.Destination{}):
			found[id] = d
		case err == nil, class == connectors.ClassRequest, class == connectors.ClassGone, class == connectors.ClassReconnect:
		default:
			return found, err
		}
	}
	return found, nil
}

// destination reads one account; an empty one where Stripe shows only its id.
func (s *session) destination(ctx context.Context, id string) (receivables.Destination, error) {
	const op = "read payout destination"
	query := url.Values{"destination": {id}, "limit": {"1"}, "expand[]": {"data.destination"}}
	raw, err := s.get(ctx, op, "/v1/payouts?"+query.Encode())
	if err != nil {
		return receivables.Destination{}, err
	}
	var list struct {
		Data []struct {
			Destination json.RawMessage `json:"destination"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return receivables.Destination{}, fault(connectors.ClassPermanent, op, fmt.Sprintf("the payouts to %s cannot be read", id), err)
	}
	var w wireDestination
	if len(list.Data) == 0 || json.Unmarshal(list.Data[0].Destination, &w) != nil {
		return receivables.Destination{}, nil // an id that was not expanded
	}
	return receivables.Destination{Name: cmp.Or(w.BankName, w.Brand), Last4: w.Last4, Currency: money.Currency(strings.ToUpper(w.Currency))}, nil
}
