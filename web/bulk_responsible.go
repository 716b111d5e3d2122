package web

import (
	"net/http"
	"net/url"

	"tieout/people"
)

// BulkCustomers are the customers of many invoices.
type BulkCustomers struct {
	List []BulkCustomer
	// Others is how many of the invoices have no customer of a ledger.
	Others int
	// TooMany says that more than MaxBulk invoices are chosen.
	TooMany bool
	// Digest names the customers; "" when there is none.
	Digest string
}

// BulkCustomer is one of them.
type BulkCustomer struct {
	Connection, ID, Name string
	// Invoices is how many of the chosen ones are the customer's.
	Invoices int
}

type bulkResponsiblePage struct {
	view
	BulkCustomers
	Problem string
	// Sellers are the members who can be made responsible.
	Sellers []people.Member
	Fields  []RuleOption
	Back    string
}

// bulkResponsible shows whose customers somebody can be made responsible for.
func (s *Site) bulkResponsible(v *Visit) error {
	return s.showBulkResponsible(v, http.StatusOK, v.r.URL.Query(), "")
}

func (s *Site) showBulkResponsible(v *Visit, code int, q url.Values, problem string) error {
	b := v.chosenOf(q)
	page := bulkResponsiblePage{view: v.view(), Problem: problem, Fields: again(q), Back: addressOf("/receivables", b.Filter)}
	members, err := s.People.Organisations.Members(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Role == people.Sales {
			page.Sellers = append(page.Sellers, m)
		}
	}
	if page.BulkCustomers, err = s.Readers.Bulk.BulkCustomers(v.ctx(), v.tenant(), b); err != nil {
		return err
	}
	return s.show(v, code, "bulk-responsible", "Make somebody responsible", page)
}

// bulkResponsiblePost makes somebody responsible for the customers that were
// shown. What is done already stays so when it is done again.
func (s *Site) bulkResponsiblePost(v *Visit) error {
	person, digest := v.r.PostFormValue("person"), v.r.PostFormValue("digest") // which reads the form
	b := v.chosenOf(v.r.PostForm)
	chosen, err := s.Readers.Bulk.BulkCustomers(v.ctx(), v.tenant(), b)
	if err != nil {
		return err
	}
	if chosen.TooMany || chosen.Digest == "" || chosen.Digest != digest {
		words, _ := reason(ErrOtherShown)
		return s.showBulkResponsible(v, http.StatusConflict, v.r.PostForm, words)
	}
	for _, c := range chosen.List {
		if err := s.People.Assign(v.ctx(), v.Person.ID, v.tenant(), c.Connection, c.ID, c.Name, person, true); err != nil {
			return err
		}
	}
	return v.done(addressOf("/receivables", b.Filter), "Assigned "+plural(len(chosen.List), "customer", "customers")+".")
}
