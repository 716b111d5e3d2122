package xero

// writeOptions are the query parameters of a write.
type writeOptions struct {
	unitdp4 bool
	post    bool // POST may match an existing object, PUT may not
	api     bool // not by the control API
}

// kind is one endpoint of the accounting API.
type kind struct {
	name   string // plural, the endpoint and the list's name
	single string
	idKey  string
	paged  bool   // takes page and pageSize
	lines  bool   // unpaged lists leave LineItems (JournalLines) empty
	twin   bool   // has UpdatedDateUTCString
	fields string // names that where and order know, separated by spaces

	render func(*record)
	full   func(o *Organisation, r *record, written bool) object // single reads and write answers
	// create makes an object, update changes one; the texts are warnings. nil:
	// the endpoint does not write.
	create func(*Organisation, object, writeOptions) (*record, []string, error)
	update func(*Organisation, *record, object, writeOptions) ([]string, error)
	// match finds the object that a POST without an id means. nil: none.
	match func(*Organisation, object) *record
	read  func(*Organisation, object) *record // a recorded object
}

const (
	commonFields   = "Status Type Date Reference UpdatedDateUTC CurrencyCode CurrencyRate Total SubTotal TotalTax LineAmountTypes HasAttachments Contact.ContactID Contact.Name Contact.ContactNumber "
	invoiceFields  = commonFields + "InvoiceID InvoiceNumber DueDate AmountDue AmountPaid AmountCredited SentToContact FullyPaidOnDate ExpectedPaymentDate BrandingThemeID Url RepeatingInvoiceID"
	creditFields   = commonFields + "CreditNoteID CreditNoteNumber RemainingCredit AppliedAmount FullyPaidOnDate BrandingThemeID"
	overFields     = commonFields + "OverpaymentID RemainingCredit AppliedAmount"
	preFields      = commonFields + "PrepaymentID RemainingCredit AppliedAmount"
	paymentFields  = "PaymentID Date Amount BankAmount CurrencyRate Reference IsReconciled Status PaymentType UpdatedDateUTC Invoice.InvoiceID Invoice.InvoiceNumber Account.AccountID Account.Code BatchPaymentID"
	bankFields     = commonFields + "BankTransactionID IsReconciled BankAccount.AccountID BankAccount.Code Url"
	contactFields  = "ContactID ContactNumber AccountNumber ContactStatus Name FirstName LastName EmailAddress IsSupplier IsCustomer DefaultCurrency UpdatedDateUTC TaxNumber"
	accountFields  = "AccountID Code Name Type Status Class SystemAccount TaxType CurrencyCode BankAccountNumber BankAccountType EnablePaymentsToAccount UpdatedDateUTC ReportingCode"
	batchFields    = "BatchPaymentID Account.AccountID Type Status Date TotalAmount Reference UpdatedDateUTC IsReconciled"
	itemFields     = "ItemID Code Name Description IsSold IsPurchased UpdatedDateUTC SalesDetails.UnitPrice SalesDetails.AccountCode"
	manualFields   = "ManualJournalID Status Date Narration UpdatedDateUTC LineAmountTypes HasAttachments ShowOnCashBasisReports"
	transferFields = "BankTransferID Amount Date Reference CreatedDateUTC Status HasAttachments FromBankAccount.AccountID ToBankAccount.AccountID"
)

func kindTable() map[string]*kind {
	list := []*kind{
		{
			name: "Invoices", single: "Invoice", idKey: "InvoiceID", paged: true, lines: true, twin: true, fields: invoiceFields,
			render: renderInvoice, full: fullDocument, create: (*Organisation).createInvoice, update: (*Organisation).updateInvoice, match: (*Organisation).matchInvoice, read: (*Organisation).readInvoice,
		},
		{
			name: "CreditNotes", single: "CreditNote", idKey: "CreditNoteID", paged: true, lines: true, twin: true, fields: creditFields,
			render: renderCredit, full: fullDocument, create: (*Organisation).createCreditNote, update: (*Organisation).updateCreditNote, match: (*Organisation).matchCreditNote, read: (*Organisation).readCredit,
		},
		{
			name: "Overpayments", single: "Overpayment", idKey: "OverpaymentID", paged: true, lines: true, twin: true, fields: overFields,
			render: renderCredit, full: fullDocument, read: (*Organisation).readCredit,
		},
		{
			name: "Prepayments", single: "Prepayment", idKey: "PrepaymentID", paged: true, lines: true, twin: true, fields: preFields,
			render: renderCredit, full: fullDocument, read: (*Organisation).readCredit,
		},
		{
			name: "Payments", single: "Payment", idKey: "PaymentID", paged: true, twin: true, fields: paymentFields,
			render: renderPayment, full: fullPayment, create: (*Organisation).createPayment, update: (*Organisation).updatePayment, match: matchID("Payments", "PaymentID"), read: (*Organisation).readPayment,
		},
		{
			name: "BankTransactions", single: "BankTransaction", idKey: "BankTransactionID", paged: true, lines: true, fields: bankFields,
			render: renderBank, full: fullDocument, create: (*Organisation).createBank, update: (*Organisation).updateBank, match: matchID("BankTransactions", "BankTransactionID"), read: (*Organisation).readBank,
		},
		{
			name: "BankTransfers", single: "BankTransfer", idKey: "BankTransferID", fields: transferFields,
			render: renderTransfer, full: asStored, create: (*Organisation).createTransfer, update: (*Organisation).updateTransfer, match: matchID("BankTransfers", "BankTransferID"), read: (*Organisation).readTransfer,
		},
		{
			name: "Contacts", single: "Contact", idKey: "ContactID", paged: true, fields: contactFields,
			render: renderContact, full: fullContact, create: (*Organisation).createContact, update: (*Organisation).updateContact, match: (*Organisation).matchContact, read: (*Organisation).readContact,
		},
		{
			name: "Accounts", single: "Account", idKey: "AccountID", fields: accountFields,
			render: renderUpdated, full: asStored, create: (*Organisation).createAccount, update: (*Organisation).updateAccount, match: matchID("Accounts", "AccountID"), read: (*Organisation).readAccount,
		},
	}
	list = append(list, &kind{
		name: "ManualJournals", single: "ManualJournal", idKey: "ManualJournalID", paged: true, lines: true, fields: manualFields,
		render: renderManual, full: fullManual, create: (*Organisation).createManual, update: (*Organisation).updateManual,
		match: matchID("ManualJournals", "ManualJournalID"), read: (*Organisation).readManual,
	}, &kind{
		name: "BatchPayments", single: "BatchPayment", idKey: "BatchPaymentID", fields: batchFields,
		render: renderBatch, full: asStored, create: (*Organisation).createBatch, update: (*Organisation).updateBatch, match: matchID("BatchPayments", "BatchPaymentID"),
	}, &kind{
		name: "Items", single: "Item", idKey: "ItemID", fields: itemFields,
		render: renderUpdated, full: asStored, create: (*Organisation).createItem, update: (*Organisation).updateItem, match: (*Organisation).matchItem,
	})
	out := make(map[string]*kind, len(list))
	for _, k := range list {
		out[k.name] = k
	}
	return out
}

func asStored(_ *Organisation, r *record, _ bool) object { return r.fields() }

func matchID(kind, key string) func(*Organisation, object) *record {
	return func(o *Organisation, f object) *record { return o.find(kind, f.str(key)) }
}
