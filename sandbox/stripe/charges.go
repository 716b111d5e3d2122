package stripe

import "encoding/json"

type charge struct {
	head
	ID                            string           `json:"id"`
	Object                        string           `json:"object"`
	Amount                        int64            `json:"amount"`
	AmountCaptured                int64            `json:"amount_captured"`
	AmountRefunded                int64            `json:"amount_refunded"`
	Application                   null             `json:"application"`
	ApplicationFee                null             `json:"application_fee"`
	ApplicationFeeAmount          null             `json:"application_fee_amount"`
	BalanceTransaction            *string          `json:"balance_transaction"`
	BillingDetails                billingDetails   `json:"billing_details"`
	CalculatedStatementDescriptor *string          `json:"calculated_statement_descriptor"`
	Captured                      bool             `json:"captured"`
	Created                       int64            `json:"created"`
	Currency                      string           `json:"currency"`
	Customer                      *string          `json:"customer"`
	Description                   *string          `json:"description"`
	Disputed                      bool             `json:"disputed"`
	FailureBalanceTransaction     *string          `json:"failure_balance_transaction"`
	FailureCode                   *string          `json:"failure_code"`
	FailureMessage                *string          `json:"failure_message"`
	FraudDetails                  json.RawMessage  `json:"fraud_details"`
	Invoice                       null             `json:"invoice"`
	Livemode                      bool             `json:"livemode"`
	Metadata                      metadata         `json:"metadata"`
	OnBehalfOf                    null             `json:"on_behalf_of"`
	Outcome                       outcome          `json:"outcome"`
	Paid                          bool             `json:"paid"`
	PaymentIntent                 *string          `json:"payment_intent"`
	PaymentMethod                 string           `json:"payment_method"`
	PaymentMethodDetails          json.RawMessage  `json:"payment_method_details"`
	RadarOptions                  *json.RawMessage `json:"radar_options,omitempty"`
	ReceiptEmail                  *string          `json:"receipt_email"`
	ReceiptNumber                 null             `json:"receipt_number"`
	ReceiptURL                    *string          `json:"receipt_url"`
	Refunded                      bool             `json:"refunded"`
	Review                        null             `json:"review"`
	Shipping                      null             `json:"shipping"`
	SourceTransfer                null             `json:"source_transfer"`
	StatementDescriptor           *string          `json:"statement_descriptor"`
	StatementDescriptorSuffix     *string          `json:"statement_descriptor_suffix"`
	Status                        string           `json:"status"`
	TransferData                  null             `json:"transfer_data"`
	TransferGroup                 null             `json:"transfer_group"`

	method  Method
	decided bool // a debit that has succeeded or failed
}

func (o *charge) ident() string { return o.ID }
func (o *charge) madeAt() int64 { return o.Created }

type billingDetails struct {
	Address address `json:"address"`
	Email   *string `json:"email"`
	Name    *string `json:"name"`
	Phone   *string `json:"phone"`
}

type outcome struct {
	NetworkStatus string  `json:"network_status"`
	Reason        *string `json:"reason"`
	RiskLevel     string  `json:"risk_level"`
	SellerMessage string  `json:"seller_message"`
	Type          string  `json:"type"`
}

// payer is who pays an intent, and how.
type payer struct {
	method      Method
	fails       bool // a bank debit that the bank will return
	name, email string
}

// methodDetails is the payment_method_details of a method.
func methodDetails(m Method, currency string) json.RawMessage {
	if m != BankDebit {
		return json.RawMessage(`{"card":{"amount_authorized":null,"brand":"visa","checks":{"address_line1_check":null,"address_postal_code_check":null,"cvc_check":"pass"},` +
			`"country":"US","exp_month":12,"exp_year":2034,"fingerprint":"Xt5EWLLDS7FJjR1c","funding":"credit","installments":null,"last4":"4242","mandate":null,"network":"visa","three_d_secure":null,"wallet":null},"type":"card"}`)
	}
	switch debitType(currency) {
	case "sepa_debit":
		return json.RawMessage(`{"sepa_debit":{"bank_code":"37040044","branch_code":"","country":"DE","fingerprint":"sQu5wL8i3pZ1xyQ7","last4":"3000","mandate":null},"type":"sepa_debit"}`)
	case "bacs_debit":
		return json.RawMessage(`{"bacs_debit":{"fingerprint":"9eMbmctOrd8i7DYa","last4":"2345","mandate":null,"sort_code":"108800"},"type":"bacs_debit"}`)
	}
	return json.RawMessage(`{"type":"us_bank_account","us_bank_account":{"account_holder_type":"company","account_type":"checking","bank_name":"STRIPE TEST BANK","fingerprint":"FFDMA0xfhBjWSZLu","last4":"6789","routing_number":"110000000"}}`)
}

// newCharge is the attempt of a payer on an intent; its state is set by attempt.
func (a *Account) newCharge(o *paymentIntent, p payer, now int64) *charge {
	email := p.email
	if email == "" {
		email = val(o.ReceiptEmail)
	}
	pm := val(o.PaymentMethod)
	if pm == "" {
		pm = a.id("pm")
	}
	prefix := "ch"
	if p.method == BankDebit {
		prefix = "py" // Stripe's prefix of charges that are not cards
	}
	return &charge{
		ID: a.id(prefix), Object: "charge", Amount: o.Amount, BillingDetails: billingDetails{Email: opt(email), Name: opt(p.name)},
		Created: now, Currency: o.Currency, Customer: o.Customer, Description: o.Description, FraudDetails: json.RawMessage(`{}`),
		Livemode: a.opts.Livemode, Metadata: o.Metadata.clone(), PaymentIntent: &o.ID, PaymentMethod: pm,
		PaymentMethodDetails: methodDetails(p.method, o.Currency), ReceiptEmail: o.ReceiptEmail,
		StatementDescriptor: o.StatementDescriptor, StatementDescriptorSuffix: o.StatementDescriptorSuffix, method: p.method,
		Outcome: outcome{NetworkStatus: "approved_by_network", RiskLevel: "normal", SellerMessage: "Payment complete.", Type: "authorized"},
	}
}

func chargeKeys(o object) []string {
	c := o.(*charge)
	var keys []string
	if c.PaymentIntent != nil {
		keys = append(keys, "payment_intent="+*c.PaymentIntent)
	}
	if c.Customer != nil {
		keys = append(keys, "customer="+*c.Customer)
	}
	return keys
}

// attempt lets a payer pay an intent. A declined card answers the charge and
// Stripe's 402; the intent can be tried again.
func (a *Account) attempt(o *paymentIntent, p payer, now int64) (*charge, *Error) {
	ch := a.newCharge(o, p, now)
	o.PaymentMethod = &ch.PaymentMethod
	o.LatestCharge = &ch.ID
	switch p.method {
	case CardDeclined:
		return ch, a.decline(o, ch, now)
	case BankDebit:
		a.startDebit(o, ch, p.fails, now)
	default:
		a.capture(o, ch, now)
	}
	return ch, nil
}

func (a *Account) decline(o *paymentIntent, ch *charge, now int64) *Error {
	ch.Status, ch.FailureCode, ch.FailureMessage = "failed", opt("card_declined"), opt("Your card was declined.")
	ch.Outcome = outcome{
		NetworkStatus: "declined_by_network", Reason: opt("generic_decline"), RiskLevel: "normal",
		SellerMessage: "The bank did not return any further details with this decline.", Type: "issuer_declined",
	}
	o.Status, o.PaymentMethod, o.method = "requires_payment_method", nil, ""
	e := declined(o, ch)
	last := *e
	last.PaymentIntent = nil
	o.LastPaymentError = &last
	o.touch()
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.emit(now, "charge.failed", ch, nil)
	a.emit(now, "payment_intent.payment_failed", o, nil)
	e.PaymentIntent = body(o)
	return e
}

// succeed marks charge and intent as paid.
func (a *Account) succeed(o *paymentIntent, ch *charge) {
	ch.Status, ch.Paid, ch.Captured, ch.AmountCaptured, ch.decided = "succeeded", true, true, ch.Amount, true
	url := a.base() + "/receipts/" + ch.ID
	ch.ReceiptURL = &url
	o.Status, o.AmountReceived, o.LastPaymentError = "succeeded", o.Amount, nil
	ch.touch()
	o.touch()
}

func (a *Account) capture(o *paymentIntent, ch *charge, now int64) {
	a.succeed(o, ch)
	bt := a.movementOf(ch, now, a.availableOn(now, a.opts.DelayDays))
	ch.BalanceTransaction = &bt.ID
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.addMovement(bt)
	a.emit(now, "charge.succeeded", ch, nil)
	a.emit(now, "payment_intent.succeeded", o, nil)
}

// availableOn is the start of a UTC day, as in recorded answers, and never
// before the movement itself.
func (a *Account) availableOn(now int64, days int) int64 { return max(now, midnight(now, days)) }

// startDebit puts a bank debit on its way: the money stands in the balance as
// pending at once (type payment) and is decided by the clock.
func (a *Account) startDebit(o *paymentIntent, ch *charge, fails bool, now int64) {
	ch.Status, ch.Captured, ch.AmountCaptured = "pending", true, ch.Amount
	due := a.availableOn(now, a.opts.DebitDays)
	bt := a.movementOf(ch, now, due)
	ch.BalanceTransaction = &bt.ID
	o.Status = "processing"
	o.touch()
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.addMovement(bt)
	a.emit(now, "charge.pending", ch, nil)
	a.emit(now, "payment_intent.processing", o, nil)
	a.at(due, rankDebit, func(at int64) {
		if fails {
			a.failDebit(o, ch, at)
		} else {
			a.clearDebit(o, ch, at)
		}
	})
}

// clearDebit is the bank's yes.
func (a *Account) clearDebit(o *paymentIntent, ch *charge, at int64) {
	if ch.decided {
		return
	}
	a.succeed(o, ch)
	a.emit(at, "charge.succeeded", ch, nil)
	a.emit(at, "payment_intent.succeeded", o, nil)
	if s := o.session; s != nil {
		s.PaymentStatus = "paid"
		s.touch()
		a.emit(at, "checkout.session.async_payment_succeeded", s, nil)
	}
}

// failDebit is the bank's no: the amount leaves the balance again by a row of
// its own, Stripe's fee stays.
func (a *Account) failDebit(o *paymentIntent, ch *charge, at int64) {
	if ch.decided {
		return
	}
	const code, message = "insufficient_funds", "The customer's account has insufficient funds to cover this payment."
	ch.Status, ch.Paid, ch.decided = "failed", false, true
	ch.FailureCode, ch.FailureMessage = opt(code), opt(message)
	original := a.byID[*ch.BalanceTransaction].(*balanceTransaction)
	back := a.newMovement("payment_failure_refund", "charge_failure", at, max(at, original.AvailableOn), original.Currency, -original.Amount)
	back.Source, back.Description, back.ExchangeRate = &ch.ID, opt("Payment failure refund"), original.ExchangeRate
	ch.FailureBalanceTransaction = &back.ID
	ch.touch()
	o.Status, o.PaymentMethod, o.method = "requires_payment_method", nil, ""
	o.LastPaymentError = &Error{Type: typeInvalidRequest, Code: code, Message: message, Charge: ch.ID, DocURL: docURL(code)}
	o.touch()
	a.addMovement(back)
	a.emit(at, "charge.failed", ch, nil)
	a.emit(at, "payment_intent.payment_failed", o, nil)
	if s := o.session; s != nil {
		a.emit(at, "checkout.session.async_payment_failed", s, nil)
	}
}

func (c *call) getCharge() *Error { return get[*charge](c, c.charges, "id") }

func (c *call) listCharges() *Error {
	key, keep := c.pick([]string{"payment_intent", "customer"},
		filter{"payment_intent", func(o object) string { return val(o.(*charge).PaymentIntent) }},
		filter{"customer", func(o object) string { return val(o.(*charge).Customer) }})
	return c.answerList(c.charges, "/v1/charges", key, keep)
}

func (c *call) updateCharge() *Error {
	o, e := find[*charge](c.Account, c.charges, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	before := body(o)
	o.Metadata = m
	if c.has("description") {
		o.Description = opt(c.str("description"))
	}
	if c.has("receipt_email") {
		o.ReceiptEmail = opt(c.str("receipt_email"))
	}
	o.touch()
	c.emit(c.now, "charge.updated", o, before)
	return c.answer(o)
}
