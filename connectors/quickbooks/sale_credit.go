package quickbooks

import (
	"encoding/json"
	"fmt"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

type saleDetail struct {
	ItemRef         *ref        `json:"ItemRef,omitempty"`
	ClassRef        *ref        `json:"ClassRef,omitempty"`
	TaxCodeRef      *ref        `json:"TaxCodeRef,omitempty"`
	TaxInclusiveAmt json.Number `json:"TaxInclusiveAmt,omitempty"`
}

type discountDetail struct {
	PercentBased       bool `json:"PercentBased"`
	DiscountAccountRef *ref `json:"DiscountAccountRef,omitempty"`
}

type saleLine struct {
	DetailType  string          `json:"DetailType"`
	Amount      json.Number     `json:"Amount"`
	Description string          `json:"Description,omitempty"`
	Sale        *saleDetail     `json:"SalesItemLineDetail,omitempty"`
	Discount    *discountDetail `json:"DiscountLineDetail,omitempty"`
}

type saleTax struct {
	TxnTaxCodeRef *ref        `json:"TxnTaxCodeRef,omitempty"`
	TotalTax      json.Number `json:"TotalTax"`
}

type creditBody struct {
	head
	CustomerRef           ref             `json:"CustomerRef"`
	DepartmentRef         *ref            `json:"DepartmentRef,omitempty"`
	ShipAddr              json.RawMessage `json:"ShipAddr,omitempty"`
	GlobalTaxCalculation  string          `json:"GlobalTaxCalculation,omitempty"`
	ApplyTaxAfterDiscount *bool           `json:"ApplyTaxAfterDiscount,omitempty"`
	TxnTaxDetail          *saleTax        `json:"TxnTaxDetail,omitempty"`
	Line                  []saleLine      `json:"Line"`
}

// wireSaleLine is a line of an invoice with what a credit takes from it.
type wireSaleLine struct {
	Description         string
	Amount              json.Number
	DetailType          string
	SalesItemLineDetail *struct {
		ItemRef, ClassRef, TaxCodeRef wireRef
		TaxInclusiveAmt               json.Number
	}
	GroupLineDetail    *struct{ Line []wireSaleLine }
	DiscountLineDetail *struct{ DiscountAccountRef wireRef }
}

// wireSale is an invoice with what a credit takes from it.
type wireSale struct {
	wireHead
	wireMoney
	CustomerRef, DepartmentRef wireRef
	ShipAddr                   json.RawMessage
	GlobalTaxCalculation       string
	ApplyTaxAfterDiscount      *bool
	TxnTaxDetail               struct {
		TotalTax      json.Number
		TxnTaxCodeRef wireRef
		TaxLine       []struct {
			Amount        json.Number
			TaxLineDetail struct {
				PercentBased     bool
				TaxPercent       json.Number
				NetAmountTaxable json.Number
			}
		}
	}
	Line []wireSaleLine
}

// taxText is the tax of the form: TotalTax or, where that is absent, the sum of
// the rates.
func (w wireSale) taxText() string {
	t := wireTax{TotalTax: w.TxnTaxDetail.TotalTax}
	for _, l := range w.TxnTaxDetail.TaxLine {
		t.TaxLine = append(t.TaxLine, struct{ Amount json.Number }{l.Amount})
	}
	return orElse(t.total(), "0")
}

// LowerSaleCredit is a CreditMemo with the items, classes and tax codes of the
// invoice's lines. QuickBooks has no drafts: the memo counts at once, so a
// booking that asks for a draft must carry the name of who decided. Quantities
// are left out: whether goods came back is not known.
func (s *Session) LowerSaleCredit(b mapping.Booking, invoices map[string][]byte, generation int) ([]connectors.Write, error) {
	l, err := s.lowering(b)
	if err != nil {
		return nil, err
	}
	w, err := l.saleCredit(s.mapper(), invoices, generation)
	if err != nil {
		return nil, fmt.Errorf("quickbooks: lower %s: %w", b.Source, err)
	}
	return []connectors.Write{w}, nil
}

func (l lowering) saleCredit(m mapper, invoices map[string][]byte, generation int) (connectors.Write, error) {
	id, err := l.creditedInvoice()
	if err != nil {
		return connectors.Write{}, err
	}
	raw, ok := invoices[id]
	if !ok {
		return connectors.Write{}, fmt.Errorf("the invoice %s is not known", id)
	}
	sale, err := decode[wireSale](raw)
	switch {
	case err != nil || sale.ID != id:
		return connectors.Write{}, fmt.Errorf("the body of invoice %s cannot be read", id)
	case m.currency(sale.CurrencyRef) != string(l.Currency):
		return connectors.Write{}, fmt.Errorf("the invoice %s is in %s, the credit in %s", id, sale.CurrencyRef.Value, l.Currency)
	case isZero(sale.TotalAmt):
		return connectors.Write{}, fmt.Errorf("the invoice %s is void or comes to nothing", id)
	}
	body := creditBody{
		head: l.head(), CustomerRef: ref{orElse(sale.CustomerRef.Value, l.CustomerID)},
		DepartmentRef: optionalRef(sale.DepartmentRef.Value), GlobalTaxCalculation: sale.GlobalTaxCalculation,
	}
	if err := l.spread(sale, &body); err != nil {
		return connectors.Write{}, fmt.Errorf("invoice %s: %w", orElse(sale.DocNumber, id), err)
	}
	natural := connectors.Natural{Kind: receivables.DocumentCredit, CustomerID: body.CustomerRef.Value, InvoiceID: id}
	return l.write(opCredit, generation, l.total, request{Entity: "CreditMemo", Body: body}, natural)
}

// creditedInvoice is the one invoice that the booking credits.
func (l lowering) creditedInvoice() (string, error) {
	id, sum := "", int64(0)
	for _, line := range l.Lines {
		switch {
		case line.Account != "" || line.Invoice == "" || line.Amount <= 0:
			return "", fmt.Errorf("a line of a credit for a sale names an invoice, an amount and no account")
		case id != "" && id != line.Invoice:
			return "", fmt.Errorf("a credit memo is written for one invoice, not for %s and %s", id, line.Invoice)
		}
		id, sum = line.Invoice, sum+line.Amount
	}
	if l.Kind != receivables.DocumentCredit || id == "" || sum != l.total {
		return "", fmt.Errorf("it is no credit for a sale")
	}
	return id, nil
}

// credited is one line of the invoice on its way into the memo.
type credited struct {
	line saleLine
	// net is the line without tax, gross with it; a discount is negative.
	net, gross decimal.Decimal
	code       string
}

func (c credited) isDiscount() bool { return c.line.Discount != nil }

// creditedLines are the lines of a sale; groups are taken apart, subtotals and
// texts left out.
func creditedLines(lines []wireSaleLine) ([]credited, error) {
	var out []credited
	for _, w := range lines {
		switch {
		case w.GroupLineDetail != nil:
			inner, err := creditedLines(w.GroupLineDetail.Line)
			if err != nil {
				return nil, err
			}
			out = append(out, inner...)
			continue
		case w.SalesItemLineDetail == nil && w.DiscountLineDetail == nil && w.DetailType != "DiscountLineDetail":
			continue
		}
		amount, err := decimal.NewFromString(orElse(plain(w.Amount), "0"))
		if err != nil {
			return nil, fmt.Errorf("the amount %q of a line cannot be read", w.Amount)
		}
		if w.SalesItemLineDetail == nil {
			d := discountDetail{}
			if w.DiscountLineDetail != nil {
				d.DiscountAccountRef = optionalRef(w.DiscountLineDetail.DiscountAccountRef.Value)
			}
			out = append(out, credited{line: saleLine{DetailType: "DiscountLineDetail", Discount: &d}, net: amount.Neg(), gross: amount.Neg()})
			continue
		}
		s := w.SalesItemLineDetail
		c := credited{net: amount, gross: amount, code: s.TaxCodeRef.Value, line: saleLine{
			DetailType: "SalesItemLineDetail", Description: w.Description,
			Sale: &saleDetail{ItemRef: optionalRef(s.ItemRef.Value), ClassRef: optionalRef(s.ClassRef.Value), TaxCodeRef: optionalRef(s.TaxCodeRef.Value)},
		}}
		if gross, err := decimal.NewFromString(plain(s.TaxInclusiveAmt)); err == nil {
			c.gross = gross
		}
		out = append(out, c)
	}
	return out, nil
}

// spread fills the lines of the memo, so that it comes to the booking's total.
func (l lowering) spread(sale wireSale, body *creditBody) error {
	lines, err := creditedLines(sale.Line)
	if err != nil {
		return err
	}
	total, err := money.ParseMinor(plain(sale.TotalAmt), l.digits)
	if err != nil {
		return fmt.Errorf("its total %q cannot be read", sale.TotalAmt)
	}
	tax, err := money.ParseMinor(sale.taxText(), l.digits)
	if err != nil {
		return fmt.Errorf("its tax %q cannot be read", sale.taxText())
	}
	net, discount := decimal.Zero, false
	for _, c := range lines {
		net, discount = net.Add(c.net), discount || c.isDiscount()
	}
	whole := net.Shift(int32(l.digits)).Round(0).IntPart()
	switch {
	case l.total > total:
		return fmt.Errorf("%s is more than its total of %s", l.text(l.total), l.text(total))
	case whole+tax != total:
		return fmt.Errorf("its lines and tax come to %s, not to its total of %s: credit it by hand", l.text(whole+tax), l.text(total))
	case discount && tax != 0 && l.total != total:
		return fmt.Errorf("it has a discount and tax, so that a part of it has to be credited by hand")
	}
	if tax != 0 {
		body.ShipAddr, body.ApplyTaxAfterDiscount = sale.ShipAddr, sale.ApplyTaxAfterDiscount
	}
	p := spreading{lowering: l, sale: sale, lines: lines, whole: total, tax: tax}
	return p.fill(body)
}
