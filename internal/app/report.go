package app

import "tieout/sync/preview"

// BookReport is what a sync did to one book, for people and programs.
type BookReport struct {
	Book      string         `json:"book"`
	Pulled    map[string]int `json:"pulled"`
	Changed   int            `json:"changed"`
	Rejected  int            `json:"rejected"`
	Planned   int            `json:"planned"`
	Written   int            `json:"written"`
	Parked    int            `json:"parked"`
	Questions int            `json:"new_questions"`
	Preview   []preview.Line `json:"preview,omitempty"`
	// Problems are connections that could not be read, by id; Error is what
	// ended the whole run.
	Problems map[string]string `json:"problems,omitempty"`
	Error    string            `json:"error,omitempty"`
	Proof    []ProofLine       `json:"proof"`
}

// Report turns runs into reports.
func Report(runs []BookRun) []BookReport {
	list := []BookReport{}
	for _, r := range runs {
		out := BookReport{
			Book: r.Book.Name, Pulled: map[string]int{}, Planned: r.Result.Planned.Intents, Written: r.Result.Pushed.Sent + r.Result.Pushed.Found,
			Parked: r.Result.Pushed.Parked, Questions: r.Result.Planned.Decisions, Preview: r.Preview, Proof: []ProofLine{},
		}
		for _, pulled := range r.Result.Pulled {
			for kind, n := range pulled.Seen {
				out.Pulled[string(kind)] += n
			}
			for _, n := range pulled.Changed {
				out.Changed += n
			}
			out.Rejected += pulled.Rejected
		}
		for id, err := range r.Result.Problems {
			if out.Problems == nil {
				out.Problems = map[string]string{}
			}
			out.Problems[id] = err.Error()
		}
		if r.Err != nil {
			out.Error = r.Err.Error()
		}
		if r.Result.Proof != nil {
			out.Proof = ProofLines(r.Book.Name, *r.Result.Proof)
		}
		list = append(list, out)
	}
	return list
}
