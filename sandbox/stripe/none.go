package stripe

import "strings"

// noneRoutes are the lists of what no account here can have, since nothing
// makes it: they are empty, as those of an account that never used the
// feature. Programs that read a whole account ask for them (Stripe's own sync
// engine does). Making one of these is an unknown URL; plans are left out,
// because recurring prices would have to show among them.
func (s *Server) noneRoutes() {
	for resource, filters := range map[string]string{
		"application_fees": "charge " + rangeParams("created"),
		"coupons":          rangeParams("created"),
		"promotion_codes":  "active code coupon customer " + rangeParams("created"),
		"quotes":           "customer status test_clock",
		"reviews":          rangeParams("created"),
		"shipping_rates":   "active currency " + rangeParams("created"),
		"subscription_schedules": "customer scheduled " + rangeParams("canceled_at") + " " + rangeParams("completed_at") + " " +
			rangeParams("created") + " " + rangeParams("released_at"),
		"subscriptions": "automatic_tax[enabled] collection_method customer price status test_clock " + rangeParams("created") + " " +
			rangeParams("current_period_end") + " " + rangeParams("current_period_start"),
		"tax_rates": "active inclusive " + rangeParams("created"),
		"topups":    "status " + rangeParams("amount") + " " + rangeParams("created"),
		"transfers": "destination transfer_group " + rangeParams("created"),
	} {
		none := newShelf(strings.TrimSuffix(resource, "s"))
		path := "/v1/" + resource
		s.op("GET "+path, listParams+" "+filters, func(c *call) *Error { return c.answerList(none, path, "", nil) })
		s.op("GET "+path+"/{id}", "", func(c *call) *Error { return missing(none.kind, c.req.PathValue("id"), "id") })
	}
	for _, part := range []string{"subscriptions", "tax_ids"} {
		s.op("GET /v1/customers/{id}/"+part, listParams, func(c *call) *Error { return c.noneOfCustomer(part) })
	}
}

func (c *call) noneOfCustomer(part string) *Error {
	o, e := find[*customer](c.Account, c.customers, c.req.PathValue("id"), "customer")
	if e != nil {
		return e
	}
	return c.answerList(newShelf(part), "/v1/customers/"+o.ID+"/"+part, "", nil)
}
