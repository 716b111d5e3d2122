package mapping

import (
	"errors"

	"tieout/money"
	"tieout/receivables"
)

// Accept checks a draft once and for all: it parses every text exactly, looks
// at the invariants of the model, and gives a record whose entity is set, or a
// rejection that names the object, the field and the value. It never fails
// otherwise: whatever a vendor sends ends as a row.
func Accept(d Draft) Record {
	record := Record{
		Ref:   receivables.Ref{Kind: d.Kind, ID: d.ID},
		Order: d.Order, Changed: d.Changed, Deleted: d.Deleted, Raw: d.Raw,
	}
	a := acceptance{ref: record.Ref, scale: d.Scale, minor: d.Minor}
	if a.scale == nil {
		a.scale = money.ISO
	}
	switch {
	case d.Problem != "":
		a.rejectf(ReasonMalformed, "", "cannot be read: %s", d.Problem)
	case d.ID == "":
		a.rejectf(ReasonMissing, "id", "has no id")
	case d.Deleted:
	default:
		record.Entity = a.entity(d)
	}
	if a.rejection == nil && record.Entity != nil {
		a.check(record.Entity)
	}
	if a.rejection != nil {
		record.Entity, record.Rejection = nil, a.rejection
	}
	return record
}

// entity parses the value that the draft carries.
func (a *acceptance) entity(d Draft) receivables.Entity {
	switch {
	case d.Customer != nil:
		return a.customer(*d.Customer)
	case d.Payer != nil:
		return *d.Payer
	case d.Account != nil:
		return a.account(*d.Account)
	case d.Invoice != nil:
		return a.invoice(*d.Invoice)
	case d.Credit != nil:
		return a.credit(*d.Credit)
	case d.Receipt != nil:
		return a.receipt(*d.Receipt)
	case d.Document != nil:
		return a.document(*d.Document)
	}
	return a.stripeEntity(d)
}

func (a *acceptance) stripeEntity(d Draft) receivables.Entity {
	switch {
	case d.Charge != nil:
		return a.charge(*d.Charge)
	case d.Checkout != nil:
		return a.checkout(*d.Checkout)
	case d.Refund != nil:
		return a.refund(*d.Refund)
	case d.Dispute != nil:
		return a.dispute(*d.Dispute)
	case d.Payout != nil:
		return a.payout(*d.Payout)
	case d.Movement != nil:
		return a.movement(*d.Movement)
	}
	a.rejectf(ReasonMalformed, "", "carries no value")
	return nil
}

// check holds the parsed entity to its invariants and to the reference that
// the draft was filed under.
func (a *acceptance) check(e receivables.Entity) {
	if e.Ref() != a.ref {
		a.rejectf(ReasonMalformed, "id", "was filed as %s %q but is %s %q", a.ref.Kind, a.ref.ID, e.Ref().Kind, e.Ref().ID)
		return
	}
	err := e.Check()
	if err == nil {
		return
	}
	var v *receivables.Violation
	if !errors.As(err, &v) {
		a.rejectf(ReasonInvariant, "", "%v", err)
		return
	}
	reason := ReasonInvariant
	if v.Missing {
		reason = ReasonMissing
	}
	a.rejectf(reason, v.Field, "%s: %s", v.Field, v.Text)
}
