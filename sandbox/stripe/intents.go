package stripe

import "encoding/json"

type paymentIntent struct {
	head
	ID                            string                     `json:"id"`
	Object                        string                     `json:"object"`
	Amount                        int64                      `json:"amount"`
	AmountCapturable              int64                      `json:"amount_capturable"`
	AmountDetails                 json.RawMessage            `json:"amount_details"`
	AmountReceived                int64                      `json:"amount_received"`
	Application                   null                       `json:"application"`
	ApplicationFeeAmount          null                       `json:"application_fee_amount"`
	AutomaticPaymentMethods       *automaticMethods          `json:"automatic_payment_methods"`
	CanceledAt                    *int64                     `json:"canceled_at"`
	CancellationReason            *string                    `json:"cancellation_reason"`
	CaptureMethod                 string                     `json:"capture_method"`
	ClientSecret                  string                     `json:"client_secret"`
	ConfirmationMethod            string                     `json:"confirmation_method"`
	Created                       int64                      `json:"created"`
	Currency                      string                     `json:"currency"`
	Customer                      *string                    `json:"customer"`
	Description                   *string                    `json:"description"`
	Invoice                       *string                    `json:"invoice"`
	LastPaymentError              *Error                     `json:"last_payment_error"`
	LatestCharge                  *string                    `json:"latest_charge"`
	Livemode                      bool                       `json:"livemode"`
	Metadata                      metadata                   `json:"metadata"`
	NextAction                    json.RawMessage            `json:"next_action"`
	OnBehalfOf                    null                       `json:"on_behalf_of"`
	PaymentMethod                 *string                    `json:"payment_method"`
	PaymentMethodConfigurationDet null                       `json:"payment_method_configuration_details"`
	PaymentMethodOptions          map[string]json.RawMessage `json:"payment_method_options"`
	PaymentMethodTypes            []string                   `json:"payment_method_types"`
	Processing                    json.RawMessage            `json:"processing"`
	ReceiptEmail                  *string                    `json:"receipt_email"`
	Review                        null                       `json:"review"`
	SetupFutureUsage              *string                    `json:"setup_future_usage"`
	Shipping                      *shipping                  `json:"shipping"`
	StatementDescriptor           *string                    `json:"statement_descriptor"`
	StatementDescriptorSuffix     *string                    `json:"statement_descriptor_suffix"`
	Status                        string                     `json:"status"`
	TransferData                  null                       `json:"transfer_data"`
	TransferGroup                 *string                    `json:"transfer_group"`

	session *session        // the checkout session that made it, if any
	mandate json.RawMessage // how the payer agreed to a bank debit, if sent
	wants3D bool            // request_three_d_secure is any or challenge
	updates rateWindow      // of this hour
}

func (o *paymentIntent) ident() string { return o.ID }
func (o *paymentIntent) madeAt() int64 { return o.Created }

func (a *Account) newIntent(now, amount int64, currency string) *paymentIntent {
	id := a.id("pi")
	o := &paymentIntent{
		ID: id, Object: "payment_intent", Amount: amount, AmountDetails: json.RawMessage(`{"tip":{}}`), CaptureMethod: "automatic",
		ClientSecret: id + "_secret_" + a.letters(25), ConfirmationMethod: "automatic", Created: now, Currency: currency,
		Livemode: a.opts.Livemode, Metadata: metadata{}, PaymentMethodOptions: map[string]json.RawMessage{},
		PaymentMethodTypes: methodTypes(currency), Status: "requires_payment_method", NextAction: json.RawMessage("null"),
	}
	options, ok := a.offered[currency]
	if !ok {
		o.offerTypes(o.PaymentMethodTypes)
		options = o.PaymentMethodOptions
		a.offered[currency] = options
	}
	o.PaymentMethodOptions = options // shared; whoever changes them makes a copy
	return o
}

func (a *Account) addIntent(o *paymentIntent) {
	a.register(a.intents, o, intentKeys(o)...)
	a.emit(o.Created, "payment_intent.created", o, nil)
}

func intentKeys(o object) []string {
	if c := o.(*paymentIntent).Customer; c != nil {
		return []string{"customer=" + *c}
	}
	return nil
}

// shipping is an address to ship to, as the client sent it.
type shipping struct {
	Address        address `json:"address"`
	Carrier        *string `json:"carrier"`
	Name           string  `json:"name"`
	Phone          *string `json:"phone"`
	TrackingNumber *string `json:"tracking_number"`
}

func (c *call) shipping(was *shipping) *shipping {
	if !c.hasGroup("shipping") {
		return was
	}
	at := func(n string) *string { return opt(c.str("shipping[address][" + n + "]")) }
	return &shipping{
		Name: c.str("shipping[name]"), Phone: opt(c.str("shipping[phone]")), Carrier: opt(c.str("shipping[carrier]")),
		TrackingNumber: opt(c.str("shipping[tracking_number]")),
		Address:        address{City: at("city"), Country: at("country"), Line1: at("line1"), Line2: at("line2"), PostalCode: at("postal_code"), State: at("state")},
	}
}

// offerTypes sets the method types and the options that Stripe shows for them.
func (o *paymentIntent) offerTypes(types []string) {
	o.PaymentMethodTypes = types
	o.PaymentMethodOptions = map[string]json.RawMessage{}
	for _, t := range types {
		o.PaymentMethodOptions[t] = typeOptions(t)
	}
}

// typeOptions are the defaults of a method type's options (recorded answers).
func typeOptions(t string) json.RawMessage {
	switch t {
	case "card":
		return json.RawMessage(`{"installments":null,"mandate_options":null,"network":null,"request_three_d_secure":"automatic"}`)
	case "us_bank_account":
		return json.RawMessage(`{"verification_method":"automatic"}`)
	}
	return json.RawMessage(`{}`)
}
