package xero

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// FuzzDraft maps any element of any list: it becomes a value or a rejection with
// its reason, belongs to another side of the books, and nothing is dropped.
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
		var c goldenCase
		if !strings.HasSuffix(file, ".golden.json") && json.Unmarshal(body, &c) == nil {
			f.Add(c.Stream, []byte(c.Element))
		}
	}
	f.Fuzz(func(t *testing.T, stream string, raw []byte) {
		st, ok := findStream(stream)
		if !ok || st.rows == nil {
			return
		}
		r := st.rows(mapper{home: "USD"})(raw)
		record := mapping.Accept(r.draft)
		if r.keep && record.Entity == nil && record.Rejection == nil && !record.Deleted {
			t.Errorf("%s %q vanished", stream, raw)
		}
	})
}

// FuzzReadAnswer reads any answer row by row.
func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(`{"Id":"x","Status":"OK","Invoices":[{"InvoiceID":"1"}],"pagination":{"page":1}}`))
	f.Add([]byte(`{"Invoices":{},"Elements":[{"ValidationErrors":[{"Message":"m"}]}]}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var e envelope
		rows := 0
		err := readAnswer(bytes.NewReader(body), "Invoices", &e, func(raw json.RawMessage) error {
			if rows++; !json.Valid(raw) {
				t.Errorf("the row %q is no JSON", raw)
			}
			return nil
		})
		if err == nil && !json.Valid(body) {
			t.Errorf("%q was taken for an answer", body)
		}
	})
}

// FuzzTime reads Xero's two forms of dates. What is read gives a date; what is
// not stays as it is, so that the check names it.
func FuzzTime(f *testing.F) {
	for _, text := range []string{"/Date(1518685950940+0000)/", "/Date(-62135596800000)/", "2026-11-20T18:00:00", "2026-11-20", "/Date(99999999999999999999)/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		civil, at := civilOf(text), instantOf(text)
		if at.IsZero() {
			if civil != text {
				t.Errorf("%q, which is no date, gives %q", text, civil)
			}
			return
		}
		if at.Location() != time.UTC {
			t.Errorf("%q gives %v", text, at)
		}
		if _, err := receivables.ParseDate(civil); err != nil && at.Year() >= 1 && at.Year() <= 9999 {
			t.Errorf("%q gives the date %q: %v", text, civil, err)
		}
	})
}

// FuzzReadHook reads any signed body: one that is taken gives events with ids.
func FuzzReadHook(f *testing.F) {
	f.Add([]byte(`{"events":[{"resourceId":"1","eventDateUtc":"2026-11-20T18:00:00","eventType":"UPDATE","eventCategory":"INVOICE","tenantId":"t"}]}`))
	f.Add([]byte(`{"events":[]}`))
	f.Add([]byte(`{"events":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := New(Config{}).ReadHook(delivered(string(body), sign(body, "key"), "key"))
		for _, e := range events {
			if err != nil || e.ID == "" {
				t.Errorf("event %+v, %v", e, err)
			}
		}
	})
}

// FuzzCursor reads any saved position, or refuses it.
func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"v":1,"page":1}`))
	f.Add([]byte(`{"page":-1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseCursor(connectors.Cursor(raw))
		if err != nil {
			return
		}
		again, err := parseCursor(c.encode())
		if err != nil || again.Page != c.Page || c.Page < 1 {
			t.Errorf("%+v, then %+v, %v", c, again, err)
		}
	})
}
