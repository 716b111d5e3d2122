package api

import (
	"net/http"
	"strings"

	"tieout/people"
	"tieout/web"
)

// done runs a route and records in the audit log what was changed or taken away,
// in whose name, from where, and with which key.
func (c *Call) done(route Route, in any) (any, error) {
	out, err := route.run(c, in)
	if err != nil || route.Quiet || route.Method == http.MethodGet && route.files == nil {
		return out, err
	}
	kind := people.EventActed
	if route.files != nil {
		kind = people.EventExported
	}
	// It is done: what is wrong with the log is told to the operator.
	what := route.deed(c.r)
	if c.about != "" {
		what += ", " + c.about
	}
	if err := c.record(kind, what); err != nil {
		c.Log("audit", err)
	}
	return out, nil
}

// deed is what a route does, in the words of its page; of a file, which one.
func (r Route) deed(q *http.Request) string {
	if r.files != nil {
		return r.Summary + ": " + q.URL.Path + "?" + q.URL.RawQuery
	}
	_, pattern, _ := strings.Cut(r.Pages[0], " ")
	return web.DeedOf(pattern, q.PathValue)
}

// record tells the audit log what the call did.
func (c *Call) record(kind people.EventKind, what string) error {
	const most = 300
	key := " (API key " + c.Key.Name + ")"
	if c.Key.Feed() {
		key = " (feed " + c.Key.Name + ")"
	}
	return c.People.Did(c.ctx(), c.tenant(), c.Person.ID, web.Caller(c.r, c.Proxied), kind, strings.ToValidUTF8(what[:min(len(what), most)], "")+key)
}
