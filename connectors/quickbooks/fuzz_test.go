package quickbooks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"tieout/connectors"
	"tieout/mapping"
)

// FuzzDraft maps any body as any entity: it becomes a value or a rejection with
// its reason, under an id, and nothing is dropped.
func FuzzDraft(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var pages struct{ QueryResponse map[string]json.RawMessage }
		if strings.HasSuffix(file, ".golden.json") || json.Unmarshal(body, &pages) != nil {
			continue
		}
		for name, rows := range pages.QueryResponse {
			var list []json.RawMessage
			if json.Unmarshal(rows, &list) != nil {
				continue
			}
			for _, row := range list {
				f.Add(name, []byte(row))
			}
		}
	}
	f.Fuzz(func(t *testing.T, name string, raw []byte) {
		e, ok := entityNamed(name)
		if !ok {
			e = entities()[len(raw)%len(entities())]
		}
		record := mapping.Accept(mapper{home: "USD"}.draft(e, raw))
		if record.Entity == nil && record.Rejection == nil && !record.Deleted {
			t.Errorf("%s %q vanished", e.name, raw)
		}
	})
}

// FuzzFault reads any body of an error.
func FuzzFault(f *testing.F) {
	f.Add([]byte(`{"Fault":{"Error":[{"Message":"m","Detail":"d","code":"6000"}],"type":"ValidationFault"}}`))
	f.Add([]byte(`<IntuitResponse><Fault type="x"><Error code="3200"><Message>m</Message></Error></Fault></IntuitResponse>`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		found, ok := parseFault(body)
		if !ok {
			return
		}
		for _, e := range found.Errors {
			if text := faultText(verdict{detail: true}, e); utf8.RuneCountInString(text) > textMost {
				t.Errorf("a text of %d letters", utf8.RuneCountInString(text))
			}
		}
	})
}

// FuzzCursor reads any saved position, or refuses it.
func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(`[1,{"v":"x"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var into struct{ V int }
		if err := readCursor("x", connectors.Cursor(raw), &into, &into.V, 1); err == nil && into.V != 1 {
			t.Errorf("version %d was taken", into.V)
		}
	})
}
