package quickbooks

import (
	"fmt"
	"strconv"
	"strings"
)

// statement is a parsed query (Intuit docs: data queries).
type statement struct {
	kind   *kind
	count  bool
	fields []string // projection; nil = *
	where  []condition
	order  []ordering
	start  int
	max    int
	// include is the parameter of that name: invoiceLink.
	include string
}

type condition struct {
	prop   property
	op     string // = < > <= >= IN LIKE
	values []operand
}

type ordering struct {
	prop property
	desc bool
}

// property is a filterable property in its own spelling.
type property struct {
	path string
	typ  propType
}

const (
	defaultPage = 100
	maxPage     = 1000
)

type queryToken struct {
	text   string
	quoted bool
	at     int // column, from 1
}

// lexQuery cuts a statement into words, strings and operators.
func lexQuery(text string) ([]queryToken, *Fault) {
	var out []queryToken
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'':
			s, end, ok := lexString(text, i)
			if !ok {
				return nil, faultQueryParse(fmt.Sprintf("Lexical error at line 1, column %d.  Encountered: <EOF> after : %q", len(text)+1, text[i:]))
			}
			out = append(out, queryToken{s, true, i + 1})
			i = end
		case strings.IndexByte("(),*", c) >= 0:
			out = append(out, queryToken{string(c), false, i + 1})
			i++
		case strings.IndexByte("<>=", c) >= 0:
			end := i + 1
			if end < len(text) && c != '=' && text[end] == '=' {
				end++
			}
			out = append(out, queryToken{text[i:end], false, i + 1})
			i = end
		default:
			end := i
			for end < len(text) && strings.IndexByte(" \t\r\n'(),*<>=", text[end]) < 0 {
				end++
			}
			out = append(out, queryToken{text[i:end], false, i + 1})
			i = end
		}
	}
	return out, nil
}

// lexString reads a quoted string; \' and \\ stand for ' and \.
func lexString(text string, i int) (string, int, bool) {
	var b strings.Builder
	for i++; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c == '\'':
			return b.String(), i + 1, true
		default:
			b.WriteByte(c)
		}
	}
	return "", i, false
}

type queryParser struct {
	c      *Company
	tokens []queryToken
	pos    int
	st     statement
	// invalid is what is wrong with a statement that can be parsed: a mistake
	// of grammar comes before it.
	invalid *Fault
}

func (p *queryParser) peek() queryToken {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos]
	}
	return queryToken{text: "<EOF>"}
}

func (p *queryParser) is(word string) bool {
	t := p.peek()
	return !t.quoted && strings.EqualFold(t.text, word)
}

func (p *queryParser) accept(word string) bool {
	if p.is(word) {
		p.pos++
		return true
	}
	return false
}

func (p *queryParser) unexpected(want string) *Fault {
	t := p.peek()
	return faultQueryParse(fmt.Sprintf("Encountered \" %q at line 1, column %d.\nWas expecting:\n    %s ...\n    ", t.text, t.at, want))
}

func (p *queryParser) expect(word string) *Fault {
	if !p.accept(word) {
		return p.unexpected(word)
	}
	return nil
}

// parseQuery reads a whole statement. Keywords, entities and properties are
// read without regard to case; the last three clauses come in any order.
func (c *Company) parseQuery(text string) (*statement, *Fault) {
	tokens, fault := lexQuery(text)
	if fault != nil {
		return nil, fault
	}
	p := &queryParser{c: c, tokens: tokens, st: statement{start: 1, max: defaultPage}}
	if fault := p.expect("SELECT"); fault != nil {
		return nil, fault
	}
	if fault := p.projection(); fault != nil {
		return nil, fault
	}
	if fault := p.expect("FROM"); fault != nil {
		return nil, fault
	}
	if fault := p.entity(); fault != nil {
		return nil, fault
	}
	if p.accept("WHERE") {
		if fault := p.conditions(); fault != nil {
			return nil, fault
		}
	}
	for p.pos < len(p.tokens) {
		if fault := p.tail(); fault != nil {
			return nil, fault
		}
	}
	if p.invalid != nil {
		return nil, p.invalid
	}
	return &p.st, nil
}

func (p *queryParser) projection() *Fault {
	if p.accept("*") {
		return nil
	}
	if p.is("count") && p.pos+1 < len(p.tokens) && p.tokens[p.pos+1].text == "(" {
		p.pos += 2
		p.st.count = true
		if fault := p.expect("*"); fault != nil {
			return fault
		}
		return p.expect(")")
	}
	for {
		t := p.peek()
		if t.quoted || p.is("FROM") || t.text == "<EOF>" || strings.ContainsAny(t.text, "(),<>=") {
			return p.unexpected("<IDENTIFIER>")
		}
		p.pos++
		if strings.HasSuffix(t.text, ".") && p.accept("*") {
			t.text += "*" // Line.*
		}
		p.st.fields = append(p.st.fields, t.text)
		if !p.accept(",") {
			return nil
		}
	}
}

func (p *queryParser) entity() *Fault {
	t := p.peek()
	if t.quoted || t.text == "<EOF>" || strings.EqualFold(t.text, "null") {
		return p.unexpected("<IDENTIFIER>")
	}
	p.pos++
	k := p.c.kinds[strings.ToLower(t.text)]
	if k == nil {
		return faultQuery("invalid context declaration: " + t.text)
	}
	p.st.kind = k
	for i, f := range p.st.fields {
		top, below, _ := strings.Cut(f, ".")
		name, ok := foldField(k, top)
		if !ok {
			return faultQuery("Property " + f + " not found for Entity " + k.name)
		}
		if below != "" && below != "*" {
			name += "." + below
		}
		p.st.fields[i] = name
	}
	return nil
}

func foldField(k *kind, name string) (string, bool) {
	for f := range k.known {
		if strings.EqualFold(f, name) {
			return f, true
		}
	}
	return "", false
}

func (p *queryParser) property() (property, *Fault) {
	t := p.peek()
	if t.quoted || t.text == "<EOF>" {
		return property{}, p.unexpected("<IDENTIFIER>")
	}
	p.pos++
	for path, typ := range p.st.kind.filters {
		// PrimaryEmailAddr is asked for by its own name too.
		if strings.EqualFold(path, t.text) || path == "PrimaryEmailAddr.Address" && strings.EqualFold(t.text, "PrimaryEmailAddr") {
			return property{path, typ}, nil
		}
	}
	top, _, _ := strings.Cut(t.text, ".")
	fault := faultQuery("Property " + t.text + " not found for Entity " + p.st.kind.name)
	if _, known := foldField(p.st.kind, top); known {
		fault = faultQuery("property '" + t.text + "' is not queryable")
	}
	if p.invalid == nil {
		p.invalid = fault
	}
	return property{}, nil
}

func (p *queryParser) conditions() *Fault {
	for {
		prop, fault := p.property()
		if fault != nil {
			return fault
		}
		cond := condition{prop: prop, op: strings.ToUpper(p.peek().text)}
		switch cond.op {
		case "=", "<", ">", "<=", ">=", "LIKE":
			p.pos++
			fault = p.operand(&cond)
		case "IN":
			p.pos++
			fault = p.operands(&cond)
		default:
			return p.unexpected("<COMPARISON>")
		}
		if fault != nil {
			return fault
		}
		p.st.where = append(p.st.where, cond)
		if !p.accept("AND") {
			return nil
		}
	}
}

func (p *queryParser) operand(cond *condition) *Fault {
	t := p.peek()
	if !t.quoted && (t.text == "<EOF>" || strings.ContainsAny(t.text, "(),*<>=")) {
		return p.unexpected("<VALUE>")
	}
	p.pos++
	v, fault := p.c.operandOf(cond.prop, cond.op, t.text)
	if fault != nil {
		return fault
	}
	cond.values = append(cond.values, v)
	return nil
}

func (p *queryParser) operands(cond *condition) *Fault {
	if fault := p.expect("("); fault != nil {
		return fault
	}
	for {
		if fault := p.operand(cond); fault != nil {
			return fault
		}
		if !p.accept(",") {
			return p.expect(")")
		}
	}
}

// tail reads ORDERBY, STARTPOSITION or MAXRESULTS.
func (p *queryParser) tail() *Fault {
	switch {
	case p.accept("ORDERBY"):
		return p.orderings()
	case p.accept("ORDER"):
		if fault := p.expect("BY"); fault != nil {
			return fault
		}
		return p.orderings()
	case p.accept("STARTPOSITION"):
		return p.number(&p.st.start, 1, 1<<31)
	case p.accept("MAXRESULTS"):
		return p.number(&p.st.max, 1, maxPage)
	}
	return p.unexpected("<EOF>")
}

func (p *queryParser) orderings() *Fault {
	for {
		prop, fault := p.property()
		if fault != nil {
			return fault
		}
		o := ordering{prop: prop}
		if p.accept("DESC") {
			o.desc = true
		} else {
			p.accept("ASC")
		}
		p.st.order = append(p.st.order, o)
		if !p.accept(",") {
			return nil
		}
	}
}

func (p *queryParser) number(into *int, low, high int) *Fault {
	n, err := strconv.Atoi(p.peek().text)
	if err != nil {
		return p.unexpected("<INTEGER>")
	}
	p.pos++
	switch {
	case n < low:
		return faultQuery(fmt.Sprintf("value %d is too small. Min allowed value is %d", n, low))
	case n > high:
		return faultQuery(fmt.Sprintf("value %d is too large. Max allowed value is %d", n, high))
	}
	*into = n
	return nil
}
