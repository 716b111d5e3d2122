package stripe

import "strings"

// billingRoutes are the operations around invoices, catalogue and customers.
func (s *Server) billingRoutes() {
	s.customerRoutes()
	s.priceRoutes()
	s.linkRoutes()
	s.invoiceRoutes()
	s.invoiceItemRoutes()
	s.creditNoteRoutes()
	s.searchRoutes()
	s.invoicePageRoutes()
}

// inGroup are parameters inside a group, with a blank before each.
func inGroup(group string, names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(" " + under(group, name))
	}
	return b.String()
}

func addressParams(group string) string {
	return inGroup(group, "city", "country", "line1", "line2", "postal_code", "state")
}

// priceDataParams are the parameters of a price made on the side, in a group.
func priceDataParams(group string) string {
	return inGroup(under(group, "price_data"), "currency", "product", "tax_behavior", "unit_amount", "unit_amount_decimal", "product_data[name]",
		"product_data[description]", "product_data[metadata][*]", "product_data[tax_code]", "product_data[unit_label]", "product_data[images][]")
}

func (s *Server) customerRoutes() {
	fields := "name email phone description metadata[*] preferred_locales[] balance tax_exempt invoice_prefix next_invoice_sequence " +
		"invoice_settings[default_payment_method] invoice_settings[footer] invoice_settings[custom_fields][][name] invoice_settings[custom_fields][][value] " +
		"invoice_settings[rendering_options][amount_tax_display] shipping[name] shipping[phone]" + addressParams("address") + addressParams("shipping[address]")
	s.op("GET /v1/customers", listParams+" email "+rangeParams("created"), (*call).listCustomers)
	s.op("POST /v1/customers", fields+" payment_method", (*call).createCustomer)
	s.op("GET /v1/customers/{id}", "", (*call).getCustomer)
	s.op("POST /v1/customers/{id}", fields, (*call).updateCustomer)
	s.op("DELETE /v1/customers/{id}", "", (*call).deleteCustomer)
	const move = "description metadata[*]"
	s.op("GET /v1/customers/{customer}/balance_transactions", listParams, (*call).listBalanceMoves)
	s.op("POST /v1/customers/{customer}/balance_transactions", move+" amount currency", (*call).createBalance)
	s.op("GET /v1/customers/{customer}/balance_transactions/{id}", "", (*call).getBalanceMove)
	s.op("POST /v1/customers/{customer}/balance_transactions/{id}", move, (*call).updateBalanceMove)
}

func (s *Server) priceRoutes() {
	const product = "name active description metadata[*] url unit_label images[] shippable statement_descriptor tax_code features[][name] marketing_features[][name]"
	const recurring = "recurring[interval] recurring[interval_count] recurring[usage_type]"
	s.op("GET /v1/products", listParams+" active ids[] shippable url "+rangeParams("created"), (*call).listProducts)
	s.op("POST /v1/products", product+" id default_price_data[currency] default_price_data[unit_amount] default_price_data[unit_amount_decimal] "+
		"default_price_data[tax_behavior] default_price_data[recurring][interval] default_price_data[recurring][interval_count]", (*call).createProduct)
	s.op("GET /v1/products/{id}", "", (*call).getProduct)
	s.op("POST /v1/products/{id}", product+" default_price", (*call).updateProduct)
	s.op("DELETE /v1/products/{id}", "", (*call).deleteProduct)
	s.op("GET /v1/prices", listParams+" active currency product type lookup_keys[] recurring[interval] "+rangeParams("created"), (*call).listPrices)
	s.op("POST /v1/prices", "currency unit_amount unit_amount_decimal product product_data[name] product_data[metadata][*] product_data[id] product_data[active] "+
		"product_data[statement_descriptor] product_data[tax_code] product_data[unit_label] active nickname metadata[*] tax_behavior billing_scheme lookup_key transfer_lookup_key "+
		recurring, (*call).createPrice)
	s.op("GET /v1/prices/{id}", "", (*call).getPrice)
	s.op("POST /v1/prices/{id}", "active nickname metadata[*] tax_behavior lookup_key transfer_lookup_key", (*call).updatePrice)
}

func (s *Server) linkRoutes() {
	const fields = "metadata[*] restrictions[completed_sessions][limit] inactive_message " +
		"after_completion[type] after_completion[hosted_confirmation][custom_message] after_completion[redirect][url] " +
		"payment_intent_data[description] payment_intent_data[metadata][*] payment_intent_data[statement_descriptor] payment_intent_data[statement_descriptor_suffix] " +
		"payment_intent_data[transfer_group] payment_method_types[] customer_creation allow_promotion_codes automatic_tax[enabled] billing_address_collection"
	s.op("GET /v1/payment_links", listParams+" active", (*call).listLinks)
	s.op("POST /v1/payment_links", fields+" line_items[][price] line_items[][quantity] line_items[][adjustable_quantity][enabled] "+
		"line_items[][adjustable_quantity][minimum] line_items[][adjustable_quantity][maximum] currency submit_type "+
		"payment_intent_data[setup_future_usage] payment_intent_data[capture_method] phone_number_collection[enabled] tax_id_collection[enabled]"+
		priceDataParams("line_items[]"), (*call).createLink)
	s.op("GET /v1/payment_links/{id}", "", (*call).getLink)
	s.op("POST /v1/payment_links/{id}", fields+" active line_items[][id] line_items[][quantity]", (*call).updateLink)
	s.op("GET /v1/payment_links/{id}/line_items", listParams, (*call).linkItems)
}

func (s *Server) invoiceRoutes() {
	s.op("GET /v1/invoices", listParams+" customer status collection_method subscription "+rangeParams("created")+" "+rangeParams("due_date"), (*call).listInvoices)
	s.op("POST /v1/invoices", invoiceFields+" customer currency pending_invoice_items_behavior", (*call).createInvoice)
	s.opUntil(vBasil, "GET /v1/invoices/upcoming", previewFields(), (*call).upcomingInvoice)
	s.opUntil(vBasil, "GET /v1/invoices/upcoming/lines", previewFields()+" "+listParams, (*call).upcomingLines)
	s.opSince(vAcacia, "POST /v1/invoices/create_preview", previewFields(), (*call).createPreview)
	s.op("GET /v1/invoices/{id}", "", (*call).getInvoice)
	s.op("POST /v1/invoices/{id}", invoiceFields, (*call).updateInvoice)
	s.op("DELETE /v1/invoices/{id}", "", (*call).deleteInvoice)
	s.op("POST /v1/invoices/{id}/finalize", "auto_advance", (*call).finalizeInvoice)
	s.op("POST /v1/invoices/{id}/pay", "forgive mandate off_session paid_out_of_band payment_method", (*call).payInvoice)
	s.op("POST /v1/invoices/{id}/send", "", (*call).sendInvoice)
	s.op("POST /v1/invoices/{id}/void", "", (*call).voidInvoice)
	s.op("POST /v1/invoices/{id}/mark_uncollectible", "", (*call).markUncollectible)
	s.opSince(vBasil, "POST /v1/invoices/{id}/attach_payment", "payment_intent payment_record", (*call).attachPayment)
	s.opSince(vBasil, "GET /v1/invoice_payments", listParams+" invoice status payment[type] payment[payment_intent] payment[payment_record] "+rangeParams("created"), (*call).listInvoicePayments)
	s.opSince(vBasil, "GET /v1/invoice_payments/{id}", "", (*call).getInvoicePayment)

	line := "amount description discountable metadata[*] period[start] period[end] price pricing[price] quantity unit_amount unit_amount_decimal" + priceDataParams("")
	s.op("GET /v1/invoices/{id}/lines", listParams, (*call).invoiceLines)
	s.op("POST /v1/invoices/{id}/lines/{line}", line, (*call).updateLine)
	lines := "invoice_metadata[*] lines[][amount] lines[][description] lines[][discountable] lines[][metadata][*] lines[][period][start] lines[][period][end] " +
		"lines[][price] lines[][pricing][price] lines[][quantity]" + priceDataParams("lines[]")
	s.opSince(vAcacia, "POST /v1/invoices/{id}/add_lines", lines+" lines[][invoice_item]", (*call).addLines)
	s.opSince(vAcacia, "POST /v1/invoices/{id}/update_lines", lines+" lines[][id]", (*call).updateLines)
	s.opSince(vAcacia, "POST /v1/invoices/{id}/remove_lines", "invoice_metadata[*] lines[][id] lines[][behavior]", (*call).removeLines)
}

func (s *Server) invoiceItemRoutes() {
	fields := "amount description discountable discounts metadata[*] period[start] period[end] price pricing[price] quantity quantity_decimal " +
		"tax_behavior tax_code tax_rates unit_amount unit_amount_decimal" + priceDataParams("")
	s.op("GET /v1/invoiceitems", listParams+" customer invoice pending "+rangeParams("created"), (*call).listItems)
	s.op("POST /v1/invoiceitems", fields+" customer currency invoice", (*call).createItem)
	s.op("GET /v1/invoiceitems/{id}", "", (*call).getItem)
	s.op("POST /v1/invoiceitems/{id}", fields, (*call).updateItem)
	s.op("DELETE /v1/invoiceitems/{id}", "", (*call).deleteItem)
}

func (s *Server) creditNoteRoutes() {
	const fields = "invoice amount credit_amount effective_at email_type memo metadata[*] out_of_band_amount reason refund refund_amount refunds[][refund] refunds[][amount_refunded] " +
		"refunds[][type] lines[][amount] lines[][description] lines[][invoice_line_item] lines[][quantity] lines[][type] lines[][unit_amount] lines[][unit_amount_decimal] lines[][metadata][*]"
	s.op("GET /v1/credit_notes", listParams+" customer invoice "+rangeParams("created"), (*call).listCreditNotes)
	s.op("POST /v1/credit_notes", fields, (*call).createCreditNote)
	s.op("GET /v1/credit_notes/preview", fields, (*call).previewCreditNote)
	s.op("GET /v1/credit_notes/preview/lines", fields+" "+listParams, (*call).previewCreditLines)
	s.op("GET /v1/credit_notes/{id}", "", (*call).getCreditNote)
	s.op("POST /v1/credit_notes/{id}", "memo metadata[*]", (*call).updateCreditNote)
	s.op("GET /v1/credit_notes/{id}/lines", listParams, (*call).creditNoteLines)
	s.op("POST /v1/credit_notes/{id}/void", "", (*call).voidCreditNote)
}
