package stripe

// token stands for card details that a client sent from its own page.
type token struct {
	head
	ID       string     `json:"id"`
	Object   string     `json:"object"`
	Card     *tokenCard `json:"card,omitempty"`
	ClientIP *string    `json:"client_ip"`
	Created  int64      `json:"created"`
	Livemode bool       `json:"livemode"`
	Type     string     `json:"type"`
	Used     bool       `json:"used"`

	method *paymentMethod
}

func (o *token) ident() string { return o.ID }
func (o *token) madeAt() int64 { return o.Created }

// tokenCard is the older shape of a card.
type tokenCard struct {
	ID          string   `json:"id"`
	Object      string   `json:"object"`
	City        *string  `json:"address_city"`
	AddressIn   *string  `json:"address_country"`
	Line1       *string  `json:"address_line1"`
	Line1Check  *string  `json:"address_line1_check"`
	Line2       *string  `json:"address_line2"`
	State       *string  `json:"address_state"`
	Zip         *string  `json:"address_zip"`
	ZipCheck    *string  `json:"address_zip_check"`
	Brand       string   `json:"brand"`
	Country     string   `json:"country"`
	CVCCheck    *string  `json:"cvc_check"`
	Dynamic     *string  `json:"dynamic_last4"`
	ExpMonth    int64    `json:"exp_month"`
	ExpYear     int64    `json:"exp_year"`
	Fingerprint string   `json:"fingerprint"`
	Funding     string   `json:"funding"`
	Last4       string   `json:"last4"`
	Metadata    metadata `json:"metadata"`
	Name        *string  `json:"name"`
	Tokenised   *string  `json:"tokenization_method"`
}

// brandName is a card's brand in the older shape.
func brandName(brand string) string {
	name := map[string]string{
		"visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "discover": "Discover", "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
	}[brand]
	if name == "" {
		return "Unknown"
	}
	return name
}

func (s *Server) tokenRoutes() {
	s.op("POST /v1/tokens", "card[**] customer", (*call).createToken)
	s.op("GET /v1/tokens/{id}", "", func(c *call) *Error { return get[*token](c, c.tokens, "token") })
}

func (c *call) createToken() *Error {
	if !c.hasGroup("card") {
		return invalid("", "", "You must supply either a card, customer, PII data, bank account, or account legal entity to create a token.")
	}
	pm, e := c.cardFrom(func(s string) string { return s })
	if e != nil {
		return e
	}
	unchecked := "unchecked"
	o := &token{
		ID: c.id("tok"), Object: "token", Created: c.now, Livemode: c.opts.Livemode, Type: "card", method: pm, ClientIP: opt("127.0.0.1"),
		Card: &tokenCard{
			ID: c.id("card"), Object: "card", Brand: brandName(pm.Card.Brand), Country: pm.Card.Country, CVCCheck: &unchecked, ExpMonth: pm.Card.ExpMonth,
			ExpYear: pm.Card.ExpYear, Fingerprint: pm.Card.Fingerprint, Funding: pm.Card.Funding, Last4: pm.Card.Last4, Name: opt(c.str("card[name]")),
		},
	}
	c.register(c.tokens, o)
	return c.answer(o)
}

// spend turns a token into a payment method, once (Stripe docs: api/tokens,
// "Tokens can only be used once").
func (a *Account) spend(id, param string, now int64) (*paymentMethod, *Error) {
	o, ok := a.byID[id].(*token)
	switch {
	case !ok:
		return nil, nil
	case o.Used:
		return nil, invalid("token_already_used", param, "You cannot use a Stripe token more than once: %s.", id)
	}
	o.Used = true
	o.touch()
	pm := *o.method
	pm.head, pm.ID, pm.Created = head{}, a.id("pm"), now
	return &pm, nil
}
