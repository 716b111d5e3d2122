package stripe

import "encoding/json"

// wireInvoice is an invoice that Stripe has made itself.
type wireInvoice struct {
	ID               string      `json:"id"`
	Deleted          bool        `json:"deleted"`
	Number           string      `json:"number"`
	Status           string      `json:"status"`
	Currency         string      `json:"currency"`
	Created          int64       `json:"created"`
	EffectiveAt      int64       `json:"effective_at"`
	DueDate          int64       `json:"due_date"`
	CollectionMethod string      `json:"collection_method"`
	PaidOutOfBand    bool        `json:"paid_out_of_band"`
	Total            json.Number `json:"total"`
	AmountDue        json.Number `json:"amount_due"`
	AmountPaid       json.Number `json:"amount_paid"`
	AmountRemaining  json.Number `json:"amount_remaining"`
	Tax              json.Number `json:"tax"`
	PrePaymentNotes  json.Number `json:"pre_payment_credit_notes_amount"`
	StartingBalance  json.Number `json:"starting_balance"`
	EndingBalance    json.Number `json:"ending_balance"`
	Description      string      `json:"description"`
	Customer         link        `json:"customer"`
	CustomerName     string      `json:"customer_name"`
	CustomerEmail    string      `json:"customer_email"`
	HostedURL        string      `json:"hosted_invoice_url"`
	Charge           link        `json:"charge"`
	PaymentIntent    link        `json:"payment_intent"`
	Subscription     link        `json:"subscription"`
	Transitions      *struct {
		FinalizedAt int64 `json:"finalized_at"`
	} `json:"status_transitions"`
	TotalTaxAmounts []struct {
		Amount json.Number `json:"amount"`
	} `json:"total_tax_amounts"`
	Lines struct {
		Data    []wireLine `json:"data"`
		HasMore bool       `json:"has_more"`
	} `json:"lines"`
	Metadata map[string]string `json:"metadata"`
}

type wireLine struct {
	ID          string      `json:"id"`
	Amount      json.Number `json:"amount"`
	Description string      `json:"description"`
	Quantity    json.Number `json:"quantity"`
	Price       *struct {
		ID         string      `json:"id"`
		UnitAmount json.Number `json:"unit_amount"`
	} `json:"price"`
}

// wireCreditNote lowers what is due on an invoice, or gives back what was
// paid on it.
type wireCreditNote struct {
	ID          string      `json:"id"`
	Number      string      `json:"number"`
	Status      string      `json:"status"`
	Type        string      `json:"type"`
	Currency    string      `json:"currency"`
	Created     int64       `json:"created"`
	EffectiveAt int64       `json:"effective_at"`
	Total       json.Number `json:"total"`
	Memo        string      `json:"memo"`
	Customer    link        `json:"customer"`
	Invoice     link        `json:"invoice"`
}
