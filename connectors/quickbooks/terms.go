package quickbooks

import "tieout/connectors"

// Asks is the only scope of the Accounting API: there is no narrower one for
// reading (Intuit docs: scopes).
func (v *Vendor) Asks() []connectors.Ask {
	return []connectors.Ask{{
		Name: "Accounting (" + accountingScope + ")",
		Why: "to read customers, invoices, payments, credits and accounts; later, once you have switched it on, to enter payments, fees and payouts " +
			"and to put payment links on invoices. Intuit has no narrower permission.",
	}}
}

// Price is what reading costs (Intuit blog 2026-01-08: understanding Builder
// tier API usage; Intuit blog 2025-08-11: best practices for API optimization).
func (v *Vendor) Price() string {
	switch {
	case v.config.Sandbox:
		return "Calls with development keys are free."
	case v.config.Tier == TierBuilder || v.config.Tier == "":
		return "Builder tier: reading costs nothing up to 500,000 calls a month for all companies of your app together; beyond that Intuit refuses them until " +
			"the next month. Writing is not counted."
	}
	return "Reading is counted for all companies of your app together; what goes beyond the month's calls is charged by Intuit. Writing is not counted."
}
