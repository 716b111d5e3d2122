package api

import (
	"slices"

	"tieout/people"
	"tieout/web"
)

// customerRoutes are those that change what a customer is to us.
func customerRoutes() []Route {
	const tag = "Receivables"
	const page = "POST /customers/{connection}/{id}/"
	return []Route{
		as(Route{Method: post, Path: "/customers/{connection}/{id}/responsible", Need: people.Manage, Tag: tag, Name: "assign", Pages: []string{page + "responsible", "GET /receivables/responsible", "POST /receivables/responsible"}, Summary: "Make somebody responsible for a customer, or no longer"}, assign),
		as(Route{Method: post, Path: "/customers/{connection}/{id}/apart", Need: people.Decide, Tag: tag, Name: "apart", Pages: []string{page + "apart"}, Summary: "Take a Stripe customer apart from this one", Doc: "What is booked stays; later payments of theirs ask somebody."}, apart),
		as(Route{Method: post, Path: "/customers/{connection}/{id}/allow", Need: people.Decide, Tag: tag, Name: "allow", Pages: []string{page + "allow"}, Summary: "Let rules join the two again"}, allow),
	}
}

// responsible are the members who are responsible for a customer.
func (c *Call) responsible(connection, id string) ([]Member, error) {
	out := []Member{}
	ids, err := c.People.Organisations.Responsible(c.ctx(), c.tenant(), connection, id)
	if err != nil || len(ids) == 0 {
		return out, err
	}
	members, err := c.People.Organisations.Members(c.ctx(), c.tenant())
	for _, m := range members {
		if slices.Contains(ids, m.Person.ID) {
			out = append(out, memberOf(m))
		}
	}
	return out, err
}

// Assignment makes somebody responsible.
type Assignment struct {
	RecordQuery
	Person string `json:"person" doc:"The person's id."`
	Remove bool   `json:"remove,omitempty" doc:"No longer responsible."`
}

func assign(c *Call, in Assignment) (Done, error) {
	customer, err := c.Readers.Records.Customer(c.ctx(), c.tenant(), c.own(), in.Connection, in.ID)
	if err == nil {
		err = c.People.Assign(c.ctx(), c.Person.ID, c.tenant(), in.Connection, in.ID, customer.Name, in.Person, !in.Remove)
	}
	return Done{Done: err == nil}, err
}

// PayerChoice names a Stripe customer.
type PayerChoice struct {
	RecordQuery
	Source string `json:"source" doc:"The connection of the Stripe customer."`
	Payer  string `json:"payer" doc:"The Stripe customer's id."`
}

func apart(c *Call, in PayerChoice) (Done, error) {
	err := c.Readers.Records.Unjoin(c.ctx(), c.tenant(), in.Connection, in.ID, in.Source, in.Payer, c.by())
	return Done{Done: err == nil}, err
}

func allow(c *Call, in PayerChoice) (Done, error) {
	err := c.Readers.Records.AllowJoin(c.ctx(), c.tenant(), in.Connection, in.ID, in.Source, in.Payer, c.by())
	return Done{Done: err == nil}, err
}

func payerOf(p web.JoinedPayer) Payer {
	return Payer{Connection: p.Connection, ID: p.ID, Name: p.Name, Email: p.Email, Evidence: p.Evidence}
}
