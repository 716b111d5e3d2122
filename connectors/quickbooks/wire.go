package quickbooks

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// The types below name the fields that are read, with Intuit's own names
// (Finance.xsd and the entity pages of the Intuit docs). Amounts stay text;
// every other field is left in the raw body.

type wireRef struct {
	Value string `json:"value"`
	Name  string `json:"name"`
	Type  string `json:"type"`
}

type wireTerm struct {
	ID   string `json:"Id"`
	Name string
}

type wireText struct {
	Value string `json:"value"`
}

type wireEmail struct{ Address string }

type wireMeta struct{ CreateTime, LastUpdatedTime string }

// wireHead is what every object carries.
type wireHead struct {
	ID        string `json:"Id"`
	SyncToken string
	MetaData  wireMeta
	// Status is "Deleted" in change data of a deleted object.
	Status string `json:"status"`
}

// wireMoney is what every transaction carries.
type wireMoney struct {
	TxnDate      string
	DocNumber    string
	CurrencyRef  wireRef
	ExchangeRate json.Number
	PrivateNote  string
	TotalAmt     json.Number
}

type wireLinked struct {
	TxnID   string `json:"TxnId"`
	TxnType string
}

type wireSalesLine struct {
	ItemRef        wireRef
	ItemAccountRef wireRef
	TaxCodeRef     wireRef
	Qty            json.Number
	UnitPrice      json.Number
}

type wireLine struct {
	ID                  string `json:"Id"`
	Description         string
	Amount              json.Number
	DetailType          string
	LinkedTxn           []wireLinked
	SalesItemLineDetail *wireSalesLine
}

type wireTax struct {
	TotalTax json.Number
	TaxLine  []struct{ Amount json.Number }
}

// total is TotalTax or, where that is absent, the sum of the lines.
func (w wireTax) total() string {
	if w.TotalTax != "" || len(w.TaxLine) == 0 {
		return plain(w.TotalTax)
	}
	sum := decimal.Zero
	for _, l := range w.TaxLine {
		amount, err := decimal.NewFromString(orElse(plain(l.Amount), "0"))
		if err != nil {
			return plain(l.Amount) // rejected with the field's name
		}
		sum = sum.Add(amount)
	}
	return sum.String()
}

type wireInvoice struct {
	wireHead
	wireMoney
	CustomerRef  wireRef
	DueDate      string
	SalesTermRef wireRef
	Line         []wireLine
	TxnTaxDetail wireTax
	Balance      json.Number
	HomeBalance  json.Number
	Deposit      json.Number
	CustomerMemo wireText
	BillEmail    wireEmail
	BillEmailCc  wireEmail
	BillEmailBcc wireEmail
	EmailStatus  string
	DeliveryInfo struct{ DeliveryTime string }
	CustomField  []struct{ Name, StringValue string }
}

type wireCreditMemo struct {
	wireHead
	wireMoney
	CustomerRef     wireRef
	RemainingCredit json.Number
	Line            []wireLine
}

type wirePayment struct {
	wireHead
	wireMoney
	CustomerRef         wireRef
	UnappliedAmt        json.Number
	DepositToAccountRef wireRef
	PaymentMethodRef    wireRef
	PaymentRefNum       string
	LinkedTxn           []wireLinked
	Line                []wireLine
}

// wireReceipt is a SalesReceipt or a RefundReceipt.
type wireReceipt struct {
	wireHead
	wireMoney
	CustomerRef         wireRef
	DepositToAccountRef wireRef
	PaymentRefNum       string
}

type wirePurchase struct {
	wireHead
	wireMoney
	AccountRef wireRef
	EntityRef  wireRef
	Credit     bool
	Line       []struct {
		Amount                        json.Number
		AccountBasedExpenseLineDetail *struct{ AccountRef, CustomerRef wireRef }
	}
}

type wireTransfer struct {
	wireHead
	wireMoney
	FromAccountRef, ToAccountRef wireRef
	Amount                       json.Number
}

type wireDeposit struct {
	wireHead
	wireMoney
	DepositToAccountRef wireRef
	CashBack            *struct {
		AccountRef wireRef
		Amount     json.Number
	}
	Line []struct {
		Amount            json.Number
		LinkedTxn         []wireLinked
		DepositLineDetail *struct{ AccountRef, Entity wireRef }
	}
}

type wireJournal struct {
	wireHead
	wireMoney
	Line []struct {
		Amount                 json.Number
		JournalEntryLineDetail *struct {
			PostingType string
			AccountRef  wireRef
			Entity      struct {
				Type      string
				EntityRef wireRef
			}
		}
	}
}

type wireAddress struct {
	Line1, Line2, Line3, Line4, Line5                 string
	City, CountrySubDivisionCode, PostalCode, Country string
}

type wirePhone struct{ FreeFormNumber string }

type wireCustomer struct {
	wireHead
	DisplayName, CompanyName          string
	GivenName, MiddleName, FamilyName string
	PrimaryEmailAddr                  wireEmail
	PrimaryPhone, Mobile              wirePhone
	BillAddr, ShipAddr                *wireAddress
	ResaleNum                         string
	PrimaryTaxIdentifier              string
	ParentRef, SalesTermRef           wireRef
	CurrencyRef                       wireRef
	Active                            *bool
	Balance                           json.Number
}

type wireAccount struct {
	wireHead
	Name, AcctNum               string
	AccountType, AccountSubType string
	CurrencyRef                 wireRef
	Active                      *bool
	CurrentBalance              json.Number
}

type wireCompany struct {
	CompanyName, LegalName string
	Country                string
	DefaultTimeZone        string
}

type wirePreferences struct {
	AccountingInfoPrefs struct{ BookCloseDate string }
	CurrencyPrefs       struct {
		MultiCurrencyEnabled bool
		HomeCurrency         wireText
	}
	SalesFormsPrefs struct {
		AutoApplyCredit, AutoApplyPayments, ETransactionPaymentEnabled bool
	}
	ReportPrefs struct{ ReportBasis string }
}

// timeLayout is how times are asked for: to the second, with a numeric offset
// (Intuit docs: data-queries).
const timeLayout = "2006-01-02T15:04:05-07:00"

// instant reads one of Intuit's timestamps: "2026-04-08T13:16:17-07:00", the
// envelope's with milliseconds. The zero time when it is none.
func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// exponentMost bounds the digits that a figure is written out to.
const exponentMost = 20

// plain writes a figure without an exponent: how many digits and whether in
// powers of ten is a matter of the serialiser, and differs between Intuit's
// answers.
func plain(n json.Number) string {
	text := string(n)
	if !strings.ContainsAny(text, "eE") {
		return text
	}
	value, err := decimal.NewFromString(text)
	if err != nil || value.Exponent() > exponentMost || value.Exponent() < -exponentMost {
		return text
	}
	return value.String()
}
