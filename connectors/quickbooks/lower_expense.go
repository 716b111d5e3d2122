package quickbooks

import (
	"encoding/json"
	"fmt"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// taxInclusive says that the amounts contain their tax (Finance.xsd,
// GlobalTaxCalculationEnum). Companies in the United States know no such forms.
const taxInclusive = "TaxInclusive"

type expenseDetail struct {
	AccountRef ref  `json:"AccountRef"`
	TaxCodeRef *ref `json:"TaxCodeRef,omitempty"`
	// TaxInclusiveAmt is the line with its tax, Amount the one without (Intuit
	// docs: manage sales tax for non-US locales).
	TaxInclusiveAmt json.Number `json:"TaxInclusiveAmt,omitempty"`
}

type purchaseLine struct {
	DetailType  string        `json:"DetailType"`
	Amount      json.Number   `json:"Amount"`
	Description string        `json:"Description,omitempty"`
	Detail      expenseDetail `json:"AccountBasedExpenseLineDetail"`
}

type entityRef struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type purchaseBody struct {
	head
	PaymentType          string         `json:"PaymentType"`
	AccountRef           ref            `json:"AccountRef"`
	EntityRef            *entityRef     `json:"EntityRef,omitempty"`
	GlobalTaxCalculation string         `json:"GlobalTaxCalculation,omitempty"`
	Line                 []purchaseLine `json:"Line"`
}

type depositDetail struct {
	AccountRef      ref        `json:"AccountRef"`
	Entity          *entityRef `json:"Entity,omitempty"`
	TaxCodeRef      *ref       `json:"TaxCodeRef,omitempty"`
	TaxApplicableOn string     `json:"TaxApplicableOn,omitempty"`
}

type depositLine struct {
	DetailType  string        `json:"DetailType"`
	Amount      json.Number   `json:"Amount"`
	Description string        `json:"Description,omitempty"`
	Detail      depositDetail `json:"DepositLineDetail"`
}

type depositBody struct {
	head
	DepositToAccountRef  ref           `json:"DepositToAccountRef"`
	GlobalTaxCalculation string        `json:"GlobalTaxCalculation,omitempty"`
	Line                 []depositLine `json:"Line"`
}

// side is one line against an account, as purchases, deposits and journals
// have it.
type side struct {
	mapping.BookingLine
	text string
}

// sides are the booking's lines or, where one account says it all, one line for
// each part. They add up to the total.
func (l lowering) sides() ([]side, error) {
	var out []side
	if len(l.Lines) == 0 {
		switch {
		case l.To == "" && l.Credit != nil:
			return nil, fmt.Errorf("a credit is paid back over the receivables account in %s, which is not chosen", l.Currency)
		case l.To == "":
			return nil, fmt.Errorf("the other account is missing")
		}
		for _, p := range l.Parts {
			out = append(out, side{mapping.BookingLine{Account: l.To, Amount: p.Amount}, p.Movement})
		}
		return out, nil
	}
	var sum, tax int64
	for i, line := range l.Lines {
		if line.Account == "" || line.Amount == 0 {
			return nil, fmt.Errorf("a line without an account or an amount")
		}
		var errs [2]error
		sum, errs[0] = money.AddMinor(sum, line.Amount)
		tax, errs[1] = money.AddMinor(tax, line.Tax)
		if errs[0] != nil || errs[1] != nil {
			return nil, fmt.Errorf("the lines are too much to add up")
		}
		text := l.Source
		if len(l.Lines) == len(l.Parts) || len(l.Parts) == 1 {
			text = l.Parts[min(i, len(l.Parts)-1)].Movement
		}
		out = append(out, side{line, text})
	}
	if sum != l.total {
		return nil, fmt.Errorf("its lines add up to %s, not to %s", l.text(sum), l.text(l.total))
	}
	return out, nil
}

// taxed says whether a tax code stands on one of the lines. Companies in the
// United States mark lines with TAX and NON and know no input tax (Intuit docs:
// manage sales tax for US locales).
func taxed(sides []side) (bool, error) {
	found := false
	for _, x := range sides {
		switch {
		case x.TaxCode == "TAX" || x.TaxCode == "NON":
			return false, fmt.Errorf("%s is no code of input tax: companies in the United States have none", x.TaxCode)
		case x.TaxCode == "" && x.Tax != 0:
			return false, fmt.Errorf("a tax of %d without a code", x.Tax)
		}
		found = found || x.TaxCode != ""
	}
	return found, nil
}

// payee is whom the document names: the one customer of its lines, because a
// line on receivables takes its customer from there; else the vendor of fees.
// The vendor is named only in home currency: one has one currency, for good.
func (l lowering) payee(sides []side) (*entityRef, error) {
	customer := ""
	if l.Credit != nil {
		customer = l.CustomerID
	}
	for _, x := range sides {
		switch {
		case x.CustomerID == "":
		case customer != "" && customer != x.CustomerID:
			return nil, fmt.Errorf("one expense cannot name two customers: %s and %s", customer, x.CustomerID)
		default:
			customer = x.CustomerID
		}
	}
	switch {
	case customer != "":
		return &entityRef{"Customer", customer}, nil
	case l.Credit != nil:
		return nil, fmt.Errorf("a credit is paid back to a customer")
	case l.Contact != "" && l.Currency == l.home:
		return &entityRef{"Vendor", l.Contact}, nil
	}
	return nil, nil //nolint:nilnil // nobody is named
}

// purchase spends from clearing. Where there is tax the total stays what Stripe
// took, and the ledger takes the tax out of it by the code; the answer's tax is
// compared with Stripe's.
func (l lowering) purchase(generation int) (connectors.Write, error) {
	sides, payee, tax, err := l.expense()
	if err != nil {
		return connectors.Write{}, err
	}
	body := purchaseBody{head: l.head(), PaymentType: "Cash", AccountRef: ref{l.From}, EntityRef: payee}
	r := request{Entity: "Purchase"}
	for _, x := range sides {
		line := purchaseLine{
			DetailType: "AccountBasedExpenseLineDetail", Amount: l.text(x.Amount - x.Tax),
			Description: x.text, Detail: expenseDetail{AccountRef: ref{x.Account}},
		}
		if x.TaxCode != "" {
			line.Detail.TaxCodeRef, line.Detail.TaxInclusiveAmt = &ref{x.TaxCode}, l.text(x.Amount)
			r.Tax = money.Text(sumTax(sides), l.digits)
		}
		body.Line = append(body.Line, line)
	}
	if tax {
		body.GlobalTaxCalculation = taxInclusive
	}
	r.Body = body
	natural := connectors.Natural{Kind: receivables.DocumentExpense, AccountID: l.From, CustomerID: customerOf(payee)}
	return l.write(opPurchase, generation, l.total, r, natural)
}

// expense is what a purchase and a deposit have in common.
func (l lowering) expense() (sides []side, payee *entityRef, tax bool, err error) {
	if l.From == "" {
		return nil, nil, false, fmt.Errorf("an expense needs the account that it is paid from")
	}
	if sides, err = l.sides(); err != nil {
		return nil, nil, false, err
	}
	if tax, err = taxed(sides); err != nil {
		return nil, nil, false, err
	}
	payee, err = l.payee(sides)
	return sides, payee, tax, err
}

func sumTax(sides []side) int64 {
	var sum int64
	for _, x := range sides {
		sum += x.Tax
	}
	return sum
}

func customerOf(payee *entityRef) string {
	if payee == nil || payee.Type != "Customer" {
		return ""
	}
	return payee.Value
}

// deposit takes back into clearing what Stripe returned: a cash Purchase cannot
// be negative. Its lines on receivables are open credits of the customer.
func (l lowering) deposit(generation int) (connectors.Write, error) {
	sides, payee, tax, err := l.expense()
	if err != nil {
		return connectors.Write{}, err
	}
	body := depositBody{head: l.head(), DepositToAccountRef: ref{l.From}}
	for _, x := range sides {
		line := depositLine{
			DetailType: "DepositLineDetail", Amount: l.text(-x.Amount),
			Description: x.text, Detail: depositDetail{AccountRef: ref{x.Account}},
		}
		if x.CustomerID != "" {
			line.Detail.Entity = &entityRef{"Customer", x.CustomerID}
		}
		if x.TaxCode != "" { // Finance.xsd: TaxApplicableOnEnum
			if x.Tax == 0 {
				return connectors.Write{}, connectors.ErrSalesTax
			}
			line.Detail.TaxCodeRef, line.Detail.TaxApplicableOn = &ref{x.TaxCode}, "Purchase"
		}
		body.Line = append(body.Line, line)
	}
	if tax {
		body.GlobalTaxCalculation = taxInclusive
	}
	natural := connectors.Natural{Kind: receivables.DocumentDeposit, AccountID: l.From, CustomerID: customerOf(payee)}
	return l.write(opDeposit, generation, -l.total, request{Entity: "Deposit", Body: body}, natural)
}
