package stripe

import (
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// params are the parameters of one request, by full bracket name with numeric
// indices: `line_items[0][price]`. Form bodies and query strings use the same
// syntax (Stripe docs: api, "form-encoded request bodies").
type params struct {
	values map[string]string
	names  []string // in order of arrival
}

var indexPart = regexp.MustCompile(`\[\d*\]`)

// parseParams reads a form. `name[]` gets rising indices; in a list of objects
// a name that repeats begins the next element.
func parseParams(encoded string) (params, *Error) {
	p := params{values: map[string]string{}}
	next := map[string]int{}
	for encoded != "" {
		var part string
		part, encoded, _ = strings.Cut(encoded, "&")
		if part == "" {
			continue
		}
		k, v, _ := strings.Cut(part, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(v)
		if err1 != nil || err2 != nil {
			return p, notForm()
		}
		key = numberKey(key, next)
		if _, dup := p.values[key]; !dup {
			p.names = append(p.names, key)
		}
		p.values[key] = value
	}
	return p, nil
}

func notForm() *Error {
	return invalid("", "", "Invalid request (check that your POST content type is application/x-www-form-urlencoded). "+
		"If you have any questions, we can help at https://support.stripe.com/.")
}

// checkContentType refuses bodies that are no forms (quoted in
// omnipay-stripe issue 197 and flutter_stripe_demo issue 9).
func checkContentType(sent string) *Error {
	kind, _, _ := strings.Cut(sent, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "application/x-www-form-urlencoded":
		return nil
	case "application/json":
		return notForm()
	}
	return invalid("", "", "Invalid request: unsupported Content-Type %s. If error persists and you need assistance, please contact support@stripe.com.", sent)
}

// maxText bounds a text parameter in characters (Stripe's OpenAPI document:
// maxLength 5000; the words are quoted in svileng/stripy issue 7). Metadata
// has a bound of its own.
const maxText = 5000

func (p params) tooLong() *Error {
	for _, name := range p.names {
		v := p.values[name]
		if len(v) <= maxText || utf8.RuneCountInString(v) <= maxText || strings.Contains(name, "metadata") {
			continue
		}
		r := []rune(v)
		return invalid("", name, "Invalid string: %s...%s; must be at most %d characters", string(r[:10]), string(r[len(r)-10:]), maxText)
	}
	return nil
}

func numberKey(key string, next map[string]int) string {
	prefix, rest, found := strings.Cut(key, "[]")
	if !found {
		return key
	}
	n := 0
	if rest == "" {
		n = next[prefix]
		next[prefix]++
	} else {
		n = next[prefix+"[]"+rest]
		next[prefix+"[]"+rest]++
	}
	return prefix + "[" + strconv.Itoa(n) + "]" + rest
}

// unknown lists the parameters that are not in allowed, where `[]` stands for
// any index, `[*]` for any key and `[**]` for whatever lies below.
func (p params) unknown(allowed map[string]bool) []string {
	var bad []string
	for _, name := range p.names {
		pattern := indexPart.ReplaceAllString(name, "[]")
		if allowed[pattern] {
			continue
		}
		if i := strings.LastIndex(pattern, "["); i > 0 && allowed[pattern[:i]+"[*]"] {
			continue
		}
		if allowsBelow(allowed, pattern) {
			continue
		}
		if strings.HasSuffix(pattern, "]") || !hasPrefixKey(allowed, pattern+"[") || p.values[name] != "" {
			bad = append(bad, name)
		}
	}
	return bad
}

// allowsBelow tells whether the parameter lies in a group that is taken whole.
func allowsBelow(allowed map[string]bool, pattern string) bool {
	for i, r := range pattern {
		if r == '[' && allowed[pattern[:i]+"[**]"] {
			return true
		}
	}
	return false
}

// hasPrefixKey tells whether a whole group, sent as an empty string to unset
// it, is known: `metadata=`.
func hasPrefixKey(allowed map[string]bool, prefix string) bool {
	for k := range allowed {
		if strings.HasPrefix(k, prefix) {
			return true
		}
	}
	return false
}

func (p params) has(name string) bool {
	_, ok := p.values[name]
	return ok
}

// hasGroup tells whether any member of a group was sent.
func (p params) hasGroup(name string) bool {
	for _, n := range p.names {
		if strings.HasPrefix(n, name+"[") {
			return true
		}
	}
	return false
}

func (p params) str(name string) string { return p.values[name] }

// integer reads a whole number; 0 when absent.
func (p params) integer(name string) (int64, *Error) {
	s, ok := p.values[name]
	if !ok {
		return 0, nil
	}
	if s == "" {
		return 0, invalid("parameter_invalid_empty", name, "You passed an empty string for '%s'. We assume empty values are an attempt "+
			"to unset a parameter; however '%s' cannot be unset. You should remove '%s' from your request or supply a non-empty value.", name, name, name)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, invalid("parameter_invalid_integer", name, "Invalid integer: %s", s)
	}
	return n, nil
}

// boolean reads true or false; def when absent.
func (p params) boolean(name string, def bool) (bool, *Error) {
	switch s, ok := p.values[name]; {
	case !ok:
		return def, nil
	case strings.EqualFold(s, "true"): // stripe-python writes True
		return true, nil
	case strings.EqualFold(s, "false"):
		return false, nil
	default:
		return def, invalid("", name, "Invalid boolean: %s", s)
	}
}

// oneOf refuses a value that is none of the words; nothing sent is fine, and
// so is an empty value, by which some parameters are unset.
func (p params) oneOf(name string, words ...string) *Error {
	v := p.values[name]
	if v == "" || slices.Contains(words, v) {
		return nil
	}
	last := len(words) - 1
	list := strings.Join(words[:last], ", ")
	if last > 1 {
		list += ","
	}
	return invalid("", name, "Invalid %s: must be one of %s or %s", name, list, words[last])
}

// booleans refuses values that are neither true nor false.
func (p params) booleans(names ...string) *Error {
	for _, name := range names {
		if _, e := p.boolean(name, false); e != nil {
			return e
		}
	}
	return nil
}

// array is the scalar list `name[0]`, `name[1]`, ... in index order.
func (p params) array(name string) []string {
	type item struct {
		i int
		v string
	}
	var items []item
	for _, n := range p.names {
		if rest, ok := strings.CutPrefix(n, name+"["); ok {
			if i, err := strconv.Atoi(strings.TrimSuffix(rest, "]")); err == nil {
				items = append(items, item{i, p.values[n]})
			}
		}
	}
	sort.SliceStable(items, func(a, b int) bool { return items[a].i < items[b].i })
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.v
	}
	return out
}

// elements are the names `name[0]`, `name[1]`, ... of a list of objects.
func (p params) elements(name string) []string {
	seen := map[int]bool{}
	for _, n := range p.names {
		rest, ok := strings.CutPrefix(n, name+"[")
		if !ok {
			continue
		}
		if i, err := strconv.Atoi(rest[:max(0, strings.Index(rest, "]"))]); err == nil {
			seen[i] = true
		}
	}
	order := make([]int, 0, len(seen))
	for i := range seen {
		order = append(order, i)
	}
	sort.Ints(order)
	out := make([]string, len(order))
	for i, n := range order {
		out[i] = name + "[" + strconv.Itoa(n) + "]"
	}
	return out
}

// Metadata limits (Stripe docs: api/metadata).
const (
	maxMetadataKeys  = 50
	maxMetadataKey   = 40
	maxMetadataValue = 500
)

// merge applies `name[key]=value` to metadata: an empty value removes the key,
// `name=` removes all (Stripe docs: api/metadata).
func (p params) merge(name string, m metadata) (metadata, *Error) {
	if v, ok := p.values[name]; ok && v == "" {
		return metadata{}, nil
	}
	if !p.hasGroup(name) {
		return m, nil
	}
	out := m.clone()
	for _, n := range p.names {
		rest, ok := strings.CutPrefix(n, name+"[")
		if !ok {
			continue
		}
		key, value := strings.TrimSuffix(rest, "]"), p.values[n]
		switch {
		case value == "":
			delete(out, key)
			continue
		case len([]rune(key)) > maxMetadataKey:
			return m, invalid("", n, "Metadata keys must be %d characters or less: %s", maxMetadataKey, key)
		case len([]rune(value)) > maxMetadataValue:
			return m, invalid("", n, "Metadata values can have up to %d characters, but you passed in a value that is %d characters.", maxMetadataValue, len([]rune(value)))
		}
		out[key] = value
	}
	if len(out) > maxMetadataKeys {
		return m, invalid("", name, "You can only have %d metadata keys.", maxMetadataKeys)
	}
	return out, nil
}
