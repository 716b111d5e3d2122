package xero

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// The operations that a Write of this vendor names.
const (
	opPayment     = "payment.create"
	opTransaction = "bank_transaction.create"
	opTransfer    = "bank_transfer.create"
	opAccount     = "account.create"
	opContact     = "contact.create"
	opLink        = "invoice.link"
	opDeposit     = "batch_payment.create"
	opAllocation  = "allocation.create"
	opRelease     = "allocation.delete"
	opRefund      = "refund.create"
	opInvoice     = "invoice.create"
	opCredit      = "credit_note.create"
	opJournal     = "manual_journal.create"
	opRemoval     = "remove"
)

// wireWrite is the body of a Write: the request as it is sent, and what its
// answer must look like.
type wireWrite struct {
	Method string     `json:"method"`
	Path   string     `json:"path"`
	Query  url.Values `json:"query,omitempty"`
	// Plural is the list in both request and answer; "" where the answer is
	// the object itself.
	Plural string          `json:"plural,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	// Unchanged is the UpdatedDateUTC in milliseconds that the target must
	// still have, where the request replaces what a person may have edited.
	Unchanged int64 `json:"unchanged,omitempty"`
	// Total is what the target's total must still be afterwards.
	Total string `json:"total,omitempty"`
	// BankAmount is what the payment must put on its bank account, where that
	// is in another currency than the invoice.
	BankAmount string `json:"bank_amount,omitempty"`
	// Release are the addresses of allocations that are deleted before.
	Release []string `json:"release,omitempty"`
	// Link and Visible are what must stand in the invoice afterwards.
	Link    string `json:"link,omitempty"`
	Visible bool   `json:"visible,omitempty"`
}

// perElement asks for 200 with an error on each element, so that one reason
// is told for one element (Xero docs: accounting/requests-and-responses).
func perElement() url.Values { return url.Values{"summarizeErrors": {"false"}} }

// Lower turns a booking into Payments, a BatchPayment, BankTransactions, a
// BankTransfer, an Invoice, a CreditNote or a ManualJournal.
func (s *session) Lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	if err := checkBooking(b); err != nil {
		return nil, fmt.Errorf("xero: lower %s of %s: %w", b.Kind, b.Source, err)
	}
	var writes []connectors.Write
	var err error
	switch b.Kind {
	case receivables.DocumentReceipt:
		writes, err = s.lowerReceipt(b, generation)
	case receivables.DocumentDeposit:
		writes, err = one(s.lowerDeposit(b, generation))
	case receivables.DocumentExpense:
		writes, err = one(s.lowerExpense(b, generation))
	case receivables.DocumentIncome:
		writes, err = one(s.lowerIncome(b, generation))
	case receivables.DocumentTransfer:
		writes, err = lowerTransfer(b, generation)
	case receivables.DocumentInvoice:
		writes, err = one(s.lowerInvoice(b, generation))
	case receivables.DocumentCredit:
		writes, err = one(s.lowerCredit(b, generation))
	case receivables.DocumentJournal:
		writes, err = one(s.lowerJournal(b, generation))
	default:
		err = fmt.Errorf("a booking of this kind has no place in Xero")
	}
	if err != nil {
		return nil, fmt.Errorf("xero: lower %s of %s: %w", b.Kind, b.Source, err)
	}
	return writes, nil
}

func one(w connectors.Write, err error) ([]connectors.Write, error) {
	if err != nil {
		return nil, err
	}
	return []connectors.Write{w}, nil
}

func checkBooking(b mapping.Booking) error {
	if len(b.Parts) == 0 {
		return errors.New("it has no parts")
	}
	if b.Settlement != "" && b.Kind != receivables.DocumentReceipt && b.Kind != receivables.DocumentInvoice && b.Credit == nil {
		return fmt.Errorf("a document of this kind cannot be in %s and settled in %s", b.Currency, b.Settlement)
	}
	return checkMoney(b.Currency, b.Date)
}

// lowerReceipt makes one Payment for each part that pays an invoice: a Payment
// settles exactly one document (Xero docs: accounting/payments). What pays none
// stays with the customer. The Payments of one deposit go out together, see
// SendBatch; they are not made a BatchPayment, because Xero shows the payments
// of one without a reference, and our marker would be lost.
func (s *session) lowerReceipt(b mapping.Booking, generation int) ([]connectors.Write, error) {
	var writes []connectors.Write
	for i, part := range b.Parts {
		var w connectors.Write
		var err error
		switch {
		case b.Settlement != "" || len(b.Lines) > 0:
			w, err = s.lowerSettled(b, i, generation)
		case part.Target == "" && b.CustomerID != "":
			w, err = s.lowerUnapplied(b, part, generation)
		default:
			w, err = s.lowerPayment(b, part, generation)
		}
		if err != nil {
			return nil, err
		}
		writes = append(writes, w)
	}
	return writes, nil
}

func (s *session) lowerPayment(b mapping.Booking, part mapping.Part, generation int) (connectors.Write, error) {
	if part.Target == "" || part.Amount <= 0 || b.To == "" {
		return connectors.Write{}, fmt.Errorf("part %s needs an invoice, an account and an amount above zero", part.Key())
	}
	w, body := paymentOf(b, part, part.Amount, generation)
	body.CurrencyRate = s.rate(b)
	return w, fillIn(&w, paymentsRequest(""), body)
}

// paymentOf is a payment of an amount in the booking's currency, which is the
// invoice's.
func paymentOf(b mapping.Booking, part mapping.Part, paid int64, generation int) (connectors.Write, bodyPayment) {
	w := frame(opPayment, receivables.DocumentReceipt, b, []mapping.Part{part}, generation)
	w.Natural.AccountID, w.Natural.InvoiceID, w.Natural.Amount = b.To, part.Target, paid
	return w, bodyPayment{
		Invoice: bodyID{InvoiceID: part.Target}, Account: bodyID{AccountID: b.To},
		Date: b.Date, Amount: amount(paid, b.Currency), Reference: reference(w.Marker, b.Source),
	}
}

// lowerTransfer makes a BankTransfer; one below zero runs the other way.
func lowerTransfer(b mapping.Booking, generation int) ([]connectors.Write, error) {
	total := b.Total()
	if total == 0 || b.From == "" || b.To == "" || b.From == b.To {
		return nil, errors.New("it needs two different accounts and an amount other than zero")
	}
	from, to, magnitude := b.From, b.To, total
	if total < 0 {
		from, to, magnitude = b.To, b.From, -total
	}
	w := frame(opTransfer, receivables.DocumentTransfer, b, b.Parts, generation)
	w.Natural.AccountID, w.Natural.Amount = b.From, total
	body := bodyTransfer{
		FromBankAccount: bodyID{AccountID: from}, ToBankAccount: bodyID{AccountID: to},
		Amount: amount(magnitude, b.Currency), Date: b.Date, Reference: reference(w.Marker, b.Source),
	}
	if err := fill(&w, http.MethodPut, "BankTransfers", nil, body); err != nil {
		return nil, err
	}
	return []connectors.Write{w}, nil
}

// frame is what all writes of a booking share.
func frame(op string, kind receivables.DocumentKind, b mapping.Booking, parts []mapping.Part, generation int) connectors.Write {
	marker := connectors.Marker(b.Book, parts)
	return connectors.Write{
		Op: op, Key: connectors.Key(marker, generation), Marker: marker, Parts: parts,
		Natural: connectors.Natural{
			Kind: kind, CustomerID: b.CustomerID, Date: b.Date, Currency: b.Currency,
		},
	}
}

// fill puts the request into the write.
func fill(w *connectors.Write, method, plural string, query url.Values, element any) error {
	return fillIn(w, wireWrite{Method: method, Path: plural, Query: query, Plural: plural}, element)
}

func fillIn(w *connectors.Write, request wireWrite, element any) error {
	body, err := json.Marshal(map[string]any{request.Plural: []any{element}})
	if err != nil {
		return err
	}
	request.Body = body
	return seal(w, request)
}

func seal(w *connectors.Write, request wireWrite) error {
	if len(w.Key) > maxKey {
		return fmt.Errorf("the key is longer than %d characters", maxKey)
	}
	var err error
	w.Body, err = json.Marshal(request)
	return err
}

// said is an amount of a booking in words.
func said(minor int64, b mapping.Booking) money.Money {
	return money.Money{Minor: minor, Currency: b.Currency}
}

// amount writes minor units as the JSON number that Xero expects.
func amount(minor int64, c money.Currency) json.Number {
	digits, _ := money.ISO(c)
	return json.Number(money.Text(minor, digits))
}

// reference puts the marker first, so that edits and cuts hurt the tail only.
func reference(marker, source string) string {
	return cut(strings.TrimSpace(marker+" "+source), maxReference)
}

// cut is a text of at most n bytes.
func cut(text string, n int) string {
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}

func describe(b mapping.Booking) string {
	if b.Memo != "" {
		return b.Memo
	}
	return "Stripe " + b.Source
}

var guidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// contactOf points to a contact by id, or by name where a book was set up with
// one. Nothing else of a contact is ever sent: it would be overwritten.
func contactOf(contact string) bodyID {
	switch {
	case guidPattern.MatchString(contact):
		return bodyID{ContactID: contact}
	case contact == "":
		return bodyID{Name: defaultContact}
	}
	return bodyID{Name: contact}
}

// elementsOf reads the elements of the stored request.
func elementsOf[T any](request wireWrite) []T {
	var lists map[string][]T
	if json.Unmarshal(request.Body, &lists) != nil {
		return nil
	}
	return lists[request.Plural]
}
