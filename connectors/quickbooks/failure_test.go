package quickbooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tieout/connectors"
)

// somePayment is a write whose body does not matter.
var somePayment = connectors.Write{Op: "payment.create", Body: json.RawMessage(`{"method":"POST","path":"/payment","entity":"Payment","query":{"requestid":"k"},"body":{"TotalAmt":1}}`)}

// failures are what a read and a write become by an answer.
func failures(t *testing.T, status int, body []byte) (read, write *connectors.Failure) {
	t.Helper()
	s := served(t, func(string) (int, []byte) { return status, body })
	_, err := s.Pull(t.Context(), "invoices", nil)
	read, _ = connectors.AsFailure(err)
	_, err = s.Send(t.Context(), somePayment)
	write, _ = connectors.AsFailure(err)
	if read == nil || write == nil {
		t.Fatalf("%d %s: %v, %v", status, body, read, write)
	}
	return read, write
}

// TestRecordedFaults classifies every fault that was recorded, JSON and XML.
func TestRecordedFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file   string
		status int
		code   string
		class  connectors.Class
	}{
		{"json/exquickbooks/create_item_error.json", 400, "2020", connectors.ClassRequest},
		{"json/exquickbooks/create_sales_receipt_error.json", 400, "2020", connectors.ClassRequest},
		{"json/exquickbooks/query_error.json", 400, "4000", connectors.ClassPermanent},
		{"json/exquickbooks/read_item_error.json", 400, "610", connectors.ClassGone},
		{"json/exquickbooks/update_item_error.json", 400, "5010", connectors.ClassStale},
		{"json/qbo_api/fault_2010_unknown_property.json", 400, "2010", connectors.ClassPermanent},
		{"json/qbo_api/fault_4001_query_validation.json", 400, "4001", connectors.ClassPermanent},
		{"json/qbo_api/fault_6240_duplicate_name.json", 400, "6240", connectors.ClassRequest},
		{"xml/quickbooks-ruby/customer_duplicate_error.xml", 400, "6240", connectors.ClassRequest},
		{"xml/quickbooks-ruby/generic_error.xml", 400, "10000", connectors.ClassRetry},
		{"xml/quickbooks-ruby/query_validation_error.xml", 400, "4001", connectors.ClassPermanent},
		{"xml/quickbooks-ruby/throttle_exceeded_error.xml", 403, "3001", connectors.ClassLater},
		{"xml/quickbooks-ruby/throttle_exceeded_error.xml", 429, "429", connectors.ClassLater},
	} {
		t.Run(fmt.Sprint(filepath.Base(test.file), test.status), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(recorded(t, strings.Split(test.file, "/")...))
			if err != nil {
				t.Fatal(err)
			}
			read, write := failures(t, test.status, body)
			wrote := test.class
			if wrote == connectors.ClassRetry {
				wrote = connectors.ClassUnknown
			}
			if read.Class != test.class || write.Class != wrote || read.Code != test.code {
				t.Errorf("read %+v, write %+v", read, write)
			}
			if strings.Contains(read.Text, "Leo") {
				t.Errorf("%q tells a name", read.Text)
			}
			if (read.Quota == "minute") != (test.class == connectors.ClassLater) {
				t.Errorf("quota %q", read.Quota)
			}
		})
	}
}

// TestEveryRowOfTheTable gives a fault of each code that README.md names, and
// compares the class with its row.
func TestEveryRowOfTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "| code | class |")
	if !ok {
		t.Fatal("README.md has no table of codes")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	classes := map[string]connectors.Class{
		"reconnect": connectors.ClassReconnect, "later": connectors.ClassLater, "stale": connectors.ClassStale, "gone": connectors.ClassGone,
		"closed_period": connectors.ClassClosed, "request": connectors.ClassRequest, "permanent": connectors.ClassPermanent, "retry": connectors.ClassRetry,
	}
	number := regexp.MustCompile(`\b\d{3,5}\b`)
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 || strings.Contains(cells[1], "---") {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimSpace(cells[2]), " ")
		want, ok := classes[strings.TrimRight(word, ",:")]
		if !ok {
			t.Errorf("no class: %s", line)
			continue
		}
		for _, code := range number.FindAllString(cells[1], -1) {
			rows++
			fault := fmt.Appendf(nil, `{"Fault":{"Error":[{"Message":"m","Detail":"d","code":%q}],"type":"ValidationFault"}}`, code)
			status := http.StatusBadRequest
			switch code {
			case "401", "403", "429", "408", "502", "503", "504", "302", "404":
				status, fault = 0, []byte("<html>x</html>")
				_, _ = fmt.Sscan(code, &status)
			}
			if read, _ := failures(t, status, fault); read.Class != want {
				t.Errorf("%s: %s, by the table %s", code, read.Class, want)
			}
		}
	}
	if rows < 30 {
		t.Errorf("only %d codes stand in the table", rows)
	}
}

// TestFaultsWithoutAKnownCode are judged by their type and text.
func TestFaultsWithoutAKnownCode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       connectors.Class
	}{
		{"authentication", `{"fault":{"error":[{"code":"100","message":"m"}],"type":"AUTHENTICATION"}}`, connectors.ClassReconnect},
		{"authorization", `{"Fault":{"Error":[{"code":"888","Message":"m"}],"type":"AuthorizationFault"}}`, connectors.ClassReconnect},
		{"system", `{"Fault":{"Error":[{"code":"-1"}],"type":"SystemFault"}}`, connectors.ClassRetry},
		{"service", `<IntuitResponse><Fault type="SERVICE"><Error><Message>m</Message></Error></Fault></IntuitResponse>`, connectors.ClassRetry},
		{"validation", `{"Fault":{"Error":[{"code":"6666","Message":"m","Detail":"d"}],"type":"ValidationFault"}}`, connectors.ClassRequest},
		{"no type", `{"Fault":{"Error":[{"code":"6666"}]}}`, connectors.ClassRequest},
		{"subscription", `{"Fault":{"Error":[{"code":"6000","Detail":"Subscription period has ended or canceled"}],"type":"ValidationFault"}}`, connectors.ClassPermanent},
		{"leading zeros", `{"Fault":{"Error":[{"code":"003200"}],"type":"AUTHENTICATION"}}`, connectors.ClassReconnect},
	} {
		if read, _ := failures(t, http.StatusBadRequest, []byte(test.body)); read.Class != test.want || read.Text == "" {
			t.Errorf("%s: %+v, want %s", test.name, read, test.want)
		}
	}
}

// TestFaultWithinChangeData is a fault in the place of an entity's block.
func TestFaultWithinChangeData(t *testing.T) {
	t.Parallel()
	body := `{"CDCResponse":[{"QueryResponse":[{"Invoice":[]},{"Fault":{"Error":[{"Message":"m","code":"6190"}],"type":"ValidationFault"}}]}],"time":"2026-03-02T10:30:00.123-08:00"}`
	s := served(t, func(string) (int, []byte) { return http.StatusOK, []byte(body) })
	if p, err := s.Pull(t.Context(), "changes", nil); connectors.ClassOf(err) != connectors.ClassPermanent || len(p.Drafts) > 0 {
		t.Errorf("%d drafts, %v", len(p.Drafts), err)
	}
}
