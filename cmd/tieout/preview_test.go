package main

import (
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/sync/preview"
)

func TestLineText(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]preview.Line{
		"would write receipt of 2026-03-02 3.00 USD to Clearing for Ada on INV-7: it pays": {
			Action: preview.ActionWrite, Kind: "receipt", Date: "2026-03-02", Amount: "3.00", Currency: "USD", To: "Clearing", Customer: "Ada", Invoice: "INV-7", Why: "it pays",
		},
		"would remove transfer document/Transfer:9 from Clearing to Bank: taken back": {
			Action: preview.ActionRemove, Kind: "transfer", Document: "document/Transfer:9", From: "Clearing", To: "Bank", Why: "taken back",
		},
		"stays receipt: it is reconciled": {Action: preview.ActionStay, Kind: "receipt", Why: "it is reconciled"},
	} {
		if got := lineText(l); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// A setting that is tried changes that one and no other, and an unknown one is
// refused.
func TestTry(t *testing.T) {
	t.Parallel()
	b := books.Book{Zone: "America/New_York", Settings: books.Settings{Links: true, LinkOnDocument: true, StaffURL: "u"}}
	got, err := try(b, map[string]string{"links": "false", "no_link_invoices": `["7"]`, "staff_url": "https://x", "cut_over": "2026-03-02"})
	if err != nil {
		t.Fatal(err)
	}
	s := got.Settings
	if s.Links || !s.LinkOnDocument || s.StaffURL != "https://x" || len(s.NoLinkInvoices) != 1 || got.CutOver == nil || got.CutOver.UTC().Format(time.DateTime) != "2026-03-02 05:00:00" {
		t.Errorf("%+v, cut-over %v", s, got.CutOver)
	}
	if !b.Settings.Links || b.CutOver != nil {
		t.Errorf("the book itself was changed: %+v", b)
	}
	for _, c := range []map[string]string{{"nonsense": "1"}, {"links": "maybe"}, {"cut_over": "soon"}} {
		if _, err := try(b, c); err == nil || !strings.Contains(err.Error(), "--try") {
			t.Errorf("%v: %v", c, err)
		}
	}
}
