package quickbooks_test

import (
	"encoding/json"
	"encoding/xml"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordedEnvelopes reads every recorded answer as the call would that it
// answers: lists of other entities give no rows and no error, faults failures,
// change data its deletions.
func TestRecordedEnvelopes(t *testing.T) {
	t.Parallel()
	lists := 0
	err := filepath.WalkDir(recorded(t, "json"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err //nolint:wrapcheck // the test's own
		}
		var members map[string]json.RawMessage
		if json.Unmarshal(text, &members) != nil || members["QueryResponse"] == nil {
			return nil
		}
		lists++
		s := served(t, func(string) (int, []byte) { return 200, text })
		for _, stream := range s.Streams()[1:] {
			if _, err := s.Pull(t.Context(), stream.Name, nil); err != nil {
				t.Errorf("%s as %s: %v", path, stream.Name, err)
			}
		}
		return nil
	})
	if err != nil || lists < 20 {
		t.Errorf("%d lists, %v", lists, err)
	}
}

// TestRecordedChangeData reads the recorded change-data answers; what they call
// deleted is known to no query here.
func TestRecordedChangeData(t *testing.T) {
	t.Parallel()
	for file, want := range map[string][2]int{ // drafts, deletions
		"json/cdc/cdc_four_entities_unordered_deleted.json": {4, 2},
		"json/qbo_api/cdc_estimates.json":                   {0, 0},
	} {
		text, err := os.ReadFile(recorded(t, strings.Split(file, "/")...))
		if err != nil {
			t.Fatal(err)
		}
		s := served(t, func(path string) (int, []byte) {
			switch {
			case strings.HasSuffix(path, "/cdc"):
				return 200, text
			case strings.HasSuffix(path, "/batch"):
				return 200, []byte(`{"BatchItemResponse":[{"bId":"1","QueryResponse":{}},{"bId":"2","QueryResponse":{}}]}`)
			}
			return 200, []byte(`{"QueryResponse":{}}`)
		})
		p, err := s.Pull(t.Context(), "changes", nil)
		if err != nil || p.More || len(p.Drafts) != want[0] || len(gone(p.Drafts)) != want[1] {
			t.Errorf("%s: %d drafts, %d deleted, more %v, %v", file, len(p.Drafts), len(gone(p.Drafts)), p.More, err)
		}
	}
}

// TestRecordedCompany reads the recorded companies and preferences, in JSON and
// in XML, as a profile.
func TestRecordedCompany(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	load := func(entity, file string) json.RawMessage {
		text, err := os.ReadFile(recorded(t, strings.Split(file, "/")...))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".xml") {
			var root node
			if err := xml.Unmarshal(text, &root); err != nil {
				t.Fatal(err)
			}
			return schema.fromXML(t, entity, root)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		if members[entity] != nil {
			return members[entity]
		}
		return text
	}
	for _, test := range []struct{ company, preferences, name string }{
		{"json/php-sdk/read_companyinfo.json", "json/qbo-sdk-py/read_preferences.json", ""},
		{"xml/quickbooks-ruby/company_info.xml", "xml/quickbooks-ruby/preferences.xml", "Acme Corp."},
		{"xml/quickbooks-ruby/company_info.xml", "json/exquickbooks/read_preferences.json", "Acme Corp."},
	} {
		company, preferences := load("CompanyInfo", test.company), load("Preferences", test.preferences)
		s := served(t, func(path string) (int, []byte) {
			if strings.Contains(path, "/companyinfo/") {
				return 200, []byte(`{"CompanyInfo":` + string(company) + `,"time":"2026-03-02T10:30:00.123-08:00"}`)
			}
			return 200, []byte(`{"QueryResponse":{"Preferences":[` + string(preferences) + `],"maxResults":1},"time":"2026-03-02T10:30:00.123-08:00"}`)
		})
		p, err := s.Profile(t.Context())
		if err != nil || p.Home != "USD" || p.Name == "" || p.Name != orText(test.name, p.Name) {
			t.Errorf("%s, %s: %+v, %v", test.company, test.preferences, p, err)
		}
	}
}
