package stripe

import (
	"net/http"
)

// routes lists every operation with the parameters that it takes. Parameters
// that Stripe documents but the stand-in does not model are refused like
// unknown ones, so that nothing is silently ignored (see README).
func (s *Server) routes() {
	s.customerRoutes()
	s.priceRoutes()
	s.linkRoutes()
	s.sessionRoutes()
	s.intentRoutes()
	s.moneyRoutes()
	s.pageRoutes()
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e := &Error{Status: http.StatusNotFound, Type: typeInvalidRequest, Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path +
			"). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."}
		writeError(w, e)
	})
}

func (s *Server) customerRoutes() {
	const fields = "name email phone description metadata[*] address[city] address[country] address[line1] address[line2] address[postal_code] address[state] preferred_locales[]"
	s.op("GET /v1/account", "", (*call).getAccount)
	s.op("GET /v1/customers", listParams+" email "+rangeParams("created"), (*call).listCustomers)
	s.op("POST /v1/customers", fields, (*call).createCustomer)
	s.op("GET /v1/customers/{id}", "", (*call).getCustomer)
	s.op("POST /v1/customers/{id}", fields, (*call).updateCustomer)
	s.op("DELETE /v1/customers/{id}", "", (*call).deleteCustomer)
}

func (s *Server) priceRoutes() {
	const product = "name active description metadata[*] url unit_label"
	s.op("GET /v1/products", listParams+" active ids[] "+rangeParams("created"), (*call).listProducts)
	s.op("POST /v1/products", product+" id default_price_data[currency] default_price_data[unit_amount]", (*call).createProduct)
	s.op("GET /v1/products/{id}", "", (*call).getProduct)
	s.op("POST /v1/products/{id}", product+" default_price", (*call).updateProduct)
	s.op("GET /v1/prices", listParams+" active currency product type "+rangeParams("created"), (*call).listPrices)
	s.op("POST /v1/prices", "currency unit_amount product product_data[name] product_data[metadata][*] product_data[id] active nickname metadata[*] tax_behavior billing_scheme", (*call).createPrice)
	s.op("GET /v1/prices/{id}", "", (*call).getPrice)
	s.op("POST /v1/prices/{id}", "active nickname metadata[*]", (*call).updatePrice)
}

func (s *Server) linkRoutes() {
	const fields = "metadata[*] restrictions[completed_sessions][limit] inactive_message " +
		"after_completion[type] after_completion[hosted_confirmation][custom_message] after_completion[redirect][url] " +
		"payment_intent_data[description] payment_intent_data[metadata][*] payment_intent_data[statement_descriptor] payment_intent_data[statement_descriptor_suffix] " +
		"payment_method_types[] customer_creation allow_promotion_codes automatic_tax[enabled] billing_address_collection"
	s.op("GET /v1/payment_links", listParams+" active", (*call).listLinks)
	s.op("POST /v1/payment_links", fields+" line_items[][price] line_items[][quantity] line_items[][adjustable_quantity][enabled] currency submit_type "+
		"phone_number_collection[enabled] tax_id_collection[enabled]", (*call).createLink)
	s.op("GET /v1/payment_links/{id}", "", (*call).getLink)
	s.op("POST /v1/payment_links/{id}", fields+" active", (*call).updateLink)
	s.op("GET /v1/payment_links/{id}/line_items", listParams, (*call).linkItems)
}

func (s *Server) sessionRoutes() {
	s.op("GET /v1/checkout/sessions", listParams+" customer payment_intent payment_link status customer_details[email] "+rangeParams("created"), (*call).listSessions)
	s.op("POST /v1/checkout/sessions", "mode currency success_url cancel_url client_reference_id customer customer_email customer_creation expires_at metadata[*] "+
		"line_items[][price] line_items[][quantity] line_items[][price_data][currency] line_items[][price_data][unit_amount] "+
		"line_items[][price_data][product] line_items[][price_data][product_data][name] line_items[][price_data][product_data][description] "+
		"line_items[][price_data][product_data][metadata][*] payment_intent_data[description] payment_intent_data[metadata][*] "+
		"payment_intent_data[receipt_email] payment_intent_data[statement_descriptor] payment_intent_data[statement_descriptor_suffix] "+
		"payment_method_types[] allow_promotion_codes automatic_tax[enabled] billing_address_collection submit_type locale ui_mode", (*call).createSession)
	s.op("GET /v1/checkout/sessions/{id}", "", (*call).getSession)
	s.op("GET /v1/checkout/sessions/{id}/line_items", listParams, (*call).sessionItems)
	s.op("POST /v1/checkout/sessions/{id}/expire", "", (*call).expireSession)
}

func (s *Server) intentRoutes() {
	const fields = "description metadata[*] customer receipt_email statement_descriptor statement_descriptor_suffix payment_method payment_method_types[]"
	s.op("GET /v1/payment_intents", listParams+" customer "+rangeParams("created"), (*call).listIntents)
	s.op("POST /v1/payment_intents", fields+" amount currency confirm off_session return_url confirmation_method capture_method "+
		"automatic_payment_methods[enabled] automatic_payment_methods[allow_redirects]", (*call).createIntent)
	s.op("GET /v1/payment_intents/{id}", "client_secret", (*call).getIntent)
	s.op("POST /v1/payment_intents/{id}", fields+" amount", (*call).updateIntent)
	s.op("POST /v1/payment_intents/{id}/confirm", "payment_method off_session return_url receipt_email", (*call).confirmIntent)
	s.op("POST /v1/payment_intents/{id}/cancel", "cancellation_reason", (*call).cancelIntent)
}

func (s *Server) moneyRoutes() {
	s.op("GET /v1/charges", listParams+" customer payment_intent "+rangeParams("created"), (*call).listCharges)
	s.op("GET /v1/charges/{id}", "", (*call).getCharge)
	s.op("POST /v1/charges/{id}", "description metadata[*] receipt_email", (*call).updateCharge)
	s.op("GET /v1/charges/{id}/refunds", listParams, (*call).listChargeRefunds)
	s.op("GET /v1/refunds", listParams+" charge payment_intent "+rangeParams("created"), (*call).listRefunds)
	s.op("POST /v1/refunds", "charge payment_intent amount reason metadata[*]", (*call).createRefund)
	s.op("GET /v1/refunds/{id}", "", (*call).getRefund)
	s.op("POST /v1/refunds/{id}", "metadata[*]", (*call).updateRefund)
	s.op("GET /v1/disputes", listParams+" charge payment_intent "+rangeParams("created"), (*call).listDisputes)
	s.op("GET /v1/disputes/{id}", "", (*call).getDispute)
	s.op("GET /v1/balance", "", (*call).getBalance)
	s.op("GET /v1/balance_transactions", listParams+" currency payout source type "+rangeParams("created"), (*call).listMovements)
	s.op("GET /v1/balance_transactions/{id}", "", (*call).getMovement)
	s.op("GET /v1/payouts", listParams+" destination status "+rangeParams("arrival_date")+" "+rangeParams("created"), (*call).listPayouts)
	s.op("POST /v1/payouts", "amount currency description destination metadata[*] method source_type statement_descriptor", (*call).createPayout)
	s.op("GET /v1/payouts/{id}", "", (*call).getPayout)
	s.op("POST /v1/payouts/{id}", "metadata[*]", (*call).updatePayout)
	s.op("GET /v1/events", listParams+" type types[] delivery_success "+rangeParams("created"), (*call).listEvents)
	s.op("GET /v1/events/{id}", "", (*call).getEvent)
}

// find looks an object of one shelf up by an id; param is named in the error.
func find[T object](a *Account, s *shelf, id, param string) (T, *Error) {
	o, ok := a.byID[id].(T)
	if !ok {
		return o, missing(s.kind, id, param)
	}
	return o, nil
}

// get answers the object whose id stands in the path.
func get[T object](c *call, s *shelf, param string) *Error {
	o, e := find[T](c.Account, s, c.req.PathValue("id"), param)
	if e != nil {
		return e
	}
	return c.answer(object(o))
}
