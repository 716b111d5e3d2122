package xsd_test

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieout/judge/xsd"
)

func intuit(t *testing.T) *xsd.Schema {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root)
	}
	folder := filepath.Join(root, "specs", "quickbooks", "xsd")
	if _, err := os.Stat(folder); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("Intuit's schema required: %v", err)
		}
		t.Skipf("no schema: %v", err)
	}
	s, err := xsd.Read(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestIntuitsSchemaIsRead: it knows what it must and sees what is wrong.
func TestIntuitsSchemaIsRead(t *testing.T) {
	t.Parallel()
	s := intuit(t)
	for _, test := range []struct {
		of, body string
		problems int
	}{
		{"Payment", `{"TotalAmt":1.5,"CustomerRef":{"value":"1"},"TxnDate":"2026-01-01","Line":[{"Amount":1,"LinkedTxn":[{"TxnId":"1","TxnType":"Invoice"}]}]}`, 0},
		{"Payment", `{"TotalAmt":"1.5"}`, 1},
		{"Payment", `{"TotalAmt":null}`, 1},
		{"Payment", `{"PrivateNote":null}`, 1},
		{"Payment", `{"Total":1}`, 1},
		{"Payment", `{"TxnDate":"01/02/2026"}`, 1},
		{"Payment", `{"MetaData":{"CreateTime":"2026-11-20T18:00:00Z"}}`, 1},
		{"Payment", `{"Line":{"Amount":1}}`, 1},
		{"Payment", `{"Line":null}`, 1},
		{"Payment", `{"CustomerRef":"1"}`, 1},
		{"Payment", `{"CustomField":[{"Name":"PO"}]}`, 1},
		{"Payment", `null`, 1},
		{"Invoice", `{"Id":"7","CustomerMemo":{"value":"x"},"CustomerRef":{"value":"7","name":"A"},"TotalAmt":5.00,"sparse":false}`, 0},
		{"Invoice", `{"Id":7}`, 1},
		{"Invoice", `{"CustomerMemo":{"value":5}}`, 1},
		{"Invoice", `{"sparse":"false"}`, 1},
		{"Invoice", `{"EmailStatus":"Mailed"}`, 1},
		{"Invoice", `{"Line":[{"SalesItemLineDetail":{"Item":1}}]}`, 1},
		{"Purchase", `{"PaymentType":"Barter"}`, 1},
		{"Account", `{"Name":"x","AccountType":"Bank"}`, 0},
		{"Account", `{"Name":"x","AccountType":"bank"}`, 1},
		{"Term", `{"DueDays":1.5}`, 1},
		{"IntuitResponse", `{"Invoice":{"Id":"1"},"time":"2026-11-20T10:00:00.000-08:00"}`, 0},
		{"IntuitResponse", `{"QueryResponse":{"Invoice":[{"Id":"1"}],"startPosition":1,"maxResults":1}}`, 0},
		{"IntuitResponse", `{"QueryResponse":{"Invoice":{"Id":"1"}}}`, 1},
		{"IntuitResponse", `{"QueryResponse":{"Bananas":[]}}`, 1},
		{"IntuitResponse", `{"Invoice":{"Id":1}}`, 1},
	} {
		if got := s.Problems(test.of, test.of, json.RawMessage(test.body)); len(got) != test.problems {
			t.Errorf("%s %s: %v, want %d problems", test.of, test.body, got, test.problems)
		}
	}
	if got := s.Fields("Ledger"); len(got) != 0 {
		t.Errorf("a type that nobody declared has %v", got)
	}
}

// TestXMLBecomesJSON: an element is written as its type says.
func TestXMLBecomesJSON(t *testing.T) {
	t.Parallel()
	s := intuit(t)
	var n xsd.Node
	text := `<Payment sparse="false"><Id>7</Id><TotalAmt>1.50</TotalAmt><CustomerRef name="A">3</CustomerRef><Line><Amount>1.50</Amount></Line><Old>x</Old></Payment>`
	if err := xml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	raw, err := s.FromXML("Payment", n)
	if want := `{"CustomerRef":{"name":"A","value":"3"},"Id":"7","Line":[{"Amount":1.50}],"Old":"x","TotalAmt":1.50,"sparse":false}`; err != nil || string(raw) != want {
		t.Errorf("%s, %v, want %s", raw, err, want)
	}
}

func TestNoSchema(t *testing.T) {
	t.Parallel()
	if _, err := xsd.Read(t.TempDir()); err == nil {
		t.Error("an empty folder was read as a schema")
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a.xsd"), []byte("<xs:schema"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := xsd.Read(folder); err == nil {
		t.Error("a broken file was read as a schema")
	}
}
