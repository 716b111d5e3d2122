package xero

import "tieout/connectors"

// Asks are the scopes with what each is for.
func (v *Vendor) Asks() []connectors.Ask {
	why := map[string]string{
		"offline_access":                       "to go on reading while you are away",
		"accounting.invoices":                  "to read invoices and credit notes, and to put payment links on invoices",
		"accounting.payments":                  "to read payments, and to enter those that Stripe received",
		"accounting.banktransactions":          "to enter Stripe's fees and payouts, and to see what others entered",
		"accounting.manualjournals":            "to see journals on the accounts that are compared",
		"accounting.contacts":                  "to read customers, and to make the supplier \u201cStripe\u201d",
		"accounting.settings":                  "to read accounts, tax rates and the time zone, and to make the accounts for Stripe if you want them made",
		"accounting.reports.trialbalance.read": "to compare receivables with Xero's own balance",
		"accounting.reports.banksummary.read":  "to compare the clearing accounts with Xero's own balances",
	}
	out := make([]connectors.Ask, len(v.config.Scopes))
	for i, s := range v.config.Scopes {
		out[i] = connectors.Ask{Name: s, Why: why[s]}
	}
	return out
}

// Price is what calls cost under the app's tier (Xero docs: developer.xero.com/pricing,
// guides/oauth2/limits). Prices of a gigabyte are the page's and are not repeated
// here: they change.
func (v *Vendor) Price() string {
	const calls = "Calls themselves cost nothing"
	switch v.config.Tier {
	case TierStarter, "":
		return "Starter tier: no charge; 1,000 calls a day for each organisation, five organisations."
	case TierEnterprise:
		return calls + "; what may be read in a month is agreed with Xero."
	case TierCore:
		return calls + ". Core tier: 10 GB read in a month are included, every further one is charged; 5,000 calls a day for each organisation."
	case TierPlus:
		return calls + ". Plus tier: 50 GB read in a month are included, every further one is charged; 5,000 calls a day for each organisation."
	}
	return calls + ". Advanced tier: 250 GB read in a month are included, every further one is charged; 5,000 calls a day for each organisation."
}
