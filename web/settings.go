package web

import (
	"net/http"

	"tieout/people"
)

// settingsEntry is one of the pages under Settings.
type settingsEntry struct {
	name, path string
	need       people.Permission
}

// settingsPages is the one table of the pages under Settings, in the order in
// which they stand there.
func settingsPages() []settingsEntry {
	return []settingsEntry{
		{"Organisation", "/settings", people.Manage},
		{"People", "/settings/people", people.Manage},
		{"Audit log", "/settings/audit", people.Manage},
		{"Booking rules", "/settings/booking", people.Connect},
		{"Learned rules", "/settings/learned", people.Decide},
		{"Webhooks", "/settings/webhooks", people.Manage},
		{"Control", "/settings/control", people.Manage},
		{"API keys", "/settings/keys", people.Manage},
	}
}

// tabs are the pages under Settings that a person may see. A page embeds them.
type tabs struct{ Tabs []navItem }

func (v *Visit) tabs() tabs {
	var out tabs
	for _, e := range settingsPages() {
		if v.Member.Role.May(e.need) {
			out.Tabs = append(out.Tabs, navItem{Name: e.name, Path: e.path, Here: v.tab() == e.path})
		}
	}
	if len(out.Tabs) > 0 {
		// Everybody chooses that alone, also those who see none of the others.
		out.Tabs = append(out.Tabs, navItem{Name: "Appearance", Path: "/account#theme"})
	}
	return out
}

// tab is the page under Settings that an address belongs to: the one with the
// longest beginning of it.
func (v *Visit) tab() string {
	here := ""
	for _, e := range settingsPages() {
		if under(v.r.URL.Path, e.path) && len(e.path) > len(here) {
			here = e.path
		}
	}
	return here
}

// organisationPage is an organisation as its owners change it.
type organisationPage struct {
	form
	tabs
	Organisation people.Organisation
}

// organisation is the page of an organisation's name, time zone and currency.
func (s *Site) organisation(v *Visit) error {
	page := organisationPage{form: v.form(), tabs: v.tabs(), Organisation: v.Member.Organisation}
	return s.render(v, "organisation", "Organisation", page)
}

func (s *Site) organisationPost(v *Visit) error {
	o := v.Member.Organisation
	o.Name, o.Zone, o.Home = v.r.PostFormValue("organisation"), v.r.PostFormValue("zone"), v.r.PostFormValue("home")
	err := s.People.Rename(v.ctx(), v.Person.ID, o)
	if err == nil {
		return v.done("/settings", "The organisation is changed.")
	}
	page := organisationPage{form: v.form(), tabs: v.tabs(), Organisation: o}
	if !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "organisation", "Organisation", page)
}
