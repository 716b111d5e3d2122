package quickbooks

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// change is one write in the making. build functions validate doc, complete it
// and fill in the typed state; nothing of the company changes until commit.
type change struct {
	c    *Company
	kind *kind
	old  *object // nil on create
	req  *document
	doc  *document // becomes the stored text
	// typed state to be
	txn     *txn
	party   *party
	account *account
	item    *item
	name    string
}

func (c *Company) create(entity string, body []byte) ([]byte, *Fault) {
	k, req, fault := c.request(entity, body)
	if fault != nil {
		return nil, fault
	}
	if k.single {
		return nil, faultUnsupported("Operation create is not supported for " + k.name)
	}
	doc := req.clone()
	doc.drop(k.readOnly...)
	doc.drop("Id", "SyncToken")
	doc.dropNulls()
	ch := &change{c: c, kind: k, req: req, doc: doc}
	if fault := ch.prepare(); fault != nil {
		return nil, fault
	}
	if fault := ch.closed(ch.date()); fault != nil {
		return nil, fault
	}
	return c.shown(ch.insert()), nil
}

// request parses a body and checks what is the same for every entity.
func (c *Company) request(entity string, body []byte) (*kind, *document, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, nil, fault
	}
	if k.stored {
		return nil, nil, faultUnsupported("Operation write is not supported for " + k.name)
	}
	return c.requestOf(k, body)
}

func (c *Company) requestOf(k *kind, body []byte) (*kind, *document, *Fault) {
	req, err := parseDocument(body)
	if err != nil {
		return nil, nil, faultMalformed(err.Error())
	}
	req.scrub()
	if fault := k.checkKnown(req); fault != nil {
		return nil, nil, fault
	}
	return k, req, k.checkLengths(req)
}

func (k *kind) checkLengths(d *document) *Fault {
	for _, l := range k.limits {
		top, below, nested := strings.Cut(l.path, ".")
		text := d.str(top)
		if nested {
			text = textOf(member(d.get(top), below))
		}
		if n := utf8.RuneCountInString(text); n > l.max {
			return faultTooLong(l.path, l.max, n)
		}
	}
	return nil
}

// prepare runs the kind's own rules.
func (ch *change) prepare() *Fault {
	if ch.kind.txn {
		if fault := ch.dates(); fault != nil {
			return fault
		}
	}
	return ch.kind.build(ch)
}

func (ch *change) date() string {
	if ch.txn == nil {
		return ""
	}
	return ch.txn.date
}

// dates fills TxnDate and opens the typed part of a transaction.
func (ch *change) dates() *Fault {
	ch.doc.setDefault("TxnDate", quote(ch.c.today()))
	ch.txn = &txn{date: ch.doc.str("TxnDate"), due: ch.doc.str("DueDate"), number: ch.doc.str("DocNumber")}
	if !isDate(ch.txn.date) {
		return faultDate("TxnDate")
	}
	if ch.txn.due != "" && !isDate(ch.txn.due) {
		return faultDate("DueDate")
	}
	return nil
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

func faultDate(name string) *Fault {
	return validation("2010", "Request has invalid or unsupported property", "Property Name:"+name+" specified is unsupported or invalid").at(name)
}

// closed refuses dates in closed books (Intuit docs: fault 6210 when TxnDate
// is on or before the closing date).
func (ch *change) closed(dates ...string) *Fault {
	if !ch.kind.txn {
		return nil
	}
	limit := ch.c.settings().closed
	for _, d := range dates {
		if limit != "" && d != "" && d <= limit {
			return faultClosedPeriod()
		}
	}
	return nil
}

// insert stores a new object and lets its effects loose.
func (ch *change) insert() *object {
	c := ch.c
	now := c.now()
	o := &object{kind: ch.kind, id: c.takeID(ch.kind.idSpace), created: now, updated: now, active: true, name: ch.name}
	ch.doc.setStr("domain", "QBO")
	ch.doc.setBool("sparse", false)
	ch.doc.setStr("Id", o.id)
	ch.doc.setStr("SyncToken", "0")
	at := stamp(now, c.zone)
	ch.doc.set("MetaData", []byte(`{"CreateTime":"`+at+`","LastUpdatedTime":"`+at+`"}`))
	ch.assign(o)
	if ch.txn != nil {
		// The text is complete as built, and so are the postings.
		o.dirty = false
		o.txn.effect = c.newEffect(o, ch.doc)
	}
	c.shelf(ch.kind.name).add(o)
	c.tell(o, opCreated)
	c.apply(o)
	for _, a := range ch.applied() {
		c.touch(a.target)
	}
	return o
}

func (ch *change) applied() []application {
	if ch.txn == nil {
		return nil
	}
	return ch.txn.applies
}

// assign moves the prepared state into the object.
func (ch *change) assign(o *object) {
	o.txn, o.party, o.account, o.item = ch.txn, ch.party, ch.account, ch.item
	o.name = ch.name
	if ch.kind.named {
		o.active = ch.doc.str("Active") != "false"
	}
	o.raw, o.dirty = ch.doc.bytes(), true
	if ch.kind.single {
		ch.c.prefs = nil
	}
}

// touch bumps version and time of an object whose content a side effect
// changed: an invoice when a payment is applied to it.
func (c *Company) touch(o *object) {
	c.bump(o)
	c.tell(o, opUpdated)
}

// bump is a touch that no webhook tells of as an update.
func (c *Company) bump(o *object) {
	o.token++
	c.stir(o)
}

// stir moves the time only: a customer or account whose balance moved keeps
// its SyncToken (recorded answers).
func (c *Company) stir(o *object) {
	o.dirty = true
	if now := c.now(); now != o.updated {
		o.updated = now
		c.shelf(o.kind.name).moved(o)
	}
}

// target finds the object a request is about and checks its version.
func (c *Company) target(k *kind, req *document) (*object, *Fault) {
	id := req.str("Id")
	if id == "" {
		return nil, faultMissing("Id")
	}
	if !isID(k, id) {
		return nil, faultBadID(id)
	}
	o := c.find(k.name, id)
	if o == nil {
		return nil, faultNotFound()
	}
	token := req.str("SyncToken")
	if token == "" {
		return nil, faultMissing("SyncToken")
	}
	if token != strconv.FormatInt(o.token, 10) {
		return nil, faultStale()
	}
	return o, nil
}
