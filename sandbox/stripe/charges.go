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
	Invoice                       *string          `json:"invoice"`
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
	Shipping                      *shipping        `json:"shipping"`
	SourceTransfer                null             `json:"source_transfer"`
	StatementDescriptor           *string          `json:"statement_descriptor"`
	StatementDescriptorSuffix     *string          `json:"statement_descriptor_suffix"`
	Status                        string           `json:"status"`
	TransferData                  null             `json:"transfer_data"`
	TransferGroup                 *string          `json:"transfer_group"`

	method  Method
	acts    *behaviour // of the method that paid
	decided bool       // a debit that has succeeded or failed
	dispute string     // dp_..., if it is disputed
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
	RiskScore     int64   `json:"risk_score"`
	SellerMessage string  `json:"seller_message"`
	Type          string  `json:"type"`
}

// payer is who pays an intent, and how: with pm or, without one, with a new
// method that does what method and fails say.
type payer struct {
	method        Method
	pm            *paymentMethod
	fails         bool // a bank debit that the bank will return
	authenticated bool // by 3D Secure
	name, email   string
}

// newCharge is the attempt of a payer on an intent; its state is set by attempt.
func (a *Account) newCharge(o *paymentIntent, p payer, now int64) *charge {
	pm, id, details := p.pm, "", json.RawMessage(nil)
	if pm == nil { // a payer of the past: the method itself is gone
		past := a.pastMethod(p.method, o.Currency, now)
		pm, id, details = past.method, a.id("pm"), past.details
	} else {
		id, details = pm.ID, pm.chargeDetails(o, p.authenticated)
	}
	billing := pm.BillingDetails
	if p.email != "" {
		billing.Email = opt(p.email)
	}
	if billing.Email == nil {
		billing.Email = o.ReceiptEmail
	}
	if p.name != "" {
		billing.Name = opt(p.name)
	}
	prefix := "ch"
	if pm.isDebit() {
		prefix = "py" // Stripe's prefix of charges that are not cards
	}
	ch := &charge{
		ID: a.id(prefix), Object: "charge", Amount: o.Amount, BillingDetails: billing,
		Created: now, Currency: o.Currency, Customer: o.Customer, Description: o.Description, FraudDetails: json.RawMessage(`{}`),
		Livemode: a.opts.Livemode, Metadata: o.Metadata.clone(), PaymentIntent: &o.ID, Invoice: o.Invoice, PaymentMethod: id,
		PaymentMethodDetails: details, ReceiptEmail: o.ReceiptEmail, Shipping: o.Shipping, TransferGroup: o.TransferGroup,
		StatementDescriptor: o.StatementDescriptor, StatementDescriptorSuffix: o.StatementDescriptorSuffix, method: p.method, acts: &pm.acts,
		Outcome: outcome{NetworkStatus: "approved_by_network", RiskLevel: "normal", RiskScore: 31, SellerMessage: "Payment complete.", Type: "authorized"},
	}
	if pm.acts.risk != "" {
		ch.Outcome.RiskLevel, ch.Outcome.RiskScore = pm.acts.risk, 67
	}
	return ch
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
	if p.pm == nil {
		p.pm = a.defaultMethod(p.method, p.fails, o.Currency, now)
		p.pm.BillingDetails.Name, p.pm.BillingDetails.Email = opt(p.name), opt(p.email)
		a.addMethod(p.pm)
	}
	p.method = BankDebit
	if !p.pm.isDebit() {
		p.method = Card
	}
	ch := a.newCharge(o, p, now)
	o.NextAction = json.RawMessage("null")
	if p.pm.acts.decline != "" {
		return ch, a.decline(o, ch, p.pm.acts.cardError(), now)
	}
	o.PaymentMethod, o.LatestCharge = &ch.PaymentMethod, &ch.ID
	if e := a.keepMethod(o, p.pm, now); e != nil {
		return ch, e
	}
	switch {
	case p.method == BankDebit:
		a.startDebit(o, ch, p.pm, now)
	case o.CaptureMethod == "manual":
		a.authorise(o, ch, now)
	default:
		a.capture(o, ch, now)
	}
	return ch, nil
}

// keepMethod saves the method for later where the intent says so; otherwise a
// method without a customer is used up.
func (a *Account) keepMethod(o *paymentIntent, pm *paymentMethod, now int64) *Error {
	if val(o.SetupFutureUsage) == "off_session" {
		pm.set = true
	}
	if o.SetupFutureUsage != nil && o.Customer != nil {
		if e := a.attach(pm, *o.Customer, now); e != nil {
			return e
		}
	}
	if pm.isDebit() && pm.mandate == "" {
		how := o.mandate
		if how == nil {
			how = acceptance("online", "", "", now)
		}
		var single *money
		if o.SetupFutureUsage == nil {
			single = &money{Amount: o.Amount, Currency: o.Currency}
		}
		pm.mandate = a.newMandate(pm, how, single, now).ID
	}
	pm.used = pm.Customer == nil
	return nil
}

// decline books a refused charge and puts the intent back.
func (a *Account) decline(o *paymentIntent, ch *charge, e *Error, now int64) *Error {
	ch.Status, ch.FailureCode, ch.FailureMessage = "failed", &e.Code, &e.Message
	ch.Outcome = ch.refusal(e)
	e.Charge = ch.ID
	if pm, ok := a.byID[ch.PaymentMethod].(*paymentMethod); ok {
		e.PaymentMethod = body(pm)
	}
	last := *e
	last.PaymentIntent = nil
	o.Status, o.PaymentMethod, o.LatestCharge, o.LastPaymentError = "requires_payment_method", nil, &ch.ID, &last
	o.NextAction = json.RawMessage("null")
	o.touch()
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.emit(now, "charge.failed", ch, nil)
	a.emit(now, "payment_intent.payment_failed", o, nil)
	e.PaymentIntent = body(o)
	return e
}

// refusal is the outcome of a charge that was refused.
func (o *charge) refusal(e *Error) outcome {
	if o.acts.blocked {
		return outcome{
			NetworkStatus: "not_sent_to_network", Reason: opt("highest_risk_level"), RiskLevel: "highest", RiskScore: 78,
			SellerMessage: "Stripe blocked this payment as too risky.", Type: "blocked",
		}
	}
	out := outcome{
		NetworkStatus: "declined_by_network", Reason: opt(e.DeclineCode), RiskLevel: o.Outcome.RiskLevel, RiskScore: o.Outcome.RiskScore,
		SellerMessage: "The bank returned the decline code `" + e.DeclineCode + "`.", Type: "issuer_declined",
	}
	if e.DeclineCode == "generic_decline" {
		out.SellerMessage = "The bank did not return any further details with this decline."
	}
	return out
}

// succeed marks charge and intent as paid.
func (a *Account) succeed(o *paymentIntent, ch *charge) {
	ch.Status, ch.Paid, ch.Captured, ch.AmountCaptured, ch.decided = "succeeded", true, true, ch.Amount, true
	url := a.base() + "/receipts/" + ch.ID
	ch.ReceiptURL = &url
	o.Status, o.AmountReceived, o.LastPaymentError, o.Processing = "succeeded", o.Amount, nil, nil
	ch.touch()
	o.touch()
}

func (a *Account) capture(o *paymentIntent, ch *charge, now int64) {
	a.succeed(o, ch)
	days := a.opts.DelayDays
	if ch.acts.bypass {
		days = 0
	}
	bt := a.movementOf(ch, now, a.availableOn(now, days))
	ch.BalanceTransaction = &bt.ID
	a.register(a.charges, ch, chargeKeys(ch)...)
	a.addMovement(bt)
	if ch.acts.bypass {
		a.settle(now)
	}
	a.emit(now, "charge.succeeded", ch, nil)
	a.emit(now, "payment_intent.succeeded", o, nil)
	a.aftermath(ch, now)
}

// aftermath is what the test number brings about once its charge stands.
func (a *Account) aftermath(ch *charge, now int64) {
	if ch.acts.warning {
		a.warn(ch, now)
	}
	if ch.acts.dispute != "" {
		a.openDispute(ch, 0, ch.acts.dispute, ch.acts.inquiry, now)
	}
}

// availableOn is the start of a UTC day, as in recorded answers, and never
// before the movement itself.
func (a *Account) availableOn(now int64, days int) int64 { return max(now, midnight(now, days)) }

// startDebit puts a bank debit on its way: the money stands in the balance as
// pending at once (type payment) and is decided by the clock.
func (a *Account) startDebit(o *paymentIntent, ch *charge, pm *paymentMethod, now int64) {
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
	if pm.acts.never {
		return
	}
	a.at(due, rankDebit, func(at int64) {
		if pm.fails != "" {
			a.failDebit(o, ch, pm.fails, at)
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
	a.aftermath(ch, at)
}

// failDebit is the bank's no: the amount leaves the balance again by a row of
// its own, Stripe's fee stays.
func (a *Account) failDebit(o *paymentIntent, ch *charge, code string, at int64) {
	if ch.decided {
		return
	}
	message := debitMessage(code)
	ch.Status, ch.Paid, ch.decided = "failed", false, true
	ch.FailureCode, ch.FailureMessage = opt(code), opt(message)
	original := a.byID[*ch.BalanceTransaction].(*balanceTransaction)
	back := a.newMovement("payment_failure_refund", "charge_failure", at, max(at, original.AvailableOn), original.Currency, -original.Amount)
	back.Source, back.Description, back.ExchangeRate = &ch.ID, opt("Payment failure refund"), original.ExchangeRate
	ch.FailureBalanceTransaction = &back.ID
	ch.touch()
	last := &Error{Type: typeInvalidRequest, Code: code, Message: message, Charge: ch.ID, DocURL: docURL(code)}
	if pm, ok := a.byID[ch.PaymentMethod].(*paymentMethod); ok {
		last.PaymentMethod = body(pm)
	}
	o.Status, o.PaymentMethod, o.LastPaymentError = "requires_payment_method", nil, last
	o.touch()
	a.addMovement(back)
	a.emit(at, "charge.failed", ch, nil)
	a.emit(at, "payment_intent.payment_failed", o, nil)
	if s := o.session; s != nil {
		a.emit(at, "checkout.session.async_payment_failed", s, nil)
	}
}
