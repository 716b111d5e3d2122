package inbox

import "tieout/receivables"

// company is what an event is about.
type company struct{ vendor, id string }

// companies are those that the rows name, by vendor.
func companies(rows []Row) map[string][]string {
	seen := map[company]bool{}
	out := map[string][]string{}
	for _, r := range rows {
		c := company{r.Vendor, r.Event.ExternalID}
		if c.id != "" && !seen[c] {
			seen[c] = true
			out[c.vendor] = append(out[c.vendor], c.id)
		}
	}
	return out
}

// nameless are the vendors of events that name no company.
func nameless(rows []Row) map[string]bool {
	out := map[string]bool{}
	for _, r := range rows {
		if r.Event.ExternalID == "" {
			out[r.Vendor] = true
		}
	}
	return out
}

// Why an event is not read.
const (
	whyStranger = "no connection is with this company"
	whyMode     = "it is about test data, and the connection is with real money, or the other way round"
	whyNameless = "it does not say which account it is about, and several are connected: put the account's id behind the address of the endpoint"
)

// route gives the event to every connection with its company: a row for each,
// or one of nobody's. An event that names no company is that of the vendor's
// only connection.
func route(row Row, targets []Target) []Row {
	if row.Event.ExternalID == "" && len(targets) > 1 {
		return []Row{ignored(row, whyNameless)}
	}
	if len(targets) == 0 {
		return []Row{ignored(row, whyStranger)}
	}
	out := make([]Row, 0, len(targets))
	for _, t := range targets {
		own := row
		own.Tenant, own.Connection = t.Tenant, t.Connection
		switch {
		case own.State != StateNew:
		case own.Event.Live != nil && *own.Event.Live != t.Live:
			own = ignored(own, whyMode)
		case own.Event.Ref == (receivables.Ref{}):
			own.State = StateUnknown
		}
		out = append(out, own)
	}
	return out
}

// ignored keeps an unknown event what it is.
func ignored(row Row, why string) Row {
	if row.State == StateNew {
		row.State, row.Why = StateIgnored, why
	}
	return row
}
