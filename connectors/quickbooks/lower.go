package quickbooks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// ref is a reference as QuickBooks takes it.
type ref struct {
	Value string `json:"value"`
}

func optionalRef(id string) *ref {
	if id == "" {
		return nil
	}
	return &ref{id}
}

// head is what the documents that we write have in common.
type head struct {
	TxnDate      receivables.Date `json:"TxnDate"`
	CurrencyRef  ref              `json:"CurrencyRef"`
	ExchangeRate json.Number      `json:"ExchangeRate,omitempty"`
	PrivateNote  string           `json:"PrivateNote"`
}

type linkedTxn struct {
	TxnID   string `json:"TxnId"`
	TxnType string `json:"TxnType"`
}

type paymentLine struct {
	Amount    json.Number `json:"Amount"`
	LinkedTxn []linkedTxn `json:"LinkedTxn"`
}

type paymentBody struct {
	head
	CustomerRef         ref           `json:"CustomerRef"`
	TotalAmt            json.Number   `json:"TotalAmt"`
	DepositToAccountRef *ref          `json:"DepositToAccountRef,omitempty"`
	PaymentMethodRef    *ref          `json:"PaymentMethodRef,omitempty"`
	PaymentRefNum       string        `json:"PaymentRefNum,omitempty"`
	Line                []paymentLine `json:"Line"`
}

type transferBody struct {
	head
	FromAccountRef ref         `json:"FromAccountRef"`
	ToAccountRef   ref         `json:"ToAccountRef"`
	Amount         json.Number `json:"Amount"`
}

// lowering is one booking on its way to a write.
type lowering struct {
	mapping.Booking
	home   money.Currency
	digits int
	total  int64
	marker string
	// settled is what a foreign document is worth at home, "" where that does
	// not matter.
	settled string
}

func (l lowering) text(minor int64) json.Number { return json.Number(money.Text(minor, l.digits)) }

func (l lowering) head() head {
	return head{TxnDate: l.Date, CurrencyRef: ref{string(l.Currency)}, ExchangeRate: l.rate(), PrivateNote: l.note()}
}

// rate is the ExchangeRate of a foreign document: home units for one foreign
// unit (Intuit docs: payment, ExchangeRate). A document that is made over the
// API without one is stored with rate 1, not with the day's rate, which is
// accepted and wrong (seen in practice: WordPress/wordcamp.org pull 1325).
func (l lowering) rate() json.Number {
	rate, err := decimal.NewFromString(l.Rate)
	if l.Currency == l.home || err != nil || !rate.IsPositive() {
		return ""
	}
	return json.Number(rate.String())
}

// note is marker, ids, sentence: the marker first, so that nothing cuts it
// off. Companies in the United States store Latin-1 only (Intuit docs:
// rest-api-features), so other characters become a question mark.
func (l lowering) note() string {
	text := l.marker
	if l.Source != "" && !strings.Contains(l.Memo, l.Source) {
		text += " " + l.Source
	}
	if l.Memo != "" {
		text += " " + l.Memo
	}
	latin := strings.Map(func(r rune) rune {
		if r > 0xFF {
			return '?'
		}
		return r
	}, text)
	return truncate(latin, noteMost)
}

// Lower turns a booking into one document: a receipt into a Payment, an
// expense into a cash Purchase (a Deposit, when it is money that comes back),
// a transfer into a Transfer, a journal into a JournalEntry. An expense that
// pays a customer's credit back has the receivables account in To.
func (s *Session) Lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	l, err := s.lowering(b)
	if err != nil {
		return nil, err
	}
	if l, err = l.atSettlement(); err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	var w connectors.Write
	switch {
	case b.Kind == receivables.DocumentReceipt:
		w, err = l.payment(generation)
	case b.Kind == receivables.DocumentExpense && l.total < 0:
		w, err = l.deposit(generation)
	case b.Kind == receivables.DocumentExpense:
		w, err = l.purchase(generation)
	case b.Kind == receivables.DocumentTransfer:
		w, err = l.transfer(generation)
	case b.Kind == receivables.DocumentJournal:
		w, err = l.journal(generation)
	case b.Kind == receivables.DocumentCredit:
		w, err = l.credit(generation)
	case b.Kind == receivables.DocumentInvoice:
		err = fmt.Errorf("an invoice in QuickBooks names an item for each line, not an account: choose the receivables account in %s instead", b.Currency)
	default:
		err = fmt.Errorf("a %s is not written", b.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	return []connectors.Write{w}, nil
}

// lowering checks what all kinds of bookings have in common.
func (s *Session) lowering(b mapping.Booking) (lowering, error) {
	digits, ok := money.ISO(b.Currency)
	if !ok {
		return lowering{}, fmt.Errorf("quickbooks: lower %s: %w %q", b.Source, money.ErrCurrency, string(b.Currency))
	}
	if _, err := receivables.ParseDate(string(b.Date)); err != nil {
		return lowering{}, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	total, err := sumParts(b.Parts)
	if err != nil {
		return lowering{}, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	if b.Draft && b.By == "" {
		return lowering{}, fmt.Errorf("quickbooks: lower %s: QuickBooks has no drafts: a person has to decide about it first", b.Source)
	}
	return lowering{Booking: b, home: s.access.Home, digits: digits, total: total, marker: connectors.Marker(b.Book, b.Parts)}, nil
}

func sumParts(parts []mapping.Part) (int64, error) {
	if len(parts) == 0 {
		return 0, fmt.Errorf("the booking has no parts")
	}
	var sum int64
	for _, p := range parts {
		var err error
		if sum, err = money.AddMinor(sum, p.Amount); err != nil {
			return 0, err
		}
	}
	if sum == 0 {
		return 0, fmt.Errorf("the parts add up to nothing")
	}
	return sum, nil
}

// write completes a lowering. amount is what the document will show.
func (l lowering) write(op string, generation int, amount int64, r request, n connectors.Natural) (connectors.Write, error) {
	r.Total, r.Settled = money.Text(amount, l.digits), l.settled
	n.Date, n.Amount, n.Currency = l.Date, amount, l.Currency
	key := connectors.Key(l.marker, generation)
	body, err := r.encode(key)
	return connectors.Write{Op: op, Key: key, Marker: l.marker, Parts: l.Parts, Natural: n, Body: body}, err
}

// payment applies the parts to their invoices, one line for each invoice; a
// part without an invoice stays unapplied, as the customer's credit.
func (l lowering) payment(generation int) (connectors.Write, error) {
	if l.CustomerID == "" || l.To == "" {
		return connectors.Write{}, fmt.Errorf("a receipt needs a customer and an account")
	}
	lines, unapplied, err := l.applied()
	if err != nil {
		return connectors.Write{}, err
	}
	body := paymentBody{
		head: l.head(), CustomerRef: ref{l.CustomerID}, TotalAmt: l.text(l.total),
		DepositToAccountRef: &ref{l.To}, PaymentMethodRef: optionalRef(l.Method),
		PaymentRefNum: truncate(l.Source, referenceMost), Line: lines,
	}
	natural := connectors.Natural{Kind: receivables.DocumentReceipt, AccountID: l.To, CustomerID: l.CustomerID}
	if len(lines) > 0 {
		natural.InvoiceID = lines[0].LinkedTxn[0].TxnID
	}
	r := request{Entity: "Payment", Body: body, Unapplied: money.Text(unapplied, l.digits)}
	return l.write(opPayment, generation, l.total, r, natural)
}

// applied are the lines of a payment, and what no invoice takes of it.
func (l lowering) applied() (lines []paymentLine, unapplied int64, err error) {
	applied := map[string]int64{}
	var invoices []string
	for i, p := range l.Parts {
		amount := p.Amount
		if len(l.Lines) > 0 {
			amount = l.Lines[i].Amount
		}
		switch {
		case amount <= 0:
			return nil, 0, fmt.Errorf("part %s is not positive", p.Key())
		case p.Target == "":
			unapplied += amount
			continue
		case applied[p.Target] == 0:
			invoices = append(invoices, p.Target)
		}
		applied[p.Target] += amount
	}
	lines = []paymentLine{}
	for _, id := range invoices {
		lines = append(lines, paymentLine{Amount: l.text(applied[id]), LinkedTxn: []linkedTxn{{id, "Invoice"}}})
	}
	return lines, unapplied, nil
}

// transfer moves a payout to the bank; a negative one comes back from it.
func (l lowering) transfer(generation int) (connectors.Write, error) {
	if l.From == "" || l.To == "" || l.From == l.To {
		return connectors.Write{}, fmt.Errorf("a transfer needs two different accounts")
	}
	from, to, amount := l.From, l.To, l.total
	if amount < 0 {
		from, to, amount = to, from, -amount
	}
	body := transferBody{head: l.head(), FromAccountRef: ref{from}, ToAccountRef: ref{to}, Amount: l.text(amount)}
	natural := connectors.Natural{Kind: receivables.DocumentTransfer, AccountID: from}
	return l.write(opTransfer, generation, amount, request{Entity: "Transfer", Body: body}, natural)
}
