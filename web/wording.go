package web

import (
	"cmp"
	"html/template"
	"strings"

	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/undo"
)

// operations are the vendors' operations as people say them, by the connectors'
// names of them.
func operations() map[string]string {
	return map[string]string{
		"account.create": "Account made", "contact.create": "Contact made", "vendor.create": "Supplier made", "paymentmethod.create": "Payment method made",
		"payment.create": "Receipt written", "batch_payment.create": "Batch payment written", "refund.create": "Refund written",
		"purchase.create": "Expense written", "bank_transaction.create": "Bank transaction written", "deposit.create": "Deposit written",
		"transfer.create": "Transfer written", "bank_transfer.create": "Transfer written",
		"journalentry.create": "Journal entry written", "manual_journal.create": "Manual journal written",
		"invoice.create": "Invoice written", "creditmemo.create": "Credit note written", "credit_note.create": "Credit note written",
		"payment.apply": "Credit applied", "allocation.create": "Credit applied", "payment.release": "Credit released", "allocation.delete": "Credit released",
		"payment.relink": "Receipt moved to another document", "remove": "Document removed",
		"invoice.link": "Payment link put on the invoice", "payment_link.create": "Payment link made", "payment_link.deactivate": "Payment link switched off",
		"checkout_session.expire": "Open payment page closed",
	}
}

// entryKinds are the kinds of journal entries as people say them.
func entryKinds() map[journal.Kind]string {
	return map[journal.Kind]string{
		journal.KindWrite: "Written", journal.KindRemoval: "Removed", journal.KindCreated: "Made in the ledger", journal.KindDecision: "Answered",
		journal.KindSettings: "Settings changed", journal.KindWrites: "Writing switched", journal.KindUndo: "Taken back", journal.KindRedo: "Written again",
	}
}

// Deed says what an entry of the journal did: "Receipt written".
func Deed(kind journal.Kind, op string) string {
	said := cmp.Or(entryKinds()[kind], words(kind))
	switch kind {
	case journal.KindWrite, journal.KindCreated:
		return cmp.Or(operations()[op], said)
	}
	return said
}

// actorOf is who is behind an entry: a person's name as it is, a vendor's as it
// is written, a rule in words.
func actorOf(who string) string {
	if rule, ok := strings.CutPrefix(who, "rule: "); ok {
		return "rule: " + words(rule)
	}
	return vendorName(who)
}

// idHead and idTail are how much of a long id is shown at its beginning and at its end.
const idHead, idTail = 7, 4

// shortID shows a vendor's id by its beginning and end, so that columns of
// figures keep their room; the whole of it is the element's title.
func shortID(id string) template.HTML {
	letters := []rune(id)
	if len(letters) <= idHead+idTail+3 {
		return markup(`<code>%s</code>`, id)
	}
	return markup(`<code title="%s">%s…%s</code>`, id, string(letters[:idHead]), string(letters[len(letters)-idTail:]))
}

// undoTitle says how much an undo takes back.
func undoTitle(s undo.Scope) string {
	switch s.Kind {
	case undo.ScopeDocument:
		kind, _, found := strings.Cut(s.ID, "/")
		if !found {
			kind = "document"
		}
		return "Take back one " + words(kind)
	case undo.ScopeMatch:
		return "Take back what a payment was matched to"
	case undo.ScopeBatch:
		return "Take back a payout and what it paid out"
	case undo.ScopeDay:
		return "Take back what was written on " + cmp.Or(receivables.Date(s.ID).Words(), s.ID)
	}
	return "Take back the whole book"
}
