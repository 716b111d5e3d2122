package quickbooks

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxMails is how many emails a sandbox company may send a day (Intuit docs:
// limits-and-throttles).
const maxMails = 40

// sendAnswer serves POST /{entity}/{id}/send. The caller holds the lock.
func (c *Company) sendAnswer(entity, id string, q url.Values) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	text, fault := c.send(k, id, q.Get("sendTo"))
	if fault != nil {
		return nil, fault
	}
	return c.envelope(k.name, c.withLink(k, text, q.Get("include"))), nil
}

// send marks a form as emailed: to BillEmail, or to another address that then
// becomes BillEmail (Intuit docs: invoice, send). The version stays, the time
// moves (recorded answers).
func (c *Company) send(k *kind, id, to string) ([]byte, *Fault) {
	if !k.sent {
		return nil, faultUnsupported("Operation send is not supported for " + k.name)
	}
	o := c.find(k.name, id)
	if o == nil {
		return nil, faultNotFound()
	}
	d := splitObject(o.text(c.zone))
	if to != "" {
		mail := d.sub("BillEmail")
		mail.setStr("Address", to)
		d.set("BillEmail", mail.bytes())
	}
	address := c.mailOf(o, d)
	switch {
	case address == "":
		return nil, faultMissing("BillEmail.Address")
	case !isEmail(address):
		return nil, faultEmail("BillEmail.Address", address)
	}
	if k.name != "Payment" {
		d.setStr("EmailStatus", "EmailSent")
	}
	delivery := &document{}
	delivery.setStr("DeliveryType", "Email")
	delivery.setStr("DeliveryTime", stamp(c.now(), c.zone))
	if k.known["DeliveryInfo"] {
		d.set("DeliveryInfo", delivery.bytes())
	}
	o.raw = d.bytes()
	c.stir(o)
	c.tell(o, opEmailed)
	return c.shown(o), nil
}

// mailOf is where a form goes; a payment has no address of its own and goes to
// the customer's.
func (c *Company) mailOf(o *object, d *document) string {
	if a := d.sub("BillEmail").str("Address"); a != "" {
		return a
	}
	if o.kind.name == "Payment" && o.txn.customer != nil {
		return splitObject(o.txn.customer.raw).sub("PrimaryEmailAddr").str("Address")
	}
	return ""
}

func faultEmail(element, value string) *Fault {
	return validation("2210", "Invalid Email Address format", "Email Address does not conform to the address format. : "+value).at(element)
}

// isEmail is lenient: several addresses may stand in one field, with commas.
func isEmail(text string) bool {
	for one := range strings.SplitSeq(text, ",") {
		name, host, ok := strings.Cut(strings.TrimSpace(one), "@")
		if !ok || name == "" || host == "" || strings.ContainsAny(name+host, " @<>") {
			return false
		}
	}
	return true
}

// countMail notes an email and reports whether it is within the day's quota.
func (c *Company) countMail() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if day := c.clock.Now().UTC().Format(time.DateOnly); day != c.mailDay {
		c.mailDay, c.mails = day, 0
	}
	c.mails++
	return c.mails <= maxMails
}

// withLink adds InvoiceLink when it was asked for: it is there for invoices
// with an email address (Intuit docs: invoice, InvoiceLink; README).
func (c *Company) withLink(k *kind, text []byte, include string) []byte {
	if k.name != "Invoice" || !slices.Contains(splitInclude(include), "invoicelink") {
		return text
	}
	d := splitObject(text)
	if !isEmail(d.sub("BillEmail").str("Address")) {
		return text
	}
	at := "/portal/" + c.realm + "/" + d.str("Id")
	d.setStr("InvoiceLink", c.base()+at+"?locale=en_US&cta=v3invoicelink&token="+signLink(at, "")[:32])
	return d.bytes()
}

// portal is the page behind an InvoiceLink: the invoice as its customer sees
// it. Nothing can be paid there.
func (s *Server) portal(w http.ResponseWriter, r *http.Request) {
	realm, id := r.PathValue("realm"), r.PathValue("id")
	c := s.Company(realm)
	if c == nil || r.URL.Query().Get("token") != signLink("/portal/"+realm+"/"+id, "")[:32] {
		http.NotFound(w, r)
		return
	}
	c.mu.Lock()
	page, fault := c.pdf("Invoice", id)
	c.mu.Unlock()
	if fault != nil {
		http.NotFound(w, r)
		return
	}
	writePDF(w, page, "Invoice_"+id)
}
