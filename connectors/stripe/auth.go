package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"tieout/connectors"
	"tieout/money"
)

// keyPattern is the form of secret and restricted keys (stripe docs: keys).
var keyPattern = regexp.MustCompile(`^[sr]k_(test|live)_[0-9A-Za-z_]+$`)

// CheckKey says what is wrong with the form of a key, and whether it is one
// for real money. Only Stripe knows whether the key works.
func (v *Vendor) CheckKey(key string) (problem string, live bool) {
	match := keyPattern.FindStringSubmatch(key)
	switch {
	case match != nil:
		return "", match[1] == "live"
	case key == "":
		return "the key is empty", false
	case strings.TrimSpace(key) != key:
		return "the key has blanks around it", false
	case strings.HasPrefix(key, "pk_"):
		return "this is a publishable key; a secret (sk_) or restricted (rk_) key is needed", false
	case strings.HasPrefix(key, "whsec_"):
		return "this is the secret of a webhook endpoint; a secret (sk_) or restricted (rk_) key is needed", false
	}
	return "the key does not look like sk_test_…, sk_live_…, rk_test_… or rk_live_…", false
}

type wireAccount struct {
	ID              string `json:"id"`
	Country         string `json:"country"`
	DefaultCurrency string `json:"default_currency"`
	BusinessProfile *struct {
		Name string `json:"name"`
	} `json:"business_profile"`
	Settings *struct {
		Dashboard *struct {
			DisplayName string `json:"display_name"`
			Timezone    string `json:"timezone"`
		} `json:"dashboard"`
	} `json:"settings"`
}

// Profile reads the account that the key belongs to and, because the account
// itself does not say, from the balance whether its money is real: two calls.
// A key of another account than the connected one is a failure.
func (s *session) Profile(ctx context.Context) (connectors.Profile, error) {
	const op = "read account"
	raw, err := s.get(ctx, op, "/v1/account")
	if err != nil {
		return connectors.Profile{}, err
	}
	var account wireAccount
	if err := json.Unmarshal(raw, &account); err != nil || account.ID == "" {
		return connectors.Profile{}, unreadable(op, err)
	}
	if want := s.access.ExternalID; want != "" && want != account.ID {
		return connectors.Profile{}, fault(connectors.ClassPermanent, op,
			fmt.Sprintf("the key belongs to account %s, the connection is with %s", account.ID, want), nil)
	}
	balance, err := s.balance(ctx)
	if err != nil {
		return connectors.Profile{}, err
	}
	return account.profile(balance.Livemode), nil
}

func (a wireAccount) profile(live bool) connectors.Profile {
	p := connectors.Profile{
		ExternalID: a.ID, Name: a.ID, Country: a.Country, Live: live,
		Home: money.Currency(strings.ToUpper(a.DefaultCurrency)),
	}
	if a.BusinessProfile != nil && a.BusinessProfile.Name != "" {
		p.Name = a.BusinessProfile.Name
	}
	if a.Settings != nil && a.Settings.Dashboard != nil {
		p.Zone = a.Settings.Dashboard.Timezone
		if shown := a.Settings.Dashboard.DisplayName; shown != "" {
			p.Name = shown
		}
	}
	return p
}
