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
	return c.keepView(listing.View{ID: c.People.NewID(), Person: c.Person.ID}, in)
}

// ChangedView is a view as it shall be.
type ChangedView struct {
	ViewQuery
	NewView
}

func changeView(c *Call, in ChangedView) (View, error) {
	v, err := c.ownView(in.ID)
	if err != nil {
		return View{}, err
	}
	return c.keepView(v, in.NewView)
}

// keepView saves a view under what was asked.
func (c *Call) keepView(v listing.View, in NewView) (View, error) {
	q, err := url.ParseQuery(in.Filter)
	if err != nil {
		return View{}, wrong("filter", "This filter is not understood.")
	}
	f, kept := listing.Read(q.Get), url.Values{}
	f.After = nil
	f.Write(kept.Set)
	v.Shared, v.Query, v.ChangedAt = in.Shared && c.May(people.See), kept.Encode(), c.Wall()
	var ok bool
	if v.Name, ok = listing.ViewName(in.Name); !ok || !v.Fits() {
		return View{}, wrong("name", "A view needs a name of at most 60 characters, and a filter that is not longer than an address.")
	}
	return c.viewOf(v), c.Readers.Views.SaveView(c.ctx(), c.tenant(), v)
}

// ViewQuery names a view.
type ViewQuery struct {
	ID string `json:"-" path:"id"`
}

// ownView is a view that the key may change.
func (c *Call) ownView(id string) (listing.View, error) {
	v, err := c.view(id)
	if err == nil && v.Person != c.Person.ID && !c.May(people.Manage) {
		err = errScope.with("Another's view is changed and deleted by those who manage the organisation.")
	}
	return v.View, err
}

func deleteView(c *Call, q ViewQuery) (Done, error) {
	v, err := c.ownView(q.ID)
	if err == nil {
		err = c.Readers.Views.DeleteView(c.ctx(), c.tenant(), v.ID)
	}
	return Done{Done: err == nil}, err
}

// feeds are those of a view that the key's person may end.
func feeds(c *Call, q ViewQuery) (List[Key], error) {
	out := List[Key]{Items: []Key{}}
	v, err := c.view(q.ID)
	if err != nil {
		return out, err
	}
	list, err := c.People.Programs.Keys(c.ctx(), c.tenant())
	for _, k := range list {
		if k.View == v.ID && (k.Person == c.Person.ID || c.May(people.Manage)) {
			out.Items = append(out.Items, keyOf(k))
		}
	}
	return out, err
}

// NewFeed is a feed to be made.
type NewFeed struct {
	ViewQuery
	Name string `json:"name"`
	Days int    `json:"days,omitempty" range:"1-3660" doc:"When it ends; never where it is not given, or with this key."`
}

func makeFeed(c *Call, in NewFeed) (Key, error) {
	v, err := c.view(in.ID)
	if err != nil {
		return Key{}, err
	}
	return c.made(people.Key{Tenant: c.tenant(), Person: c.Person.ID, Name: in.Name, Scopes: []people.Permission{people.Export}, View: v.ID, Expires: c.expiry(in.Days)})
}

func endFeed(c *Call, q IDQuery) (Done, error) { return c.revoke(q.ID, true) }
