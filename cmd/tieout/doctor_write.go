package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/connect"
	"tieout/connectors"
	"tieout/money"
)

// writing is what doctor --live does with --write: it renews the token, and
// makes one small thing of our own, once and again. It never does so where
// there is real money.
func (e *examination) writing(ctx context.Context) {
	if e.profile.Live {
		e.bad("writing", errors.New("refused, because this is real money"), "use a sandbox company, a demo company or a test account")
		return
	}
	e.renew(ctx)
	if ledger, ok := e.session.(connectors.Ledger); ok {
		w, err := ledger.LowerAccount(connectors.NewAccount{Use: "contact", Name: "Tieout doctor"})
		if !e.failed("contact", err) {
			e.once(ctx, "contact", ledger, w)
		}
	}
	if processor, ok := e.session.(connectors.Processor); ok {
		e.link(ctx, processor)
	}
}

// renew takes a new token and asks with it: a vendor that rotates refresh
// tokens must take the one that was saved.
func (e *examination) renew(ctx context.Context) {
	grant, err := e.app.Store.Grant(ctx, e.app.Tenant, e.connection.GrantID)
	if e.failed("token", err) || grant.Key || connect.ByPlatform(e.connection) {
		return // keys are not renewed
	}
	tokens := e.app.Connect.Tokens(e.connection.GrantID)
	for range 2 {
		old, err := tokens.Token(ctx)
		if e.failed("token", err) {
			return
		}
		fresh, err := tokens.Renew(ctx, old)
		if e.failed("token", err) {
			return
		}
		if fresh == old {
			e.look("token", "the vendor gave the same token again")
		}
	}
	if _, err := e.session.Profile(ctx); !e.failed("token", err) {
		e.fine("token", "renewed twice, and the new one works")
	}
}

// once makes a write twice under one key and looks for it: there has to be one
// result.
func (e *examination) once(ctx context.Context, what string, to connectors.Writer, w connectors.Write) (connectors.Answer, bool) {
	_, before, err := to.Find(ctx, w)
	if e.failed(what+", looked for", err) {
		return connectors.Answer{}, false
	}
	first, err := to.Send(ctx, w)
	if e.failed(what, err) {
		return first, false
	}
	again, err := to.Send(ctx, w)
	if e.failed(what+", sent again", err) {
		return first, false
	}
	found, ok, err := to.Find(ctx, w)
	switch {
	case e.failed(what+", found again", err):
		return first, false
	case again.Ref != first.Ref:
		e.bad(what, fmt.Errorf("sent twice under one key, it was made twice: %s and %s", first.Ref.ID, again.Ref.ID), "report the line; delete the second by hand")
	case !ok || found.Ref != first.Ref:
		e.bad(what, fmt.Errorf("made as %s, but not found by its own marks", first.Ref.ID), "report the line")
	default:
		e.fine(what, "made once as %s, found again; there before: %v", first.Ref.ID, before)
	}
	return first, true
}

// smallest is an amount, in minor units, that every currency allows.
const smallest = 100_000

// link makes a payment link and ends it.
func (e *examination) link(ctx context.Context, processor connectors.Processor) {
	w, ok, why, err := processor.LowerPaymentLink(connectors.PaymentLink{
		Book: "doctor", InvoiceID: "doctor", Number: "DOCTOR", Title: "Tieout doctor", Currency: e.profile.Home,
		Amount: smallest, Generation: int(e.clock.Now().Unix()),
	})
	if e.failed("payment link", err) {
		return
	}
	if !ok {
		e.look("payment link", "cannot be made over %s: %s", money.Money{Minor: smallest, Currency: e.profile.Home}, why)
		return
	}
	made, ok := e.once(ctx, "payment link", processor, w)
	if !ok {
		return
	}
	end, err := processor.LowerDeactivate(made.Ref.ID, 1)
	if !e.failed("payment link's end", err) {
		e.once(ctx, "payment link's end", processor, end)
	}
}
