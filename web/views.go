package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/listing"
	"tieout/people"
)

// ViewKeeper keeps saved views.
type ViewKeeper interface {
	// Views are those that a person sees, by name: the own and the shared ones.
	Views(ctx context.Context, tenant, person string) ([]listing.View, error)
	// View is one, whoever's it is; ErrNotFound.
	View(ctx context.Context, tenant, id string) (listing.View, error)
	SaveView(ctx context.Context, tenant string, v listing.View) error
	// DeleteView removes one and ends its feeds; ErrNotFound.
	DeleteView(ctx context.Context, tenant, id string) error
}

// sees says whether a person sees a view, changes whether it may be changed:
// one's own always, another's by those who manage the organisation.
func (v *Visit) sees(w listing.View) bool { return w.Shared || w.Person == v.Person.ID }

func (v *Visit) changes(w listing.View) bool {
	return w.Person == v.Person.ID || w.Shared && v.Member.Role.May(people.Manage)
}

// viewOf is a view that the person sees.
func (s *Site) viewOf(v *Visit, id string) (listing.View, error) {
	w, err := s.Readers.Views.View(v.ctx(), v.tenant(), id)
	if err == nil && !v.sees(w) {
		err = ErrNotFound
	}
	return w, err
}

// queryOf is what a list's address asks for. An address that names a view and
// nothing else of a filter asks for what the view is now.
func (s *Site) queryOf(v *Visit) (q url.Values, chosen listing.View, err error) {
	q = v.r.URL.Query()
	id := q.Get("view")
	if id == "" {
		return q, chosen, nil
	}
	if chosen, err = s.viewOf(v, id); err != nil || q.Has("status") {
		return q, chosen, err
	}
	saved, err := url.ParseQuery(chosen.Query)
	if place := q.Get("after"); err == nil && place != "" {
		saved.Set("after", place)
	}
	return saved, chosen, err
}

// savedViews are the views beside a list, and the form that saves it.
type savedViews struct {
	Views []choice
	// Query is the list's filter. Chosen is the view that was asked for; Changed
	// says that the list is not what it saves, and that it may be changed.
	Query   string
	Chosen  listing.View
	Changed bool
	// Shares says that the person may share views with everybody.
	Shares bool
}

func (s *Site) savedViews(v *Visit, f listing.Filter, chosen listing.View) (savedViews, error) {
	list, err := s.Readers.Views.Views(v.ctx(), v.tenant(), v.Person.ID)
	f.After = nil
	out := savedViews{Query: queryText(f), Chosen: chosen, Shares: v.Member.Role.May(people.See)}
	out.Changed = chosen.ID != "" && chosen.Query != out.Query && v.changes(chosen)
	for _, w := range list {
		out.Views = append(out.Views, choice{Name: w.Name, Path: "/receivables?view=" + url.QueryEscape(w.ID), Here: w.Query == out.Query})
	}
	return out, err
}

// queryText is a filter as views keep it.
func queryText(f listing.Filter) string {
	q := url.Values{}
	f.Write(q.Set)
	return q.Encode()
}

// viewRow is a view with its feeds.
type viewRow struct {
	listing.View
	Owner  string
	Change bool
	Feeds  []feedRow
}

type feedRow struct {
	people.Key
	Owner string
	Over  bool
}

type viewsPage struct {
	form
	Views []viewRow
	// Feed is a new feed's address without its ending, shown once; FeedOf the
	// name of its view.
	Feed, FeedOf string
}

// views is the page of saved views and their feeds.
func (s *Site) views(v *Visit) error {
	page, err := s.viewsPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "views", "Saved views", page)
}

func (s *Site) viewsPage(v *Visit) (viewsPage, error) {
	page := viewsPage{form: v.form("name")}
	list, err := s.Readers.Views.Views(v.ctx(), v.tenant(), v.Person.ID)
	if err != nil {
		return page, err
	}
	members, err := s.People.Organisations.Members(v.ctx(), v.tenant())
	if err != nil {
		return page, err
	}
	names := map[string]string{}
	for _, m := range members {
		names[m.Person.ID] = m.Person.Name
	}
	keys, err := s.People.Programs.Keys(v.ctx(), v.tenant())
	if err != nil {
		return page, err
	}
	for _, w := range list {
		row := viewRow{View: w, Owner: names[w.Person], Change: v.changes(w)}
		for _, k := range keys {
			if k.View == w.ID && v.ends(k) {
				row.Feeds = append(row.Feeds, feedRow{k, names[k.Person], k.Expires != nil && !k.Expires.After(s.Wall())})
			}
		}
		page.Views = append(page.Views, row)
	}
	return page, nil
}

// ends says whether the person may end a feed or key, and so is shown it.
func (v *Visit) ends(k people.Key) bool {
	return k.Person == v.Person.ID || v.Member.Role.May(people.Manage)
}

// viewsChanged answers a change on the page of views.
func (s *Site) viewsChanged(v *Visit, err error, word string) error {
	if err == nil {
		return v.done("/receivables/views", word)
	}
	page, problem := s.viewsPage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "views", "Saved views", page)
}

// viewPost saves a filter under a name: a new view, or in place of one.
func (s *Site) viewPost(v *Visit) error {
	w := listing.View{ID: v.r.PostFormValue("id"), Person: v.Person.ID}
	if w.ID == "" {
		w.ID = s.People.NewID()
	} else {
		var err error
		if w, err = s.viewOf(v, w.ID); err != nil {
			return err
		}
		if !v.changes(w) {
			return ErrForbidden
		}
	}
	if v.r.PostForm.Has("query") {
		q, err := url.ParseQuery(v.r.PostFormValue("query"))
		if err != nil {
			return s.viewsChanged(v, people.InputError{Field: "", Text: "This filter is not understood."}, "")
		}
		f := listing.Read(q.Get)
		f.After = nil
		w.Query = queryText(f)
	}
	if v.r.PostForm.Has("name") {
		var ok bool
		if w.Name, ok = listing.ViewName(v.r.PostFormValue("name")); !ok {
			return s.viewsChanged(v, people.InputError{Field: "", Text: "A view needs a name of at most 60 characters."}, "")
		}
		w.Shared = v.r.PostFormValue("shared") != "" && v.Member.Role.May(people.See)
	}
	if w.Name == "" || !w.Fits() {
		return s.viewsChanged(v, people.InputError{Field: "", Text: "A view needs a name, and a filter that is not longer than an address."}, "")
	}
	w.ChangedAt = s.Wall()
	if err := s.Readers.Views.SaveView(v.ctx(), v.tenant(), w); err != nil {
		return err
	}
	return v.done("/receivables?view="+url.QueryEscape(w.ID), "The view is saved.")
}

func (s *Site) viewDelete(v *Visit) error {
	w, err := s.viewOf(v, v.r.PostFormValue("id"))
	if err == nil && !v.changes(w) {
		err = ErrForbidden
	}
	if err == nil {
		err = s.Readers.Views.DeleteView(v.ctx(), v.tenant(), w.ID)
	}
	return s.viewsChanged(v, err, "The view is deleted, and its feeds have ended.")
}

// feedPost makes a feed of a view and shows its address on the page itself: it
// is kept nowhere, and so cannot be shown again.
func (s *Site) feedPost(v *Visit) error {
	w, err := s.viewOf(v, v.r.PostFormValue("id"))
	if err != nil {
		return err
	}
	k := people.Key{Tenant: v.tenant(), Person: v.Person.ID, Name: v.r.PostFormValue("name"), Scopes: []people.Permission{people.Export}, View: w.ID}
	secret := ""
	if k.Expires, err = s.expiry(v.r.PostFormValue("days")); err == nil {
		_, secret, err = s.People.MakeKey(v.ctx(), v.Person.ID, k)
	}
	if err != nil {
		return s.viewsChanged(v, err, "")
	}
	page, err := s.viewsPage(v)
	if err != nil {
		return err
	}
	page.Feed, page.FeedOf = v.origin()+"/feeds/"+secret, w.Name
	return s.render(v, "views", "Saved views", page)
}

// expiry is so many days from now; nil for none.
func (s *Site) expiry(days string) (*time.Time, error) {
	if days == "" {
		return nil, nil
	}
	const most = 10_000 // more than a key can be given
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > most {
		return nil, people.InputError{Field: "expires", Text: "The end is a number of days."}
	}
	at := s.Wall().AddDate(0, 0, n)
	return &at, nil
}

// keyOf is a key or feed of the organisation that the person may end.
func (s *Site) keyOf(v *Visit, id string) (people.Key, error) {
	keys, err := s.People.Programs.Keys(v.ctx(), v.tenant())
	if err != nil {
		return people.Key{}, err
	}
	for _, k := range keys {
		if k.ID == id && v.ends(k) {
			return k, nil
		}
	}
	return people.Key{}, ErrNotFound
}

func (s *Site) feedEnd(v *Visit) error {
	k, err := s.keyOf(v, v.r.PostFormValue("id"))
	if err == nil {
		err = s.People.DropKey(v.ctx(), v.Person.ID, k)
	}
	return s.viewsChanged(v, err, "The feed has ended: its address gives nothing any more.")
}
