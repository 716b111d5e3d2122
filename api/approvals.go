package api

import (
	"time"

	"tieout/people"
	"tieout/sync/monthend"
	"tieout/web"
)

// Approval is something that one person wants and a second one has to agree to.
type Approval struct {
	Book    string    `json:"book,omitempty" doc:"Absent for what concerns the whole organisation."`
	ID      string    `json:"id"`
	What    string    `json:"what" doc:"What would be done."`
	Page    string    `json:"page,omitempty" doc:"Where the pages show it."`
	Need    string    `json:"permission" doc:"What whoever answers has to be allowed."`
	AskedBy string    `json:"asked_by"`
	At      time.Time `json:"asked_at"`
	By      string    `json:"approved_by,omitempty"`
	Done    bool      `json:"done"`
	Why     string    `json:"why_not,omitempty" doc:"Why it was not done though it was approved."`
	Open    bool      `json:"answerable" doc:"The key's person has not asked for it, and the key may answer."`
}

func approvals(c *Call, _ Nothing) (List[Approval], error) {
	list, err := c.Readers.Approvals.Approvals(c.ctx(), c.tenant())
	return List[Approval]{Items: each(list, func(a web.Approval) Approval {
		mine := monthend.Same(a.AskedBy, c.Person.Signature())
		return Approval{
			Book: a.Book, ID: a.ID, What: a.What, Page: a.Page, Need: string(a.Need), AskedBy: a.AskedBy, At: a.At, By: a.By, Done: a.Done, Why: a.Outcome,
			Open: !mine && a.By == "" && c.May(people.Decide) && c.May(a.Need),
		}
	})}, err
}

// ApprovalAnswer is a second person's word.
type ApprovalAnswer struct {
	ID    string `json:"-" path:"id"`
	Book  string `json:"book,omitempty" doc:"As the list has it."`
	Grant bool   `json:"grant" doc:"True agrees, with which it is done at once; false refuses."`
}

// Approved is what came of an approval.
type Approved struct {
	Done bool   `json:"done"`
	Why  string `json:"why_not,omitempty" doc:"Why it was not done. Whoever asked is told as well."`
}

func approve(c *Call, in ApprovalAnswer) (Approved, error) {
	list, err := c.Readers.Approvals.Approvals(c.ctx(), c.tenant())
	if err != nil {
		return Approved{}, err
	}
	a, err := web.ApprovalOf(list, in.Book, in.ID, c.Person.Signature(), c.May)
	if err != nil {
		return Approved{}, err
	}
	c.about = a.About()
	done, err := c.Readers.Approvals.Approve(c.ctx(), c.tenant(), a, in.Grant, c.by())
	return Approved{Done: done.Done, Why: done.Why}, err
}
