package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSandboxConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		seed       int64
	}{
		{`{"stripe":{"secret_key":"sk_test_x"},"seed":7}`, "", 7},
		{`{"strip":{}}`, `unknown field "strip"`, 0},
		{`{"xero":{"listen":"here"}}`, "xero.listen", 0},
		{`{"limits":"sometimes"}`, "vendor or off", 0},
	} {
		file := filepath.Join(t.TempDir(), "sandbox.json")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := (&sandboxCommand{Config: file}).config()
		if c.want == "" && (err != nil || got.Seed != c.seed || !got.Xero.Off || got.Stripe.Off) {
			t.Errorf("%s: %+v, %v", c.text, got, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file)) {
			t.Errorf("%s: %v, want %q and the file's name", c.text, err, c.want)
		}
	}
	none, err := (&sandboxCommand{Seed: 9, Invoices: 20}).config()
	if err != nil || none.Seed != 9 || none.Invoices != 20 || none.QuickBooks.Off || none.Xero.Off || none.Stripe.Off {
		t.Errorf("without a file: %+v, %v", none, err)
	}
}
