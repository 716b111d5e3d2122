package e2e

import (
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"
)

// feeds saves a list as a view, makes a feed of it, and reads that as a
// spreadsheet program does.
func (b *browser) feeds() {
	b.Helper()
	b.visit("/receivables?status=overdue")
	b.press("Save this list as a view")
	b.fill("#save-view [name=name]", "Late payers\r")
	b.see("The view is saved", "Late payers")
	b.shoot("receivables-view")
	b.visit("/receivables/views")
	b.fill("[placeholder='Who or what reads it']", "Month end\r")
	b.see("The feed of Late payers")
	b.fits()
	b.axe()
	b.shoot("views")
	address := ask[string](b, `document.querySelector("dd.copy").innerText`)
	rows, err := csv.NewReader(strings.NewReader(read(b.T, address, ""))).ReadAll()
	if err != nil || len(rows) < 2 || rows[0][7] != "balance" {
		b.Errorf("%v: the feed %s has %q", err, address, rows)
	}
}

// program makes a key, and asks the API with it.
func (b *browser) program() {
	b.Helper()
	b.visit("/settings/keys")
	b.fill("#key-name", "Nightly export")
	b.press("Make a key")
	b.see("The new key")
	b.axe()
	b.shoot("keys")
	key := ask[string](b, `document.querySelector("p.copy").innerText`)
	if got := read(b.T, b.base+"/api/v1/me", key); !strings.Contains(got, `"key":"Nightly export"`) {
		b.Errorf("the API says %s", got)
	}
	b.visit("/api/")
	b.see("Authorization: Bearer", "Stripe's payments")
	b.fits()
	b.axe()
}

// read fetches an address as a program does.
func read(t *testing.T, address, key string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	got, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d: %s (%v)", address, got.StatusCode, text, err)
	}
	return string(text)
}
