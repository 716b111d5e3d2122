package xero

import "strings"

// trackingCategory is one of the two active ways of an organisation to sort
// its lines (Xero docs: accounting/trackingcategories).
type trackingCategory struct {
	id, name, status string
	options          []*trackingOption
}

type trackingOption struct{ id, name, status string }

// maxTracking is how many categories may be active (Xero docs:
// accounting/trackingcategories).
const maxTracking = 2

func (c *trackingCategory) fields() object {
	var f object
	f.setStr("Name", c.name)
	f.setStr("Status", c.status)
	f.setStr("TrackingCategoryID", c.id)
	var out [][]byte
	for _, op := range c.options {
		out = append(out, op.fields().bytes())
	}
	f.set("Options", array(out))
	return f
}

func (p *trackingOption) fields() object {
	var f object
	f.setStr("TrackingOptionID", p.id)
	f.setStr("Name", p.name)
	f.setStr("Status", p.status)
	f.setBool("HasValidationErrors", false)
	f.setBool("IsDeleted", p.status == "DELETED")
	f.setBool("IsArchived", p.status == "ARCHIVED")
	f.setBool("IsActive", p.status == "ACTIVE")
	return f
}

// category finds one by id, or by name when the id is empty.
func (o *Organisation) category(id, name string) *trackingCategory {
	for _, c := range o.set.tracking {
		if c.status != "DELETED" && (id != "" && strings.EqualFold(c.id, id) || id == "" && strings.EqualFold(c.name, name)) {
			return c
		}
	}
	return nil
}

func (c *trackingCategory) option(id, name string) *trackingOption {
	for _, p := range c.options {
		if p.status != "DELETED" && (id != "" && strings.EqualFold(p.id, id) || id == "" && strings.EqualFold(p.name, name)) {
			return p
		}
	}
	return nil
}

func (o *Organisation) readTracking(path []string) (*answer, error) {
	var out [][]byte
	for _, c := range o.set.tracking {
		if c.status == "ACTIVE" && len(path) == 0 || len(path) == 1 && strings.EqualFold(c.id, path[0]) {
			out = append(out, c.fields().bytes())
		}
	}
	if len(path) > 1 || len(path) == 1 && out == nil {
		return nil, notFound()
	}
	return o.envelope("TrackingCategories", out), nil
}

// writeTracking creates, changes and deletes categories and their options.
func (o *Organisation) writeTracking(method string, path []string, sent []object) (*answer, error) {
	if len(path) == 0 {
		if method != "PUT" || len(sent) == 0 {
			return nil, missing()
		}
		return o.putCategory(sent[0])
	}
	c := o.category(path[0], "")
	if c == nil {
		return nil, notFound()
	}
	if len(path) > 1 {
		return o.writeOptions(method, c, path[1:], sent)
	}
	switch {
	case method == "DELETE":
		c.status = "DELETED"
	case method == "POST" && len(sent) == 1:
		c.name, c.status = orElse(sent[0].str("Name"), c.name), orElse(sent[0].str("Status"), c.status)
	default:
		return nil, missing()
	}
	return o.envelope("TrackingCategories", [][]byte{c.fields().bytes()}), nil
}

func (o *Organisation) putCategory(f object) (*answer, error) {
	name := strings.TrimSpace(f.str("Name"))
	active := 0
	for _, c := range o.set.tracking {
		if c.status == "ACTIVE" {
			active++
		}
	}
	switch {
	case name == "" || len(name) > 100:
		return nil, invalid("The tracking category name must have 1 to 100 characters.")
	case o.category("", name) != nil:
		return nil, invalid("A tracking category with the name '%s' already exists.", name)
	case active >= maxTracking:
		return nil, invalid("Only %d tracking categories may be active.", maxTracking)
	}
	c := &trackingCategory{id: o.uuid(), name: name, status: "ACTIVE"}
	o.set.tracking = append(o.set.tracking, c)
	return o.envelope("TrackingCategories", [][]byte{c.fields().bytes()}), nil
}

// writeOptions serves TrackingCategories/{id}/Options.
func (o *Organisation) writeOptions(method string, c *trackingCategory, path []string, sent []object) (*answer, error) {
	if path[0] != "Options" || len(path) > 2 {
		return nil, missing()
	}
	if len(path) == 1 {
		return o.putOptions(method, c, sent)
	}
	p := c.option(path[1], "")
	switch {
	case p == nil:
		return nil, notFound()
	case method == "DELETE":
		p.status = "DELETED"
	case method == "POST" && len(sent) == 1:
		p.name, p.status = orElse(sent[0].str("Name"), p.name), orElse(sent[0].str("Status"), p.status)
	default:
		return nil, missing()
	}
	return o.envelope("Options", [][]byte{p.fields().bytes()}), nil
}

func (o *Organisation) putOptions(method string, c *trackingCategory, sent []object) (*answer, error) {
	if method != "PUT" || len(sent) == 0 {
		return nil, missing()
	}
	var out [][]byte
	for _, f := range sent {
		name := strings.TrimSpace(f.str("Name"))
		if name == "" || len(name) > 100 || c.option("", name) != nil {
			return nil, invalid("The tracking option name '%s' is empty, too long or taken.", name)
		}
		p := &trackingOption{id: o.uuid(), name: name, status: "ACTIVE"}
		c.options = append(c.options, p)
		out = append(out, p.fields().bytes())
	}
	return o.envelope("Options", out), nil
}

// lineTracking completes the tracking of a line: names and ids of category and
// option. An organisation that was loaded without categories takes what comes.
func (o *Organisation) lineTracking(sent []object) ([]byte, error) {
	var out [][]byte
	for _, f := range sent {
		if len(o.set.tracking) == 0 {
			out = append(out, f.bytes())
			continue
		}
		c := o.category(f.str("TrackingCategoryID"), f.str("Name"))
		if c == nil {
			return nil, invalid("The tracking category '%s' could not be found.", orElse(f.str("Name"), f.str("TrackingCategoryID")))
		}
		p := c.option(f.str("TrackingOptionID"), f.str("Option"))
		if p == nil {
			return nil, invalid("The tracking option '%s' could not be found.", orElse(f.str("Option"), f.str("TrackingOptionID")))
		}
		var t object
		t.setStr("Name", c.name)
		t.setStr("Option", p.name)
		t.setStr("TrackingCategoryID", c.id)
		t.setStr("TrackingOptionID", p.id)
		out = append(out, t.bytes())
	}
	if len(out) > maxTracking {
		return nil, invalid("A line item can have at most %d tracking categories.", maxTracking)
	}
	return array(out), nil
}
