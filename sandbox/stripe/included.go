package stripe

import "encoding/json"

// included is a property that is shown only when asked for; nil when there is
// none of that name.
func (c *call) included(kind, id, field string) json.RawMessage {
	if !asked(kind, field) {
		return nil
	}
	switch field {
	case "total_count":
		return encoded(c.total)
	case "tax", "cash_balance", "currency_options", "tiers":
		return json.RawMessage("null")
	case "invoice_credit_balance":
		return c.creditBalance(id)
	case "sources", "subscriptions", "tax_ids":
		return emptyList("/v1/customers/" + id + "/" + field)
	case "confirmation_secret", "payments":
		if !since(c.version, vBasil) {
			return nil
		}
	}
	switch o := c.byID[id].(type) {
	case *paymentLink:
		return itemList(o.items, "/v1/payment_links/"+id+"/line_items").render()
	case *session:
		return itemList(o.items, "/v1/checkout/sessions/"+id+"/line_items").render()
	case *charge:
		refunds, more := c.refunds.page(query{key: "charge=" + id, to: forever, limit: defaultLimit})
		return c.listOf(refunds, more, "/v1/charges/"+id+"/refunds").render()
	case *invoice:
		return c.ofInvoice(o, field)
	}
	return nil
}

// ofInvoice are the includable properties of an invoice.
func (c *call) ofInvoice(o *invoice, field string) json.RawMessage {
	if field == "payments" {
		payments, more := c.invoicePayments.page(query{key: "invoice=" + o.ID, to: forever, limit: defaultLimit})
		return c.listOf(payments, more, "/v1/invoice_payments").render()
	}
	in, ok := c.byID[val(o.PaymentIntent)].(*paymentIntent)
	if !ok {
		return json.RawMessage("null")
	}
	return encoded(map[string]string{"client_secret": in.ClientSecret, "type": "payment_intent"})
}

// creditBalance is a customer's balance by currency.
func (c *call) creditBalance(id string) json.RawMessage {
	o, ok := c.byID[id].(*customer)
	if !ok || o.Currency == nil {
		return json.RawMessage("{}")
	}
	return encoded(map[string]int64{*o.Currency: o.Balance})
}

func emptyList(url string) json.RawMessage { return list{Object: "list", URL: url}.render() }
