package stripe

import (
	"maps"
	"slices"
	"strings"
)

// dispute is a payer's objection at his bank.
type dispute struct {
	head
	ID                  string                `json:"id"`
	Object              string                `json:"object"`
	Amount              int64                 `json:"amount"`
	BalanceTransactions []*balanceTransaction `json:"balance_transactions"`
	Charge              string                `json:"charge"`
	Created             int64                 `json:"created"`
	Currency            string                `json:"currency"`
	Evidence            map[string]*string    `json:"evidence"`
	EvidenceDetails     evidenceDetails       `json:"evidence_details"`
	ChargeRefundable    bool                  `json:"is_charge_refundable"`
	Livemode            bool                  `json:"livemode"`
	Metadata            metadata              `json:"metadata"`
	PaymentIntent       *string               `json:"payment_intent"`
	MethodDetails       *disputedMethod       `json:"payment_method_details,omitempty"`
	Reason              string                `json:"reason"`
	Status              string                `json:"status"`
}

func (o *dispute) ident() string { return o.ID }
func (o *dispute) madeAt() int64 { return o.Created }

type evidenceDetails struct {
	DueBy           *int64 `json:"due_by"`
	HasEvidence     bool   `json:"has_evidence"`
	PastDue         bool   `json:"past_due"`
	SubmissionCount int64  `json:"submission_count"`
}

type disputedMethod struct {
	Card disputedCard `json:"card"`
	Type string       `json:"type"`
}

type disputedCard struct {
	Brand  string  `json:"brand"`
	Reason *string `json:"network_reason_code"`
}

// evidenceFields are the pieces of evidence (Stripe docs:
// api/disputes/evidence_object).
const evidenceFields = "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal " +
	"customer_communication customer_email_address customer_name customer_purchase_ip customer_signature duplicate_charge_documentation " +
	"duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure " +
	"refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier shipping_date shipping_documentation " +
	"shipping_tracking_number uncategorized_file uncategorized_text"

// disputeReasons are the reasons that Stripe lists (Stripe docs:
// api/disputes/object, reason).
const disputeReasons = " bank_cannot_process check_returned credit_not_processed customer_initiated debit_not_authorized duplicate fraudulent " +
	"general incorrect_account_details insufficient_funds product_not_received product_unacceptable subscription_canceled unrecognized "

// Times of a dispute, in days. The answer is due at the end of the ninth day
// (recorded answers); banks decide within 60 to 75 days, inquiries lapse after
// 120 (Stripe docs: disputes/how-disputes-work).
const (
	answerDays  = 9
	decideDays  = 75
	inquiryDays = 120
)

// disputeFee is Stripe's fee of a dispute in minor units of the settlement
// currency (recorded answers: 1500 usd; Stripe's pricing pages for the others).
func disputeFee(currency string) int64 {
	switch currency {
	case "eur", "gbp":
		return 2000
	case "aud":
		return 2500
	}
	return 1500
}

func (s *Server) disputeRoutes() {
	s.op("GET /v1/disputes", listParams+" charge payment_intent "+rangeParams("created"), (*call).listDisputes)
	s.op("GET /v1/disputes/{id}", "", (*call).getDispute)
	s.op("POST /v1/disputes/{id}", "evidence[**] metadata[*] submit", (*call).updateDispute)
	s.op("POST /v1/disputes/{id}/close", "", (*call).closeDispute)
}

// Dispute lets a payer object to a charge: to all of it with amount 0. An
// inquiry moves no money. It answers the dispute's id.
func (a *Account) Dispute(chargeID string, amount int64, reason string, inquiry bool) (string, error) {
	now := a.enter()
	defer a.leave()
	ch, e := find[*charge](a, a.charges, chargeID, "charge")
	switch {
	case e != nil:
		return "", e
	case ch.Status != "succeeded" || !ch.Captured:
		return "", invalid("", "charge", "Charge %s cannot be disputed; its status is %s.", ch.ID, ch.Status)
	case ch.dispute != "" && !inquiry && a.disputeBlocks(ch):
		return "", invalid("charge_disputed", "charge", "Charge %s is disputed already.", ch.ID)
	case amount < 0 || amount > ch.Amount:
		return "", invalid("", "amount", "The amount of a dispute is at most that of its charge.")
	}
	if reason == "" {
		reason = "fraudulent"
	}
	if !strings.Contains(disputeReasons, " "+reason+" ") {
		return "", invalid("", "reason", "Invalid reason: %s", reason)
	}
	return a.openDispute(ch, amount, reason, inquiry, now).ID, nil
}

func (a *Account) openDispute(ch *charge, amount int64, reason string, inquiry bool, now int64) *dispute {
	if amount == 0 {
		amount = ch.Amount
	}
	due := midnight(now, answerDays+1) - 1
	d := &dispute{
		ID: a.id("dp"), Object: "dispute", Amount: amount, BalanceTransactions: []*balanceTransaction{}, Charge: ch.ID, Created: now,
		Currency: ch.Currency, Evidence: map[string]*string{}, EvidenceDetails: evidenceDetails{DueBy: &due},
		Livemode: a.opts.Livemode, Metadata: metadata{}, PaymentIntent: ch.PaymentIntent, Reason: reason, Status: "needs_response",
	}
	for f := range strings.FieldsSeq(evidenceFields) {
		d.Evidence[f] = nil
	}
	if pm, ok := a.byID[ch.PaymentMethod].(*paymentMethod); ok && pm.Card != nil {
		d.MethodDetails = &disputedMethod{Card: disputedCard{Brand: pm.Card.Brand, Reason: opt(networkReason(reason))}, Type: "card"}
	} else if ch.method != BankDebit {
		d.MethodDetails = &disputedMethod{Card: disputedCard{Brand: "visa", Reason: opt(networkReason(reason))}, Type: "card"}
	}
	if inquiry {
		d.Status, d.ChargeRefundable = "warning_needs_response", !ch.Refunded
	}
	was := body(ch)
	ch.Disputed, ch.dispute = true, d.ID
	ch.touch()
	a.register(a.disputes, d, disputeKeys(d)...)
	a.emit(now, "charge.dispute.created", d, nil)
	a.emit(now, "charge.updated", ch, was)
	if !inquiry {
		a.withdraw(d, ch, now)
	}
	a.disputeClock(d, ch, now, due)
	return d
}

// disputeClock lets time decide a dispute that nobody answers.
func (a *Account) disputeClock(d *dispute, ch *charge, now, due int64) {
	switch {
	case strings.HasPrefix(d.Status, "warning"):
		a.at(now+inquiryDays*day, rankDebit, func(at int64) {
			if strings.HasPrefix(d.Status, "warning") {
				a.decide(d, "warning_closed", at)
			}
		})
	case ch.method == BankDebit: // the bank's word is final (Stripe docs: ach-direct-debit, "Disputed payments")
		a.decide(d, "lost", now)
	default:
		a.at(due+1, rankDebit, func(at int64) {
			if d.Status == "needs_response" {
				d.EvidenceDetails.PastDue = true
				a.decide(d, "lost", at)
			}
		})
	}
}

func networkReason(reason string) string {
	return map[string]string{"fraudulent": "10.4", "product_not_received": "13.1", "duplicate": "12.6.1"}[reason]
}

func disputeKeys(o object) []string {
	d := o.(*dispute)
	keys := []string{"charge=" + d.Charge}
	if d.PaymentIntent != nil {
		keys = append(keys, "payment_intent="+*d.PaymentIntent)
	}
	return keys
}

// disputeBlocks tells whether the charge's dispute keeps it from being
// refunded: an inquiry does not.
func (a *Account) disputeBlocks(ch *charge) bool {
	d, ok := a.byID[ch.dispute].(*dispute)
	return ok && (d.Status == "needs_response" || d.Status == "under_review" || d.Status == "lost")
}

// withdraw takes the amount and the fee out of the balance.
func (a *Account) withdraw(d *dispute, ch *charge, now int64) {
	a.moveDispute(d, -1, "dispute", "Chargeback withdrawal for "+ch.ID, now)
	a.emit(now, "charge.dispute.funds_withdrawn", d, nil)
}

// moveDispute books one side of a dispute, and its fee with it: the fee is
// given back when the dispute is won, unless the account keeps it.
func (a *Account) moveDispute(d *dispute, sign int64, category, text string, now int64) {
	currency, amount, rate := a.settlement(d.Currency, d.Amount)
	bt := a.newMovement("adjustment", category, now, a.availableOn(now, a.opts.DelayDays), currency, sign*amount)
	bt.Source, bt.ExchangeRate, bt.Description = &d.ID, rate, opt(text)
	fee, word := disputeFee(currency), "Dispute fee"
	if sign > 0 {
		fee, word = -fee, "Dispute fee refund"
	}
	if sign < 0 || !a.opts.KeepDisputeFee {
		bt.Fee, bt.Net = fee, bt.Amount-fee
		bt.FeeDetails = []feeDetail{{Amount: fee, Currency: currency, Description: word, Type: "stripe_fee"}}
	}
	d.BalanceTransactions = append(d.BalanceTransactions, bt)
	d.touch()
	a.addMovement(bt)
}

// decide ends a dispute: won, lost or warning_closed.
func (a *Account) decide(d *dispute, status string, at int64) {
	if slices.Contains([]string{"won", "lost", "warning_closed"}, d.Status) {
		return
	}
	before := body(d)
	d.Status = status
	d.touch()
	if ch, ok := a.byID[d.Charge].(*charge); ok && status == "won" {
		a.moveDispute(d, 1, "dispute_reversal", "Chargeback reversal for "+ch.ID, at)
		a.emit(at, "charge.dispute.funds_reinstated", d, nil)
	}
	a.emit(at, "charge.dispute.closed", d, before)
}

// DecideDispute is the bank's decision, now.
func (a *Account) DecideDispute(id string, won bool) error {
	now := a.enter()
	defer a.leave()
	d, e := find[*dispute](a, a.disputes, id, "dispute")
	switch {
	case e != nil:
		return e
	case strings.HasPrefix(d.Status, "warning"):
		a.decide(d, "warning_closed", now)
	case won:
		a.decide(d, "won", now)
	default:
		a.decide(d, "lost", now)
	}
	return nil
}

func (c *call) getDispute() *Error {
	d, e := c.dispute()
	if e != nil {
		return e
	}
	return c.answer(d)
}

// dispute finds the dispute of the path; its rows may have become available
// since it was rendered.
func (c *call) dispute() (*dispute, *Error) {
	d, e := find[*dispute](c.Account, c.disputes, c.req.PathValue("id"), "dispute")
	if e == nil {
		d.touch()
	}
	return d, e
}

func (c *call) listDisputes() *Error {
	for _, o := range c.disputes.items {
		o.place().touch()
	}
	key, keep := c.pick([]string{"charge", "payment_intent"},
		filter{"charge", func(o object) string { return o.(*dispute).Charge }},
		filter{"payment_intent", func(o object) string { return val(o.(*dispute).PaymentIntent) }})
	return c.answerList(c.disputes, "/v1/disputes", key, keep)
}

func (c *call) getChargeDispute() *Error {
	ch, e := c.charge()
	if e != nil {
		return e
	}
	d, ok := c.byID[ch.dispute].(*dispute)
	if !ok {
		return missing(c.disputes.kind, "", "charge")
	}
	d.touch()
	return c.answer(d)
}

func (c *call) updateDispute() *Error {
	d, e := c.dispute()
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", d.Metadata)
	if e != nil {
		return e
	}
	submit, e := c.boolean("submit", true)
	if e != nil {
		return e
	}
	before := body(d)
	if c.hasGroup("evidence") {
		if !slices.Contains([]string{"needs_response", "under_review", "warning_needs_response", "warning_under_review"}, d.Status) {
			return invalid("", "", "This dispute is already closed.")
		}
		if e := c.fillEvidence(d); e != nil {
			return e
		}
		if submit {
			c.submit(d)
		}
	}
	d.Metadata = m
	d.touch()
	c.emit(c.now, "charge.dispute.updated", d, before)
	return c.answer(d)
}

func (c *call) fillEvidence(d *dispute) *Error {
	evidence := maps.Clone(d.Evidence)
	for _, n := range c.names {
		f, ok := strings.CutPrefix(n, "evidence[")
		if !ok {
			continue
		}
		f = strings.TrimSuffix(f, "]")
		if _, known := evidence[f]; !known {
			return invalid("parameter_unknown", n, "Received unknown parameter: %s", n)
		}
		evidence[f] = opt(c.values[n])
	}
	d.Evidence = evidence
	d.EvidenceDetails.HasEvidence = true
	return nil
}

// submit hands the evidence in. The test texts decide the dispute at once, but
// after this answer (Stripe docs: testing, "Evidence"; recorded answers).
func (c *call) submit(d *dispute) {
	d.EvidenceDetails.SubmissionCount++
	warning := strings.HasPrefix(d.Status, "warning")
	d.Status = "under_review"
	if warning {
		d.Status = "warning_under_review"
	}
	a, won, when := c.Account, false, c.now+decideDays*day
	switch val(d.Evidence["uncategorized_text"]) {
	case "winning_evidence":
		won, when = true, c.now
	case "losing_evidence":
		when = c.now
	}
	a.at(when, rankDebit, func(at int64) {
		switch {
		case warning:
			a.decide(d, "warning_closed", at)
		case won:
			a.decide(d, "won", at)
		default:
			a.decide(d, "lost", at)
		}
	})
}

// closeDispute accepts the payer's word.
func (c *call) closeDispute() *Error {
	d, e := c.dispute()
	switch {
	case e != nil:
		return e
	case slices.Contains([]string{"won", "lost", "warning_closed"}, d.Status):
		return invalid("", "", "This dispute is already closed.")
	case strings.HasPrefix(d.Status, "warning"):
		c.decide(d, "warning_closed", c.now)
	default:
		c.decide(d, "lost", c.now)
	}
	return c.answer(d)
}
