package stripe

import (
	"encoding/json"
	"errors"
)

// The wire types hold what the model needs of Stripe's objects, with Stripe's
// names (OpenAPI 2023-10-16). Amounts and rates stay text: json.Number keeps
// the digits as they came.

// link is a field that holds an id or, expanded, the object itself.
type link string

// UnmarshalJSON takes an id, an object with an id, or null.
func (l *link) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		var object struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(raw, &object); err != nil {
			return err
		}
		*l = link(object.ID)
		return nil
	}
	var id *string
	if err := json.Unmarshal(raw, &id); err != nil {
		return errors.New("a reference is neither an id nor an object")
	}
	if id != nil {
		*l = link(*id)
	}
	return nil
}

type wireCustomer struct {
	ID       string            `json:"id"`
	Deleted  bool              `json:"deleted"`
	Name     string            `json:"name"`
	Email    string            `json:"email"`
	Metadata map[string]string `json:"metadata"`
}

type wireCharge struct {
	ID             string      `json:"id"`
	Amount         json.Number `json:"amount"`
	AmountCaptured *int64      `json:"amount_captured"`
	AmountRefunded json.Number `json:"amount_refunded"`
	Captured       *bool       `json:"captured"`
	Refunded       bool        `json:"refunded"`
	Currency       string      `json:"currency"`
	Created        int64       `json:"created"`
	Status         string      `json:"status"`
	Description    string      `json:"description"`
	Customer       link        `json:"customer"`
	PaymentIntent  link        `json:"payment_intent"`
	Invoice        link        `json:"invoice"`
	ReceiptEmail   string      `json:"receipt_email"`
	BillingDetails *struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"billing_details"`
	PaymentMethodDetails *struct {
		Type string `json:"type"`
	} `json:"payment_method_details"`
	BalanceTransaction        link              `json:"balance_transaction"`
	FailureBalanceTransaction link              `json:"failure_balance_transaction"`
	Metadata                  map[string]string `json:"metadata"`
}

type wireCheckout struct {
	ID              string      `json:"id"`
	AmountTotal     json.Number `json:"amount_total"`
	Currency        string      `json:"currency"`
	Created         int64       `json:"created"`
	Status          string      `json:"status"`
	PaymentStatus   string      `json:"payment_status"`
	PaymentLink     link        `json:"payment_link"`
	PaymentIntent   link        `json:"payment_intent"`
	CustomerEmail   string      `json:"customer_email"`
	CustomerDetails *struct {
		Email string `json:"email"`
	} `json:"customer_details"`
	Metadata map[string]string `json:"metadata"`
}

type wireRefund struct {
	ID                        string      `json:"id"`
	Amount                    json.Number `json:"amount"`
	Currency                  string      `json:"currency"`
	Created                   int64       `json:"created"`
	Status                    string      `json:"status"`
	Charge                    link        `json:"charge"`
	BalanceTransaction        link        `json:"balance_transaction"`
	FailureBalanceTransaction link        `json:"failure_balance_transaction"`
}

type wireDispute struct {
	ID                  string      `json:"id"`
	Amount              json.Number `json:"amount"`
	Currency            string      `json:"currency"`
	Created             int64       `json:"created"`
	Status              string      `json:"status"`
	Reason              string      `json:"reason"`
	Charge              link        `json:"charge"`
	BalanceTransactions []link      `json:"balance_transactions"`
}

type wirePayout struct {
	ID                        string      `json:"id"`
	Amount                    json.Number `json:"amount"`
	Currency                  string      `json:"currency"`
	Created                   int64       `json:"created"`
	ArrivalDate               int64       `json:"arrival_date"`
	Automatic                 bool        `json:"automatic"`
	Status                    string      `json:"status"`
	ReconciliationStatus      string      `json:"reconciliation_status"`
	Destination               link        `json:"destination"`
	BalanceTransaction        link        `json:"balance_transaction"`
	FailureBalanceTransaction link        `json:"failure_balance_transaction"`
}

type wireMovement struct {
	ID                string      `json:"id"`
	Amount            json.Number `json:"amount"`
	Fee               json.Number `json:"fee"`
	Net               json.Number `json:"net"`
	Currency          string      `json:"currency"`
	ExchangeRate      json.Number `json:"exchange_rate"`
	Type              string      `json:"type"`
	ReportingCategory string      `json:"reporting_category"`
	Source            link        `json:"source"`
	Created           int64       `json:"created"`
	AvailableOn       int64       `json:"available_on"`
	Status            string      `json:"status"`
	Description       string      `json:"description"`
	FeeDetails        []struct {
		Amount      json.Number `json:"amount"`
		Currency    string      `json:"currency"`
		Description string      `json:"description"`
		Type        string      `json:"type"`
	} `json:"fee_details"`
}

// wireEvent is as much of an event as every API version shares: events are
// rendered in the account's own version, so that only the ids are used.
type wireEvent struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Data    struct {
		Object struct {
			ID      string `json:"id"`
			Object  string `json:"object"`
			Created int64  `json:"created"`
		} `json:"object"`
	} `json:"data"`
}

type wireBalance struct {
	Livemode        bool        `json:"livemode"`
	Available       []wireFunds `json:"available"`
	Pending         []wireFunds `json:"pending"`
	ConnectReserved []wireFunds `json:"connect_reserved"`
	Issuing         *struct {
		Available []wireFunds `json:"available"`
	} `json:"issuing"`
}

type wireFunds struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type wirePrice struct {
	ID         string      `json:"id"`
	Currency   string      `json:"currency"`
	UnitAmount json.Number `json:"unit_amount"`
}

type wirePaymentLink struct {
	ID       string            `json:"id"`
	Active   bool              `json:"active"`
	URL      string            `json:"url"`
	Metadata map[string]string `json:"metadata"`
}
