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
	DepositToAccountRef ref           `json:"DepositToAccountRef"`
	PaymentMethodRef    *ref          `json:"PaymentMethodRef,omitempty"`
	PaymentRefNum       string        `json:"PaymentRefNum,omitempty"`
	Line                []paymentLine `json:"Line"`
}

type accountDetail struct {
	AccountRef ref `json:"AccountRef"`
}

type purchaseLine struct {
	DetailType  string        `json:"DetailType"`
	Amount      json.Number   `json:"Amount"`
	Description string        `json:"Description,omitempty"`
	Detail      accountDetail `json:"AccountBasedExpenseLineDetail"`
}

type entityRef struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type purchaseBody struct {
	head
	PaymentType string         `json:"PaymentType"`
	AccountRef  ref            `json:"AccountRef"`
	EntityRef   *entityRef     `json:"EntityRef,omitempty"`
	Line        []purchaseLine `json:"Line"`
}

type depositLine struct {
	DetailType  string        `json:"DetailType"`
	Amount      json.Number   `json:"Amount"`
	Description string        `json:"Description,omitempty"`
	Detail      accountDetail `json:"DepositLineDetail"`
}

type depositBody struct {
	head
	DepositToAccountRef ref           `json:"DepositToAccountRef"`
	Line                []depositLine `json:"Line"`
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
// a transfer into a Transfer.
func (s *Session) Lower(b mapping.Booking, generation int) ([]connectors.Write, error) {
	digits, ok := money.ISO(b.Currency)
	if !ok {
		return nil, fmt.Errorf("quickbooks: lower %s: %w %q", b.Source, money.ErrCurrency, string(b.Currency))
	}
	if _, err := receivables.ParseDate(string(b.Date)); err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	total, err := sumParts(b.Parts)
	if err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	l := lowering{Booking: b, home: s.access.Home, digits: digits, total: total, marker: connectors.Marker(b.Book, b.Parts)}
	var w connectors.Write
	switch {
	case b.Kind == receivables.DocumentReceipt:
		w, err = l.payment(generation)
	case b.Kind == receivables.DocumentExpense && total < 0:
		w, err = l.deposit(generation)
	case b.Kind == receivables.DocumentExpense:
		w, err = l.purchase(generation)
	case b.Kind == receivables.DocumentTransfer:
		w, err = l.transfer(generation)
	default:
		err = fmt.Errorf("a %s is not written", b.Kind)
	}
	if err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	return []connectors.Write{w}, nil
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
	r.Total = money.Text(amount, l.digits)
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
	applied := map[string]int64{}
	var invoices []string
	var unapplied int64
	for _, p := range l.Parts {
		switch {
		case p.Amount <= 0:
			return connectors.Write{}, fmt.Errorf("part %s is not positive", p.Key())
		case p.Target == "":
			unapplied += p.Amount
			continue
		case applied[p.Target] == 0:
			invoices = append(invoices, p.Target)
		}
		applied[p.Target] += p.Amount
	}
	body := paymentBody{
		head: l.head(), CustomerRef: ref{l.CustomerID}, TotalAmt: l.text(l.total),
		DepositToAccountRef: ref{l.To}, PaymentMethodRef: optionalRef(l.Method),
		PaymentRefNum: truncate(l.Source, referenceMost), Line: []paymentLine{},
	}
	for _, id := range invoices {
		body.Line = append(body.Line, paymentLine{Amount: l.text(applied[id]), LinkedTxn: []linkedTxn{{id, "Invoice"}}})
	}
	natural := connectors.Natural{Kind: receivables.DocumentReceipt, AccountID: l.To, CustomerID: l.CustomerID}
	if len(invoices) > 0 {
		natural.InvoiceID = invoices[0]
	}
	r := request{Entity: "Payment", Body: body, Unapplied: money.Text(unapplied, l.digits)}
	return l.write(opPayment, generation, l.total, r, natural)
}

// purchase spends from clearing, one line for each part. The payee is named
// only in home currency: a QuickBooks vendor has one currency, for good.
func (l lowering) purchase(generation int) (connectors.Write, error) {
	if l.From == "" || l.To == "" {
		return connectors.Write{}, fmt.Errorf("an expense needs two accounts")
	}
	body := purchaseBody{head: l.head(), PaymentType: "Cash", AccountRef: ref{l.From}}
	if l.Contact != "" && l.Currency == l.home {
		body.EntityRef = &entityRef{"Vendor", l.Contact}
	}
	for _, p := range l.Parts {
		body.Line = append(body.Line, purchaseLine{
			DetailType: "AccountBasedExpenseLineDetail", Amount: l.text(p.Amount),
			Description: p.Movement, Detail: accountDetail{ref{l.To}},
		})
	}
	natural := connectors.Natural{Kind: receivables.DocumentExpense, AccountID: l.From}
	return l.write(opPurchase, generation, l.total, request{Entity: "Purchase", Body: body}, natural)
}

// deposit takes back into clearing what Stripe returned of an expense: a cash
// Purchase cannot be negative.
func (l lowering) deposit(generation int) (connectors.Write, error) {
	if l.From == "" || l.To == "" {
		return connectors.Write{}, fmt.Errorf("a returned expense needs two accounts")
	}
	body := depositBody{head: l.head(), DepositToAccountRef: ref{l.From}}
	for _, p := range l.Parts {
		body.Line = append(body.Line, depositLine{
			DetailType: "DepositLineDetail", Amount: l.text(-p.Amount),
			Description: p.Movement, Detail: accountDetail{ref{l.To}},
		})
	}
	natural := connectors.Natural{Kind: receivables.DocumentDeposit, AccountID: l.From}
	return l.write(opDeposit, generation, -l.total, request{Entity: "Deposit", Body: body}, natural)
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
