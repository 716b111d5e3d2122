package stripe

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// Limits of a query (Stripe docs: search, "Search query language"): at most
// ten clauses, joined by AND or by OR but not by both.
const maxClauses = 10

// clause is one condition: field, operator, value; negated by a minus.
type clause struct {
	negated bool
	field   string
	key     string // of metadata["key"]
	op      string // : ~ > < >= <=
	value   string
	null    bool
}

type matcher func(o node) bool

// parseQuery reads Stripe's search query language.
func parseQuery(text, kind string) (matcher, *Error) {
	p := queryReader{rest: text, kind: kind}
	var clauses []clause
	joined := ""
	for {
		cl, e := p.clause()
		if e != nil {
			return nil, e
		}
		clauses = append(clauses, cl)
		word := p.word()
		if word == "" {
			break
		}
		if word != "AND" && word != "OR" {
			return nil, badQuery("We were unable to parse your search query. Clauses must be joined by AND or OR, found `%s`.", word)
		}
		if joined != "" && joined != word {
			return nil, badQuery("You cannot combine AND and OR in the same query.")
		}
		joined = word
	}
	if len(clauses) > maxClauses {
		return nil, badQuery("You may use up to %d clauses in a query.", maxClauses)
	}
	return func(o node) bool {
		for _, cl := range clauses {
			if cl.holds(o) != (joined != "OR") {
				return joined == "OR"
			}
		}
		return joined != "OR"
	}, nil
}

func badQuery(format string, args ...any) *Error { return invalid("", "query", format, args...) }

type queryReader struct{ rest, kind string }

// word takes the next bare word off.
func (p *queryReader) word() string {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	i := strings.IndexAny(p.rest, " \t\n")
	if i < 0 {
		i = len(p.rest)
	}
	w := p.rest[:i]
	p.rest = p.rest[i:]
	return strings.ToUpper(w)
}

func (p *queryReader) clause() (cl clause, e *Error) {
	p.rest = strings.TrimLeft(p.rest, " \t\n")
	if rest, ok := strings.CutPrefix(p.rest, "-"); ok {
		cl.negated, p.rest = true, rest
	}
	i := strings.IndexAny(p.rest, ":~<>[ ")
	if i <= 0 {
		return cl, badQuery("We were unable to parse your search query. A clause has the form field:\"value\".")
	}
	cl.field, p.rest = p.rest[:i], p.rest[i:]
	sort, known := searchable(p.kind)[cl.field]
	if !known {
		return cl, badQuery("Field `%s` is an unsupported search field for resource `%s`. See http://stripe.com/docs/search#query-fields-for-%s for a list of supported fields.",
			cl.field, p.kind+"s", strings.ReplaceAll(p.kind, "_", "-")+"s")
	}
	if sort == 'm' {
		if cl.key, e = p.metadataKey(); e != nil {
			return cl, e
		}
	}
	if e := p.operator(&cl, sort); e != nil {
		return cl, e
	}
	cl.value, cl.null, e = p.value()
	if e == nil && sort == 'n' && !cl.null {
		if _, err := decimal.NewFromString(cl.value); err != nil {
			e = badQuery("Field `%s` is numeric, found `%s`.", cl.field, cl.value)
		}
	}
	return cl, e
}

func (p *queryReader) metadataKey() (string, *Error) {
	rest, ok := strings.CutPrefix(p.rest, "[")
	if !ok {
		return "", badQuery("Metadata is searched by metadata[\"key\"]:\"value\".")
	}
	p.rest = rest
	key, _, e := p.value()
	if e != nil {
		return "", e
	}
	if p.rest, ok = strings.CutPrefix(p.rest, "]"); !ok {
		return "", badQuery("Metadata is searched by metadata[\"key\"]:\"value\".")
	}
	return key, nil
}

// operator takes the operator; numbers compare, text may match in part.
func (p *queryReader) operator(cl *clause, sort byte) *Error {
	for _, op := range []string{">=", "<=", ":", "~", ">", "<"} {
		rest, ok := strings.CutPrefix(p.rest, op)
		if !ok {
			continue
		}
		cl.op, p.rest = op, strings.TrimLeft(rest, " ")
		switch {
		case op == "~" && sort == 'n', op == "~" && sort == 'e':
			return badQuery("Field `%s` does not support the operator `~`.", cl.field)
		case op != ":" && op != "~" && sort != 'n':
			return badQuery("Field `%s` does not support the operator `%s`.", cl.field, op)
		}
		return nil
	}
	return badQuery("We were unable to parse your search query. A clause has the form field:\"value\".")
}

// value takes a quoted text, a number, true, false or null.
func (p *queryReader) value() (value string, null bool, e *Error) {
	if p.rest == "" {
		return "", false, badQuery("We were unable to parse your search query. A value is missing.")
	}
	quote := p.rest[0]
	if quote != '"' && quote != '\'' {
		i := strings.IndexAny(p.rest, " \t\n]")
		if i < 0 {
			i = len(p.rest)
		}
		value, p.rest = p.rest[:i], p.rest[i:]
		return value, strings.EqualFold(value, "null"), nil
	}
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch ch := p.rest[i]; {
		case ch == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		case ch == quote:
			p.rest = p.rest[i+1:]
			return b.String(), false, nil
		default:
			b.WriteByte(ch)
		}
	}
	return "", false, badQuery("We were unable to parse your search query. A quote is not closed.")
}

// holds tells whether an object fulfils the clause. Text is compared without
// regard to case (Stripe docs: search, "exact match ... case insensitive").
func (cl clause) holds(o node) bool {
	got, found := cl.lookUp(o)
	if cl.null {
		return found == cl.negated // -field:null means that it is there
	}
	return (found && cl.fits(got)) != cl.negated
}

func (cl clause) fits(got string) bool {
	switch cl.op {
	case ":":
		return strings.EqualFold(got, cl.value)
	case "~":
		return strings.Contains(strings.ToLower(got), strings.ToLower(cl.value))
	}
	a, errA := decimal.NewFromString(got)
	b, errB := decimal.NewFromString(cl.value)
	if errA != nil || errB != nil {
		return false
	}
	return map[string]bool{
		">": a.GreaterThan(b), "<": a.LessThan(b), ">=": a.GreaterThanOrEqual(b), "<=": a.LessThanOrEqual(b),
	}[cl.op]
}

// lookUp finds the value that a clause speaks of; found is false for null.
func (cl clause) lookUp(o node) (value string, found bool) {
	var at any = o
	parts := strings.Split(cl.field, ".")
	if cl.key != "" {
		parts = append(parts, cl.key)
	}
	for _, part := range parts {
		m, ok := at.(node)
		if !ok {
			return "", false
		}
		at = m[part]
	}
	switch x := at.(type) {
	case string:
		return x, true
	case json.Number:
		return x.String(), true
	case bool:
		return strconv.FormatBool(x), true
	}
	return "", false
}
