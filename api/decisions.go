package api

import "tieout/web"

// Decision is a question with its answers.
type Decision struct {
	Book     string   `json:"book"`
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	About    string   `json:"about,omitempty" doc:"Which movement it is about, in words; absent where the question says what it is about."`
	Question string   `json:"question"`
	Here     bool     `json:"answerable" doc:"It is answered here. Any other closes by itself once it is settled in the ledger or in Stripe."`
	Options  []Option `json:"options"`
}

// Option is one answer.
type Option struct {
	Key   string `json:"key" doc:"What to answer. After one that ends with a colon something has to stand, such as an account's id."`
	Text  string `json:"text"`
	Score int    `json:"score" doc:"How well a suggestion fits, 0 to 100."`
}

func decisions(c *Call, _ Nothing) (List[Decision], error) {
	list, err := c.Readers.Decisions.Decisions(c.ctx(), c.tenant())
	return List[Decision]{Items: each(list, func(d web.Decision) Decision {
		return Decision{
			Book: d.Book, ID: d.ID, Kind: d.Kind, About: d.About, Question: d.Question, Here: d.Here,
			Options: each(d.Options, func(o web.DecisionOption) Option { return Option{Key: o.Key, Text: o.Text, Score: o.Score} }),
		}
	})}, err
}

// DecisionQuery names a question.
type DecisionQuery struct {
	Book string `path:"book"`
	ID   string `path:"id"`
}

// DecisionAnswer answers a question.
type DecisionAnswer struct {
	DecisionQuery
	Answer string `json:"answer" doc:"The key of one of the options, as it is or with what it asks for behind its colon."`
}

func answerDecision(c *Call, in DecisionAnswer) (Done, error) {
	err := c.Readers.Decisions.Answer(c.ctx(), c.tenant(), in.Book, in.ID, in.Answer, c.by())
	return Done{Done: err == nil}, err
}

func withdrawDecision(c *Call, q DecisionQuery) (Done, error) {
	err := c.Readers.Decisions.Withdraw(c.ctx(), c.tenant(), q.Book, q.ID, c.by())
	return Done{Done: err == nil}, err
}

// Exception is what cannot be booked or read.
type Exception struct {
	Book   string `json:"book,omitempty"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Action string `json:"action,omitempty" doc:"The one thing that solves it."`
	Page   string `json:"page,omitempty" doc:"Where that is done, where it is one of our pages."`
	About  string `json:"about,omitempty" doc:"The page of what it is about."`
}

func exceptions(c *Call, _ Nothing) (List[Exception], error) {
	list, err := c.Readers.Decisions.Exceptions(c.ctx(), c.tenant())
	return List[Exception]{Items: each(list, func(e web.Exception) Exception {
		return Exception{Book: e.Book, Kind: e.Kind, Text: e.Text, Action: e.Action, Page: e.Path, About: e.About}
	})}, err
}

// NotWritten is a write that was set aside.
type NotWritten struct {
	Book    string `json:"book"`
	ID      string `json:"id"`
	What    string `json:"what" doc:"What would be written."`
	Problem string `json:"problem" doc:"What was in the way."`
}

func notWritten(c *Call, _ Nothing) (List[NotWritten], error) {
	list, err := c.Readers.Decisions.NotWritten(c.ctx(), c.tenant())
	return List[NotWritten]{Items: each(list, func(n web.NotWritten) NotWritten {
		return NotWritten{Book: n.Book, ID: n.ID, What: n.What, Problem: n.Problem}
	})}, err
}

// Retried says how many writes are tried again.
type Retried struct {
	Count int `json:"count"`
}

func retry(c *Call, q DecisionQuery) (Retried, error) {
	n, err := c.Readers.Decisions.Retry(c.ctx(), c.tenant(), q.Book, q.ID)
	return Retried{Count: n}, err
}
