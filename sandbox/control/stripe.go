package control

import (
	"fmt"
	"net/http"

	"tieout/sandbox/stripe"
)

// Account is a Stripe account as its customers, its bank and its owner move
// it; the stand-in's Account fulfils it.
type Account interface {
	PayLink(ref string, opts stripe.PayOptions) (stripe.Payment, error)
	OpenLink(ref string) (string, error)
	CompleteSession(id string, opts stripe.PayOptions) (stripe.Payment, error)
	PayDirect(d stripe.DirectPayment) (stripe.Payment, error)
	SettleDebits(ids ...string) ([]string, error)
	FailDebit(id string) error
	PendingDebits() []string
	RunPayouts() ([]string, error)
	Refund(chargeID string, amount int64, reason string) (string, error)
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
// and IDs name a session, charge or payment intent as the act needs.
type payerAct struct {
	stripe.DirectPayment
	Link   string   `json:"link"`
	ID     string   `json:"id"`
	IDs    []string `json:"ids"`
	Reason string   `json:"reason"`
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
	"fail": func(s Account, b payerAct) (any, error) {
		return map[string]string{"failed": b.ID}, s.FailDebit(b.ID)
	},
	"refund": func(s Account, b payerAct) (any, error) {
		id, err := s.Refund(b.ID, b.Amount, b.Reason)
		return map[string]string{"refund": id}, err
	},
}

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
