package stripe

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// paymentMethod is a way to pay, alone or attached to a customer.
type paymentMethod struct {
	head
	ID             string         `json:"id"`
	Object         string         `json:"object"`
	BECS           *bankDetails   `json:"au_becs_debit,omitempty"`
	BACS           *bankDetails   `json:"bacs_debit,omitempty"`
	BillingDetails billingDetails `json:"billing_details"`
	Card           *cardDetails   `json:"card,omitempty"`
	Created        int64          `json:"created"`
	Customer       *string        `json:"customer"`
	Livemode       bool           `json:"livemode"`
	Metadata       metadata       `json:"metadata"`
	SEPA           *bankDetails   `json:"sepa_debit,omitempty"`
	Type           string         `json:"type"`
	ACH            *bankDetails   `json:"us_bank_account,omitempty"`

	acts    behaviour
	fails   string // failure code of a bank debit
	set     bool   // set up for payments without its holder
	mandate string // of a bank debit that was set up
	used    bool   // paid without a customer, or detached: cannot be used again
}

func (o *paymentMethod) ident() string { return o.ID }
func (o *paymentMethod) madeAt() int64 { return o.Created }

type cardDetails struct {
	Brand             string          `json:"brand"`
	Checks            cardChecks      `json:"checks"`
	Country           string          `json:"country"`
	ExpMonth          int64           `json:"exp_month"`
	ExpYear           int64           `json:"exp_year"`
	Fingerprint       string          `json:"fingerprint"`
	Funding           string          `json:"funding"`
	GeneratedFrom     null            `json:"generated_from"`
	Last4             string          `json:"last4"`
	Networks          json.RawMessage `json:"networks"`
	ThreeDSecureUsage json.RawMessage `json:"three_d_secure_usage"`
	Wallet            null            `json:"wallet"`
}

type cardChecks struct {
	Line1      *string `json:"address_line1_check"`
	PostalCode *string `json:"address_postal_code_check"`
	CVC        *string `json:"cvc_check"`
}

// bankDetails are the details of every kind of bank account: each kind shows
// those that it has.
type bankDetails struct {
	HolderType  string           `json:"account_holder_type,omitempty"`
	AccountType string           `json:"account_type,omitempty"`
	BankCode    string           `json:"bank_code,omitempty"`
	BankName    string           `json:"bank_name,omitempty"`
	BranchCode  *string          `json:"branch_code,omitempty"`
	BSB         string           `json:"bsb_number,omitempty"`
	Country     string           `json:"country,omitempty"`
	Connections *json.RawMessage `json:"financial_connections_account,omitempty"`
	Fingerprint string           `json:"fingerprint"`
	Generated   *json.RawMessage `json:"generated_from,omitempty"`
	Last4       string           `json:"last4"`
	Networks    *json.RawMessage `json:"networks,omitempty"`
	Routing     string           `json:"routing_number,omitempty"`
	SortCode    string           `json:"sort_code,omitempty"`
	Status      *json.RawMessage `json:"status_details,omitempty"`
}

// isDebit tells a bank debit from a card.
func (o *paymentMethod) isDebit() bool { return o.Type != "card" }

// pays is the way to pay in the words of the Go side.
func (o *paymentMethod) pays() Method {
	switch {
	case o.isDebit():
		return BankDebit
	case o.acts.decline != "" && o.acts.auth == authNever:
		return CardDeclined
	}
	return Card
}

func (a *Account) newMethod(kind string, now int64) *paymentMethod {
	return &paymentMethod{ID: a.id("pm"), Object: "payment_method", Created: now, Livemode: a.opts.Livemode, Metadata: metadata{}, Type: kind}
}

// cardYears is how far ahead the cards of Stripe's test ids expire.
const cardYears = 1

func (a *Account) newCard(c testCard, month, year, now int64) *paymentMethod {
	o := a.newMethod("card", now)
	if year == 0 {
		at := time.Unix(now, 0).UTC()
		month, year = int64(at.Month()), int64(at.Year()+cardYears)
	}
	unchecked := "unchecked"
	o.acts = c.behaviour
	o.Card = &cardDetails{
		Brand: c.brand, Country: c.country, ExpMonth: month, ExpYear: year, Fingerprint: fingerprintOf(c.number), Funding: c.funding,
		Last4: last4(c.number), Networks: json.RawMessage(`{"available":["` + c.brand + `"],"preferred":null}`),
		Checks: cardChecks{CVC: &unchecked}, ThreeDSecureUsage: json.RawMessage(`{"supported":` + strconv.FormatBool(c.brand != "amex") + `}`),
	}
	return o
}

func raw(s string) *json.RawMessage {
	m := json.RawMessage(s)
	return &m
}

func (a *Account) newBank(b testBank, sort string, now int64) *paymentMethod {
	o := a.newMethod(b.kind, now)
	o.acts, o.fails = b.behaviour, b.fails
	d := &bankDetails{Fingerprint: fingerprintOf(b.number), Last4: last4(b.number)}
	switch b.kind {
	case "us_bank_account":
		d.HolderType, d.AccountType, d.BankName, d.Routing = "individual", "checking", "STRIPE TEST BANK", "110000000"
		d.Connections, d.Status = raw("null"), raw("null")
		d.Networks = raw(`{"preferred":"ach","supported":["ach"]}`)
		o.ACH = d
	case "sepa_debit":
		branch := ""
		d.BankCode, d.BranchCode, d.Generated = "19043", &branch, raw("null")
		if len(b.number) > 12 {
			d.Country, d.BankCode = b.number[:2], b.number[4:9]
			if d.Country == "DE" {
				d.BankCode = b.number[4:12]
			}
		}
		o.SEPA = d
	case "bacs_debit":
		d.SortCode = strings.ReplaceAll(sort, "-", "")
		if d.SortCode == "" {
			d.SortCode = "108800"
		}
		o.BACS = d
	default:
		d.BSB = sort
		if d.BSB == "" {
			d.BSB = "000000"
		}
		o.BECS = d
	}
	return o
}

func last4(number string) string { return number[max(0, len(number)-4):] }

// fingerprintOf is the same for the same number, as Stripe's is inside an
// account.
func fingerprintOf(number string) string {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(number) {
		h = (h ^ uint64(number[i])) * 1099511628211
	}
	var b strings.Builder
	for range 16 {
		b.WriteByte(alphabet[h%uint64(len(alphabet))])
		h = h/uint64(len(alphabet)) + h<<7
	}
	return b.String()
}

func (a *Account) addMethod(o *paymentMethod) {
	a.register(a.methods, o)
}

// defaultMethod is the method of a payer of the Go side or the hosted page
// who names no number.
func (a *Account) defaultMethod(m Method, fails bool, currency string, now int64) *paymentMethod {
	switch m {
	case BankDebit:
		b := testBank{kind: debitType(currency), number: "000123456789"}
		for _, known := range testBanks() {
			if known.kind == b.kind && known.fails == "" {
				b = known
				break
			}
		}
		if fails {
			b.fails = "insufficient_funds"
		}
		return a.newBank(b, "", now)
	case CardDeclined:
		c, _ := cardByName("chargeDeclined")
		return a.newCard(c, 0, 0, now)
	}
	c, _ := cardByName("visa")
	return a.newCard(c, 0, 0, now)
}

// method finds a payment method or makes one from a test id, which in Stripe's
// test mode stands for a new method each time.
func (a *Account) method(id, param string, now int64) (*paymentMethod, *Error) {
	if o, ok := a.byID[id].(*paymentMethod); ok {
		return o, nil
	}
	if o, e := a.spend(id, param, now); o != nil || e != nil {
		if o != nil {
			a.addMethod(o)
		}
		return o, e
	}
	if o := a.fromTestID(id, now); o != nil {
		a.addMethod(o)
		return o, nil
	}
	return nil, missing(a.methods.kind, id, param)
}

func (a *Account) fromTestID(id string, now int64) *paymentMethod {
	if a.opts.Livemode {
		return nil
	}
	if name, ok := strings.CutPrefix(id, "pm_card_"); ok {
		if c, known := cardByName(name); known {
			return a.newCard(c, 0, 0, now)
		}
	}
	if name, ok := strings.CutPrefix(id, "pm_"); ok {
		if b, known := bankByName(name); known {
			return a.newBank(b, "", now)
		}
	}
	if name, ok := strings.CutPrefix(id, "tok_"); ok {
		if c, known := cardByName(name); known {
			return a.newCard(c, 0, 0, now)
		}
	}
	return nil
}

// methodFrom reads the method that a request describes: `type`, `card[...]`,
// `billing_details[...]`, inside group when there is one.
func (c *call) methodFrom(group string) (*paymentMethod, *Error) {
	name := func(s string) string {
		if group == "" {
			return s
		}
		first, rest, nested := strings.Cut(s, "[")
		if nested {
			return group + "[" + first + "][" + rest
		}
		return group + "[" + s + "]"
	}
	kind := c.str(name("type"))
	var o *paymentMethod
	var e *Error
	switch kind {
	case "":
		return nil, missingParam(name("type"))
	case "card":
		o, e = c.cardFrom(name)
	case "us_bank_account":
		o = c.newBank(bankByNumber(kind, c.str(name("us_bank_account[account_number]"))), "", c.now)
		if h := c.str(name("us_bank_account[account_holder_type]")); h != "" {
			o.ACH.HolderType = h
		}
		if t := c.str(name("us_bank_account[account_type]")); t != "" {
			o.ACH.AccountType = t
		}
		if r := c.str(name("us_bank_account[routing_number]")); r != "" {
			o.ACH.Routing = r
		}
	case "sepa_debit":
		o = c.newBank(bankByNumber(kind, c.str(name("sepa_debit[iban]"))), "", c.now)
	case "bacs_debit":
		o = c.newBank(bankByNumber(kind, c.str(name("bacs_debit[account_number]"))), c.str(name("bacs_debit[sort_code]")), c.now)
	case "au_becs_debit":
		o = c.newBank(bankByNumber(kind, c.str(name("au_becs_debit[account_number]"))), c.str(name("au_becs_debit[bsb_number]")), c.now)
	default:
		return nil, invalid("", name("type"), "Invalid %s: must be one of card, us_bank_account, sepa_debit, bacs_debit, or au_becs_debit", name("type"))
	}
	if e != nil {
		return nil, e
	}
	c.fillBilling(o, name("billing_details"))
	if group == "" || c.hasGroup(name("metadata")) {
		o.Metadata, e = c.merge(name("metadata"), o.Metadata)
	}
	return o, e
}

func (c *call) cardFrom(name func(string) string) (*paymentMethod, *Error) {
	if token := c.str(name("card[token]")); token != "" {
		if pm, e := c.spend(token, name("card[token]"), c.now); pm != nil || e != nil {
			return pm, e
		}
		if t, ok := cardByName(strings.TrimPrefix(token, "tok_")); ok {
			return c.newCard(t, 0, 0, c.now), nil
		}
		e := missing("token", token, name("card[token]"))
		e.Status = 400
		return nil, e
	}
	number := c.str(name("card[number]"))
	if number == "" {
		return nil, missingParam(name("card[number]"))
	}
	t, ok := cardByNumber(number)
	if !ok {
		return nil, c.strangeCard(number)
	}
	month, e := c.integer(name("card[exp_month]"))
	if e != nil {
		return nil, e
	}
	year, e := c.integer(name("card[exp_year]"))
	if e != nil {
		return nil, e
	}
	if year > 0 && year < 100 {
		year += 2000
	}
	if e := expiry(month, year, c.now); e != nil {
		return nil, e
	}
	return c.newCard(t, month, year, c.now), nil
}

// strangeCard is the refusal of a number that is no test card (Stripe docs:
// error-codes, incorrect_number).
func (c *call) strangeCard(number string) *Error {
	if c.opts.Livemode || !luhn(number) {
		return &Error{Status: 402, Type: typeCard, Code: "incorrect_number", DocURL: docURL("incorrect_number"), Param: "number", Message: "Your card number is incorrect."}
	}
	return &Error{
		Status: 402, Type: typeCard, Code: "card_declined", DeclineCode: "test_mode_live_card", DocURL: docURL("card_declined"),
		Message: "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
	}
}

func expiry(month, year, now int64) *Error {
	at := time.Unix(now, 0).UTC()
	bad := func(code, param, message string) *Error {
		return &Error{Status: 402, Type: typeCard, Code: code, Param: param, DocURL: docURL(code), Message: message}
	}
	switch {
	case month < 1 || month > 12:
		return bad("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	case year < int64(at.Year()) || year > int64(at.Year())+50:
		return bad("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
	case year == int64(at.Year()) && month < int64(at.Month()):
		return bad("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	}
	return nil
}

func luhn(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		ch := number[i]
		if ch == ' ' || ch == '-' {
			continue
		}
		if ch < '0' || ch > '9' {
			return false
		}
		d := int(ch - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return len(number) >= 12 && sum%10 == 0
}

func (c *call) fillBilling(o *paymentMethod, group string) {
	for name, field := range map[string]**string{"email": &o.BillingDetails.Email, "name": &o.BillingDetails.Name, "phone": &o.BillingDetails.Phone} {
		if c.has(group + "[" + name + "]") {
			*field = opt(c.str(group + "[" + name + "]"))
		}
	}
	at := &o.BillingDetails.Address
	for name, field := range map[string]**string{
		"city": &at.City, "country": &at.Country, "line1": &at.Line1, "line2": &at.Line2, "postal_code": &at.PostalCode, "state": &at.State,
	} {
		if key := group + "[address][" + name + "]"; c.has(key) {
			*field = opt(c.str(key))
		}
	}
}
