package web

import (
	"slices"

	"tieout/people"
)

// responsible are the members who are responsible for the customer of an
// address, and those of sales who are not.
func (s *Site) responsible(v *Visit) (who, others []people.Member, err error) {
	ids, err := s.People.Organisations.Responsible(v.ctx(), v.tenant(), v.r.PathValue("connection"), v.r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	members, err := s.People.Organisations.Members(v.ctx(), v.tenant())
	if err != nil {
		return nil, nil, err
	}
	for _, m := range members {
		switch {
		case slices.Contains(ids, m.Person.ID):
			who = append(who, m)
		case m.Role == people.Sales:
			others = append(others, m)
		}
	}
	return who, others, nil
}

// customerAssign makes a person responsible for a customer, or no longer: who
// sells sees those customers and no others.
func (s *Site) customerAssign(v *Visit) error {
	connection, id := v.r.PathValue("connection"), v.r.PathValue("id")
	customer, err := s.Readers.Records.Customer(v.ctx(), v.tenant(), v.own(), connection, id)
	if err != nil {
		return err
	}
	yes, word := v.r.PostFormValue("remove") == "", "Assigned."
	if !yes {
		word = "No longer assigned."
	}
	if err := s.People.Assign(v.ctx(), v.Person.ID, v.tenant(), connection, id, customer.Name, v.r.PostFormValue("person"), yes); err != nil {
		return err
	}
	return v.done(customerPath(connection, id)+"#responsible", word)
}
