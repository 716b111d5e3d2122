package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tieout/people"
	"tieout/sync/sheet"
)

// auditPage is what people did in an organisation, and about access to it.
type auditPage struct {
	view
	tabs
	Events []people.Event
	Kinds  []people.EventKind
	Kind   people.EventKind
	// Older is the address of the page that follows, CSV that of the file.
	Older, CSV string
}

// How many events a page lists, and a file is read by.
const (
	shownEvents = 100
	eventsAtOne = 1000
)

// audit is the page of what people did, the newest first.
func (s *Site) audit(v *Visit) error {
	q := eventQuery(v.r.URL.Query())
	page := auditPage{view: v.view(), tabs: v.tabs(), Kinds: people.EventKinds(), Kind: q.Kind}
	q.Limit = shownEvents + 1
	var err error
	if page.Events, err = s.People.Gate.Events(v.ctx(), v.tenant(), q); err != nil {
		return err
	}
	only := url.Values{}
	if q.Kind != "" {
		only.Set("kind", string(q.Kind))
	}
	page.CSV = "/settings/audit.csv?" + only.Encode()
	if len(page.Events) > shownEvents {
		page.Events = page.Events[:shownEvents]
		last := page.Events[shownEvents-1]
		only.Set("before", last.At.UTC().Format(time.RFC3339Nano)+" "+last.ID)
		page.Older = "/settings/audit?" + only.Encode()
	}
	return s.render(v, "audit", "Audit log", page)
}

// eventQuery reads which events an address asks for. What it does not
// understand asks for all.
func eventQuery(form url.Values) people.EventQuery {
	var q people.EventQuery
	if kind := people.EventKind(form.Get("kind")); slices.Contains(people.EventKinds(), kind) {
		q.Kind = kind
	}
	at, id, _ := strings.Cut(form.Get("before"), " ")
	if before, err := time.Parse(time.RFC3339Nano, at); err == nil {
		q.Before, q.BeforeID = before, id
	}
	return q
}

// auditCSV is the whole log as a file.
func (s *Site) auditCSV(v *Visit) error {
	q := eventQuery(v.r.URL.Query())
	q.Limit = eventsAtOne
	rows := [][]string{{"at", "what", "person", "by", "address", "detail"}}
	for {
		list, err := s.People.Gate.Events(v.ctx(), v.tenant(), q)
		if err != nil {
			return err
		}
		for _, e := range list {
			rows = append(rows, []string{
				e.At.UTC().Format(time.RFC3339), string(e.Kind), cmp.Or(e.PersonName, e.Person), cmp.Or(e.ByName, e.By), e.Address, e.Detail,
			})
		}
		if len(list) < eventsAtOne {
			break
		}
		q.Before, q.BeforeID = list[len(list)-1].At, list[len(list)-1].ID
	}
	v.attach("text/csv; charset=utf-8", "audit.csv")
	return sheet.Write(v.w, rows)
}

// recorded says that what a route does goes into the audit log from here:
// everything that a role is needed for and that changes or takes away
// something, but for what says so itself, and a person's own notes and views.
func (r Route) recorded() bool {
	switch r.Pattern {
	case "/bank/read": // nothing of it is kept
		return false
	case "/settings/organisation", "/settings/invite", "/settings/withdraw", "/settings/role", "/settings/keys", "/settings/keys/revoke",
		"/receivables/views/feed", "/receivables/views/feed/end", "/clients", "/customers/{connection}/{id}/responsible", "/receivables/responsible", "/notes", "/receivables/views",
		"/receivables/views/delete":
		return false
	}
	if r.Method == http.MethodGet {
		return r.Need == people.Export || r.Pattern == "/settings/audit.csv"
	}
	return r.Need != people.Public && r.Need != people.SignedIn
}

// recorded gives a page and records what was done, if it was.
func (s *Site) recorded(v *Visit, route Route) error {
	seen := &codeSeen{ResponseWriter: v.w, code: http.StatusOK}
	v.w = seen
	if err := route.page(s, v); err != nil || seen.code >= http.StatusBadRequest {
		return err
	}
	kind := people.EventActed
	if route.Method == http.MethodGet {
		kind = people.EventExported
	}
	// The answer has gone: what is wrong with the log is told to the operator.
	if err := s.People.Did(v.ctx(), v.tenant(), v.Person.ID, v.address(), kind, deed(v, route)); err != nil {
		s.Log("audit", err)
	}
	return nil
}

// codeSeen remembers how a request was answered.
type codeSeen struct {
	http.ResponseWriter
	code int
}

// WriteHeader notes the code.
func (c *codeSeen) WriteHeader(code int) {
	c.code = code
	c.ResponseWriter.WriteHeader(code)
}

// Unwrap lets a page that streams reach what is below.
func (c *codeSeen) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// deed is what was done, in words, and to what. Of a form only ids and answers
// are named: the rest may hold secrets.
func deed(v *Visit, route Route) string {
	to := named(func(name string) string { return cmp.Or(v.r.PathValue(name), v.r.PostFormValue(name)) })
	if answer := v.r.PostFormValue("answer"); answer != "" {
		to = append(to, "answer "+answer)
	}
	if v.about != "" {
		to = append(to, v.about)
	}
	if query := v.r.URL.RawQuery; route.Method == http.MethodGet && query != "" {
		to = append(to, query)
	}
	return deedWords(route.Pattern, to)
}

// named are the ids that a request gives by their names.
func named(value func(string) string) []string {
	var out []string
	for _, name := range []string{"book", "connection", "vendor", "id"} {
		if v := value(name); v != "" {
			out = append(out, name+" "+v)
		}
	}
	return out
}

// DeedOf is what a page does as the audit log says it, with the ids that value
// gives by their names.
func DeedOf(pattern string, value func(name string) string) string {
	return deedWords(pattern, named(value))
}

// deedWords says what the page of a pattern does, and to what.
func deedWords(pattern string, to []string) string {
	var words []string
	for part := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		if !strings.HasPrefix(part, "{") {
			words = append(words, part)
		}
	}
	text := strings.NewReplacer("-", " ", "_", " ").Replace(strings.Join(words, ", "))
	if known := deeds()[pattern]; known != "" {
		text = known
	}
	const most = 300
	if len(to) > 0 {
		text += ": " + strings.Join(to, ", ")
	}
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// deeds are words for routes whose address says too little.
func deeds() map[string]string {
	return map[string]string{
		"/decisions/answer": "gave an answer to a question", "/decisions/withdraw": "took an answer back", "/decisions/approve": "approved as the second person",
		"/decisions/retry": "tried a refused write again", "/journal/{book}/undo": "took back what was written", "/connect/book/{book}/writes": "switched writing",
		"/connect/book/{book}/cutover": "confirmed the cut-over", "/connect/book/{book}/accounts": "chose accounts", "/settings/booking/{book}": "changed booking rules",
		"/bank/import": "imported a bank statement", "/bank/match": "looked bank lines up anew", "/bank/confirm": "confirmed a bank line", "/bank/reopen": "took the confirmation of a bank line back",
		"/settings/control": "changed controls", "/settings/webhooks": "added a webhook", "/connections/{id}/disconnect": "disconnected",
		"/receivables.csv": "receivables as CSV", "/receivables.xlsx": "receivables as XLSX", "/proof/{book}/csv": "proof as CSV", "/journal/{book}/csv": "journal as CSV",
		"/settings/audit.csv": "audit log as CSV", "/receivables/bulk": "left many invoices out of payment links, or allowed them again",
		"/proof/{book}/month": "signed a month", "/proof/{book}/month/{form}": "papers of a month",
	}
}
