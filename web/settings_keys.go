package web

import (
	"net/http"
	"slices"

	"tieout/people"
)

// keysPage is what programs come in with.
type keysPage struct {
	form
	tabs
	Keys   []keyRow
	Scopes []scope
	// Secret is a new key, shown once.
	Secret string
}

type keyRow struct {
	people.Key
	Owner string
	Over  bool
}

// scope is a permission that a key can be given.
type scope struct {
	people.Permission
	Text   string
	Chosen bool
}

// scopeText says what a permission lets a program do.
func scopeText(p people.Permission) string {
	return map[people.Permission]string{
		people.SeeOwn:  "Read receivables, invoices and customers",
		people.See:     "Read everything else: payments, payouts, decisions, proofs, the journal",
		people.Export:  "Take lists away as files",
		people.Comment: "Comment",
		people.Decide:  "Answer questions",
		people.Undo:    "Take back what was written",
		people.Connect: "Run, pause and resume connections",
		people.Manage:  "Change the organisation and what others have saved",
	}[p]
}

func (s *Site) keysPage(v *Visit) (keysPage, error) {
	page := keysPage{form: v.form("name"), tabs: v.tabs()}
	chosen := v.r.Form["scopes"]
	for _, p := range people.Permissions() {
		if v.Member.Role.May(p) {
			reads := len(chosen) == 0 && (p == people.SeeOwn || p == people.See)
			page.Scopes = append(page.Scopes, scope{p, scopeText(p), reads || slices.Contains(chosen, string(p))})
		}
	}
	members, err := s.People.Organisations.Members(v.ctx(), v.tenant())
	if err != nil {
		return page, err
	}
	list, err := s.People.Programs.Keys(v.ctx(), v.tenant())
	for _, k := range list {
		if k.Feed() {
			continue
		}
		row := keyRow{Key: k, Over: k.Expires != nil && !k.Expires.After(s.Wall())}
		for _, m := range members {
			if m.Person.ID == k.Person {
				row.Owner = m.Person.Name
			}
		}
		page.Keys = append(page.Keys, row)
	}
	return page, err
}

// keys is the page of the keys with which programs use the API.
func (s *Site) keys(v *Visit) error {
	page, err := s.keysPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "keys", "API keys", page)
}

// keysChanged answers a change of the keys.
func (s *Site) keysChanged(v *Visit, err error, word string) error {
	if err == nil {
		return v.done("/settings/keys", word)
	}
	page, problem := s.keysPage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "keys", "API keys", page)
}

// keyPost makes a key that acts in the name of who makes it, and shows it on the
// page itself: it is kept nowhere, and so cannot be shown again.
func (s *Site) keyPost(v *Visit) error {
	k := people.Key{Tenant: v.tenant(), Person: v.Person.ID, Name: v.r.PostFormValue("name")}
	for _, p := range v.r.PostForm["scopes"] {
		k.Scopes = append(k.Scopes, people.Permission(p))
	}
	secret := ""
	var err error
	if k.Expires, err = s.expiry(v.r.PostFormValue("days")); err == nil {
		_, secret, err = s.People.MakeKey(v.ctx(), v.Person.ID, k)
	}
	if err != nil {
		return s.keysChanged(v, err, "")
	}
	page, err := s.keysPage(v)
	if err != nil {
		return err
	}
	page.Secret = secret
	page.Values = map[string]string{}
	return s.render(v, "keys", "API keys", page)
}

func (s *Site) keyRevoke(v *Visit) error {
	k, err := s.keyOf(v, v.r.PostFormValue("id"))
	if err == nil {
		err = s.People.DropKey(v.ctx(), v.Person.ID, k)
	}
	return s.keysChanged(v, err, "The key is revoked: whoever has it is let in no more.")
}
