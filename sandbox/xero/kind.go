package xero

// writeOptions are the query parameters of a write.
type writeOptions struct {
	unitdp4 bool
	post    bool // POST may match an existing object, PUT may not
}

// kind is one endpoint of the accounting API.
type kind struct {
	name   string // plural, the endpoint and the list's name
	single string
	idKey  string
	scope  string // granular scope that opens it (Xero docs: oauth2/scopes)
	paged  bool   // takes page and pageSize
	lines  bool   // unpaged lists leave LineItems empty
	twin   bool   // has UpdatedDateUTCString
	fields string // names that where and order know, separated by spaces

	render func(*record)
	full   func(*Organisation, *record) object // single reads and write answers
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
	transferFields = "BankTransferID Amount Date Reference CreatedDateUTC Status HasAttachments FromBankAccount.AccountID ToBankAccount.AccountID"
)

func kindTable() map[string]*kind {
	list := []*kind{
		{
			name: "Invoices", single: "Invoice", idKey: "InvoiceID", scope: "accounting.invoices", paged: true, lines: true, twin: true, fields: invoiceFields,
			render: renderInvoice, full: fullDocument, create: (*Organisation).createInvoice, update: (*Organisation).updateInvoice, match: (*Organisation).matchInvoice, read: (*Organisation).readInvoice,
		},
		{
			name: "CreditNotes", single: "CreditNote", idKey: "CreditNoteID", scope: "accounting.invoices", paged: true, lines: true, twin: true, fields: creditFields,
			render: renderCredit, full: fullDocument, create: (*Organisation).createCreditNote, update: (*Organisation).updateCreditNote, match: (*Organisation).matchCreditNote, read: (*Organisation).readCredit,
		},
		{
			name: "Overpayments", single: "Overpayment", idKey: "OverpaymentID", scope: "accounting.payments", paged: true, lines: true, twin: true, fields: overFields,
			render: renderCredit, full: fullDocument, read: (*Organisation).readCredit,
		},
		{
			name: "Prepayments", single: "Prepayment", idKey: "PrepaymentID", scope: "accounting.payments", paged: true, lines: true, twin: true, fields: preFields,
			render: renderCredit, full: fullDocument, read: (*Organisation).readCredit,
		},
		{
			name: "Payments", single: "Payment", idKey: "PaymentID", scope: "accounting.payments", paged: true, twin: true, fields: paymentFields,
			render: renderPayment, full: fullPayment, create: (*Organisation).createPayment, update: (*Organisation).updatePayment, match: matchID("Payments", "PaymentID"), read: (*Organisation).readPayment,
		},
		{
			name: "BankTransactions", single: "BankTransaction", idKey: "BankTransactionID", scope: "accounting.banktransactions", paged: true, lines: true, fields: bankFields,
			render: renderBank, full: fullDocument, create: (*Organisation).createBank, update: (*Organisation).updateBank, match: matchID("BankTransactions", "BankTransactionID"), read: (*Organisation).readBank,
		},
		{
			name: "BankTransfers", single: "BankTransfer", idKey: "BankTransferID", scope: "accounting.banktransactions", fields: transferFields,
			render: renderTransfer, full: asStored, create: (*Organisation).createTransfer, update: (*Organisation).updateTransfer, match: matchID("BankTransfers", "BankTransferID"), read: (*Organisation).readTransfer,
		},
		{
			name: "Contacts", single: "Contact", idKey: "ContactID", scope: "accounting.contacts", paged: true, fields: contactFields,
			render: renderContact, full: asStored, create: (*Organisation).createContact, update: (*Organisation).updateContact, match: (*Organisation).matchContact, read: (*Organisation).readContact,
		},
		{
			name: "Accounts", single: "Account", idKey: "AccountID", scope: "accounting.settings", fields: accountFields,
			render: renderAccount, full: asStored, create: (*Organisation).createAccount, update: (*Organisation).updateAccount, match: matchID("Accounts", "AccountID"), read: (*Organisation).readAccount,
		},
	}
	out := make(map[string]*kind, len(list))
	for _, k := range list {
		out[k.name] = k
	}
	return out
}

func asStored(_ *Organisation, r *record) object { return r.fields() }

func matchID(kind, key string) func(*Organisation, object) *record {
	return func(o *Organisation, f object) *record { return o.find(kind, f.str(key)) }
}
