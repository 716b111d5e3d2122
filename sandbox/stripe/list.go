package stripe

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Page sizes (Stripe docs: api/pagination).
const (
	defaultLimit = 10
	maxLimit     = 100
)

const forever = math.MaxInt64

// listParams are the parameters of every list; rangeParams those of a filter
// on an instant.
const listParams = "limit starting_after ending_before"

func rangeParams(name string) string {
	return name + " " + name + "[gt] " + name + "[gte] " + name + "[lt] " + name + "[lte]"
}

// answerList fills the call's answer with a page of a shelf.
func (c *call) answerList(s *shelf, url, key string, keep func(object) bool) *Error {
	q := query{key: key, keep: keep, limit: defaultLimit}
	var e *Error
	if q.from, q.to, e = c.window("created"); e != nil {
		return e
	}
	if e := c.paging(s, &q); e != nil {
		return e
	}
	items, more := s.page(q)
	return c.answerPage(items, more, url)
}

func (c *call) paging(s *shelf, q *query) *Error {
	if c.has("limit") {
		n, e := c.integer("limit")
		switch {
		case e != nil:
			return e
		case n < 1:
			return invalid("parameter_invalid_integer", "limit", "This value must be greater than or equal to 1.")
		case n > maxLimit:
			return invalid("parameter_invalid_integer", "limit", "This value must be less than or equal to %d (it currently is '%d').", maxLimit, n)
		}
		q.limit = int(n)
	}
	if c.has("starting_after") && c.has("ending_before") {
		return invalid("", "", "You cannot parameterize both ending_before and starting_after. Please provide only one.")
	}
	var e *Error
	if q.after, e = c.cursor(s, "starting_after"); e != nil {
		return e
	}
	q.before, e = c.cursor(s, "ending_before")
	return e
}

func (c *call) cursor(s *shelf, param string) (object, *Error) {
	id := c.str(param)
	if id == "" {
		return nil, nil
	}
	o := c.byID[id]
	if o == nil || !s.holds(o) {
		e := missing(s.kind, id, param)
		e.Status = 400
		return nil, e
	}
	return o, nil
}

// holds tells whether an object stands in this shelf.
func (s *shelf) holds(o object) bool {
	p := o.place().pos
	return p < len(s.items) && s.items[p] == o
}

// window reads `name=`, `name[gte]=` and so on as an inclusive range.
func (c *call) window(name string) (from, to int64, e *Error) {
	from, to = math.MinInt64, forever
	for _, op := range []string{"", "[gte]", "[gt]", "[lte]", "[lt]"} {
		if !c.has(name + op) {
			continue
		}
		n, err := strconv.ParseInt(c.str(name+op), 10, 64)
		if err != nil {
			return 0, 0, invalid("parameter_invalid_integer", name+op, "Invalid integer: %s", c.str(name+op))
		}
		switch op {
		case "":
			from, to = n, n
		case "[gte]":
			from = max(from, n)
		case "[gt]":
			from = max(from, n+1)
		case "[lte]":
			to = min(to, n)
		case "[lt]":
			to = min(to, n-1)
		}
	}
	return from, to, nil
}

// filter is one equality filter of a list: an indexed one chooses the
// sub-list, the others are tested.
type filter struct {
	param string
	value func(object) string
}

// pick chooses the first filter that was sent as sub-list and tests the rest.
func (c *call) pick(indexed []string, tested ...filter) (key string, keep func(object) bool) {
	for _, name := range indexed {
		if v, ok := c.values[name]; ok && key == "" {
			key = name + "=" + v
		}
	}
	var active []filter
	for _, f := range tested {
		if c.has(f.param) && key != f.param+"="+c.str(f.param) {
			active = append(active, f)
		}
	}
	if len(active) == 0 {
		return key, nil
	}
	return key, func(o object) bool {
		for _, f := range active {
			if f.value(o) != c.str(f.param) {
				return false
			}
		}
		return true
	}
}

// answerPage answers a page of a list in the call's version.
func (c *call) answerPage(items []object, more bool, url string) *Error {
	e := c.answer(c.listOf(items, more, url))
	c.reshaped = true
	return e
}

func (c *call) listOf(items []object, more bool, url string) list {
	l := list{Object: "list", Data: make([]json.RawMessage, len(items)), HasMore: more, URL: url}
	for i, o := range items {
		l.Data[i] = c.show(o)
	}
	return l
}

// answer renders a value as the call's answer.
func (c *call) answer(v any) *Error {
	c.reshaped = false
	if l, ok := v.(list); ok {
		c.body = l.render()
		return nil
	}
	if o, ok := v.(object); ok {
		c.body, c.reshaped = c.show(o), true
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return &Error{Status: 500, Type: typeAPI, Message: err.Error()}
	}
	c.body = b
	return nil
}

// render joins a page from the rendered objects without encoding them again.
func (l list) render() []byte {
	size := 64 + len(l.URL)
	for _, d := range l.Data {
		size += len(d) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, `{"object":"list","data":[`...)
	for i, d := range l.Data {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, d...)
	}
	b = append(b, `],"has_more":`...)
	b = strconv.AppendBool(b, l.HasMore)
	b = append(b, `,"url":"`...)
	b = append(b, strings.ReplaceAll(l.URL, `"`, "")...)
	return append(b, `"}`...)
}
