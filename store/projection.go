package store

import (
	"crypto/sha256"
	"fmt"

	"tieout/mapping"
	"tieout/receivables"
)

// projection is how the newest version of each object of a kind is kept. All
// projections begin with the columns of common.
type projection struct {
	table table
	// row gives the columns between the common ones and the value itself.
	row func(receivables.Entity) ([]any, bool)
	// blank is the value of an object that is only known to be deleted.
	blank func(id string) receivables.Entity
	// decode reads the value.
	decode func(doc []byte) (receivables.Entity, error)
}

const common = "tenant text, connection text, id text, ord bigint, seq bigint, hash bytea, deleted boolean"

// commonKeys is how many columns of common are the key.
const commonKeys = 3

// project builds the projection of one kind of entity.
func project[E receivables.Entity](name, columns string, row func(E) []any, blank func(id string) E) projection {
	all := common + ", "
	if columns != "" {
		all += columns + ", "
	}
	return projection{
		table: newTable(name, commonKeys, all+"doc jsonb"),
		row: func(e receivables.Entity) ([]any, bool) {
			v, ok := e.(E)
			if !ok {
				return nil, false
			}
			return row(v), true
		},
		blank: func(id string) receivables.Entity { return blank(id) },
		decode: func(doc []byte) (receivables.Entity, error) {
			var d document[E]
			err := d.Scan(doc)
			return d.value, err
		},
	}
}

// projectionOf gives the projection of a kind; false for a kind that is not
// kept.
func projectionOf(kind receivables.Kind) (projection, bool) {
	p, ok := projections[kind]
	return p, ok
}

// projections lists what is kept of each kind. It is never changed.
var projections = map[receivables.Kind]projection{
	receivables.KindCustomer: project("customer", "parent text, active boolean, currency text, balance bigint",
		func(c receivables.Customer) []any {
			return []any{c.ParentID, c.Active, string(c.Currency), c.Balance}
		},
		func(id string) receivables.Customer { return receivables.Customer{ID: id} }),
	receivables.KindPayer: project("payer", "",
		func(receivables.Payer) []any { return nil },
		func(id string) receivables.Payer { return receivables.Payer{ID: id} }),
	receivables.KindAccount: project("account", "use text, currency text",
		func(a receivables.Account) []any { return []any{string(a.Type), string(a.Currency)} },
		func(id string) receivables.Account { return receivables.Account{ID: id} }),
	receivables.KindInvoice: project("invoice", "customer text, number_key text, state text, currency text, issued date, due date,"+
		" total bigint, balance bigint, deposit bigint, paid bigint, credited bigint, home_balance bigint, link text, link_visible boolean,"+
		" mirrors text, reference_key text, printed text",
		func(i receivables.Invoice) []any {
			mirrors, reference := mapping.Mirrors(i)
			return []any{
				i.CustomerID, mapping.NumberKey(i.Number), string(i.State), string(i.Currency), date(i.Issued), date(i.Due),
				i.Total, i.Balance, i.Deposit, i.Paid, i.Credited, i.HomeBalance, i.Link, i.LinkVisible,
				mirrors, reference, mapping.PrintedWords(i),
			}
		},
		func(id string) receivables.Invoice { return receivables.Invoice{ID: id} }),
	receivables.KindCredit: project("credit", "type text, customer text, state text, currency text, issued date,"+
		" total bigint, remaining bigint, home_remaining bigint, marker text",
		func(c receivables.Credit) []any {
			return []any{
				string(c.Kind), c.CustomerID, string(c.State), string(c.Currency), date(c.Issued),
				c.Total, c.Remaining, c.HomeRemaining, c.Marker,
			}
		},
		func(id string) receivables.Credit { return receivables.Credit{ID: id} }),
	receivables.KindReceipt: project("receipt", "customer text, state text, currency text, dated date,"+
		" total bigint, unapplied bigint, home_unapplied bigint, account text, marker text",
		func(r receivables.Receipt) []any {
			return []any{
				r.CustomerID, string(r.State), string(r.Currency), date(r.Date),
				r.Total, r.Unapplied, r.HomeUnapplied, r.AccountID, r.Marker,
			}
		},
		func(id string) receivables.Receipt { return receivables.Receipt{ID: id} }),
	receivables.KindDocument: project("document", "type text, customer text, state text, currency text, dated date, total bigint, marker text",
		func(d receivables.Document) []any {
			return []any{string(d.Kind), d.CustomerID, string(d.State), string(d.Currency), date(d.Date), d.Total, d.Marker}
		},
		func(id string) receivables.Document { return receivables.Document{ID: id} }),
	receivables.KindCharge: project("charge", "payer text, payment_intent text, movement text, failure_movement text,"+
		" amount bigint, currency text, status text, created timestamptz",
		func(c receivables.Charge) []any {
			return []any{
				c.PayerID, c.PaymentIntent, c.Movement, c.FailureMovement,
				c.Amount, string(c.Currency), string(c.Status), instant(c.Created),
			}
		},
		func(id string) receivables.Charge { return receivables.Charge{ID: id} }),
	receivables.KindCheckout: project("checkout", "link text, payment_intent text, status text",
		func(c receivables.Checkout) []any { return []any{c.Link, c.PaymentIntent, c.Status} },
		func(id string) receivables.Checkout { return receivables.Checkout{ID: id} }),
	receivables.KindRefund: project("refund", "charge text, amount bigint, currency text, status text",
		func(r receivables.Refund) []any { return []any{r.ChargeID, r.Amount, string(r.Currency), r.Status} },
		func(id string) receivables.Refund { return receivables.Refund{ID: id} }),
	receivables.KindDispute: project("dispute", "charge text, amount bigint, currency text, status text",
		func(d receivables.Dispute) []any { return []any{d.ChargeID, d.Amount, string(d.Currency), d.Status} },
		func(id string) receivables.Dispute { return receivables.Dispute{ID: id} }),
	receivables.KindPayout: project("payout", "amount bigint, currency text, status text, destination text,"+
		" movement text, failure_movement text, created timestamptz",
		func(p receivables.Payout) []any {
			return []any{
				p.Amount, string(p.Currency), p.Status, p.Destination,
				p.Movement, p.FailureMovement, instant(p.Created),
			}
		},
		func(id string) receivables.Payout { return receivables.Payout{ID: id} }),
	receivables.KindBalanceTransaction: project("balance_transaction", "type text, source text, payout text,"+
		" amount bigint, fee bigint, net bigint, currency text, created timestamptz",
		func(b receivables.BalanceTransaction) []any {
			return []any{b.Type, b.Source, b.Payout, b.Amount, b.Fee, b.Net, string(b.Currency), instant(b.Created)}
		},
		func(id string) receivables.BalanceTransaction { return receivables.BalanceTransaction{ID: id} }),
}

// deleted gives a value the state of a deleted one, for the kinds that have a
// state; their amounts stay as they were.
func deleted(e receivables.Entity) receivables.Entity {
	switch v := e.(type) {
	case receivables.Invoice:
		v.State = receivables.StateDeleted
		return v
	case receivables.Credit:
		v.State = receivables.StateDeleted
		return v
	case receivables.Receipt:
		v.State = receivables.StateDeleted
		return v
	case receivables.Document:
		v.State = receivables.StateDeleted
		return v
	case receivables.Customer:
		v.Active = false
		return v
	case receivables.Account:
		v.Active = false
		return v
	}
	return e
}

// contentHash is what two versions of one content share. It is of our own
// value: a vendor's body may order its keys anew each time.
func contentHash(doc []byte, gone bool) []byte {
	h := sha256.New()
	if gone {
		h.Write([]byte("deleted"))
	} else {
		h.Write(doc)
	}
	return h.Sum(nil)
}

// postingsOf gives the account effects of a ledger document or receipt. A
// credit has none of its own: a credit note moves no money, and the money of
// an over- or prepayment is pulled as a document too.
func postingsOf(e receivables.Entity) (lines []receivables.Posting, currency string, day receivables.Date, live bool) {
	switch v := e.(type) {
	case receivables.Document:
		return v.Postings, string(v.Currency), v.Date, v.State == receivables.StateLive
	case receivables.Receipt:
		if v.AccountID != "" && v.Total != 0 {
			lines = []receivables.Posting{{AccountID: v.AccountID, Amount: v.Total, Settled: v.Settled}}
		}
		return lines, string(v.Currency), v.Date, v.State == receivables.StateLive
	}
	return nil, "", "", false
}

// accountPosting is what documents do to accounts, in the currency of the
// account: a document in another one states it as settled.
const accountPosting = `(select p.tenant, p.connection, p.kind, p.id, p.line, p.account, p.customer, p.dated, p.live,
	case when p.settled = 0 then p.amount else coalesce((select case when a.currency in ('', p.currency) then p.amount else p.settled end
		from account a where a.tenant = p.tenant and a.connection = p.connection and a.id = p.account), p.amount) end as amount,
	case when p.settled = 0 then p.currency else coalesce((select case when a.currency = '' then p.currency else a.currency end
		from account a where a.tenant = p.tenant and a.connection = p.connection and a.id = p.account), p.currency) end as currency
	from posting p)`

// allocationsOf gives what a receipt or credit is applied to.
func allocationsOf(e receivables.Entity) (lines []receivables.Allocation, live bool) {
	switch v := e.(type) {
	case receivables.Receipt:
		return v.Allocations, v.State == receivables.StateLive
	case receivables.Credit:
		return v.Allocations, v.State == receivables.StateLive
	}
	return nil, false
}

// customerKeys gives what a customer can be found by, as kind and key.
func customerKeys(c receivables.Customer) [][2]string {
	var keys [][2]string
	seen := map[[2]string]bool{}
	add := func(kind, key string) {
		k := [2]string{kind, key}
		if key != "" && !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	add(keyName, mapping.NameKey(c.Name))
	for _, contact := range c.Contacts {
		add(keyEmail, mapping.EmailKey(contact.Email))
	}
	return keys
}

// The kinds of customer_key.
const (
	keyName  = "name"
	keyEmail = "email"
)

func unknownKind(ref receivables.Ref) error {
	return fmt.Errorf("store: %s %q is of a kind that is not kept", ref.Kind, ref.ID)
}
