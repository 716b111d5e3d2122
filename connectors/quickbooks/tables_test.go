package quickbooks_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// row is one row of a table, by column.
type row map[string]string

func (r row) first(columns ...string) string {
	for _, c := range columns {
		if r[c] != "" {
			return r[c]
		}
	}
	return ""
}

// object is a body in the making.
type object map[string]any

func (o object) text(name, value string) {
	if value != "" {
		o[name] = value
	}
}

// number writes a figure as it stands in the table; ".79" gets its zero.
func (o object) number(name, value string) {
	if strings.HasPrefix(value, ".") {
		value = "0" + value
	}
	if json.Valid([]byte(value)) && value != "" {
		o[name] = json.RawMessage(value)
	} else {
		o.text(name, value) // what an anonymiser has spoiled
	}
}

func (o object) ref(name, value string) {
	if value != "" {
		o[name] = object{"value": value}
	}
}

// table describes how the rows of a table and of its lines become bodies.
type table struct {
	file, entity string
	numbers      map[string]string
	texts        map[string]string
	refs         map[string]string
	lines, key   string
	line         func(row) object
}

// Names of columns that several tables have.
var (
	moneyTexts = map[string]string{"doc_number": "DocNumber", "private_note": "PrivateNote", "transaction_date": "TxnDate"}
	moneyRefs  = map[string]string{"currency_id": "CurrencyRef", "customer_id": "CustomerRef", "deposit_to_account_id": "DepositToAccountRef"}
	moneySums  = map[string]string{
		"total_amount": "TotalAmt", "exchange_rate": "ExchangeRate", "balance": "Balance", "home_balance": "HomeBalance",
		"deposit": "Deposit", "unapplied_amount": "UnappliedAmt", "remaining_credit": "RemainingCredit",
	}
)

func tables() []table {
	return []table{
		{
			file: "account_data.csv", entity: "Account",
			texts:   map[string]string{"name": "Name", "account_type": "AccountType", "account_sub_type": "AccountSubType", "account_number": "AcctNum"},
			refs:    map[string]string{"currency_id": "CurrencyRef"},
			numbers: map[string]string{"balance": "CurrentBalance"},
		},
		{
			file: "customer_data.csv", entity: "Customer",
			texts:   map[string]string{"display_name": "DisplayName", "company_name": "CompanyName"},
			refs:    map[string]string{"currency_id": "CurrencyRef", "parent_customer_id": "ParentRef"},
			numbers: map[string]string{"balance": "Balance"},
		},
		{
			file: "invoice_data.csv", entity: "Invoice", texts: map[string]string{"doc_number": "DocNumber", "private_note": "PrivateNote", "transaction_date": "TxnDate", "due_date": "DueDate", "email_status": "EmailStatus"},
			refs: moneyRefs, numbers: moneySums, lines: "invoice_line_data.csv", key: "invoice_id", line: salesLine,
		},
		{file: "credit_memo_data.csv", entity: "CreditMemo", texts: moneyTexts, refs: moneyRefs, numbers: moneySums},
		{
			file: "payment_data.csv", entity: "Payment", texts: map[string]string{"reference_number": "PaymentRefNum", "private_note": "PrivateNote", "transaction_date": "TxnDate"},
			refs: moneyRefs, numbers: moneySums, lines: "payment_line_data.csv", key: "payment_id", line: paymentLine,
		},
		{file: "refund_receipt_data.csv", entity: "RefundReceipt", texts: moneyTexts, refs: moneyRefs, numbers: moneySums},
		{
			file: "deposit_data.csv", entity: "Deposit", texts: moneyTexts, refs: map[string]string{"currency_id": "CurrencyRef", "account_id": "DepositToAccountRef"},
			numbers: moneySums, lines: "deposit_line_data.csv", key: "deposit_id", line: depositLine,
		},
		{
			file: "journal_entry_data.csv", entity: "JournalEntry", texts: moneyTexts, refs: map[string]string{"currency_id": "CurrencyRef"},
			numbers: moneySums, lines: "journal_entry_line_data.csv", key: "journal_entry_id", line: journalLine,
		},
		{
			file: "purchase_data.csv", entity: "Purchase", texts: map[string]string{"doc_number": "DocNumber", "payment_type": "PaymentType", "private_note": "PrivateNote", "transaction_date": "TxnDate"},
			refs: map[string]string{"currency_id": "CurrencyRef", "account_id": "AccountRef"}, numbers: moneySums,
			lines: "purchase_line_data.csv", key: "purchase_id", line: purchaseLine,
		},
		{
			file: "transfer_data.csv", entity: "Transfer", texts: moneyTexts,
			refs:    map[string]string{"currency_id": "CurrencyRef", "from_account_id": "FromAccountRef", "to_account_id": "ToAccountRef"},
			numbers: map[string]string{"amount": "Amount", "exchange_rate": "ExchangeRate"},
		},
	}
}

func salesLine(r row) object {
	o := object{"DetailType": r.first("detail_type")}
	o.number("Amount", r["amount"])
	detail := object{}
	detail.ref("ItemRef", r.first("sales_item_item_id", "item_id"))
	detail.number("Qty", r.first("sales_item_quantity", "quantity"))
	o["SalesItemLineDetail"] = detail
	return o
}

func paymentLine(r row) object {
	o := object{}
	o.number("Amount", r["amount"])
	for column, kind := range map[string]string{"invoice_id": "Invoice", "credit_memo_id": "CreditMemo", "journal_entry_id": "JournalEntry", "deposit_id": "Deposit", "expense_id": "Expense", "check_id": "Check"} {
		if r[column] != "" {
			o["LinkedTxn"] = []object{{"TxnId": r[column], "TxnType": kind}}
		}
	}
	return o
}

func depositLine(r row) object {
	o := object{}
	o.number("Amount", r["amount"])
	for column, kind := range map[string]string{"payment_id": "Payment", "sales_receipt_id": "SalesReceipt", "refund_receipt_id": "RefundReceipt", "journal_entry_id": "JournalEntry", "transfer_id": "Transfer"} {
		if r[column] != "" {
			o["LinkedTxn"] = []object{{"TxnId": r[column], "TxnType": kind}}
		}
	}
	detail := object{}
	detail.ref("AccountRef", r["deposit_account_id"])
	o["DepositLineDetail"] = detail
	return o
}

func journalLine(r row) object {
	detail := object{"PostingType": r["posting_type"]}
	detail.ref("AccountRef", r["account_id"])
	o := object{"DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}
	o.number("Amount", r["amount"])
	return o
}

func purchaseLine(r row) object {
	o := object{}
	o.number("Amount", r["amount"])
	if r["account_expense_account_id"] != "" {
		detail := object{}
		detail.ref("AccountRef", r["account_expense_account_id"])
		o["AccountBasedExpenseLineDetail"] = detail
	}
	return o
}

// rowsOf reads a table.
func rowsOf(t *testing.T, path string) []row {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var out []row
	for _, record := range records[1:] {
		r := row{}
		for i, value := range record {
			if i < len(records[0]) {
				r[records[0][i]] = value
			}
		}
		out = append(out, r)
	}
	return out
}

// inTables makes bodies of the rows of real companies that a connector of
// others has flattened.
func inTables(t *testing.T, dir string, add func(table, entity string, raw json.RawMessage)) {
	t.Helper()
	for _, tb := range tables() {
		lines := map[string][]object{}
		if tb.lines != "" {
			for _, r := range rowsOf(t, filepath.Join(dir, tb.lines)) {
				lines[r[tb.key]] = append(lines[r[tb.key]], tb.line(r))
			}
		}
		for _, r := range rowsOf(t, filepath.Join(dir, tb.file)) {
			raw, err := json.Marshal(tb.body(r, lines[r["id"]]))
			if err != nil {
				t.Fatal(err)
			}
			add(tb.file, tb.entity, raw)
		}
	}
}

func (tb table) body(r row, lines []object) object {
	day, clock, _ := strings.Cut(r["updated_at"], " ")
	if len(clock) == len("0:00:00") {
		clock = "0" + clock
	}
	o := object{"Id": r["id"], "MetaData": object{"LastUpdatedTime": day + "T" + clock + "-08:00"}}
	if r["_fivetran_deleted"] == "TRUE" {
		o["status"] = "Deleted"
		return o
	}
	o.text("SyncToken", r["sync_token"])
	for column, name := range tb.numbers {
		o.number(name, r[column])
	}
	for column, name := range tb.texts {
		o.text(name, r[column])
	}
	for column, name := range tb.refs {
		o.ref(name, r[column])
	}
	if r["total_tax"] != "" {
		tax := object{}
		tax.number("TotalTax", r["total_tax"])
		o["TxnTaxDetail"] = tax
	}
	if len(lines) > 0 {
		o["Line"] = lines
	}
	return o
}
