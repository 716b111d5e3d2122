package xero

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/shopspring/decimal"
)

// value is what a filter compares: text, number, instant (ms), truth or null.
type value struct {
	kind byte // 's', 'n', 't', 'b', 0 = null
	s    string
	n    decimal.Decimal
	t    int64
	b    bool
}

// condition is a parsed where clause.
type condition func(*record) bool

// whereParser reads the part of Xero's filter language that its documents show:
// comparisons joined by AND, OR, && and ||, parentheses, DateTime(), guid(),
// Contains, StartsWith, EndsWith, ToLower (Xero docs: requests-and-responses).
type whereParser struct {
	kind *kind
	in   string
	at   int
	ids  []string // ids or nested ids that the clause pins by ==, when it is one plain AND
	or   bool
}

func parseWhere(k *kind, text string) (condition, *whereParser, error) {
	p := &whereParser{kind: k, in: text}
	c, err := p.any()
	if err == nil && p.peek() != "" {
		err = p.fail()
	}
	return c, p, err
}

func (p *whereParser) fail() error {
	return badQuery("Syntax error at position %d in the where clause", p.at)
}

// peek is the next token without taking it.
func (p *whereParser) peek() string {
	at := p.at
	t := p.next()
	p.at = at
	return t
}

// next takes a token: a word, a number, a quoted text (with its quotes) or an
// operator.
func (p *whereParser) next() string {
	for p.at < len(p.in) && p.in[p.at] == ' ' {
		p.at++
	}
	if p.at >= len(p.in) {
		return ""
	}
	start := p.at
	switch c := p.in[p.at]; {
	case c == '"':
		if p.at = textEnd(p.in, p.at); p.at < 0 {
			p.at = len(p.in)
			return "\x00"
		}
	case isWord(rune(c)):
		for p.at < len(p.in) && (isWord(rune(p.in[p.at])) || p.in[p.at] == '.') {
			p.at++
		}
	case strings.ContainsRune("=!<>&|", rune(c)):
		for p.at < len(p.in) && strings.ContainsRune("=!<>&|", rune(p.in[p.at])) {
			p.at++
		}
	default:
		p.at++
	}
	return p.in[start:p.at]
}

// textEnd is the index after the quoted text that starts at i, -1 when it does
// not end. A doubled quote stands for one, as in the .NET query language that
// Xero's clauses are written in.
func textEnd(s string, i int) int {
	for i++; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 == len(s) || s[i+1] != '"' {
			return i + 1
		}
		i++
	}
	return -1
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }

func (p *whereParser) any() (condition, error) {
	left, err := p.both()
	for err == nil {
		t := p.peek()
		if !strings.EqualFold(t, "OR") && t != "||" {
			return left, nil
		}
		p.next()
		p.or = true
		var right condition
		right, err = p.both()
		a, b := left, right
		left = func(r *record) bool { return a(r) || b(r) }
	}
	return nil, err
}

func (p *whereParser) both() (condition, error) {
	left, err := p.term()
	for err == nil {
		t := p.peek()
		if !strings.EqualFold(t, "AND") && t != "&&" {
			return left, nil
		}
		p.next()
		var right condition
		right, err = p.term()
		a, b := left, right
		left = func(r *record) bool { return a(r) && b(r) }
	}
	return nil, err
}

func (p *whereParser) term() (condition, error) {
	if p.peek() == "(" {
		p.next()
		c, err := p.any()
		if err != nil {
			return nil, err
		}
		if p.next() != ")" {
			return nil, p.fail()
		}
		return c, nil
	}
	field, method, err := p.field()
	if err != nil {
		return nil, err
	}
	if method != "" && method != "ToLower" && method != "ToUpper" {
		return p.textTest(field, method)
	}
	op := p.next()
	lit, err := p.literal()
	if err != nil {
		return nil, err
	}
	return p.compare(field, method, op, lit)
}

// field takes a name and, when a call follows, its last part as the method.
func (p *whereParser) field() (name, method string, err error) {
	name = p.next()
	if name == "" || !isWord(rune(name[0])) {
		return "", "", p.fail()
	}
	if p.peek() == "(" {
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			return "", "", p.fail()
		}
		name, method = name[:i], name[i+1:]
		if method == "ToLower" || method == "ToUpper" {
			if p.next(); p.next() != ")" {
				return "", "", p.fail()
			}
		}
	}
	known, ok := knownField(p.kind, name)
	if !ok {
		return "", "", badQuery("No property or field '%s' exists in type '%s'", name, p.kind.single)
	}
	return known, method, nil
}

// knownField finds a field without regard to case, as Xero's documents write
// InvoiceID and InvoiceId.
func knownField(k *kind, name string) (string, bool) {
	for f := range strings.FieldsSeq(k.fields) {
		if strings.EqualFold(f, name) {
			return f, true
		}
	}
	return "", false
}

// textTest is Field.Contains("x") and its kin.
func (p *whereParser) textTest(field, method string) (condition, error) {
	tests := map[string]func(string, string) bool{"Contains": strings.Contains, "StartsWith": strings.HasPrefix, "EndsWith": strings.HasSuffix}
	test := tests[method]
	if test == nil {
		return nil, badQuery("No applicable method '%s' exists in type 'String'", method)
	}
	p.next() // (
	lit, err := p.literal()
	if err != nil || lit.kind != 's' || p.next() != ")" {
		return nil, p.fail()
	}
	return func(r *record) bool {
		return test(strings.ToLower(fieldValue(r, field).s), strings.ToLower(lit.s))
	}, nil
}

// literal takes a text, a number, a truth value, null, DateTime(...) or
// guid("...").
func (p *whereParser) literal() (value, error) {
	t := p.next()
	switch {
	case len(t) >= 2 && t[0] == '"':
		return value{kind: 's', s: strings.ReplaceAll(t[1:len(t)-1], `""`, `"`)}, nil
	case strings.EqualFold(t, "true"), strings.EqualFold(t, "false"):
		return value{kind: 'b', b: strings.EqualFold(t, "true")}, nil
	case strings.EqualFold(t, "null"):
		return value{}, nil
	case strings.EqualFold(t, "guid"):
		return p.guid()
	case strings.EqualFold(t, "DateTime"):
		return p.dateTime()
	case strings.EqualFold(t, "DateTime.Parse"):
		v, err := p.guid()
		if err != nil {
			return v, err
		}
		d, err := time.Parse("2006-01-02T15:04:05", (v.s + "T00:00:00")[:19])
		if err != nil {
			return v, p.fail()
		}
		return value{kind: 't', t: d.UnixMilli()}, nil
	}
	n, err := decimal.NewFromString(strings.TrimRight(t, "mMdD"))
	if err != nil || t == "" {
		return value{}, p.fail()
	}
	return value{kind: 'n', n: n}, nil
}

func (p *whereParser) guid() (value, error) {
	if p.next() != "(" {
		return value{}, p.fail()
	}
	t := p.next()
	if len(t) < 2 || t[0] != '"' || p.next() != ")" {
		return value{}, p.fail()
	}
	return value{kind: 's', s: strings.ToLower(t[1 : len(t)-1])}, nil
}

func (p *whereParser) dateTime() (value, error) {
	if p.next() != "(" {
		return value{}, p.fail()
	}
	parts := [6]int{0, 1, 1}
	for i := 0; ; i++ {
		n, err := strconv.Atoi(p.next())
		if err != nil || i >= len(parts) {
			return value{}, p.fail()
		}
		parts[i] = n
		switch p.next() {
		case ",":
		case ")":
			if i < 2 {
				return value{}, p.fail()
			}
			d := time.Date(parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5], 0, time.UTC)
			return value{kind: 't', t: d.UnixMilli()}, nil
		default:
			return value{}, p.fail()
		}
	}
}
