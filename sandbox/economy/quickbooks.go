package economy

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// quickbooksCompany is what the bookkeeper does in a QuickBooks company; the
// stand-in's Company fulfils it.
type quickbooksCompany interface {
	Create(entity string, body []byte) ([]byte, error)
	Update(entity string, body []byte) ([]byte, error)
	Read(entity, id string) ([]byte, error)
	List(entity string) [][]byte
	Void(entity, id string) ([]byte, error)
}

// quickbooksBooks keeps a QuickBooks company's books.
type quickbooksBooks struct {
	company quickbooksCompany
	zone    *time.Location
	home    string
	multi   bool // multicurrency is on: every document names its currency
	item    string
	fees    string
	money   map[string]Accounts
	emails  map[string]string
	terms   map[int]string // by days due; nil until read
}

// NewQuickBooks opens the books of a company. It creates nothing until asked.
func NewQuickBooks(company quickbooksCompany, zone *time.Location, home string, multi bool) Books {
	return &quickbooksBooks{company: company, zone: zone, home: home, multi: multi, money: map[string]Accounts{}, emails: map[string]string{}}
}

func (q *quickbooksBooks) create(entity string, body fields, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("quickbooks: %s: %w", entity, err)
	}
	answer, err := q.company.Create(entity, raw)
	if err != nil {
		return fmt.Errorf("quickbooks: create %s: %w", entity, err)
	}
	if into == nil {
		return nil
	}
	return open(answer, entity, into)
}

// priced adds currency and rate to a document, where the company has
// multicurrency on. ExchangeRate is home units for one foreign unit.
func (q *quickbooksBooks) priced(body fields, currency string, at time.Time) fields {
	if !q.multi {
		return body
	}
	body["CurrencyRef"] = ref(currency)
	if currency != q.home {
		body["ExchangeRate"] = json.Number(q.rate(at))
	}
	return body
}

func (q *quickbooksBooks) rate(at time.Time) string { return rate(10600, at) }

func (q *quickbooksBooks) date(at time.Time) string { return at.In(q.zone).Format(isoDate) }

type entityID struct{ ID string }

func (q *quickbooksBooks) AddCustomer(c Customer, parent string) (string, error) {
	body := fields{"DisplayName": c.Name, "CompanyName": c.Name}
	if c.Email != "" {
		body["PrimaryEmailAddr"] = fields{"Address": c.Email}
	}
	if q.multi {
		body["CurrencyRef"] = ref(c.Currency)
	}
	if parent != "" {
		body["Job"], body["ParentRef"], body["BillWithParent"] = true, ref(parent), false
	}
	if term := q.term(c.TermDays); term != "" {
		body["SalesTermRef"] = ref(term)
	}
	var made entityID
	err := q.create("Customer", body, &made)
	q.emails[made.ID] = c.Email
	return made.ID, err
}

// term finds the company's own term of so many days; 0 is due on receipt.
func (q *quickbooksBooks) term(days int) string {
	if q.terms == nil {
		q.terms = map[int]string{}
		for _, raw := range q.company.List("Term") {
			var t struct {
				ID      string `json:"Id"`
				DueDays *int
			}
			if open(raw, "Term", &t) == nil && t.DueDays != nil {
				q.terms[*t.DueDays] = t.ID
			}
		}
	}
	return q.terms[days]
}

// addresses reads the customers' e-mail addresses.
func (q *quickbooksBooks) addresses() {
	for _, raw := range q.company.List("Customer") {
		var c struct {
			ID               string `json:"Id"`
			PrimaryEmailAddr struct{ Address string }
		}
		if open(raw, "Customer", &c) == nil {
			q.emails[c.ID] = c.PrimaryEmailAddr.Address
		}
	}
}

// quickbooksInvoice is what the economy reads of an Invoice.
type quickbooksInvoice struct {
	ID           string `json:"Id"`
	DocNumber    string
	TotalAmt     Minor
	Balance      Minor
	CustomerRef  struct{ Value, Name string }
	CurrencyRef  struct{ Value string }
	BillEmail    struct{ Address string }
	CustomerMemo struct{ Value string }
	Line         []struct{ Description string }
}

func (q *quickbooksBooks) document(raw []byte) (Document, error) {
	var v quickbooksInvoice
	if err := open(raw, "Invoice", &v); err != nil {
		return Document{}, fmt.Errorf("quickbooks: %w", err)
	}
	d := Document{
		ID: v.ID, Number: v.DocNumber, Customer: v.CustomerRef.Value, Name: v.CustomerRef.Name,
		Email: v.BillEmail.Address, Currency: v.CurrencyRef.Value, Total: v.TotalAmt, Balance: v.Balance, Text: v.CustomerMemo.Value,
	}
	for _, l := range v.Line {
		d.Text += "\n" + l.Description
	}
	if d.Currency == "" {
		d.Currency = q.home
	}
	if d.Email == "" {
		d.Email = q.emails[d.Customer]
	}
	return d, nil
}

func (q *quickbooksBooks) AddInvoice(inv Invoice, customer string) (Document, error) {
	return added(q, inv, customer)
}

func (q *quickbooksBooks) Document(id string) (Document, error) {
	raw, err := q.company.Read("Invoice", id)
	if err != nil {
		return Document{}, fmt.Errorf("quickbooks: read Invoice %s: %w", id, err)
	}
	return q.document(raw)
}

func (q *quickbooksBooks) OpenInvoices() ([]Document, error) {
	q.addresses()
	var out []Document
	for _, raw := range q.company.List("Invoice") {
		d, err := q.document(raw)
		if err != nil {
			return nil, err
		}
		if d.Balance > 0 {
			out = append(out, d)
		}
	}
	sortDocuments(out)
	return out, nil
}

func (q *quickbooksBooks) Void(id string) error {
	if _, err := q.company.Void("Invoice", id); err != nil {
		return fmt.Errorf("quickbooks: void Invoice %s: %w", id, err)
	}
	return nil
}

func (q *quickbooksBooks) Receive(r Receipt) error {
	body := q.priced(fields{
		"CustomerRef": ref(r.Customer), "TotalAmt": r.Amount, "TxnDate": q.date(r.At), "PrivateNote": r.Note,
	}, r.Currency, r.At)
	accounts, err := q.Accounts(r.Currency, r.Into == ToClearing)
	if err != nil {
		return err
	}
	switch r.Into {
	case ToClearing:
		body["DepositToAccountRef"] = ref(accounts.Clearing)
	case ToBank:
		body["DepositToAccountRef"] = ref(accounts.Bank)
	}
	lines := []fields{}
	for _, a := range r.Pays {
		lines = append(lines, fields{"Amount": a.Amount, "LinkedTxn": []fields{{"TxnId": a.Invoice.ID, "TxnType": "Invoice"}}})
	}
	body["Line"] = lines
	var made entityID
	if err := q.create("Payment", body, &made); err != nil {
		return err
	}
	// Undeposited Funds are in home currency: foreign cheques stay there.
	if r.Into == ToUndeposited && r.Currency == q.home {
		return q.deposit(made.ID, accounts.Bank, r)
	}
	return nil
}

// deposit takes a cheque from Undeposited Funds to the bank.
func (q *quickbooksBooks) deposit(payment, bank string, r Receipt) error {
	return q.create("Deposit", q.priced(fields{
		"DepositToAccountRef": ref(bank), "TxnDate": q.date(r.At),
		"Line": []fields{{"Amount": r.Amount, "LinkedTxn": []fields{{"TxnId": payment, "TxnType": "Payment", "TxnLineId": "0"}}}},
	}, r.Currency, r.At), nil)
}

// Credit writes a CreditMemo; used on an invoice it takes a Payment of zero
// with a line for each (Intuit docs: all-entities/payment).
func (q *quickbooksBooks) Credit(customer, currency string, amount Minor, at time.Time, applied *Document) error {
	item, err := q.service()
	if err != nil {
		return err
	}
	var made entityID
	err = q.create("CreditMemo", q.priced(fields{
		"CustomerRef": ref(customer), "TxnDate": q.date(at),
		"Line": []fields{{
			"DetailType": "SalesItemLineDetail", "Description": "Credit", "Amount": amount,
			"SalesItemLineDetail": fields{"ItemRef": ref(item), "Qty": 1, "UnitPrice": amount},
		}},
	}, currency, at), &made)
	if err != nil || applied == nil {
		return err
	}
	return q.create("Payment", q.priced(fields{
		"CustomerRef": ref(customer), "TotalAmt": Minor(0), "TxnDate": q.date(at),
		"Line": []fields{
			{"Amount": amount, "LinkedTxn": []fields{{"TxnId": applied.ID, "TxnType": "Invoice"}}},
			{"Amount": amount, "LinkedTxn": []fields{{"TxnId": made.ID, "TxnType": "CreditMemo"}}},
		},
	}, currency, at), nil)
}

func (q *quickbooksBooks) Fee(currency string, amount Minor, at time.Time, note string) error {
	accounts, err := q.Accounts(currency, true)
	if err != nil {
		return err
	}
	expense, err := q.feeAccount()
	if err != nil {
		return err
	}
	return q.create("Purchase", q.priced(fields{
		"PaymentType": "Cash", "AccountRef": ref(accounts.Clearing), "TxnDate": q.date(at), "PrivateNote": note,
		"Line": []fields{{
			"DetailType": "AccountBasedExpenseLineDetail", "Amount": amount, "Description": "Stripe fees",
			"AccountBasedExpenseLineDetail": fields{"AccountRef": ref(expense)},
		}},
	}, currency, at), nil)
}

func (q *quickbooksBooks) Payout(currency string, amount Minor, at time.Time, note string) error {
	accounts, err := q.Accounts(currency, true)
	if err != nil {
		return err
	}
	from, to := accounts.Clearing, accounts.Bank
	if amount < 0 {
		from, to, amount = to, from, -amount
	}
	return q.create("Transfer", q.priced(fields{
		"FromAccountRef": ref(from), "ToAccountRef": ref(to), "Amount": amount, "TxnDate": q.date(at), "PrivateNote": note,
	}, currency, at), nil)
}

// Journal charges a customer by a journal: receivables against income.
func (q *quickbooksBooks) Journal(customer, currency string, amount Minor, at time.Time, note string) error {
	debts, income := q.find("Accounts Receivable", "", currency), q.find("Income", "", "")
	if debts == "" || income == "" {
		return fmt.Errorf("quickbooks: journal: no receivables or income account in %s", currency)
	}
	line := func(side, account string, extra fields) fields {
		detail := fields{"PostingType": side, "AccountRef": ref(account)}
		maps.Copy(detail, extra)
		return fields{"DetailType": "JournalEntryLineDetail", "Amount": amount, "Description": note, "JournalEntryLineDetail": detail}
	}
	return q.create("JournalEntry", q.priced(fields{
		"TxnDate": q.date(at), "PrivateNote": note,
		"Line": []fields{
			line("Debit", debts, fields{"Entity": fields{"Type": "Customer", "EntityRef": ref(customer)}}),
			line("Credit", income, nil),
		},
	}, currency, at), nil)
}
