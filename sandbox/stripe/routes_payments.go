package stripe

// paymentsRoutes are the operations around payments, webhooks and accounts.
func (s *Server) paymentsRoutes() {
	s.sessionRoutes()
	s.intentRoutes()
	s.methodRoutes()
	s.tokenRoutes()
	s.setupRoutes()
	s.chargeRoutes()
	s.disputeRoutes()
	s.moneyRoutes()
	s.endpointRoutes()
	s.accountRoutes()
	s.connectRoutes()
	s.pageRoutes()
}

func (s *Server) sessionRoutes() {
	s.op("GET /v1/checkout/sessions", listParams+" customer payment_intent payment_link status subscription customer_details[email] "+rangeParams("created"), (*call).listSessions)
	s.op("POST /v1/checkout/sessions", "mode currency success_url cancel_url client_reference_id customer customer_email customer_creation expires_at metadata[*] "+
		"line_items[][price] line_items[][quantity] line_items[][price_data][currency] line_items[][price_data][unit_amount] line_items[][price_data][unit_amount_decimal] "+
		"line_items[][price_data][product] line_items[][price_data][product_data][name] line_items[][price_data][product_data][description] "+
		"line_items[][price_data][product_data][metadata][*] line_items[][price_data][tax_behavior] "+
		"line_items[][price_data][product_data][images][] line_items[][price_data][product_data][tax_code] line_items[][adjustable_quantity][enabled] "+
		"line_items[][adjustable_quantity][minimum] line_items[][adjustable_quantity][maximum] payment_intent_data[description] payment_intent_data[metadata][*] "+
		"payment_intent_data[receipt_email] payment_intent_data[statement_descriptor] payment_intent_data[statement_descriptor_suffix] "+
		"payment_intent_data[setup_future_usage] payment_intent_data[capture_method] setup_intent_data[description] setup_intent_data[metadata][*] "+
		"payment_method_types[] payment_method_options[**] payment_method_configuration payment_method_collection allow_promotion_codes automatic_tax[enabled] "+
		"billing_address_collection customer_update[**] custom_text[**] shipping_address_collection[allowed_countries][] phone_number_collection[enabled] saved_payment_method_options[**] adaptive_pricing[enabled] "+
		"tax_id_collection[enabled] submit_type locale ui_mode", (*call).createSession)
	s.op("GET /v1/checkout/sessions/{id}", "", (*call).getSession)
	s.op("GET /v1/checkout/sessions/{id}/line_items", listParams, (*call).sessionItems)
	s.op("POST /v1/checkout/sessions/{id}", "metadata[*]", (*call).updateSession)
	s.op("POST /v1/checkout/sessions/{id}/expire", "", (*call).expireSession)
}

func (s *Server) moneyRoutes() {
	s.op("GET /v1/refunds", listParams+" charge payment_intent "+rangeParams("created"), (*call).listRefunds)
	s.op("POST /v1/refunds", "charge payment_intent amount reason metadata[*] instructions_email currency refund_application_fee reverse_transfer", (*call).createRefund)
	s.op("GET /v1/refunds/{id}", "", (*call).getRefund)
	s.op("POST /v1/refunds/{id}", "metadata[*]", (*call).updateRefund)
	s.op("POST /v1/refunds/{id}/cancel", "", (*call).cancelRefund)
	s.op("GET /v1/balance", "", (*call).getBalance)
	for _, path := range []string{"/v1/balance_transactions", "/v1/balance/history"} { // the second is the older name
		s.op("GET "+path, listParams+" currency payout source type "+rangeParams("created"), (*call).listMovements)
		s.op("GET "+path+"/{id}", "", (*call).getMovement)
	}
	s.op("GET /v1/payouts", listParams+" destination status "+rangeParams("arrival_date")+" "+rangeParams("created"), (*call).listPayouts)
	s.op("POST /v1/payouts", "amount currency description destination metadata[*] method source_type statement_descriptor", (*call).createPayout)
	s.op("GET /v1/payouts/{id}", "", (*call).getPayout)
	s.op("POST /v1/payouts/{id}", "metadata[*]", (*call).updatePayout)
	s.op("POST /v1/payouts/{id}/cancel", "", (*call).cancelPayout)
	s.op("POST /v1/payouts/{id}/reverse", "metadata[*]", (*call).reversePayout)
	s.op("GET /v1/events", listParams+" type types[] delivery_success "+rangeParams("created"), (*call).listEvents)
	s.op("GET /v1/events/{id}", "", (*call).getEvent)
}
