// Package all lists the vendors that Tieout knows. A new one is a folder and
// a line here.
package all

import (
	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
)

// Config configures every vendor: addresses, and the operator's own
// applications.
type Config struct {
	QuickBooks quickbooks.Config
	Xero       xero.Config
	Stripe     stripe.Config
}

// Vendors are the vendors by name.
func Vendors(c Config) map[string]connectors.Vendor {
	list := map[string]connectors.Vendor{}
	for _, v := range []connectors.Vendor{quickbooks.New(c.QuickBooks), xero.New(c.Xero), stripe.New(c.Stripe)} {
		list[v.Name()] = v
	}
	return list
}
