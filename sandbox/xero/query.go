package xero

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Page sizes of lists (Xero docs: requests-and-responses, paging).
const (
	defaultPageSize = 100
	maxPageSize     = 1000
)

// query is a parsed list request.
type query struct {
	page, pageSize int // page 0 = not paged
	since          int64
	hasSince       bool
	where          condition
	pinned         []string // "field value" pairs the where clause fixes by ==
	order          string
	down           bool
	then           []sortKey
	sets           map[string]map[string]bool // parameter -> wanted values
	summary        bool
	archived       bool
	mine           bool // createdByMyApp
	deleted        bool
	search         string
	unitdp4        bool
	today          day // in the organisation's zone
	// key tells apart what lists choose and how they order it; empty for lists
	// that are not remembered.
	key string
}

// parseQuery reads the parameters of a list.
func parseQuery(k *kind, q url.Values, h http.Header) (*query, error) {
	out := &query{pageSize: defaultPageSize, sets: map[string]map[string]bool{}, unitdp4: q.Get("unitdp") == "4"}
	out.summary = strings.EqualFold(q.Get("summaryOnly"), "true") && (k.name == "Invoices" || k.name == "Contacts")
	out.mine = strings.EqualFold(q.Get("createdByMyApp"), "true") && k.name == "Invoices"
	out.archived = strings.EqualFold(q.Get("includeArchived"), "true")
	out.deleted = strings.EqualFold(q.Get("includeDeleted"), "true")
	out.search = strings.ToLower(q.Get("searchTerm"))
	for _, name := range setParameters(k) {
		if q.Get(name) == "" {
			continue
		}
		set := map[string]bool{}
		for v := range strings.SplitSeq(q.Get(name), ",") {
			set[strings.ToLower(strings.Trim(strings.TrimSpace(v), `"`))] = true
		}
		out.sets[name] = set
	}
	if err := out.paging(k, q); err != nil {
		return nil, err
	}
	if t, ok := modifiedSince(h.Get("If-Modified-Since")); ok {
		out.since, out.hasSince = t.UnixMilli(), true
	}
	if w := q.Get("where"); w != "" {
		c, p, err := parseWhere(k, w)
		if err != nil {
			return nil, err
		}
		out.where = c
		if !p.or {
			out.pinned = p.ids
		}
	}
	return out, out.ordering(k, q.Get("order"))
}

// setParameters are the explicit comma lists of an endpoint.
func setParameters(k *kind) []string {
	switch k.name {
	case "Invoices":
		return []string{"IDs", "InvoiceNumbers", "ContactIDs", "Statuses"}
	case "Contacts":
		return []string{"IDs"}
	case "Items", "CreditNotes":
		return []string{"IDs"}
	case "Overpayments":
		return []string{"References"}
	case "Prepayments":
		return []string{"Reference", "InvoiceNumbers"}
	case "BankTransactions":
		return []string{"Reference"}
	}
	return nil
}

func (q *query) paging(k *kind, v url.Values) error {
	if !k.paged {
		return nil
	}
	if s := v.Get("pageSize"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return badQuery("The pageSize '%s' is not a number", s)
		}
		q.pageSize = min(max(n, 1), maxPageSize)
		q.page = 1
	}
	if s := v.Get("page"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return badQuery("The page '%s' is not a number", s)
		}
		q.page = max(n, 1)
	}
	if q.page == 0 && (q.summary || q.sets["Statuses"] != nil) {
		q.page = 1
	}
	return nil
}

// modifiedSince reads If-Modified-Since: UTC by the documents' form without a
// zone, and in the forms that official SDKs send (the OpenAPI's example has
// milliseconds and an offset).
func modifiedSince(s string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05", time.RFC3339, "2006-01-02T15:04:05Z0700", http.TimeFormat, "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (q *query) ordering(k *kind, text string) error {
	first := true
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		field, ok := knownField(k, words[0])
		if !ok || len(words) > 2 {
			return badQuery("No property or field '%s' exists in type '%s'", words[0], k.single)
		}
		down := len(words) == 2 && strings.HasPrefix(strings.ToUpper(words[1]), "DESC")
		if first {
			q.order, q.down, first = field, down, false
		} else {
			q.then = append(q.then, sortKey{field, down})
		}
	}
	return nil
}

// sortKey is a further field of an order.
type sortKey struct {
	field string
	down  bool
}

// candidates narrows the walk by what an index knows.
func (o *Organisation) candidates(k *kind, q *query) []*record {
	t := o.tables[k.name]
	if ids := q.sets["IDs"]; ids != nil {
		return o.byKeys(ids, func(id string) *record { return t.byID[id] })
	}
	if numbers := q.sets["InvoiceNumbers"]; numbers != nil && o.bills == 0 {
		// bills' numbers are not unique: with bills the table is walked
		return o.byKeys(numbers, func(n string) *record { return o.numbers["ACCREC "+strings.ToUpper(n)] })
	}
	for _, p := range q.pinned {
		field, v, _ := strings.Cut(p, " ")
		if field == k.idKey {
			return o.byKeys(map[string]bool{v: true}, func(id string) *record { return t.byID[id] })
		}
		if field == "Invoice.InvoiceID" && k.name == "Payments" && q.where != nil {
			return o.paymentsOf(v)
		}
	}
	if contacts := q.sets["ContactIDs"]; contacts != nil {
		return o.docsOf(k, contacts)
	}
	switch {
	case q.hasSince:
		return t.since(q.since)
	case q.order == k.idKey:
		return t.byName()
	}
	return t.all()
}

func (o *Organisation) byKeys(keys map[string]bool, find func(string) *record) []*record {
	var out []*record
	for k := range keys {
		if r := find(k); r != nil {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, compareRecords)
	return out
}

func (o *Organisation) docsOf(k *kind, contacts map[string]bool) []*record {
	var out []*record
	for id := range contacts {
		if c := o.find("Contacts", id); c != nil {
			for _, d := range c.holder.docs {
				if d.kind.name == k.name {
					out = append(out, d)
				}
			}
		}
	}
	slices.SortFunc(out, compareRecords)
	return out
}

// paymentsOf lists the payments ever made on a document, deleted ones too.
func (o *Organisation) paymentsOf(id string) []*record {
	var out []*record
	for _, r := range o.paymentIndex[id] {
		if o.tables["Payments"].byID[r.id] == r {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, compareRecords)
	return out
}

// selects applies everything that the candidates may still fail.
func (q *query) selects(r *record) bool {
	if q.hasSince && r.updated <= q.since {
		return false
	}
	switch {
	case r.kind.name == "Contacts" && !q.archived && r.status == "ARCHIVED" && q.sets["IDs"] == nil:
		return false
	case r.kind.name == "BankTransfers" && !q.deleted && r.status == "DELETED":
		return false
	}
	if q.mine && (r.side == nil || !r.side.byApp) {
		return false
	}
	for name, set := range q.sets {
		if !set[strings.ToLower(setValue(r, name))] {
			return false
		}
	}
	if q.search != "" && !searched(r, q.search) {
		return false
	}
	return q.where == nil || q.where(r)
}

func setValue(r *record, name string) string {
	switch name {
	case "IDs":
		return r.id
	case "InvoiceNumbers":
		return r.number
	case "ContactIDs":
		if r.contact != nil {
			return r.contact.id
		}
		return ""
	case "Statuses":
		return r.status
	}
	return r.reference
}

func searched(r *record, term string) bool {
	name := r.name
	if r.contact != nil {
		name = r.contact.name
	}
	email := ""
	if r.holder != nil {
		email = r.holder.email
	}
	return strings.Contains(strings.ToLower(r.number+"\n"+r.reference+"\n"+name+"\n"+email), term)
}

// plain tells whether the query selects the whole table in its default order.
func (q *query) plain(k *kind) bool {
	return !q.hasSince && q.where == nil && len(q.sets) == 0 && q.search == "" && !q.mine && q.order == "" &&
		k.name != "BankTransfers" && (k.name != "Contacts" || q.archived)
}

// listing is one answer's worth of rows.
type listing struct {
	rows  [][]byte
	total int
	pages int
}

// list answers a list request.
func (o *Organisation) list(k *kind, q *query) listing {
	found, known := o.lists[q.key]
	if !known {
		found = o.findAll(k, q)
	}
	out := listing{total: len(found)}
	if q.page > 0 {
		out.pages = (len(found) + q.pageSize - 1) / q.pageSize
		first := min((q.page-1)*q.pageSize, len(found))
		found = found[first:min(first+q.pageSize, len(found))]
	}
	out.rows = make([][]byte, 0, len(found))
	for _, r := range found {
		out.rows = append(out.rows, rowParts(r, q)...)
	}
	return out
}

func sorted(rs []*record, q *query) []*record {
	type keyed struct {
		r *record
		v value
	}
	keys := make([]keyed, len(rs))
	for i, r := range rs {
		keys[i] = keyed{r, fieldValue(r, q.order)}
	}
	slices.SortStableFunc(keys, func(a, b keyed) int {
		c := compareValues(a.v, b.v, q.order, q.down)
		for _, t := range q.then {
			if c == 0 {
				c = compareValues(fieldValue(a.r, t.field), fieldValue(b.r, t.field), t.field, t.down)
			}
		}
		if c == 0 {
			c = strings.Compare(a.r.id, b.r.id)
			if q.down {
				c = -c
			}
		}
		return c
	})
	out := make([]*record, len(keys))
	for i, k := range keys {
		out[i] = k.r
	}
	return out
}

func compareValues(a, b value, field string, down bool) int {
	c := int(a.kind) - int(b.kind)
	if c == 0 {
		c = order(a, b, foldable(field))
	}
	if down {
		return -c
	}
	return c
}
