package quickbooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tieout/judge/xsd"
)

// readSchema reads Intuit's published XSD.
func readSchema(t *testing.T) *xsd.Schema {
	t.Helper()
	s, err := xsd.Read(recorded(t, "xsd"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check validates a decoded value against a type and reports by path.
func check(t *testing.T, s *xsd.Schema, path, of string, v any) []string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return s.Problems(path, of, raw)
}

// TestFieldTables: what a request may contain is what the schema has.
func TestFieldTables(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	kinds := newKinds()
	for _, name := range append(slices.Clone(entityNames), exchangeRateName) {
		k := kinds[strings.ToLower(name)]
		theirs := s.Fields(name)
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
		if theirs := s.Fields(class); !slices.Equal(ours, theirs) {
			t.Errorf("%s: ours %v, the schema's %v", class, ours, theirs)
		}
	}
	for _, f := range s.Fields("Line") {
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
				for _, problem := range check(t, s, fmt.Sprintf("%s %s %d", o.Country, name, i), name, row) {
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
					for _, problem := range check(t, s, fmt.Sprintf("cdc %s %d", name, i), name, row) {
						t.Error(problem)
					}
				}
				if _, known := s.Has("QueryResponse", name); !isRows && !known {
					t.Errorf("cdc: QueryResponse has no %s", name)
				}
			}
		}
	}
}
