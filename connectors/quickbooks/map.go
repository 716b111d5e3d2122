package quickbooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mapper turns Intuit's bodies into drafts. It is pure.
type mapper struct{ home money.Currency }

// entity is one of Intuit's entities that are pulled.
type entity struct {
	// name is Intuit's; the path of a single object is its lower case.
	name string
	// stream is ours.
	stream string
	kind   receivables.Kind
	// list marks entities whose queries give active rows only, unless asked
	// (Intuit docs: data-queries).
	list bool
	fill func(m mapper, raw []byte, d *mapping.Draft) (wireHead, error)
}

// entities are in the order in which they are pulled: what is referred to
// comes first.
func entities() []entity {
	return []entity{
		{"Account", "accounts", receivables.KindAccount, true, mapper.account},
		{"Customer", "customers", receivables.KindCustomer, true, mapper.customer},
		{"Invoice", "invoices", receivables.KindInvoice, false, mapper.invoice},
		{"Payment", "payments", receivables.KindReceipt, false, mapper.payment},
		{"CreditMemo", "creditmemos", receivables.KindCredit, false, mapper.creditMemo},
		{"Deposit", "deposits", receivables.KindDocument, false, mapper.deposit},
		{"Transfer", "transfers", receivables.KindDocument, false, mapper.transfer},
		{"Purchase", "purchases", receivables.KindDocument, false, mapper.purchase},
		{"JournalEntry", "journalentries", receivables.KindDocument, false, mapper.journal},
		{"SalesReceipt", "salesreceipts", receivables.KindDocument, false, mapper.salesReceipt},
		{"RefundReceipt", "refundreceipts", receivables.KindDocument, false, mapper.refundReceipt},
	}
}

func entityNamed(name string) (entity, bool) {
	for _, e := range entities() {
		if e.name == name {
			return e, true
		}
	}
	return entity{}, false
}

// externalID is the id in the model. No document says that ids are unique
// across entities, so a document's id carries its entity: "Purchase:145".
func (e entity) externalID(id string) string {
	if id == "" {
		return ""
	}
	return e.prefix() + id
}

// prefix begins the ids of an entity in the model.
func (e entity) prefix() string {
	if e.kind == receivables.KindDocument {
		return e.name + ":"
	}
	return ""
}

// entityOf finds the entity and Intuit's id of a reference.
func entityOf(ref receivables.Ref) (entity, string, bool) {
	if ref.Kind == receivables.KindDocument {
		name, id, _ := strings.Cut(ref.ID, ":")
		e, ok := entityNamed(name)
		return e, id, ok && e.kind == ref.Kind && id != ""
	}
	for _, e := range entities() {
		if e.kind == ref.Kind {
			return e, ref.ID, ref.ID != ""
		}
	}
	return entity{}, "", false
}

// draft maps one object. One that cannot be read becomes a draft that says so.
func (m mapper) draft(e entity, raw []byte) mapping.Draft {
	d := mapping.Draft{Kind: e.kind, Raw: raw, Scale: money.ISO}
	head, err := e.fill(m, raw, &d)
	if d.Document != nil {
		m.settle(d.Document)
	}
	if err == nil && head.Status != "Deleted" {
		d.Order, err = strconv.ParseInt(orElse(head.SyncToken, "0"), 10, 64)
	}
	d.ID, d.Changed = e.externalID(head.ID), instant(head.MetaData.LastUpdatedTime)
	if head.Status == "Deleted" && head.ID != "" {
		return mapping.Draft{Kind: e.kind, ID: d.ID, Order: deletedOrder, Changed: d.Changed, Deleted: true, Raw: raw, Scale: money.ISO}
	}
	if err == nil {
		return d
	}
	return mapping.Draft{Kind: e.kind, ID: e.externalID(salvageID(raw)), Raw: raw, Scale: money.ISO, Problem: problemText(err)}
}

// deletedOrder outranks every version: a deletion carries no SyncToken, and
// ids are not used again.
const deletedOrder = 1<<63 - 1

// unreadable begins the ids that we make.
const unreadable = "unreadable-"

// salvageID finds the id of an object that cannot be decoded, or makes one
// from its bytes, so that the object can be filed.
func salvageID(raw []byte) string {
	id := ""
	_ = walkObject(raw, func(key, value []byte) error {
		if string(key) == "Id" && id == "" {
			id = strings.Trim(string(value), `"`)
		}
		return nil
	})
	if id != "" && len(id) <= 64 {
		return id
	}
	sum := sha256.Sum256(raw)
	return unreadable + hex.EncodeToString(sum[:8])
}

func problemText(err error) string { return truncate(err.Error(), textMost) }

// decode reads raw into wire, whatever more it holds.
func decode[T any](raw []byte) (T, error) {
	var wire T
	if err := json.Unmarshal(raw, &wire); err != nil {
		return wire, fmt.Errorf("decode: %w", err)
	}
	return wire, nil
}

// currency is the document's, or the home currency: companies with one
// currency may leave CurrencyRef out (Intuit docs: manage multiple currencies).
func (m mapper) currency(ref wireRef) string { return orElse(ref.Value, string(m.home)) }

// inHome gives an amount in home currency where Intuit states only the
// document's: amount times ExchangeRate, which is home units per foreign unit
// (Intuit docs: invoice), rounded to the home currency's digits. It is empty
// where the rate is missing.
func (m mapper) inHome(amount json.Number, w wireMoney) string {
	if m.home == "" || m.currency(w.CurrencyRef) == string(m.home) || amount == "" {
		return ""
	}
	value, err := decimal.NewFromString(string(amount))
	rate, rateErr := decimal.NewFromString(plain(w.ExchangeRate))
	digits, known := money.ISO(m.home)
	if err != nil || rateErr != nil || !known {
		return ""
	}
	return value.Mul(rate).StringFixed(int32(digits))
}

// state recognises a void: the amount is zero and the note begins with
// "Voided"; there is no status field (recorded traffic, PHP SDK issue 167). A
// genuine zero document has no such note.
func (w wireMoney) state(lines []wireLine) receivables.State {
	if !isZero(w.TotalAmt) || !voidNote(w.PrivateNote) {
		return receivables.StateLive
	}
	for _, l := range lines {
		if !isZero(l.Amount) {
			return receivables.StateLive
		}
	}
	return receivables.StateVoid
}

func voidNote(note string) bool { return strings.HasPrefix(strings.TrimSpace(note), "Voided") }

func isZero(n json.Number) bool { return strings.Trim(plain(n), "0.-") == "" }

func (m mapper) invoice(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireInvoice](raw)
	if err != nil {
		return w.wireHead, err
	}
	link := findLink(w.CustomerMemo.Value)
	home := plain(w.HomeBalance)
	if home == "" {
		home = m.inHome(w.Balance, w.wireMoney)
	}
	d.Invoice = &mapping.InvoiceDraft{
		Invoice: receivables.Invoice{
			ID: w.ID, Number: w.DocNumber, CustomerID: w.CustomerRef.Value, State: w.state(w.Line),
			Terms: orElse(w.SalesTermRef.Name, w.SalesTermRef.Value), Rate: plain(w.ExchangeRate),
			Reference: purchaseOrder(w), Lines: salesLines(w.Line),
			Memo: w.CustomerMemo.Value, Note: w.PrivateNote,
			Sent: w.EmailStatus == "EmailSent", Recipients: addresses(w.BillEmail, w.BillEmailCc, w.BillEmailBcc),
			Link: link, LinkVisible: link != "",
		},
		Currency: m.currency(w.CurrencyRef), Issued: w.TxnDate, Due: w.DueDate,
		Total: plain(w.TotalAmt), Tax: w.TxnTaxDetail.total(), Balance: plain(w.Balance),
		Deposit: plain(w.Deposit), HomeBalance: home, Home: string(m.home),
	}
	if at := instant(w.DeliveryInfo.DeliveryTime); !at.IsZero() {
		d.Invoice.SentAt = &at
	}
	return w.wireHead, nil
}

// purchaseOrder is the custom field that holds the customer's order number:
// QuickBooks has no field of its own for it on invoices.
func purchaseOrder(w wireInvoice) string {
	for _, f := range w.CustomField {
		name := strings.ToLower(f.Name)
		if strings.HasPrefix(name, "p.o.") || strings.HasPrefix(name, "po ") || name == "po" || strings.Contains(name, "purchase order") {
			return f.StringValue
		}
	}
	return ""
}

func salesLines(lines []wireLine) []receivables.Line {
	out := make([]receivables.Line, 0, len(lines))
	for _, l := range lines {
		if l.DetailType == "SubTotalLineDetail" { // a sum of the other lines
			continue
		}
		line := receivables.Line{ID: l.ID, Description: l.Description, Amount: plain(l.Amount)}
		if l.DetailType == "DiscountLineDetail" { // stated as what is taken off
			line.Amount = minus(l.Amount)
		}
		if s := l.SalesItemLineDetail; s != nil {
			line.Quantity, line.UnitPrice = plain(s.Qty), plain(s.UnitPrice)
			line.TaxCode, line.AccountID, line.ItemID = s.TaxCodeRef.Value, s.ItemAccountRef.Value, s.ItemRef.Value
		}
		out = append(out, line)
	}
	return out
}

// addresses takes apart fields that hold several addresses with commas.
func addresses(fields ...wireEmail) []string {
	var out []string
	for _, f := range fields {
		for _, a := range strings.FieldsFunc(f.Address, func(r rune) bool { return r == ',' || r == ';' }) {
			if a = strings.TrimSpace(a); a != "" {
				out = append(out, a)
			}
		}
	}
	return out
}

func (m mapper) creditMemo(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wireCreditMemo](raw)
	if err != nil {
		return w.wireHead, err
	}
	d.Credit = &mapping.CreditDraft{
		Credit: receivables.Credit{
			ID: w.ID, Kind: receivables.CreditNote, Number: w.DocNumber, CustomerID: w.CustomerRef.Value,
			State: w.state(w.Line), Rate: plain(w.ExchangeRate), Note: w.PrivateNote,
			Marker: connectors.FindMarker(w.PrivateNote),
		},
		Currency: m.currency(w.CurrencyRef), Issued: w.TxnDate,
		Total: plain(w.TotalAmt), Remaining: plain(w.RemainingCredit),
		HomeRemaining: m.inHome(w.RemainingCredit, w.wireMoney), Home: string(m.home),
	}
	return w.wireHead, nil
}

// payment maps a Payment. One with total zero and lines is how QuickBooks
// applies credits to invoices (recorded: payment 74 of the sample company): it
// moves no money, and its allocations to credits are sources.
func (m mapper) payment(raw []byte, d *mapping.Draft) (wireHead, error) {
	w, err := decode[wirePayment](raw)
	if err != nil {
		return w.wireHead, err
	}
	d.Receipt = &mapping.ReceiptDraft{
		Receipt: receivables.Receipt{
			ID: w.ID, CustomerID: w.CustomerRef.Value, State: w.state(w.Line), Rate: plain(w.ExchangeRate),
			AccountID: w.DepositToAccountRef.Value, Method: w.PaymentMethodRef.Value,
			Reference: w.PaymentRefNum, Note: w.PrivateNote, Marker: connectors.FindMarker(w.PrivateNote),
		},
		Currency: m.currency(w.CurrencyRef), Date: w.TxnDate,
		Total: plain(w.TotalAmt), Unapplied: plain(w.UnappliedAmt),
		HomeUnapplied: m.inHome(w.UnappliedAmt, w.wireMoney), Home: string(m.home),
		Settled: m.inHome(w.TotalAmt, w.wireMoney), SettledIn: string(m.home),
	}
	for _, l := range w.Line {
		for _, linked := range l.LinkedTxn {
			d.Receipt.Allocations = append(d.Receipt.Allocations, mapping.AllocationDraft{
				Target: linkedRef(linked), Amount: plain(l.Amount),
			})
			break // a payment line links one transaction (Intuit docs: payment)
		}
	}
	return w.wireHead, nil
}

// linkedRef is the reference behind a LinkedTxn. Its types are entity names,
// or the kinds of a Purchase (Intuit docs: payment).
func linkedRef(l wireLinked) receivables.Ref {
	switch l.TxnType {
	case "Expense", "Check", "CreditCardCredit":
		l.TxnType = "Purchase"
	}
	if e, ok := entityNamed(l.TxnType); ok {
		return receivables.Ref{Kind: e.kind, ID: e.externalID(l.TxnID)}
	}
	return receivables.Ref{Kind: receivables.KindDocument, ID: l.TxnType + ":" + l.TxnID}
}
