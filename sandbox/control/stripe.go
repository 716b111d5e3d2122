package control

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"tieout/sandbox/stripe"
)

// Account is a Stripe account as its customers, its bank and its owner move
// it; the stand-in's Account fulfils it.
type Account interface {
	ID() string
	SecretKey() string
	payer
	bank
	owner
}

// payer is the customers' side.
type payer interface {
	PayLink(ref string, opts stripe.PayOptions) (stripe.Payment, error)
	OpenLink(ref string) (string, error)
	CompleteSession(id string, opts stripe.PayOptions) (stripe.Payment, error)
	PayDirect(d stripe.DirectPayment) (stripe.Payment, error)
	PayInvoice(id string, opts stripe.PayOptions) (stripe.Payment, error)
	Authenticate(id string, yes bool) error
	Dispute(chargeID string, amount int64, reason string, inquiry bool) (string, error)
	EndMandate(id string) error
}

// bank decides what is under way.
type bank interface {
	SettleDebits(ids ...string) ([]string, error)
	FailDebit(id string) error
	PendingDebits() []string
	DecideDispute(id string, won bool) error
	FailPayout(id, code string) error
	FailRefund(id string) error
}

// owner acts in the Dashboard.
type owner interface {
	RunPayouts() ([]string, error)
	ManualPayout(currency string, amount int64, description string) (string, error)
	Refund(chargeID string, amount int64, reason string) (string, error)
	BillMonthly(m stripe.MonthlyBilling) error
	SettleIn(currency string, to stripe.Conversion) error
	ChangeBank(currency, name, number string) (string, error)
}

func (a *api) onAccount(r *http.Request, run func(Account) (any, error)) (any, error) {
	id := r.PathValue("account")
	account, ok := a.box.Account(id)
	if !ok {
		return nil, fmt.Errorf("%w: Stripe account %s", errNotFound, id)
	}
	return run(account)
}

// payerAct is the body of every act at Stripe. Link is a link's id or URL; ID
// and IDs name a session, charge, invoice, payout or intent as the act needs.
type payerAct struct {
	stripe.DirectPayment
	Link   string   `json:"link"`
	ID     string   `json:"id"`
	IDs    []string `json:"ids"`
	Reason string   `json:"reason"` // of a refund or dispute; the code of a failed payout
	// No refuses: the bank's question, or the payer's side of a dispute.
	No           bool  `json:"no"`
	Inquiry      bool  `json:"inquiry"`
	DaysUntilDue int64 `json:"days_until_due"`
	Months       int   `json:"months"`
	// Bank is where payouts of the currency go from now on.
	Bank struct {
		Name   string `json:"name"`
		Number string `json:"number"`
	} `json:"bank"`
	// Settlement is the currency and the rate in which another one settles.
	Settlement stripe.Conversion `json:"settlement"`
}

// acts are the verbs under /stripe/{account}/. Amounts are in Stripe's minor
// units.
var acts = map[string]func(Account, payerAct) (any, error){
	"pay-link":         func(s Account, b payerAct) (any, error) { return s.PayLink(b.Link, b.PayOptions) },
	"complete-session": func(s Account, b payerAct) (any, error) { return s.CompleteSession(b.ID, b.PayOptions) },
	"pay-direct":       func(s Account, b payerAct) (any, error) { return s.PayDirect(b.DirectPayment) },
	"open-link": func(s Account, b payerAct) (any, error) {
		id, err := s.OpenLink(b.Link)
		return map[string]string{"session": id}, err
	},
	"settle": func(s Account, b payerAct) (any, error) {
		if b.ID != "" {
			b.IDs = append(b.IDs, b.ID)
		}
		done, err := s.SettleDebits(b.IDs...)
		return map[string][]string{"settled": done}, err
	},
	"pay-invoice": func(s Account, b payerAct) (any, error) { return s.PayInvoice(b.ID, b.PayOptions) },
	"authenticate": func(s Account, b payerAct) (any, error) {
		return map[string]bool{"answered": !b.No}, s.Authenticate(b.ID, !b.No)
	},
	"dispute": func(s Account, b payerAct) (any, error) {
		id, err := s.Dispute(b.ID, b.Amount, b.Reason, b.Inquiry)
		return map[string]string{"dispute": id}, err
	},
	"end-mandate": func(s Account, b payerAct) (any, error) {
		return map[string]string{"ended": b.ID}, s.EndMandate(b.ID)
	},
	"decide-dispute": func(s Account, b payerAct) (any, error) {
		return map[string]bool{"won": !b.No}, s.DecideDispute(b.ID, !b.No)
	},
	"bill-monthly": func(s Account, b payerAct) (any, error) {
		return map[string]int{"months": b.Months}, s.BillMonthly(stripe.MonthlyBilling{
			Customer: b.Customer, Amount: b.Amount, Currency: b.Currency, Description: b.Description,
			DaysUntilDue: b.DaysUntilDue, Method: string(b.Method), Months: b.Months,
		})
	},
	"manual-payout": func(s Account, b payerAct) (any, error) {
		id, err := s.ManualPayout(b.Currency, b.Amount, b.Description)
		return map[string]string{"payout": id}, err
	},
	"settle-in": func(s Account, b payerAct) (any, error) {
		return map[string]string{"settles": b.Currency}, s.SettleIn(b.Currency, b.Settlement)
	},
	"change-bank": func(s Account, b payerAct) (any, error) {
		id, err := s.ChangeBank(b.Currency, b.Bank.Name, b.Bank.Number)
		return map[string]string{"destination": id}, err
	},
	"fail-payout": func(s Account, b payerAct) (any, error) {
		return map[string]string{"failed": b.ID}, s.FailPayout(b.ID, b.Reason)
	},
	"fail-refund": func(s Account, b payerAct) (any, error) {
		return map[string]string{"failed": b.ID}, s.FailRefund(b.ID)
	},
	"fail": func(s Account, b payerAct) (any, error) {
		return map[string]string{"failed": b.ID}, s.FailDebit(b.ID)
	},
	"refund": func(s Account, b payerAct) (any, error) {
		id, err := s.Refund(b.ID, b.Amount, b.Reason)
		return map[string]string{"refund": id}, err
	},
}

// actNames lists the acts in order.
func actNames() []string { return slices.Sorted(maps.Keys(acts)) }

func (a *api) stripe(r *http.Request, body []byte) (any, error) {
	run, ok := acts[r.PathValue("act")]
	if !ok {
		return nil, fmt.Errorf("%w: act %s", errNotFound, r.PathValue("act"))
	}
	var b payerAct
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	return a.onAccount(r, func(s Account) (any, error) { return run(s, b) })
}

// restrictedKey makes a key of an account that may do only what is named.
func (a *api) restrictedKey(r *http.Request, body []byte) (any, error) {
	var what struct {
		Key         string   `json:"key"`
		Permissions []string `json:"permissions"`
	}
	if err := strict(body, &what); err != nil {
		return nil, err
	}
	return a.onAccount(r, func(s Account) (any, error) {
		return what, a.box.Stripe().AddRestrictedKey(s.ID(), what.Key, what.Permissions)
	})
}

// revokeKey ends a key of any kind, as rolling it in the Dashboard does; left
// out it is the account's own.
func (a *api) revokeKey(r *http.Request, body []byte) (any, error) {
	var what struct {
		Key string `json:"key"`
	}
	if err := strict(body, &what); err != nil {
		return nil, err
	}
	return a.onAccount(r, func(s Account) (any, error) {
		if what.Key == "" {
			what.Key = s.SecretKey()
		}
		a.box.Stripe().RevokeKey(what.Key)
		return map[string]string{"revoked": what.Key}, nil
	})
}

// platform ties an account to a platform, or ends the tie, as its owner does.
func (a *api) platform(r *http.Request, body []byte) (any, error) {
	var what struct {
		Platform string `json:"platform"`
		End      bool   `json:"end"`
	}
	if err := strict(body, &what); err != nil {
		return nil, err
	}
	if _, ok := a.box.Account(what.Platform); !ok {
		return nil, fmt.Errorf("%w: Stripe account %s", errNotFound, what.Platform)
	}
	return a.onAccount(r, func(s Account) (any, error) {
		if what.End {
			a.box.Stripe().Disconnect(what.Platform, s.ID())
		} else {
			a.box.Stripe().Connect(what.Platform, s.ID())
		}
		return map[string]bool{"connected": !what.End}, nil
	})
}
