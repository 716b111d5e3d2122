package web

import (
	"strings"
	"testing"

	"tieout/sync/journal"
	"tieout/sync/undo"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		Deed(journal.KindWrite, "payment_link.create"):                          "Payment link made",
		Deed(journal.KindUndo, "remove"):                                        "Taken back",
		Deed("some_kind", ""):                                                   "some kind",
		Deed(journal.KindWrite, "of a vendor to come"):                          "Written",
		actorOf("rule: booking_table, invoice_number"):                          "rule: booking table, invoice number",
		actorOf("quickbooks"):                                                   "QuickBooks",
		actorOf("rule_of_thumb"):                                                "rule_of_thumb",
		undoTitle(undo.Scope{Kind: undo.ScopeDocument, ID: "sales_receipt/17"}): "Take back one sales receipt",
		undoTitle(undo.Scope{Kind: undo.ScopeDocument, ID: "17"}):               "Take back one document",
		undoTitle(undo.Scope{Kind: undo.ScopeDay, ID: "2026-11-02"}):            "Take back what was written on 2 Nov 2026",
		undoTitle(undo.Scope{Kind: undo.ScopeBook}):                             "Take back the whole book",
		string(shortID("po_169CdUNVg50CdhyXE8WrPBTN")):                          `<code title="po_169CdUNVg50CdhyXE8WrPBTN">po_169C…PBTN</code>`,
		string(shortID("INV-000123")):                                           `<code>INV-000123</code>`,
		string(shortID(strings.Repeat("<", 20))):                                `<code title="` + strings.Repeat("&lt;", 20) + `">` + strings.Repeat("&lt;", 7) + "…" + strings.Repeat("&lt;", 4) + `</code>`,
		string(shortID(strings.Repeat("ü", 12))):                                `<code>` + strings.Repeat("ü", 12) + `</code>`,
		string(shortID(strings.Repeat("ü", 20))):                                `<code title="` + strings.Repeat("ü", 20) + `">üüüüüüü…üüüü</code>`,
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
