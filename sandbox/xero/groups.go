package xero

import (
	"slices"
	"strings"
)

// contactGroup is a named set of contacts (Xero docs: accounting/contactgroups).
type contactGroup struct {
	id, name, status string
	members          []*record
}

func (g *contactGroup) fields(withMembers bool) object {
	var f object
	f.setStr("ContactGroupID", g.id)
	f.setStr("Name", g.name)
	f.setStr("Status", g.status)
	var out [][]byte
	for _, c := range g.members {
		if withMembers {
			out = append(out, contactStub(c))
		}
	}
	f.set("Contacts", array(out))
	f.setBool("HasValidationErrors", false)
	return f
}

func (o *Organisation) group(id string) *contactGroup {
	for _, g := range o.set.groups {
		if strings.EqualFold(g.id, id) {
			return g
		}
	}
	return nil
}

// groupsOf are a contact's groups as single reads of it show them.
func (o *Organisation) groupsOf(c *record) []byte {
	var out [][]byte
	for _, g := range o.set.groups {
		if g.status == "ACTIVE" && slices.Contains(g.members, c) {
			out = append(out, g.fields(false).bytes())
		}
	}
	return array(out)
}

func (o *Organisation) readGroups(path []string) (*answer, error) {
	var out [][]byte
	for _, g := range o.set.groups {
		if len(path) == 0 && g.status == "ACTIVE" {
			out = append(out, g.fields(false).bytes())
		} else if len(path) == 1 && strings.EqualFold(g.id, path[0]) {
			out = append(out, g.fields(true).bytes())
		}
	}
	if len(path) > 1 || len(path) == 1 && out == nil {
		return nil, notFound()
	}
	return o.envelope("ContactGroups", out), nil
}

// writeGroups creates and changes groups and their members.
func (o *Organisation) writeGroups(method string, path []string, sent []object) (*answer, error) {
	if len(path) == 0 {
		if method != "PUT" && method != "POST" {
			return nil, missing()
		}
		return o.putGroups(sent)
	}
	g := o.group(path[0])
	switch {
	case g == nil:
		return nil, notFound()
	case len(path) > 1 && path[1] == "Contacts":
		return o.writeMembers(method, g, path[2:], sent)
	case len(path) > 1 || method != "POST" || len(sent) != 1:
		return nil, missing()
	}
	if name := sent[0].str("Name"); name != "" {
		g.name = name
	}
	if sent[0].str("Status") == "DELETED" {
		g.status = "DELETED"
	}
	return o.envelope("ContactGroups", [][]byte{g.fields(true).bytes()}), nil
}

func (o *Organisation) putGroups(sent []object) (*answer, error) {
	var made []*contactGroup
	var out [][]byte
	for _, f := range sent {
		name := strings.TrimSpace(f.str("Name"))
		taken := slices.ContainsFunc(append(slices.Clone(o.set.groups), made...), func(g *contactGroup) bool {
			return g.status == "ACTIVE" && strings.EqualFold(g.name, name)
		})
		if name == "" || taken {
			return nil, invalid("The contact group name '%s' is empty or already in use.", name)
		}
		g := &contactGroup{id: o.uuid(), name: name, status: "ACTIVE"}
		made = append(made, g)
		out = append(out, g.fields(true).bytes())
	}
	if len(made) == 0 {
		return nil, noData()
	}
	o.set.groups = append(o.set.groups, made...)
	return o.envelope("ContactGroups", out), nil
}

// writeMembers puts contacts into a group and takes them out.
func (o *Organisation) writeMembers(method string, g *contactGroup, path []string, sent []object) (*answer, error) {
	if method == "DELETE" {
		if len(path) > 1 {
			return nil, missing()
		}
		g.members = slices.DeleteFunc(g.members, func(c *record) bool { return len(path) == 0 || strings.EqualFold(c.id, path[0]) })
		return &answer{status: 204}, nil
	}
	if method != "PUT" || len(path) > 0 || len(sent) == 0 {
		return nil, missing()
	}
	var found []*record
	var out [][]byte
	for _, f := range sent {
		c := o.find("Contacts", f.str("ContactID"))
		if c == nil {
			return nil, invalid("The contact %s could not be found.", f.str("ContactID"))
		}
		found = append(found, c)
		out = append(out, contactStub(c))
	}
	for _, c := range found {
		if !slices.Contains(g.members, c) {
			g.members = append(g.members, c)
		}
	}
	return o.envelope("Contacts", out), nil
}
