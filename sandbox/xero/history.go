package xero

import (
	"net/http"
	"slices"
	"time"
)

// maxHistory is the longest note (Xero docs: accounting/history).
const maxHistory = 2500

// side is what hangs on an object beside its own JSON; most objects have none.
type side struct {
	history     []historyEntry // oldest first
	attachments []*attachment
	byApp       bool // made through the API, for createdByMyApp
}

type historyEntry struct {
	changes, details string
	at               int64
}

// beside gives the record its side.
func (o *Organisation) beside(r *record) *side {
	if r.side == nil {
		r.side = &side{}
	}
	return r.side
}

// note adds a line to an object's history, as Xero does by itself.
func (o *Organisation) note(r *record, changes, details string) {
	s := o.beside(r)
	s.history = append(s.history, historyEntry{changes, details, o.now()})
}

// hasHistory tells which endpoints keep history (Xero docs: accounting/history).
func hasHistory(k *kind) bool { return k.name != "Accounts" }

// getHistory lists the newest first. The user of all entries of the API is
// System Generated.
func (o *Organisation) getHistory(r *record) *answer {
	out := [][]byte{}
	if r.side != nil {
		for _, h := range slices.Backward(r.side.history) {
			f := h.fields()
			f.setStr("Changes", h.changes)
			f.setStr("User", "System Generated")
			f.setStr("Details", h.details)
			out = append(out, f.bytes())
		}
	}
	return o.envelope("HistoryRecords", out)
}

func (h historyEntry) fields() object {
	var f object
	f.setStr("DateUTCString", time.UnixMilli(h.at).UTC().Format("2006-01-02T15:04:05"))
	f.set("DateUTC", msDate(h.at))
	return f
}

// putHistory adds notes; they can be neither changed nor taken back.
func (o *Organisation) putHistory(k *kind, id string, sent []object) (*answer, error) {
	r, err := o.single(k, id)
	if err != nil {
		return nil, invalid("The document with the supplied id was not found for this endpoint.")
	}
	if len(sent) == 0 {
		return nil, noData()
	}
	for _, f := range sent {
		switch n := len([]rune(f.str("Details"))); {
		case n == 0:
			return nil, invalid("The Details field must be specified.")
		case n > maxHistory:
			return nil, invalid("The Details field is longer than %d characters.", maxHistory)
		}
	}
	var out [][]byte
	for _, f := range sent {
		o.note(r, "Note", f.str("Details"))
		row := r.side.history[len(r.side.history)-1].fields()
		row.setStr("Details", f.str("Details"))
		row.set("ValidationErrors", []byte("[]"))
		out = append(out, row.bytes())
	}
	return o.envelope("HistoryRecords", out), nil
}

// Invoice e-mails a day of a paying organisation (Xero docs:
// accounting/invoices, emailing an invoice): over it the answer is 400.
const emailLimit = 1000

// email sends an approved or submitted sales invoice to its contact.
func (o *Organisation) email(r *record) (*answer, error) {
	switch {
	case r.typ != "ACCREC" || r.status == "DRAFT" || r.status == "VOIDED" || r.status == "DELETED":
		return nil, invalid("Only sales invoices of status SUBMITTED, AUTHORISED or PAID can be emailed.")
	case r.contact.holder.email == "":
		return nil, invalid("The contact has no email address.")
	}
	if day := o.clock.Now().UTC().Format("2006-01-02"); day != o.emailDay {
		o.emailDay, o.emails = day, 0
	}
	if o.emails >= emailLimit {
		return nil, invalid("The daily limit of emails has been reached.")
	}
	o.emails++
	f := r.fields()
	f.setBool("SentToContact", true)
	r.setRaw(f)
	if r.status == "AUTHORISED" && len(r.doc.uses) == 0 {
		o.touch(r) // SentToContact of a partly paid invoice leaves UpdatedDateUTC alone
	}
	o.note(r, "Invoice sent", "This invoice has been sent to "+r.contact.holder.email)
	return &answer{status: http.StatusNoContent}, nil
}
