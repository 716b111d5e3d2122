package api

import (
	"net/url"
	"time"

	"tieout/listing"
	"tieout/people"
)

// View is a filter of receivables with a name.
type View struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Shared    bool      `json:"shared" doc:"Everybody of the organisation sees it."`
	Filter    string    `json:"filter" doc:"The filter as the page's address has it."`
	Mine      bool      `json:"mine"`
	ChangedAt time.Time `json:"changed_at"`
}

// saved is a view as it is kept.
type saved struct{ listing.View }

// values are those of its filter.
func (s saved) values() url.Values {
	q, err := url.ParseQuery(s.Query)
	if err != nil {
		return url.Values{} // what was saved was made by listing.Write
	}
	return q
}

// view is one that the key's person sees.
func (c *Call) view(id string) (saved, error) {
	v, err := c.Readers.Views.View(c.ctx(), c.tenant(), id)
	if err == nil && !v.Shared && v.Person != c.Person.ID {
		err = errNothing
	}
	return saved{v}, err
}

func (c *Call) viewOf(v listing.View) View {
	return View{ID: v.ID, Name: v.Name, Shared: v.Shared, Filter: v.Query, Mine: v.Person == c.Person.ID, ChangedAt: v.ChangedAt}
}

func views(c *Call, _ Nothing) (List[View], error) {
	list, err := c.Readers.Views.Views(c.ctx(), c.tenant(), c.Person.ID)
	return List[View]{Items: each(list, c.viewOf)}, err
}

// NewView is a view to be saved.
type NewView struct {
	Name   string `json:"name" doc:"At most 60 characters."`
	Filter string `json:"filter" doc:"As the page's address has it: status=overdue&currency=USD"`
	Shared bool   `json:"shared,omitempty" doc:"Everybody of the organisation shall see it."`
}

func saveView(c *Call, in NewView) (View, error) {
	q, err := url.ParseQuery(in.Filter)
	if err != nil {
		return View{}, wrong("filter", "This filter is not understood.")
	}
	f, kept := listing.Read(q.Get), url.Values{}
	f.After = nil
	f.Write(kept.Set)
	v := listing.View{ID: c.People.NewID(), Person: c.Person.ID, Shared: in.Shared && c.May(people.See), Query: kept.Encode(), ChangedAt: c.Wall()}
	var ok bool
	if v.Name, ok = listing.ViewName(in.Name); !ok || !v.Fits() {
		return View{}, wrong("name", "A view needs a name of at most 60 characters, and a filter that is not longer than an address.")
	}
	return c.viewOf(v), c.Readers.Views.SaveView(c.ctx(), c.tenant(), v)
}

// ViewQuery names a view.
type ViewQuery struct {
	ID string `path:"id"`
}

func deleteView(c *Call, q ViewQuery) (Done, error) {
	v, err := c.view(q.ID)
	if err == nil && v.Person != c.Person.ID && !c.May(people.Manage) {
		err = errScope.with("Another's view is deleted by those who manage the organisation.")
	}
	if err == nil {
		err = c.Readers.Views.DeleteView(c.ctx(), c.tenant(), v.ID)
	}
	return Done{Done: err == nil}, err
}
