package stripe

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// PayOptions say who pays and how.
type PayOptions struct {
	Method Method `json:"method"` // Card when empty
	Name   string `json:"name"`
	Email  string `json:"email"`
	// Returned lets a bank debit fail when its bank has decided, instead of
	// succeeding.
	Returned bool `json:"returned"`
}

// DirectPayment is a payment intent made and paid outside any link: the
// merchant's own form, a terminal, a reference typed by the payer.
type DirectPayment struct {
	PayOptions
	Amount      int64             `json:"amount"` // minor units
	Currency    string            `json:"currency"`
	Customer    string            `json:"customer"` // cus_..., optional
	Description string            `json:"description"`
	Metadata    map[string]string `json:"metadata"`
}

// Payment is what came of a payer's act. Status is the charge's: succeeded,
// pending (a bank debit) or failed (a declined card).
type Payment struct {
	Session       string `json:"session,omitempty"`
	PaymentIntent string `json:"payment_intent"`
	Charge        string `json:"charge"`
	Status        string `json:"status"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
}

// linkID takes a link's id or its URL.
func linkID(ref string) string {
	ref, _, _ = strings.Cut(ref, "?")
	return ref[strings.LastIndex(ref, "/")+1:]
}

// OpenLink is a payer who opens a payment link and does not pay yet: it makes
// an open checkout session and answers its id.
func (a *Account) OpenLink(ref string) (string, error) {
	now := a.enter()
	defer a.leave()
	s, e := a.openLink(linkID(ref), now)
	if e != nil {
		return "", e
	}
	return s.ID, nil
}

func (a *Account) openLink(id string, now int64) (*session, *Error) {
	l, e := a.link(id)
	if e != nil {
		return nil, e
	}
	if !l.Active {
		return nil, inactiveLink(l)
	}
	s := a.newSession(now, l.items)
	s.PaymentLink, s.Metadata, s.data = &l.ID, l.Metadata.clone(), l.PaymentIntentData
	s.CustomerCreation, s.SuccessURL = opt(l.CustomerCreation), opt("https://stripe.com")
	s.AllowPromotionCodes, s.BillingAddressCollection, s.SubmitType = &l.AllowPromotionCodes, &l.BillingAddressCollection, &l.SubmitType
	if l.PaymentMethodTypes != nil {
		s.PaymentMethodTypes = l.PaymentMethodTypes
	}
	if d := l.PaymentIntentData; d != nil {
		s.use, s.manual = val(d.SetupFutureUsage), val(d.CaptureMethod) == "manual"
	}
	a.addSession(s)
	return s, nil
}

// PayLink is a payer who opens a link and pays in one go. A declined card is
// no error: it answers a Payment of status failed, whose session stays open.
func (a *Account) PayLink(ref string, opts PayOptions) (Payment, error) {
	now := a.enter()
	defer a.leave()
	s, e := a.openLink(linkID(ref), now)
	if e != nil {
		return Payment{}, e
	}
	return a.payment(a.complete(s, opts, now))
}

// CompleteSession is a payer who pays an open session, for instance the second
// of two sessions of one link, or one whose first card was declined.
func (a *Account) CompleteSession(id string, opts PayOptions) (Payment, error) {
	now := a.enter()
	defer a.leave()
	s, e := find[*session](a, a.sessions, id, "session")
	if e != nil {
		return Payment{}, e
	}
	return a.payment(a.complete(s, opts, now))
}

// payment turns an attempt into the answer of the Go API.
func (a *Account) payment(ch *charge, e *Error) (Payment, error) {
	if e != nil && e.Type != typeCard {
		return Payment{}, e
	}
	p := Payment{PaymentIntent: *ch.PaymentIntent, Charge: ch.ID, Status: ch.Status, Amount: ch.Amount, Currency: ch.Currency}
	if o, ok := a.byID[*ch.PaymentIntent].(*paymentIntent); ok && o.session != nil {
		p.Session = o.session.ID
	}
	return p, nil
}

func (a *Account) complete(s *session, opts PayOptions, now int64) (*charge, *Error) {
	if opts.Method == "" {
		opts.Method = Card
	}
	switch {
	case s.Status != "open":
		return nil, invalid("", "session", "This Checkout Session is %s and can no longer be paid.", s.Status)
	case s.Mode != "payment":
		return nil, invalid("", "session", "This Checkout Session pays nothing: its mode is %s.", s.Mode)
	case !s.allows(opts.Method):
		return nil, invalid("", "payment_method", "The session does not offer %s.", opts.Method)
	}
	o := a.sessionIntent(s, now)
	a.fillPayer(s, o, opts)
	ch, e := a.attempt(o, payer{method: opts.Method, fails: opts.Returned, name: opts.Name, email: opts.Email}, now)
	s.touch()
	if e == nil {
		a.completeSession(s, now)
	}
	return ch, e
}

// completeSession ends a session whose payment or set-up was accepted.
func (a *Account) completeSession(s *session, now int64) {
	s.Status, s.URL = "complete", nil
	switch o, ok := a.byID[val(s.PaymentIntent)].(*paymentIntent); {
	case s.Mode == "setup":
		s.PaymentStatus = "no_payment_required"
	case ok && (o.Status == "succeeded" || o.Status == "requires_capture"):
		s.PaymentStatus = "paid"
	}
	s.touch()
	if s.PaymentLink != nil {
		a.completedOnce(*s.PaymentLink, now)
	}
	a.emit(now, "checkout.session.completed", s, nil)
}

// sessionIntent is the session's payment intent, made at the first attempt
// (Stripe's API since 2022-08-01).
func (a *Account) sessionIntent(s *session, now int64) *paymentIntent {
	if o, ok := a.byID[val(s.PaymentIntent)].(*paymentIntent); ok {
		return o
	}
	o := a.newIntent(now, *s.AmountTotal, *s.Currency)
	o.session, o.Customer, o.SetupFutureUsage = s, s.Customer, opt(s.use)
	o.offerTypes(s.PaymentMethodTypes)
	if o.AutomaticPaymentMethods = nil; s.manual {
		o.CaptureMethod = "manual"
	}
	o.ReceiptEmail = opt(s.email)
	if d := s.data; d != nil {
		o.Description, o.Metadata = d.Description, d.Metadata.clone()
		o.StatementDescriptor, o.StatementDescriptorSuffix = d.Descriptor, d.DescriptorSuffix
	}
	s.PaymentIntent = &o.ID
	a.addIntent(o)
	a.sessions.link("payment_intent="+o.ID, s)
	return o
}

// fillPayer writes what the payer typed into the session, and makes the
// customer where the session asks for one.
func (a *Account) fillPayer(s *session, o *paymentIntent, opts PayOptions) {
	email := opts.Email
	if email == "" {
		email = val(s.CustomerEmail)
	}
	s.CustomerDetails = &customerDetails{Email: opt(email), Name: opt(opts.Name), TaxExempt: "none"}
	if s.Customer == nil && (val(s.CustomerCreation) == "always" || s.use != "") {
		c := a.newCustomer(o.Created, opts.Name, email)
		a.addCustomer(c)
		s.Customer, o.Customer = &c.ID, &c.ID
		a.sessions.link("customer="+c.ID, s)
		a.intents.link("customer="+c.ID, o)
	}
}

// PayDirect makes a payment intent and pays it.
func (a *Account) PayDirect(d DirectPayment) (Payment, error) {
	now := a.enter()
	defer a.leave()
	if e := checkAmount(d.Amount, d.Currency, "amount"); e != nil {
		return Payment{}, e
	}
	switch d.Method {
	case "", Card, CardDeclined, BankDebit:
	default:
		return Payment{}, invalid("", "method", "There is no method %s.", d.Method)
	}
	if d.Method == BankDebit && debitType(d.Currency) == "" {
		return Payment{}, invalid("", "payment_method", "There is no bank debit in %s.", d.Currency)
	}
	if d.Method == "" {
		d.Method = Card
	}
	o := a.newIntent(now, d.Amount, d.Currency)
	o.Description, o.ReceiptEmail, o.Metadata = opt(d.Description), opt(d.Email), metadata(d.Metadata).clone()
	if d.Customer != "" {
		if _, e := find[*customer](a, a.customers, d.Customer, "customer"); e != nil {
			return Payment{}, e
		}
		o.Customer = &d.Customer
	}
	a.addIntent(o)
	return a.payment(a.attempt(o, payer{method: d.Method, fails: d.Returned, name: d.Name, email: d.Email}, now))
}

// AddCustomer makes a customer and answers its id.
func (a *Account) AddCustomer(name, email string) string {
	now := a.enter()
	defer a.leave()
	c := a.newCustomer(now, name, email)
	a.addCustomer(c)
	return c.ID
}

// Object is the JSON of any object of the account as the API shows it, without
// expansions.
func (a *Account) Object(id string) ([]byte, error) {
	a.enter()
	defer a.leave()
	o, ok := a.byID[id]
	if !ok {
		return nil, missing("object", id, "id")
	}
	return bytes.Clone(body(o)), nil
}

// PendingDebits are the charges of bank debits not yet decided, oldest first.
func (a *Account) PendingDebits() []string {
	a.enter()
	defer a.leave()
	var ids []string
	for _, o := range a.charges.items {
		if ch := o.(*charge); ch.Status == "pending" {
			ids = append(ids, ch.ID)
		}
	}
	return ids
}

// SettleDebits decides pending bank debits now: those named (by charge or
// payment intent) or, without names, all. It answers the charges that
// succeeded.
func (a *Account) SettleDebits(ids ...string) ([]string, error) {
	now := a.enter()
	defer a.leave()
	var done []string
	if len(ids) == 0 {
		for _, o := range a.charges.items {
			if ch := o.(*charge); ch.Status == "pending" {
				ids = append(ids, ch.ID)
			}
		}
	}
	for _, id := range ids {
		o, ch, err := a.pendingDebit(id)
		if err != nil {
			return done, err
		}
		a.clearDebit(o, ch, now)
		done = append(done, ch.ID)
	}
	return done, nil
}

// FailDebit lets the bank return a pending debit now.
func (a *Account) FailDebit(id string) error {
	now := a.enter()
	defer a.leave()
	o, ch, err := a.pendingDebit(id)
	if err != nil {
		return err
	}
	a.failDebit(o, ch, "insufficient_funds", now)
	return nil
}

var errNotPending = errors.New("not a pending bank debit")

func (a *Account) pendingDebit(id string) (*paymentIntent, *charge, error) {
	if o, ok := a.byID[id].(*paymentIntent); ok {
		id = val(o.LatestCharge)
	}
	ch, e := find[*charge](a, a.charges, id, "id")
	if e != nil {
		return nil, nil, e
	}
	if ch.Status != "pending" {
		return nil, nil, fmt.Errorf("stripe: %s is %s: %w", id, ch.Status, errNotPending)
	}
	o, e := find[*paymentIntent](a, a.intents, *ch.PaymentIntent, "intent")
	if e != nil {
		return nil, nil, e
	}
	return o, ch, nil
}
