package quickbooks

import (
	"strconv"
	"time"
)

// object is one stored entity. The document text is kept serialised; figures
// that move without a request (balances, versions) live in typed fields and
// are written into the text when somebody reads it.
type object struct {
	kind    *kind
	id      string
	token   int64
	created int64 // unix seconds
	updated int64 // unix seconds
	raw     []byte
	dirty   bool
	deleted bool
	pos     int // its latest entry in shelf.recent

	txn     *txn
	party   *party
	account *account
	item    *item
	name    string // list entities: the unique name
	active  bool
}

// txn is the typed part of a transaction.
type txn struct {
	date, due string // civil dates
	number    string // DocNumber, or PaymentRefNum for payments
	customer  *object
	currency  string
	rate      rate
	total     amount
	void      bool

	// open is what is left on accounts receivable: of a charge (sign +1) or of
	// a credit (sign -1); sign 0 means that the transaction has no such side.
	open amount
	sign int8
	// owner is the customer the open amount stands with, if not customer.
	owner     *object
	unapplied amount // payments
	// settled was paid or used by documents that a recording leaves out and
	// does not name: the rest of a credit memo whose payment is missing.
	settled amount

	applies   []application // payments: what their lines settle
	appliedBy []*object     // payments that settle this one
	effect    *effect       // postings in force; nil for loaded objects until needed
	links     []txnLink     // LinkedTxn of the document
	deposit   *object       // the Deposit that holds this payment
	deposited []*object     // Deposit: what it holds
}

// application settles amt of the target: of an invoice, an open credit, a
// journal line on receivables.
type application struct {
	target *object
	amt    amount
}

type txnLink struct{ id, kind, line string }

// party is a customer.
type party struct {
	parent         *object
	billWithParent bool
	currency       string
	term           string
	balance        amount // own documents, in the customer's currency
	withJobs       amount
}

// account is the typed part of an Account. Balances are debit minus credit.
type account struct {
	typ, subType string
	currency     string
	parent       *object
	balance      amount // in the account's currency
	withSubs     amount
	home         amount // carried in home currency
}

type item struct{ income, expense, asset string }

// compareIDs orders ids as numbers; they may be longer than an int64.
func compareIDs(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// stamp writes an instant the way MetaData carries it: whole seconds with the
// company's numeric offset, never Z.
func stamp(unix int64, zone *time.Location) string {
	return time.Unix(unix, 0).In(zone).Format("2006-01-02T15:04:05-07:00")
}

// text is the current JSON of the object.
func (o *object) text(zone *time.Location) []byte {
	if !o.dirty {
		return o.raw
	}
	d := splitObject(o.raw)
	d.setStr("SyncToken", strconv.FormatInt(o.token, 10))
	meta := d.sub("MetaData")
	meta.setDefault("CreateTime", quote(stamp(o.created, zone)))
	meta.setStr("LastUpdatedTime", stamp(o.updated, zone))
	d.set("MetaData", meta.bytes())
	if o.kind.render != nil {
		o.kind.render(o, d)
	}
	o.raw, o.dirty = d.bytes(), false
	return o.raw
}

func (t *txn) debtor() *object {
	if t.owner != nil {
		return t.owner
	}
	return t.customer
}

func renderInvoice(o *object, d *document) {
	d.setAmount("Balance", o.txn.open)
	if d.has("HomeTotalAmt") {
		d.setAmount("HomeBalance", o.txn.rate.home(o.txn.open))
	}
	d.set("LinkedTxn", linksRaw(o.txn.links))
}

func renderCreditMemo(o *object, d *document) {
	d.setAmount("RemainingCredit", o.txn.open)
	d.setAmount("Balance", o.txn.open)
	if d.has("HomeTotalAmt") {
		d.setAmount("HomeBalance", o.txn.rate.home(o.txn.open))
	}
}

func renderPayment(o *object, d *document) {
	d.setAmount("UnappliedAmt", o.txn.unapplied)
	renderLinked(o, d)
}

func renderLinked(o *object, d *document) {
	if len(o.txn.links) == 0 {
		d.drop("LinkedTxn")
		return
	}
	d.set("LinkedTxn", linksRaw(o.txn.links))
}

func renderCustomer(o *object, d *document) {
	d.setAmount("Balance", o.party.balance)
	d.setAmount("BalanceWithJobs", o.party.withJobs)
}

// renderAccount shows 0 for income, expense and retained earnings, whatever
// was posted to them: so do the recorded answers of a company in use.
func renderAccount(o *object, d *document) {
	own, all := o.account.balance, o.account.withSubs
	if !o.account.carriesBalance() {
		own, all = 0, 0
	}
	d.setAmount("CurrentBalance", own)
	d.setAmount("CurrentBalanceWithSubAccounts", all)
}

func (a *account) carriesBalance() bool {
	class := classification(a.typ)
	return class != "Revenue" && class != "Expense" && a.subType != "RetainedEarnings"
}

func linksRaw(links []txnLink) []byte {
	out := []byte{'['}
	for i, l := range links {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"TxnId":`...)
		out = append(out, quote(l.id)...)
		out = append(out, `,"TxnType":`...)
		out = append(out, quote(l.kind)...)
		if l.line != "" {
			out = append(out, `,"TxnLineId":`...)
			out = append(out, quote(l.line)...)
		}
		out = append(out, '}')
	}
	return append(out, ']')
}

func readLinks(docs []*document) []txnLink {
	var out []txnLink
	for _, d := range docs {
		out = append(out, txnLink{id: d.str("TxnId"), kind: d.str("TxnType"), line: d.str("TxnLineId")})
	}
	return out
}

func dropLink(links []txnLink, id, kind string) []txnLink {
	out := make([]txnLink, 0, len(links))
	for _, l := range links {
		if l.id != id || l.kind != kind {
			out = append(out, l)
		}
	}
	return out
}

// addPaymentLink puts a payment before the older ones and after links of other
// kinds, the order of the recorded invoices.
func addPaymentLink(links []txnLink, id string) []txnLink {
	at := 0
	for at < len(links) && links[at].kind != "Payment" {
		at++
	}
	out := append(make([]txnLink, 0, len(links)+1), links[:at]...)
	return append(append(out, txnLink{id: id, kind: "Payment"}), links[at:]...)
}
