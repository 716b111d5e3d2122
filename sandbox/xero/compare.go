package xero

import (
	"cmp"
	"strings"
)

// compare makes the test `field op literal`.
func (p *whereParser) compare(field, method, op string, lit value) (condition, error) {
	test := map[string]func(int) bool{
		"==": func(c int) bool { return c == 0 }, "=": func(c int) bool { return c == 0 },
		"!=": func(c int) bool { return c != 0 }, "<>": func(c int) bool { return c != 0 },
		">": func(c int) bool { return c > 0 }, ">=": func(c int) bool { return c >= 0 },
		"<": func(c int) bool { return c < 0 }, "<=": func(c int) bool { return c <= 0 },
	}[op]
	if test == nil {
		return nil, p.fail()
	}
	if (op == "==" || op == "=") && lit.kind == 's' && (field == p.kind.idKey || field == "Invoice.InvoiceID") {
		p.ids = append(p.ids, field+" "+strings.ToLower(lit.s))
	}
	if method != "" {
		lit.s = strings.ToLower(lit.s)
	}
	if want := fieldKind(field); lit.kind != 0 && want != lit.kind {
		return nil, badQuery("Operator '%s' incompatible with the type of '%s'", op, field)
	}
	return func(r *record) bool {
		v := fieldValue(r, field)
		if method != "" {
			v.s = strings.ToLower(v.s)
		}
		if v.kind == 0 || lit.kind == 0 {
			// null equals null only, and differs from everything else
			return test(cmp.Compare(v.kind, lit.kind)) && (strings.HasPrefix(op, "=") || op == "!=" || op == "<>")
		}
		return test(order(v, lit, foldable(field)))
	}, nil
}

// fieldKind is the type of a field, so that a clause that mixes types is
// refused as Xero refuses it.
func fieldKind(field string) byte {
	switch field {
	case "Date", "DueDate", "UpdatedDateUTC", "FullyPaidOnDate", "ExpectedPaymentDate", "CreatedDateUTC":
		return 't'
	case "Total", "SubTotal", "TotalTax", "AmountDue", "AmountPaid", "AmountCredited", "RemainingCredit", "AppliedAmount", "Amount", "BankAmount", "TotalAmount", "CurrencyRate", "SalesDetails.UnitPrice":
		return 'n'
	case "SentToContact", "HasAttachments", "IsReconciled", "IsSupplier", "IsCustomer", "EnablePaymentsToAccount", "IsSold", "IsPurchased", "ShowOnCashBasisReports":
		return 'b'
	}
	return 's'
}

// foldable are fields compared without regard to case (Xero docs: contacts).
func foldable(field string) bool {
	switch field {
	case "Name", "EmailAddress", "AccountNumber", "Contact.Name":
		return true
	}
	return strings.HasSuffix(field, "ID")
}

func order(a, b value, fold bool) int {
	switch a.kind {
	case 'n':
		return a.n.Cmp(b.n)
	case 't':
		return cmp.Compare(a.t, b.t)
	case 'b':
		switch {
		case a.b == b.b:
			return 0
		case b.b:
			return -1
		}
		return 1
	}
	if fold {
		return strings.Compare(strings.ToLower(a.s), strings.ToLower(b.s))
	}
	return strings.Compare(a.s, b.s)
}

func text(s string) value { return value{kind: 's', s: s} }

func dated(d day) value {
	if d == noDay {
		return value{}
	}
	return value{kind: 't', t: d.ms()}
}

func amount(c cents) value { return value{kind: 'n', n: c.decimal()} }

// fieldValue reads a field of a record: the parsed state where there is one,
// its JSON otherwise.
func fieldValue(r *record, field string) value {
	switch field {
	case r.kind.idKey:
		return text(r.id)
	case "Status", "ContactStatus":
		return text(r.status)
	case "Type", "PaymentType":
		return text(r.typ)
	case "Date":
		return dated(r.date)
	case "DueDate":
		return dated(r.due)
	case "UpdatedDateUTC":
		return value{kind: 't', t: r.updated}
	case "IsReconciled":
		return value{kind: 'b', b: r.reconciled}
	case "Reference":
		if r.reference != "" {
			return text(r.reference)
		}
	case "InvoiceNumber", "CreditNoteNumber":
		if r.number != "" {
			return text(r.number)
		}
	case "Contact.ContactID", "Contact.Name", "Contact.ContactNumber":
		return contactValue(r.contact, field)
	case "Invoice.InvoiceID":
		if r.pay != nil && r.pay.target != nil {
			return text(r.pay.target.id)
		}
		return value{}
	}
	if r.doc != nil && !strings.HasPrefix(r.status, "VOID") && r.status != "DELETED" {
		switch field {
		case "AmountDue", "RemainingCredit":
			return amount(r.doc.open())
		case "AmountPaid":
			return amount(r.doc.paid)
		case "AmountCredited":
			return amount(r.doc.credited)
		}
	}
	return jsonValue(r.fields(), field)
}

func contactValue(c *record, field string) value {
	switch {
	case c == nil:
		return value{}
	case field == "Contact.ContactID":
		return text(c.id)
	case field == "Contact.Name":
		return text(c.name)
	}
	return text(c.holder.contactNumber)
}

// jsonValue reads a member, or a member of a nested object, from JSON.
func jsonValue(f object, field string) value {
	if outer, inner, ok := strings.Cut(field, "."); ok {
		f, field = f.sub(outer), inner
	}
	if f.raw(field) == nil {
		return value{}
	}
	switch fieldKind(field) {
	case 'n':
		n, _ := f.dec(field)
		return value{kind: 'n', n: n}
	case 'b':
		return value{kind: 'b', b: f.flag(field)}
	case 't':
		if ms, ok := parseMSDate(f.str(field)); ok {
			return value{kind: 't', t: ms}
		}
		d, _ := f.dayMember(field)
		return dated(d)
	}
	return text(f.str(field))
}
