package xero

import (
	"context"
	"encoding/json"
	"net/http"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

type wireOrganisation struct {
	OrganisationID, Name, BaseCurrency, CountryCode string
	Timezone, ShortCode, Edition, Class             string
	IsDemoCompany                                   boolean
	PeriodLockDate, EndOfYearLockDate               string
	SalesTaxBasis                                   string
}

// Profile reads the organisation. Xero does not count this call against the
// limits (Xero docs: pricing).
func (s *session) Profile(ctx context.Context) (connectors.Profile, error) {
	const op = "read organisation"
	rows, _, err := s.all(ctx, call{op: op, method: http.MethodGet, path: "Organisation"}, "Organisations")
	if err != nil {
		return connectors.Profile{}, err
	}
	if len(rows) != 1 {
		return connectors.Profile{}, fault(connectors.ClassPermanent, op, "the answer does not hold one organisation", nil)
	}
	p, err := profileOf(rows[0])
	if err != nil {
		return connectors.Profile{}, bodyFailure(op, false, err)
	}
	return p, nil
}

// profileOf reads an organisation.
func profileOf(raw json.RawMessage) (connectors.Profile, error) {
	o, err := decode[wireOrganisation](raw)
	if err != nil {
		return connectors.Profile{}, err
	}
	p := connectors.Profile{
		ExternalID: o.OrganisationID, Name: o.Name, Country: o.CountryCode,
		Home: money.Currency(o.BaseCurrency), Zone: zoneOf(o.Timezone),
		Live: !bool(o.IsDemoCompany),
		// Both locks bind: the later one counts.
		Lock:  max(receivables.Date(civilOf(o.PeriodLockDate)), receivables.Date(civilOf(o.EndOfYearLockDate))),
		Extra: map[string]string{},
	}
	for key, value := range map[string]string{
		"short_code": o.ShortCode, "edition": o.Edition, "plan": o.Class,
		"timezone": o.Timezone, "tax_basis": o.SalesTaxBasis,
	} {
		if value != "" {
			p.Extra[key] = value
		}
	}
	return p, nil
}
