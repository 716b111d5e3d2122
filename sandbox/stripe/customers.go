package stripe

import "encoding/json"

type customer struct {
	head
	ID              string          `json:"id"`
	Object          string          `json:"object"`
	Address         *address        `json:"address"`
	Balance         int64           `json:"balance"`
	Created         int64           `json:"created"`
	Currency        *string         `json:"currency"`
	DefaultSource   null            `json:"default_source"`
	Delinquent      bool            `json:"delinquent"`
	Description     *string         `json:"description"`
	Discount        null            `json:"discount"`
	Email           *string         `json:"email"`
	InvoicePrefix   string          `json:"invoice_prefix"`
	InvoiceSettings json.RawMessage `json:"invoice_settings"`
	Livemode        bool            `json:"livemode"`
	Metadata        metadata        `json:"metadata"`
	Name            *string         `json:"name"`
	NextInvoice     int64           `json:"next_invoice_sequence"`
	Phone           *string         `json:"phone"`
	Locales         []string        `json:"preferred_locales"`
	Shipping        null            `json:"shipping"`
	TaxExempt       string          `json:"tax_exempt"`
	TestClock       null            `json:"test_clock"`
}

func (o *customer) ident() string { return o.ID }
func (o *customer) madeAt() int64 { return o.Created }

// deletedCustomer is what stays readable of a deleted customer.
type deletedCustomer struct {
	head
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
	created int64
}

func (o *deletedCustomer) ident() string { return o.ID }
func (o *deletedCustomer) madeAt() int64 { return o.created }

func (a *Account) newCustomer(now int64, name, email string) *customer {
	return &customer{
		ID: "cus_" + a.letters(14), Object: "customer", Created: now, Email: opt(email), Name: opt(name),
		InvoicePrefix: a.letters(8), Livemode: a.opts.Livemode, Metadata: metadata{}, NextInvoice: 1,
		InvoiceSettings: json.RawMessage(`{"custom_fields":null,"default_payment_method":null,"footer":null,"rendering_options":null}`),
		Locales:         []string{}, TaxExempt: "none",
	}
}

func (a *Account) addCustomer(c *customer) {
	a.register(a.customers, c)
	a.emit(c.Created, "customer.created", c, nil)
}

func (c *call) fillCustomer(o *customer) *Error {
	for name, field := range map[string]**string{"name": &o.Name, "email": &o.Email, "phone": &o.Phone, "description": &o.Description} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if c.hasGroup("address") {
		o.Address = &address{
			City: opt(c.str("address[city]")), Country: opt(c.str("address[country]")), Line1: opt(c.str("address[line1]")),
			Line2: opt(c.str("address[line2]")), PostalCode: opt(c.str("address[postal_code]")), State: opt(c.str("address[state]")),
		}
	}
	if c.hasGroup("preferred_locales") {
		o.Locales = c.array("preferred_locales")
	}
	m, e := c.merge("metadata", o.Metadata)
	o.Metadata = m
	return e
}

func (c *call) createCustomer() *Error {
	o := c.newCustomer(c.now, "", "")
	if e := c.fillCustomer(o); e != nil {
		return e
	}
	c.addCustomer(o)
	return c.answer(o)
}

func (c *call) listCustomers() *Error {
	_, keep := c.pick(nil, filter{"email", func(o object) string { return val(o.(*customer).Email) }})
	return c.answerList(c.customers, "/v1/customers", "", keep)
}

func (c *call) getCustomer() *Error {
	if gone, ok := c.byID[c.req.PathValue("id")].(*deletedCustomer); ok {
		return c.answer(gone)
	}
	return get[*customer](c, c.customers, "id")
}

func (c *call) updateCustomer() *Error {
	o, e := find[*customer](c.Account, c.customers, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillCustomer(&changed); e != nil {
		return e
	}
	before := body(o)
	*o = changed
	o.touch()
	c.emit(c.now, "customer.updated", o, before)
	return c.answer(o)
}

func (c *call) deleteCustomer() *Error {
	o, e := find[*customer](c.Account, c.customers, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	c.emit(c.now, "customer.deleted", o, nil)
	c.customers.remove(o)
	gone := &deletedCustomer{ID: o.ID, Object: "customer", Deleted: true, created: o.Created}
	c.byID[o.ID] = gone
	return c.answer(gone)
}

// account is what GET /v1/account shows.
type account struct {
	ID               string          `json:"id"`
	Object           string          `json:"object"`
	BusinessProfile  json.RawMessage `json:"business_profile"`
	BusinessType     string          `json:"business_type"`
	ChargesEnabled   bool            `json:"charges_enabled"`
	Controller       json.RawMessage `json:"controller"`
	Country          string          `json:"country"`
	Created          int64           `json:"created"`
	DefaultCurrency  string          `json:"default_currency"`
	DetailsSubmitted bool            `json:"details_submitted"`
	Email            null            `json:"email"`
	External         list            `json:"external_accounts"`
	Metadata         metadata        `json:"metadata"`
	PayoutsEnabled   bool            `json:"payouts_enabled"`
	Settings         map[string]any  `json:"settings"`
	Type             string          `json:"type"`
}

type bankAccount struct {
	ID                 string   `json:"id"`
	Object             string   `json:"object"`
	Account            string   `json:"account"`
	BankName           string   `json:"bank_name"`
	Country            string   `json:"country"`
	Currency           string   `json:"currency"`
	DefaultForCurrency bool     `json:"default_for_currency"`
	Fingerprint        string   `json:"fingerprint"`
	Last4              string   `json:"last4"`
	Metadata           metadata `json:"metadata"`
	Status             string   `json:"status"`
}

func (c *call) getAccount() *Error {
	profile, err := json.Marshal(map[string]any{"mcc": nil, "name": opt(c.opts.Name), "support_email": nil, "url": nil})
	if err != nil {
		return &Error{Status: 500, Type: typeAPI, Message: err.Error()}
	}
	schedule := map[string]any{"delay_days": c.opts.DelayDays, "interval": c.opts.PayoutSchedule}
	return c.answer(account{
		ID: c.opts.ID, Object: "account", BusinessProfile: profile, BusinessType: "company", ChargesEnabled: true,
		Controller: json.RawMessage(`{"type":"account"}`), Country: c.opts.Country, Created: c.born,
		DefaultCurrency: c.opts.DefaultCurrency, DetailsSubmitted: true, External: c.externalAccounts(),
		PayoutsEnabled: true, Type: "standard",
		Settings: map[string]any{
			"dashboard":     map[string]any{"display_name": opt(c.opts.Name), "timezone": c.opts.TimeZone},
			"branding":      map[string]any{"icon": nil, "logo": nil, "primary_color": nil, "secondary_color": nil},
			"card_payments": map[string]any{"statement_descriptor_prefix": nil, "statement_descriptor_prefix_kana": nil, "statement_descriptor_prefix_kanji": nil},
			"payments":      map[string]any{"statement_descriptor": nil, "statement_descriptor_kana": nil, "statement_descriptor_kanji": nil},
			"payouts":       map[string]any{"debit_negative_balances": true, "schedule": schedule, "statement_descriptor": nil},
		},
	})
}

func (a *Account) externalAccounts() list {
	l := list{Object: "list", Data: []json.RawMessage{}, URL: "/v1/accounts/" + a.opts.ID + "/external_accounts"}
	for _, currency := range sortedKeys(a.opts.Banks) {
		raw, err := json.Marshal(bankAccount{
			ID: a.opts.Banks[currency], Object: "bank_account", Account: a.opts.ID, BankName: "STRIPE TEST BANK",
			Country: a.opts.Country, Currency: currency, DefaultForCurrency: true,
			Fingerprint: a.opts.Banks[currency], Last4: "6789", Status: "new",
		})
		if err == nil {
			l.Data = append(l.Data, raw)
		}
	}
	return l
}
