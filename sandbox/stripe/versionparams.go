package stripe

import "strings"

// versioned is a parameter that not every version has.
type versioned struct {
	path, param  string
	since, until string // "" for no bound; until is the first version without it
}

// versionedParams are the parameters that the OpenAPI documents 2023-10-16 and
// 2026-08-26.dahlia do not have in common, of those that are modelled.
func versionedParams() []versioned {
	return []versioned{
		{"/v1/products", "features", "", v2024April},
		{"/v1/products", "marketing_features", v2024April, ""},
		{"/v1/invoiceitems", "price", "", vBasil},
		{"/v1/invoiceitems", "unit_amount", "", vBasil},
		{"/v1/invoiceitems", "pricing", vBasil, ""},
		{"/v1/invoiceitems", "quantity_decimal", vDahlia, ""},
		{"/v1/invoices/{id}/lines/{line}", "price", "", vBasil},
		{"/v1/invoices/{id}/lines/{line}", "pricing", vBasil, ""},
		{"/v1/invoices/{id}/add_lines", "lines[][price]", "", vBasil},
		{"/v1/invoices/{id}/add_lines", "lines[][pricing]", vBasil, ""},
		{"/v1/invoices/{id}/update_lines", "lines[][price]", "", vBasil},
		{"/v1/invoices/{id}/update_lines", "lines[][pricing]", vBasil, ""},
		{"/v1/credit_notes", "refund", "", vBasil},
		{"/v1/credit_notes", "refunds", vBasil, ""},
		{"/v1/credit_notes", "email_type", vAcacia, ""},
		{"/v1/credit_notes", "lines[][metadata]", vDahlia, ""},
	}
}

// untimely lists the parameters sent that the call's version does not have.
func (c *call) untimely() []string {
	_, path, _ := strings.Cut(c.req.Pattern, " ")
	var bad []string
	for _, v := range versionedParams() {
		if path != v.path && !strings.HasPrefix(path, v.path+"/") {
			continue
		}
		if since(c.version, v.since) && (v.until == "" || !since(c.version, v.until)) {
			continue
		}
		for _, name := range c.names {
			if shape := indexPart.ReplaceAllString(name, "[]"); shape == v.param || strings.HasPrefix(shape, v.param+"[") {
				bad = append(bad, name)
			}
		}
	}
	return bad
}
