package stripe

import (
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

// FuzzDraft maps any object as any kind: it becomes a value or a rejection with
// its reason, and nothing is dropped.
func FuzzDraft(f *testing.F) {
	kinds := []receivables.Kind{
		receivables.KindCharge, receivables.KindCheckout, receivables.KindRefund, receivables.KindDispute, receivables.KindPayout,
		receivables.KindBalanceTransaction, receivables.KindPayer, receivables.KindInvoice, receivables.KindCredit,
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for i, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if !strings.HasSuffix(file, ".golden.json") {
			f.Add(i, body)
		}
	}
	f.Fuzz(func(t *testing.T, which int, raw []byte) {
		kind := kinds[(which%len(kinds)+len(kinds))%len(kinds)]
		if !json.Valid(raw) {
			return // the library has read it as JSON before
		}
		record := mapping.Accept(draft(kind, raw, reading{zone: time.UTC}))
		if record.Entity == nil && record.Rejection == nil && !record.Deleted {
			t.Errorf("%s %q vanished", kind, raw)
		}
	})
}

// FuzzCursor reads any saved position, or refuses it.
func FuzzCursor(f *testing.F) {
	f.Add([]byte(`{"v":1}`))
	f.Add([]byte(` null `))
	f.Fuzz(func(t *testing.T, raw []byte) {
		into := struct{ V int }{cursorVersion}
		if err := readCursor("x", connectors.Cursor(raw), &into, &into.V); err == nil && into.V != cursorVersion {
			t.Errorf("version %d was taken", into.V)
		}
	})
}
