package api

import (
	"tieout/people"
	"tieout/web"
)

// bookingRoutes are those of booking rules, and of what was learned.
func bookingRoutes() []Route {
	const tag = "Booking rules"
	const page = "/settings/booking/{book}"
	return []Route{
		as(Route{Method: get, Path: "/books/{book}/rules", Need: people.Connect, Tag: tag, Name: "rules", Pages: []string{"GET /settings/booking", "GET " + page}, Summary: "A book's rules, with what they may be"}, rules),
		as(Route{Method: post, Path: "/books/{book}/rules/preview", Need: people.Connect, Tag: tag, Name: "previewRules", Pages: []string{"GET " + page}, Quiet: true, Summary: "What other rules would do to bookings of this book; nothing is changed"}, previewRules),
		as(Route{Method: post, Path: "/books/{book}/rules", Need: people.Connect, Tag: tag, Name: "saveRules", Pages: []string{"POST " + page}, Summary: "Save what was shown under a digest, and nothing else"}, saveRules),
		as(Route{Method: get, Path: "/learned-rules", Need: people.Decide, Tag: tag, Name: "learned", Pages: []string{"GET /settings/learned"}, Summary: "What was learned from confirmed bank lines"}, learned),
		as(Route{Method: del, Path: "/learned-rules/{book}/{id}", Need: people.Decide, Tag: tag, Name: "forget", Pages: []string{"POST /settings/learned/forget"}, Summary: "Forget one of them", Doc: "What was matched by it stays."}, forget),
	}
}

// Rules are a book's rules, and what a change of them would do.
type Rules struct {
	Fields   []RuleField   `json:"rules"`
	Changes  []RuleChange  `json:"changes" doc:"What would be otherwise."`
	Problems []RuleProblem `json:"problems" doc:"What of it cannot be."`
	Examples []RuleExample `json:"examples" doc:"The newest of this book's bookings, as they are and as they would be."`
	Digest   string        `json:"digest,omitempty" doc:"Names the change: give it to save it. Absent where there is nothing that can be saved."`
}

// RuleField is one rule.
type RuleField struct {
	Name    string       `json:"name"`
	Label   string       `json:"label"`
	Hint    string       `json:"hint,omitempty"`
	Value   string       `json:"value"`
	Options []RuleOption `json:"options" doc:"What it may be; none where it is free."`
}

// RuleOption is a value of a rule.
type RuleOption struct {
	Value string `json:"value"`
	Text  string `json:"text"`
}

// RuleChange is a rule that would be otherwise.
type RuleChange struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// RuleProblem is what is wrong with a rule.
type RuleProblem struct {
	Rule string `json:"rule,omitempty"`
	Text string `json:"text"`
}

// RuleExample is a booking under either rules.
type RuleExample struct {
	Title  string     `json:"title"`
	Detail string     `json:"detail,omitempty"`
	Amount Money      `json:"amount"`
	Now    []PlanLine `json:"now"`
	Then   []PlanLine `json:"then"`
	Same   bool       `json:"same"`
}

func rulesOf(r web.RulesShown) Rules {
	out := Rules{
		Fields: []RuleField{}, Problems: []RuleProblem{}, Digest: r.Digest,
		Changes: each(r.Changes, func(x web.RuleChange) RuleChange { return RuleChange(x) }),
		Examples: each(r.Examples, func(x web.RuleExample) RuleExample {
			return RuleExample{Title: x.Title, Detail: x.Detail, Amount: moneyOf(x.Amount), Now: each(x.Now, planLine), Then: each(x.Then, planLine), Same: x.Same}
		}),
	}
	for _, g := range r.Groups {
		for _, f := range g.Fields {
			out.Fields = append(out.Fields, RuleField{
				Name: f.Name, Label: f.Label, Hint: f.Hint, Value: f.Value,
				Options: each(f.Options, func(o web.RuleOption) RuleOption { return RuleOption{o.Key, o.Text} }),
			})
			if text := r.Problems[f.Name]; text != "" {
				out.Problems = append(out.Problems, RuleProblem{f.Name, text})
			}
		}
	}
	if text := r.Problems[""]; text != "" {
		out.Problems = append(out.Problems, RuleProblem{Text: text})
	}
	return out
}

// BookQuery names a book.
type BookQuery struct {
	Book string `json:"-" path:"book"`
}

func rules(c *Call, q BookQuery) (Rules, error) { return previewRules(c, RulesFilled{BookQuery: q}) }

// RulesFilled are rules as they would be.
type RulesFilled struct {
	BookQuery
	Rules map[string]string `json:"rules" doc:"Values by the rules' names; one that is not given stays as it is."`
}

func previewRules(c *Call, in RulesFilled) (Rules, error) {
	b, err := c.book(in.Book)
	if err != nil {
		return Rules{}, err
	}
	shown, err := c.Readers.Booking.Rules(c.ctx(), c.tenant(), b.ID, in.Rules)
	return rulesOf(shown), err
}

// RulesConfirmed are rules that were shown.
type RulesConfirmed struct {
	RulesFilled
	Digest string `json:"digest" doc:"Of what was shown."`
}

func saveRules(c *Call, in RulesConfirmed) (Done, error) {
	b, err := c.book(in.Book)
	if err != nil {
		return Done{}, err
	}
	err = c.Readers.Booking.SaveRules(c.ctx(), c.tenant(), b.ID, in.Rules, in.Digest, web.RulesAddress(b.ID, in.Rules), c.by())
	return Done{Done: err == nil}, err
}
