package quickbooks

import "strings"

// kind is what the stand-in knows about one entity of the API.
type kind struct {
	name   string // as in JSON: "JournalEntry"
	fields string
	known  map[string]bool
	// lineKnown are the properties of its lines.
	lineKnown map[string]bool
	// idSpace names the sequence the ids come from: all transactions share
	// one, customers, vendors and employees another (recorded companies).
	idSpace string
	txn     bool // a transaction: may be deleted, has TxnDate
	named   bool // a list entity: Active, unique Name
	single  bool // one per company: CompanyInfo, Preferences
	// stored kinds can only be loaded and read.
	stored bool
	// removable list entities can be deleted; the others are made inactive.
	removable bool
	// sent kinds have /send and /pdf.
	sent bool
	// unchanging kinds are not in change data capture (Intuit docs: change data
	// capture: all entities except JournalCode, TaxAgency, TimeActivity, TaxCode
	// and TaxRate).
	unchanging bool
	// voidable by operation=void or by include=void.
	void voidMode
	// totals says whether a query answer carries totalCount: seen with Invoice,
	// Deposit, JournalEntry and BillPayment only (recorded answers).
	totals   bool
	readOnly []string
	filters  map[string]propType
	limits   []limit
	build    func(*change) *Fault
	// render writes the figures that move without a request into the document.
	render func(*object, *document)
}

type voidMode int

const (
	noVoid voidMode = iota
	voidByOperation
	voidByInclude
)

// limit is the longest text of a property; path may go one level down.
type limit struct {
	path string
	max  int
}

// propType is how a property is compared in WHERE and ORDERBY.
type propType int

const (
	propText propType = iota
	propID
	propNumber
	propDate
	propTime
	propBool
	propRef
)

var entityNames = []string{
	"Invoice", "Payment", "CreditMemo", "SalesReceipt", "RefundReceipt", "Purchase", "Transfer", "Deposit", "JournalEntry",
	"Estimate", "Bill", "BillPayment",
	"Customer", "Vendor", "Employee", "Account", "Item", "Term", "PaymentMethod", "Class", "Department", "CompanyCurrency",
	"TaxAgency", "TaxRate", "TaxCode", "CompanyInfo", "Preferences", "Attachable",
}

// newKinds builds the table of entities, by lower-case name.
func newKinds() map[string]*kind {
	kinds := map[string]*kind{}
	for _, k := range append(transactionKinds(), listKinds()...) {
		k.known = fieldSet(k.fields)
		k.lineKnown = fieldSet(fieldsLine)
		if k.idSpace == "" {
			k.idSpace, k.txn = "txn", true
		}
		k.filters = filtersOf(k)
		k.readOnly = append(k.readOnly, "domain", "status", "sparse", "MetaData")
		if k.name != "Attachable" {
			k.readOnly = append(k.readOnly, "AttachableRef")
		}
		kinds[strings.ToLower(k.name)] = k
	}
	return kinds
}

// Lengths: Intuit docs, entity pages (Invoice: DocNumber 21, CustomerMemo 1000,
// PrivateNote 4000; RefundReceipt: PaymentRefNum 100). Payment.PaymentRefNum
// has no documented length; 21 is the stricter of the figures in use.
var salesLimits = []limit{
	{"DocNumber", 21},
	{"PrivateNote", 4000},
	{"CustomerMemo.value", 1000},
	{"BillEmail.Address", 100},
	{"BillEmailCc.Address", 200},
	{"BillEmailBcc.Address", 200},
	{"PaymentRefNum", 100},
}

var txnLimits = []limit{{"DocNumber", 21}, {"PrivateNote", 4000}, {"PaymentRefNum", 21}}

func transactionKinds() []*kind {
	sales := []string{"TotalAmt", "HomeTotalAmt", "Balance", "HomeBalance", "RemainingCredit", "DeliveryInfo", "InvoiceLink", "LinkedTxn"}
	return []*kind{
		{name: "Invoice", fields: fieldsInvoice, sent: true, void: voidByOperation, totals: true, readOnly: sales, limits: salesLimits, build: buildSales, render: renderInvoice},
		{name: "CreditMemo", fields: fieldsCreditMemo, sent: true, void: voidByInclude, readOnly: sales, limits: salesLimits, build: buildSales, render: renderCreditMemo},
		{name: "SalesReceipt", fields: fieldsSalesReceipt, sent: true, void: voidByInclude, readOnly: sales, limits: salesLimits, build: buildSales, render: renderLinked},
		{name: "RefundReceipt", fields: fieldsRefundReceipt, sent: true, void: voidByInclude, readOnly: sales, limits: salesLimits, build: buildSales, render: renderLinked},
		{name: "Payment", fields: fieldsPayment, sent: true, void: voidByInclude, readOnly: []string{"UnappliedAmt", "LinkedTxn"}, limits: txnLimits, build: buildPayment, render: renderPayment},
		{name: "Purchase", fields: fieldsPurchase, void: voidByInclude, readOnly: []string{"TotalAmt", "LinkedTxn"}, limits: txnLimits, build: buildPurchase, render: renderLinked},
		{name: "Transfer", fields: fieldsTransfer, readOnly: []string{"LinkedTxn"}, limits: txnLimits, build: buildTransfer},
		{name: "Deposit", fields: fieldsDeposit, totals: true, readOnly: []string{"TotalAmt", "HomeTotalAmt", "LinkedTxn"}, limits: txnLimits, build: buildDeposit, render: renderLinked},
		{name: "JournalEntry", fields: fieldsJournal, totals: true, readOnly: []string{"TotalAmt", "HomeTotalAmt", "LinkedTxn"}, limits: txnLimits, build: buildJournal, render: renderLinked},
		{name: "Estimate", fields: fieldsEstimate, sent: true, readOnly: sales, limits: salesLimits, build: buildSales, render: renderLinked},
		{name: "Bill", fields: fieldsOther, stored: true},
		{name: "BillPayment", fields: fieldsOther, stored: true, totals: true},
	}
}

func listKinds() []*kind {
	return []*kind{
		{
			name: "Customer", fields: fieldsCustomer, idSpace: "name", named: true, build: buildCustomer, render: renderCustomer,
			readOnly: []string{"Balance", "BalanceWithJobs", "FullyQualifiedName", "Level", "OverDueBalance"}, limits: nameLimits,
		},
		{name: "Vendor", fields: fieldsVendor, idSpace: "name", named: true, build: buildVendor, readOnly: []string{"Balance"}, limits: nameLimits},
		{name: "Employee", fields: fieldsEmployee, idSpace: "name", named: true, stored: true},
		{
			name: "Account", fields: fieldsAccount, idSpace: "account", named: true, build: buildAccount, render: renderAccount,
			readOnly: []string{"CurrentBalance", "CurrentBalanceWithSubAccounts", "FullyQualifiedName", "Classification"}, limits: []limit{{"Name", 100}, {"AcctNum", 20}},
		},
		{name: "Item", fields: fieldsItem, idSpace: "item", named: true, build: buildItem, readOnly: []string{"FullyQualifiedName", "Level"}, limits: []limit{{"Name", 100}, {"Description", 4000}}},
		{name: "Term", fields: fieldsTerm, idSpace: "term", named: true, build: buildTerm, limits: []limit{{"Name", 31}}},
		{name: "PaymentMethod", fields: fieldsPaymentMethod, idSpace: "method", named: true, build: buildMethod, limits: []limit{{"Name", 31}}},
		{name: "Class", fields: fieldsClass, idSpace: "class", named: true, build: buildTree, readOnly: []string{"FullyQualifiedName", "SubClass"}, limits: []limit{{"Name", 100}}},
		{name: "Department", fields: fieldsDepartment, idSpace: "department", named: true, build: buildTree, readOnly: []string{"FullyQualifiedName", "SubDepartment"}, limits: []limit{{"Name", 100}}},
		{name: "CompanyCurrency", fields: fieldsCompanyCurrency, idSpace: "currency", named: true, build: buildCompanyCurrency},
		{name: "TaxAgency", fields: fieldsTaxAgency, idSpace: "agency", named: true, unchanging: true, build: buildTaxAgency},
		{name: "TaxRate", fields: fieldsTaxRate, idSpace: "taxrate", named: true, unchanging: true, stored: true},
		{name: "TaxCode", fields: fieldsTaxCode, idSpace: "taxcode", named: true, unchanging: true, stored: true},
		{
			name: "Attachable", fields: fieldsAttachable, idSpace: "attachable", removable: true, build: buildAttachable,
			readOnly: []string{"FileAccessUri", "TempDownloadUri", "Size", "ThumbnailFileAccessUri", "ThumbnailTempDownloadUri"},
			limits:   []limit{{"FileName", 1000}, {"Note", 2000}},
		},
		{name: exchangeRateName, fields: fieldsExchangeRate, idSpace: "rate", stored: true},
		{name: "CompanyInfo", fields: fieldsCompanyInfo, idSpace: "company", single: true, build: buildSingle, limits: []limit{{"CompanyName", 1024}}},
		{name: "Preferences", fields: fieldsPreferences, idSpace: "preferences", single: true, build: buildSingle},
	}
}

// Lengths: Intuit docs, customer entity page.
var nameLimits = []limit{
	{"DisplayName", 500},
	{"Title", 16},
	{"Suffix", 16},
	{"GivenName", 100},
	{"MiddleName", 100},
	{"FamilyName", 100},
	{"CompanyName", 100},
	{"PrimaryEmailAddr.Address", 100},
	{"PrimaryPhone.FreeFormNumber", 30},
	{"Notes", 2000},
}
