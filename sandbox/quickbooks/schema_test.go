package quickbooks

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// schema is what the tests read of Intuit's published XSD.
type schema struct {
	types map[string]*xsdType
	enums map[string][]string
}

type xsdType struct {
	base     string // extended type, complex or simple content
	simple   bool   // text with attributes
	elements map[string]xsdElement
	order    []string
}

type xsdElement struct {
	typ  string
	many bool
}

type xsdNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []xsdNode  `xml:",any"`
}

func (n xsdNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func readSchema(t *testing.T) *schema {
	t.Helper()
	dir := recorded(t, "xsd")
	files, err := filepath.Glob(filepath.Join(dir, "*.xsd"))
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	s := &schema{types: map[string]*xsdType{}, enums: map[string][]string{}}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var root xsdNode
		if err := xml.Unmarshal(raw, &root); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		for _, n := range root.Children {
			s.take(n)
		}
	}
	return s
}

func (s *schema) take(n xsdNode) {
	name := n.attr("name")
	switch n.XMLName.Local {
	case "complexType":
		typ := &xsdType{elements: map[string]xsdElement{}}
		s.fill(typ, n, false)
		s.types[name] = typ
	case "simpleType":
		s.enums[name] = enumeration(n)
	}
}

func enumeration(n xsdNode) []string {
	var out []string
	for _, c := range n.Children {
		if c.XMLName.Local == "enumeration" {
			out = append(out, c.attr("value"))
		}
		out = append(out, enumeration(c)...)
	}
	return out
}

// fill collects elements and attributes at any depth of the model.
func (s *schema) fill(typ *xsdType, n xsdNode, many bool) {
	for _, c := range n.Children {
		inner := many || c.attr("maxOccurs") == "unbounded"
		switch c.XMLName.Local {
		case "element", "attribute":
			name := orDefault(c.attr("name"), localName(c.attr("ref")))
			of := localName(c.attr("type"))
			if of == "" && c.attr("ref") != "" {
				of = name
			}
			if list := enumeration(c); len(list) > 0 {
				of = "inline " + name
				s.enums[of] = list
			}
			typ.elements[name] = xsdElement{of, inner}
			typ.order = append(typ.order, name)
		case "extension":
			typ.base = localName(c.attr("base"))
			s.fill(typ, c, many)
		case "simpleContent":
			typ.simple = true
			s.fill(typ, c, many)
		default:
			s.fill(typ, c, inner)
		}
	}
}

func localName(name string) string { return name[strings.LastIndex(name, ":")+1:] }

// element finds a property in a type or what it extends.
func (s *schema) element(typ, name string) (xsdElement, bool) {
	for t := s.types[typ]; t != nil; t = s.types[t.base] {
		if e, ok := t.elements[name]; ok {
			return e, true
		}
	}
	return xsdElement{}, false
}

func (s *schema) fieldsOf(typ string) []string {
	var out []string
	for t := s.types[typ]; t != nil; t = s.types[t.base] {
		out = append(out, t.order...)
	}
	slices.Sort(out)
	return out
}

var (
	xsdDate  = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	xsdTime  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$`)
	xsdWhole = regexp.MustCompile(`^-?\d+$`)
)

// check validates a decoded value against a type and reports by path.
func (s *schema) check(path, typ string, v any) []string {
	if list, ok := s.enums[typ]; ok {
		text, isText := v.(string)
		switch {
		case !isText:
			return []string{fmt.Sprintf("%s: %s wants a text, got %T", path, typ, v)}
		case len(list) > 0 && !slices.Contains(list, text):
			return []string{fmt.Sprintf("%s: %q is not in %s %v", path, text, typ, list)}
		}
		return nil
	}
	if s.types[typ] != nil {
		return s.checkObject(path, typ, v)
	}
	ok := true
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch typ {
	case "string", "anyURI":
		ok = isText
	case "decimal", "float", "double":
		ok = isNumber
	case "int", "long", "positiveInteger", "integer", "short", "nonNegativeInteger":
		ok = isNumber && xsdWhole.MatchString(number.String())
	case "boolean":
		_, ok = v.(bool)
	case "date":
		ok = isText && xsdDate.MatchString(text)
	case "dateTime":
		ok = isText && xsdTime.MatchString(text)
	}
	if !ok {
		return []string{fmt.Sprintf("%s: %v (%T) is not a %s", path, v, v, typ)}
	}
	return nil
}

func (s *schema) checkObject(path, typ string, v any) []string {
	object, ok := v.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: %s wants an object, got %T", path, typ, v)}
	}
	var out []string
	for name, value := range object {
		at := path + "." + name
		if name == "value" && s.isText(typ) {
			if _, text := value.(string); !text {
				out = append(out, at+": not a text")
			}
			continue
		}
		if name == "LineEx" || name == "CustomExtensions" && len(value.([]any)) == 0 {
			continue // the serialiser's own rows; recorded answers carry an empty list of extensions
		}
		e, known := s.element(typ, name)
		switch list, isList := value.([]any); {
		case !known:
			out = append(out, at+": no such property of "+typ)
		case e.many != isList:
			out = append(out, fmt.Sprintf("%s: list is %v, the schema says %v", at, isList, e.many))
		case isList:
			for i, one := range list {
				out = append(out, s.check(fmt.Sprintf("%s[%d]", at, i), e.typ, one)...)
			}
		default:
			out = append(out, s.check(at, e.typ, value)...)
		}
	}
	return out
}

func (s *schema) isText(typ string) bool {
	for t := s.types[typ]; t != nil; t = s.types[t.base] {
		if t.simple {
			return true
		}
	}
	return false
}

// TestFieldTables: what a request may contain is what the schema has.
func TestFieldTables(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	kinds := newKinds()
	for _, name := range append(slices.Clone(entityNames), exchangeRateName) {
		k := kinds[strings.ToLower(name)]
		theirs := s.fieldsOf(name)
		if len(theirs) == 0 {
			t.Errorf("%s is not in the schema", name)
			continue
		}
		for _, f := range theirs {
			if !k.known[f] && !k.stored {
				t.Errorf("%s: the schema has %s", name, f)
			}
		}
		for f := range k.known {
			if !slices.Contains(theirs, f) && !k.stored {
				t.Errorf("%s: the schema has no %s", name, f)
			}
		}
	}
	for _, name := range []string{"BillAddr", "BillEmail", "PrimaryPhone", "LinkedTxn", "SalesItemLineDetail", "AccountBasedExpenseLineDetail", "TxnTaxDetail"} {
		class, fields := nestedClass(name)
		ours := strings.Fields(fields)
		slices.Sort(ours)
		if theirs := s.fieldsOf(class); !slices.Equal(ours, theirs) {
			t.Errorf("%s: ours %v, the schema's %v", class, ours, theirs)
		}
	}
	for _, f := range s.fieldsOf("Line") {
		if !fieldSet(fieldsLine)[f] {
			t.Errorf("Line: the schema has %s", f)
		}
	}
}

// TestAnswersFollowTheSchema validates every entity of worlds that use all of
// the surface: names, types and enumerations.
func TestAnswersFollowTheSchema(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, o := range []CompanyOptions{{}, {Country: "GB", Multicurrency: true}, {Country: "CA"}, {Country: "AU"}} {
		r := newRig(t, o)
		r.everything()
		for _, name := range append(slices.Clone(entityNames), exchangeRateName) {
			rows, _ := r.query("select * from " + name + " maxresults 1000")["QueryResponse"].(map[string]any)[name].([]any)
			if len(rows) == 0 && name != "Employee" && name != "Bill" && name != "BillPayment" && (name != "CompanyCurrency" || o.Multicurrency) {
				t.Errorf("%s: nothing to check", name)
			}
			for i, row := range rows {
				for _, problem := range s.check(fmt.Sprintf("%s %s %d", o.Country, name, i), name, row) {
					t.Error(problem)
				}
			}
		}
		cdc := decode(t, r.do("GET", "/cdc?entities=Invoice,Payment,Customer,Attachable&changedSince=2026-11-01", "").body)
		delete(cdc, "time")
		for _, block := range cdc["CDCResponse"].([]any)[0].(map[string]any)["QueryResponse"].([]any) {
			for name, rows := range block.(map[string]any) {
				list, isRows := rows.([]any)
				for i, row := range list {
					for _, problem := range s.check(fmt.Sprintf("cdc %s %d", name, i), name, row) {
						t.Error(problem)
					}
				}
				if _, known := s.element("QueryResponse", name); !isRows && !known {
					t.Errorf("cdc: QueryResponse has no %s", name)
				}
			}
		}
	}
}

// TestSchemaCheckFails: the check itself finds what is wrong.
func TestSchemaCheckFails(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, body := range []string{
		`{"Nope":1}`, `{"Id":7}`, `{"TotalAmt":"5.00"}`, `{"EmailStatus":"Mailed"}`, `{"TxnDate":"20.11.2026"}`, `{"Line":{}}`,
		`{"CustomerRef":"7"}`, `{"MetaData":{"CreateTime":"2026-11-20T18:00:00Z"}}`, `{"Line":[{"SalesItemLineDetail":{"Item":1}}]}`,
	} {
		if got := s.check("Invoice", "Invoice", map[string]any(decode(t, []byte(body)))); len(got) != 1 {
			t.Errorf("%s: %v", body, got)
		}
	}
	good := `{"Id":"7","CustomerMemo":{"value":"x"},"CustomerRef":{"value":"7","name":"A"},"TotalAmt":5.00,"sparse":false}`
	if got := s.check("Invoice", "Invoice", map[string]any(decode(t, []byte(good)))); len(got) != 0 {
		t.Error(got)
	}
}
