package xero

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"strings"
	"time"
)

// Answers are made as JSON and turned into XML where it was asked for: lists
// become <Invoices><Invoice>, dates their ISO form, and the *DateString twins,
// which JSON alone has, fall away (Xero docs: requests-and-responses).

// xmlAnswer writes a JSON answer as XML.
func xmlAnswer(body []byte) []byte {
	f := split(body)
	root := "Response"
	if f.has("ErrorNumber") {
		root = "ApiException"
	}
	b := bytes.NewBufferString(`<?xml version="1.0" encoding="utf-8"?>` + "\n<" + root + ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">`)
	for _, m := range f {
		xmlMember(b, m.key, m.val)
	}
	b.WriteString("</" + root + ">")
	return b.Bytes()
}

func xmlMember(b *bytes.Buffer, key string, val []byte) {
	if strings.HasSuffix(key, "DateString") || string(val) == "null" || key == "StatusAttributeString" {
		return
	}
	b.WriteString("<" + key + ">")
	switch val[0] {
	case '{':
		for _, m := range split(val) {
			xmlMember(b, m.key, m.val)
		}
	case '[':
		for _, e := range splitArray(val) {
			xmlElement(b, singular(key), e)
		}
	default:
		xmlText(b, val)
	}
	b.WriteString("</" + key + ">")
}

// xmlElement is one element of a list; refused elements carry their type.
func xmlElement(b *bytes.Buffer, name string, val []byte) {
	open := name
	if name == "DataContractBase" {
		open = `DataContractBase xsi:type="` + elementType(split(val)) + `"`
	}
	b.WriteString("<" + open + ">")
	if val[0] == '{' {
		for _, m := range split(val) {
			xmlMember(b, m.key, m.val)
		}
	} else {
		xmlText(b, val)
	}
	b.WriteString("</" + name + ">")
}

func elementType(f object) string {
	for _, key := range []string{"PaymentID", "CreditNoteID", "InvoiceID", "BankTransactionID", "ContactID", "ItemID", "AccountID"} {
		if f.has(key) {
			return strings.TrimSuffix(key, "ID")
		}
	}
	return "Invoice"
}

func xmlText(b *bytes.Buffer, val []byte) {
	text := string(val)
	if val[0] == '"' {
		text = unquote(val)
		if ms, ok := parseMSDate(text); ok {
			text = time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999")
		}
	}
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
}

// singular is the name of one element of a list.
func singular(plural string) string {
	switch plural {
	case "Tracking", "SalesTrackingCategories", "PurchasesTrackingCategories":
		return "TrackingCategory"
	case "Elements":
		return "DataContractBase"
	case "Warnings":
		return "Warning"
	}
	switch {
	case strings.HasSuffix(plural, "ies"):
		return plural[:len(plural)-3] + "y"
	case strings.HasSuffix(plural, "sses"):
		return plural[:len(plural)-2]
	}
	return strings.TrimSuffix(plural, "s")
}

// lists are the names whose element is a list also when it has one child.
func isList(name string) bool {
	switch name {
	case "Invoices", "CreditNotes", "Payments", "BatchPayments", "Contacts", "ContactGroups", "Accounts", "BankTransactions", "BankTransfers", "ManualJournals", "JournalLines", "Items", "Currencies",
		"TaxRates", "TaxComponents", "LineItems", "Tracking", "Addresses", "Phones", "ContactPersons", "Allocations", "HistoryRecords", "PaymentServices",
		"TrackingCategories", "Options", "Overpayments", "Prepayments":
		return true
	}
	return false
}

// maxXMLDepth bounds nesting, so that a request cannot exhaust the stack.
const maxXMLDepth = 32

// xmlForm reads a form whose field xml holds the body, as the oldest clients
// send it.
func xmlForm(text string) ([]byte, error) {
	q, err := url.ParseQuery(text)
	if err != nil {
		return nil, errJSON
	}
	return xmlRequest([]byte(q.Get("xml")))
}

// xmlRequest reads an XML body as the JSON body of the same meaning.
func xmlRequest(body []byte) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		t, err := d.Token()
		if err != nil {
			return nil, errJSON
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		v, err := xmlValue(d, start.Name.Local, 0)
		if err != nil {
			return nil, errJSON
		}
		if isList(start.Name.Local) {
			v = map[string]any{start.Name.Local: v}
		}
		return json.Marshal(v)
	}
}

var errXML = errors.New("xero: malformed XML")

// xmlValue reads the element that was just opened: a list, an object or text.
func xmlValue(d *xml.Decoder, name string, depth int) (any, error) {
	if depth > maxXMLDepth {
		return nil, errXML
	}
	list, members, text := []any{}, map[string]any{}, ""
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) || err != nil {
			return nil, errXML
		}
		switch t := t.(type) {
		case xml.StartElement:
			v, err := xmlValue(d, t.Name.Local, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
			members[t.Name.Local] = v
		case xml.CharData:
			text += string(t)
		case xml.EndElement:
			switch {
			case isList(name):
				return list, nil
			case len(members) > 0:
				return members, nil
			}
			return strings.TrimSpace(text), nil
		}
	}
}
