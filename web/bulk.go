package web

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tieout/listing"
	"tieout/money"
)

// BulkActor does one thing to many invoices, after it was shown.
type BulkActor interface {
	// PreviewBulk says what would happen; nothing is changed.
	PreviewBulk(ctx context.Context, tenant string, b Bulk) (BulkShown, error)
	// Bulk does what was shown under the digest, in one go for each book;
	// ErrOtherShown when something else would happen now, ErrSecondPerson when
	// somebody else has to agree first, who is shown the page.
	Bulk(ctx context.Context, tenant string, b Bulk, digest, page, by string) error
	// BulkCustomers are the customers in the ledgers of the chosen invoices.
	BulkCustomers(ctx context.Context, tenant string, b Bulk) (BulkCustomers, error)
}

// Bulk is what somebody wants done, and to which invoices.
type Bulk struct {
	Action BulkAction
	// Rows are the invoices chosen; with All everything that the filter lists.
	Rows   []InvoiceRef
	All    bool
	Filter listing.Filter
}

// Address is the page that shows what would happen.
func (b Bulk) Address() string {
	q := url.Values{"do": {string(b.Action)}}
	b.Filter.Write(q.Set)
	if b.All {
		q.Set("all", "yes")
	}
	for _, row := range b.Rows {
		q.Add("row", row.Connection+"/"+row.ID)
	}
	return "/receivables/bulk?" + q.Encode()
}

// BulkAction is what can be done to many invoices.
type BulkAction string

// The actions. Leaving out a customer covers the customer's invoices to come.
const (
	BulkNoLinks       BulkAction = "no-links"
	BulkLinks         BulkAction = "links"
	BulkCustomerNone  BulkAction = "customer-no-links"
	BulkCustomerLinks BulkAction = "customer-links"
)

// MaxBulk is how many invoices are worked on at once.
const MaxBulk = 1000

// BulkActions are all there are, in the order in which they are offered.
func BulkActions() []BulkAction {
	return []BulkAction{BulkNoLinks, BulkLinks, BulkCustomerNone, BulkCustomerLinks}
}

// Words is the action as a button says it.
func (a BulkAction) Words() string {
	return map[BulkAction]string{
		BulkNoLinks: "Leave out of payment links", BulkLinks: "Allow payment links again",
		BulkCustomerNone: "Leave their customers out of payment links", BulkCustomerLinks: "Allow payment links for their customers again",
	}[a]
}

// BulkShown is what an action would do.
type BulkShown struct {
	Parts []BulkPart
	// TooMany says that more is chosen than MaxBulk.
	TooMany bool
	// Digest names what would happen; "" when nothing would.
	Digest string
}

// BulkPart is what happens to some of the chosen invoices.
type BulkPart struct {
	Text string
	// Changes says that something happens to them.
	Changes bool
	Count   int
	// Open is what is open on them, by currency.
	Open []money.Money
}

type bulkPage struct {
	view
	Bulk
	BulkShown
	Problem string
	// Fields are the choice, as a form sends it again; Back is the list.
	Fields []RuleOption
	Back   string
}

// bulkOf reads what was chosen.
func (v *Visit) bulkOf(q url.Values) (Bulk, error) {
	b := v.chosenOf(q)
	if !slices.Contains(BulkActions(), b.Action) {
		return b, ErrNotFound
	}
	return b, nil
}

// chosenOf reads which invoices were chosen.
func (v *Visit) chosenOf(q url.Values) Bulk {
	b := Bulk{Action: BulkAction(q.Get("do")), All: q.Get("all") != "", Filter: v.filterOf(q)}
	b.Filter.After = nil
	for _, row := range q["row"] {
		if connection, id, ok := strings.Cut(row, "/"); ok && !b.All {
			b.Rows = append(b.Rows, InvoiceRef{Connection: connection, ID: id})
		}
	}
	return b
}

// bulk shows what would happen.
func (s *Site) bulk(v *Visit) error {
	return s.showBulk(v, http.StatusOK, v.r.URL.Query(), "")
}

func (s *Site) showBulk(v *Visit, code int, q url.Values, problem string) error {
	b, err := v.bulkOf(q)
	if err != nil {
		return err
	}
	page := bulkPage{view: v.view(), Bulk: b, Problem: problem, Back: addressOf("/receivables", b.Filter)}
	if page.BulkShown, err = s.Readers.Bulk.PreviewBulk(v.ctx(), v.tenant(), b); err != nil {
		return err
	}
	page.Fields = again(q)
	return s.show(v, code, "bulk", b.Action.Words(), page)
}

// again are the fields of a choice, as a form sends it again.
func again(q url.Values) (fields []RuleOption) {
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if name == "digest" || name == "person" {
			continue
		}
		for _, value := range q[name] {
			fields = append(fields, RuleOption{name, value})
		}
	}
	return fields
}

// bulkPost does what was shown.
func (s *Site) bulkPost(v *Visit) error {
	digest := v.r.PostFormValue("digest") // which reads the form
	b, err := v.bulkOf(v.r.PostForm)
	if err != nil {
		return err
	}
	shown := url.Values{}
	for name, values := range v.r.PostForm {
		if name != "digest" {
			shown[name] = values
		}
	}
	err = s.Readers.Bulk.Bulk(v.ctx(), v.tenant(), b, digest, b.Address(), v.Person.Signature())
	if words, ok := reason(err); ok {
		return s.showBulk(v, http.StatusConflict, shown, words)
	}
	if err != nil {
		return err
	}
	return v.done(addressOf("/receivables", b.Filter), "Done. The next run of the book carries it out.")
}
