package api

import (
	"time"

	"tieout/people"
	"tieout/web"
)

// Me is whose key it is.
type Me struct {
	Organisation Organisation `json:"organisation"`
	Person       string       `json:"person" doc:"In whose name the key acts."`
	Role         string       `json:"role"`
	Key          string       `json:"key" doc:"The key's name."`
	Scopes       []string     `json:"scopes" doc:"What the key may do now: its permissions as far as its person has them."`
	Expires      *time.Time   `json:"expires,omitempty"`
}

// Organisation is whose figures these are.
type Organisation struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Zone string `json:"zone" doc:"The time zone of its days."`
	Home string `json:"home_currency"`
}

func me(c *Call, _ Nothing) (Me, error) {
	out := Me{
		Organisation: organisationOf(c.Member.Organisation), Person: c.Person.Name, Role: string(c.Member.Role),
		Key: c.Key.Name, Scopes: []string{}, Expires: c.Key.Expires,
	}
	for _, p := range people.Permissions() {
		if c.May(p) {
			out.Scopes = append(out.Scopes, string(p))
		}
	}
	return out, nil
}

// Overview is an organisation at a glance.
type Overview struct {
	AsOf    *time.Time `json:"as_of,omitempty" doc:"The instant as of which everything of every connection was read; absent during a first reading."`
	Ageing  []Ageing   `json:"ageing"`
	Billing []Billing  `json:"billing"`
	Today   []Money    `json:"received_today" doc:"What came in since midnight, by currency."`
	Count   int        `json:"received_count"`
	Waiting Waiting    `json:"waiting"`
	Proofs  []Verdict  `json:"proofs"`
}

// Ageing is what is open in one currency, by days past the due date.
type Ageing struct {
	Currency  string `json:"currency"`
	Total     Money  `json:"total" doc:"Open invoices less credits that nobody has applied."`
	Current   Money  `json:"current"`
	To30      Money  `json:"to_30"`
	To60      Money  `json:"to_60"`
	To90      Money  `json:"to_90"`
	Over90    Money  `json:"over_90"`
	Unapplied Money  `json:"unapplied_credit"`
	Invoices  int    `json:"invoices"`
}

// Waiting counts what needs a person.
type Waiting struct {
	Questions  int `json:"questions"`
	Exceptions int `json:"exceptions"`
	Parked     int `json:"writes_parked" doc:"Writes that the ledger has refused."`
	Writes     int `json:"writes_waiting"`
}

// Verdict says of a book whether it ties out.
type Verdict struct {
	Book  string     `json:"book"`
	Name  string     `json:"name"`
	State string     `json:"state" enum:"none,agrees,differs,not measured"`
	At    *time.Time `json:"at,omitempty"`
	Lines int        `json:"lines"`
	Open  int        `json:"open" doc:"Comparisons that do not tie out."`
	Rest  *Money     `json:"rest,omitempty" doc:"What is unexplained in the first of them."`
	Cause string     `json:"cause,omitempty"`
}

func overview(c *Call, _ Nothing) (Overview, error) {
	h, err := c.Readers.Home.Home(c.ctx(), c.tenant(), c.own(), zone(c.Member.Organisation))
	if err != nil {
		return Overview{}, err
	}
	fresh, err := c.Readers.Pulse.Freshness(c.ctx(), c.tenant())
	return Overview{
		AsOf: fresh.At, Ageing: each(h.Ageing, ageing), Billing: each(h.Billing, billing), Today: each(h.Today.Sums, moneyOf), Count: h.Today.Count,
		Waiting: Waiting{Questions: h.Waiting.Questions, Exceptions: h.Waiting.Exceptions, Parked: h.Waiting.Parked, Writes: h.Waiting.Writes},
		Proofs:  each(h.Proofs, verdict),
	}, err
}

func ageing(l web.AgeingLine) Ageing {
	return Ageing{
		Currency: string(l.Currency), Total: moneyOf(l.Total()), Current: minor(l.Current, l.Currency), To30: minor(l.To30, l.Currency),
		To60: minor(l.To60, l.Currency), To90: minor(l.To90, l.Currency), Over90: minor(l.Over90, l.Currency), Unapplied: moneyOf(l.Unapplied()),
		Invoices: l.Invoices,
	}
}

func verdict(p web.ProofSentence) Verdict {
	out := Verdict{Book: p.Book, Name: p.Name, State: string(p.State), Lines: p.Lines, Open: p.Open, Cause: p.Cause}
	if !p.At.IsZero() {
		out.At = &p.At
	}
	if p.Rest.Currency != "" {
		rest := moneyOf(p.Rest)
		out.Rest = &rest
	}
	return out
}

// Book is a ledger with the processor's accounts that feed it.
type Book struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func listBooks(c *Call, _ Nothing) (List[Book], error) {
	list, err := c.Readers.Payments.Books(c.ctx(), c.tenant())
	return List[Book]{Items: each(list, func(b web.BookName) Book { return Book{ID: b.ID, Name: b.Name} })}, err
}
