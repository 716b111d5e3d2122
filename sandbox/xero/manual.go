package xero

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// createManual enters a manual journal (Xero docs: accounting/manualjournals).
// It is a draft unless POSTED is asked for, in base currency, and balances.
func (o *Organisation) createManual(f object, _ writeOptions) (*record, []string, error) {
	r := o.newDocument("ManualJournals", "")
	r.rate = decimal.New(1, 0)
	r.currency, r.status = o.baseCode, orElse(f.str("Status"), "DRAFT")
	if r.status != "DRAFT" && r.status != "POSTED" {
		return nil, nil, invalid("The status '%s' cannot be applied to the document", r.status)
	}
	var err error
	if r.date, err = f.dayMember("Date"); err != nil {
		return nil, nil, invalid("The Date is not a valid date.")
	}
	if r.date == noDay {
		r.date = o.today()
	}
	if err := o.manualHeader(r, f); err != nil {
		return nil, nil, err
	}
	lines, warnings, err := o.manualLines(r, f.list("JournalLines"))
	if err != nil {
		return nil, nil, err
	}
	r.updated = o.now()
	var out object
	out.set("Date", msDate(r.date.ms()))
	out.setStr("Status", r.status)
	out.setStr("LineAmountTypes", r.doc.lineTypes)
	out.setUpdated(r.updated, false)
	out.setStr("ManualJournalID", r.id)
	out.setStr("Narration", r.name)
	out.set("JournalLines", lines)
	if u := f.str("Url"); u != "" {
		out.setStr("Url", u)
	}
	out.setBool("ShowOnCashBasisReports", !f.has("ShowOnCashBasisReports") || f.flag("ShowOnCashBasisReports"))
	out.setBool("HasAttachments", false)
	r.setRaw(out)
	o.add(r)
	o.repost(r)
	return r, warnings, nil
}

// manualHeader checks what a journal needs beside its lines. Lines are without
// tax unless something else is said.
func (o *Organisation) manualHeader(r *record, f object) error {
	var err error
	if r.doc.lineTypes, err = lineTypes(f.str("LineAmountTypes"), orElse(r.doc.lineTypes, "NoTax")); err != nil {
		return err
	}
	if r.name = orElse(f.str("Narration"), r.name); r.name == "" {
		return invalid("The Narration is required.")
	}
	if err := checkURL(f); err != nil {
		return err
	}
	return o.checkLock("document", r.date)
}

// manualLines prices the lines, debits above zero. A draft loses a code that
// nobody knows, with a warning (Xero-OpenAPI: example of createManualJournals).
func (o *Organisation) manualLines(r *record, sent []object) ([]byte, []string, error) {
	if len(sent) < 2 {
		return nil, nil, invalid("A manual journal must have at least two journal lines.")
	}
	rules := lineRules{approved: r.status == "POSTED", types: r.doc.lineTypes, accounts: codable}
	var rows [][]byte
	var warnings, problems []string
	var debits, credits, tax cents
	r.doc.shares, r.doc.tax = nil, 0
	for _, l := range sent {
		if l == nil {
			return nil, nil, noData()
		}
		code := l.str("AccountCode")
		if code != "" && o.accountCodes[code] == nil && !rules.approved {
			warnings = append(warnings, "Account code '"+code+"' has been removed as it does not match a recognised account.")
			l.drop("AccountCode")
		}
		amount := l.centsOf("LineAmount")
		account, err := o.lineAccount(l, rules, amount)
		if err != nil {
			problems = append(problems, messages(err)...)
			continue
		}
		rate, err := o.lineTax(l, account, rules)
		if err != nil {
			problems = append(problems, messages(err)...)
			continue
		}
		lineTax := taxOf(amount, rate.percent, rules.types)
		net := amount
		if rules.types == "Inclusive" {
			net -= lineTax
		}
		tax += lineTax
		if gross := net + lineTax; gross > 0 {
			debits += gross
		} else {
			credits -= gross
		}
		if account != nil {
			r.doc.shares = append(r.doc.shares, share{account, net})
		}
		tracking, err := o.lineTracking(l.list("Tracking"))
		if err != nil {
			problems = append(problems, messages(err)...)
			continue
		}
		rows = append(rows, manualLine(l, account, amount, lineTax, rate.code, tracking))
	}
	if debits != credits {
		problems = append(problems, "The total debits ("+debits.String()+") must equal total credits ("+(-credits).String()+")")
	}
	if problems != nil {
		return nil, nil, &ValidationError{Messages: problems}
	}
	r.doc.tax = tax
	return array(rows), warnings, nil
}

func manualLine(l object, account *record, amount, tax cents, taxCode string, tracking []byte) []byte {
	var f object
	f.setStr("Description", l.str("Description"))
	f.setStr("TaxType", taxCode)
	f.set("TaxAmount", tax.json())
	f.set("LineAmount", amount.json())
	if account != nil {
		f.setStr("AccountCode", account.acct.code)
	}
	f.set("Tracking", tracking)
	if account != nil {
		f.setStr("AccountID", account.id)
	}
	f.setBool("IsBlank", false)
	return f.bytes()
}

// updateManual changes a draft or a posted journal. A draft is posted or
// DELETED, a posted one VOIDED (Xero docs: accounting/types, manual journal
// status codes).
func (o *Organisation) updateManual(r *record, f object, _ writeOptions) ([]string, error) {
	wish := orElse(f.str("Status"), r.status)
	to := map[string][]string{"DRAFT": {"DRAFT", "POSTED", "DELETED"}, "POSTED": {"POSTED", "VOIDED"}}
	if !slices.Contains(to[r.status], wish) {
		return nil, invalid("The status '%s' cannot be applied to the document", wish)
	}
	if err := o.checkLock("document", r.date); err != nil {
		return nil, err
	}
	if wish == "DELETED" || wish == "VOIDED" {
		o.closeDocument(r, wish)
		return nil, nil
	}
	next, doc := *r, *r.doc
	next.doc, next.status = &doc, wish
	if d, err := f.dayMember("Date"); err != nil {
		return nil, invalid("The Date is not a valid date.")
	} else if d != noDay {
		next.date = d
	}
	if err := o.manualHeader(&next, f); err != nil {
		return nil, err
	}
	sent := f.list("JournalLines")
	if len(sent) == 0 { // an empty list leaves the lines as they are (Xero-OpenAPI: example of updateManualJournal)
		sent = r.fields().list("JournalLines")
	}
	lines, warnings, err := o.manualLines(&next, sent)
	if err != nil {
		return nil, err
	}
	fields := r.fields()
	fields.set("Date", msDate(next.date.ms()))
	fields.setStr("Narration", next.name)
	fields.setStr("LineAmountTypes", next.doc.lineTypes)
	fields.set("JournalLines", lines)
	for _, key := range []string{"Url", "ShowOnCashBasisReports"} {
		if f.has(key) {
			fields.set(key, f.raw(key))
		}
	}
	o.edit(r)
	*r.doc = *next.doc
	r.status, r.date, r.name = next.status, next.date, next.name
	r.setRaw(fields)
	o.touch(r)
	o.repost(r)
	return warnings, nil
}

func renderManual(r *record) {
	f := split(r.raw)
	f.setStr("Status", r.status)
	f.setUpdated(r.updated, false)
	r.setRaw(f)
}

// fullManual is a journal as single reads show it.
func fullManual(o *Organisation, r *record, written bool) object {
	f := append(object(nil), r.fields()...)
	if written {
		f.drop("HasAttachments")
		return f
	}
	f.set("Attachments", o.files(r))
	return f
}

// readManual takes a recorded journal as it is.
func (o *Organisation) readManual(f object) *record {
	r := o.recorded(o.kinds["ManualJournals"], f)
	r.name, r.doc = f.str("Narration"), &document{fullyPaid: noDay, lineTypes: orElse(f.str("LineAmountTypes"), "NoTax")}
	return r
}

// loadedManual links the lines of a recorded journal to their accounts.
func (o *Organisation) loadedManual(r *record) {
	for _, l := range r.fields().list("JournalLines") {
		account := o.find("Accounts", l.str("AccountID"))
		if account == nil {
			account = o.accountCodes[l.str("AccountCode")]
		}
		net, tax := l.centsOf("LineAmount"), l.centsOf("TaxAmount")
		if strings.EqualFold(r.doc.lineTypes, "Inclusive") {
			net -= tax
		}
		if account != nil {
			r.doc.shares = append(r.doc.shares, share{account, net})
			r.doc.tax += tax
		}
	}
}
