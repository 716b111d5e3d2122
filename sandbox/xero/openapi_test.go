package xero_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tieout/sandbox/xero"
)

// everyScope opens everything that the stand-in serves.
const everyScope = allScopes + " accounting.manualjournals accounting.attachments accounting.reports.aged.read accounting.reports.balancesheet.read accounting.reports.profitandloss.read paymentservices"

// described drives the stand-in and holds each request and each answer against
// Xero's own description of its API.
type described struct {
	*rig
	accounting, identity routers.Router
	uploads              routers.Router  // those of /Attachments/{FileName}
	seen                 map[string]bool // operations that were answered as described
}

func newDescribed(t *testing.T) *described {
	t.Helper()
	dir := dataFolder(t)
	r := newRig(t, func(o *xero.Options) { o.PaymentServices = true })
	r.token = r.consent(everyScope, r.org.ID())["access_token"].(string)
	// Paths that differ in the name of a parameter only cannot be told apart.
	load := func(file, server string, without ...string) routers.Router {
		spec, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		spec.Servers = openapi3.Servers{{URL: server}}
		for path := range spec.Paths.Map() {
			if slices.ContainsFunc(without, func(end string) bool { return strings.HasSuffix(path, end) }) {
				spec.Paths.Delete(path)
			}
		}
		router, err := gorillamux.NewRouter(spec)
		if err != nil {
			t.Fatal(err)
		}
		return router
	}
	api := r.url + "/api.xro/2.0"
	return &described{
		rig: r, seen: map[string]bool{}, identity: load("xero-identity.yaml", r.url),
		accounting: load("xero_accounting.yaml", api, "{ContactNumber}", "{FileName}"), uploads: load("xero_accounting.yaml", api, "{AttachmentID}"),
	}
}

// do sends a request that must be described and answered as described.
func (d *described) do(method, path, body string, headers ...string) *reply {
	d.t.Helper()
	router, full := d.accounting, "/api.xro/2.0/"+path
	if strings.HasPrefix(path, "/") {
		router, full = d.identity, path
	}
	if strings.Contains(path, "/Attachments/") && method != http.MethodGet {
		router = d.uploads
	}
	req, err := http.NewRequestWithContext(context.Background(), method, d.url+full, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("xero-tenant-id", d.org.ID())
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	route, params, err := router.FindRoute(req)
	if err != nil {
		d.t.Fatalf("%s %s: %v", method, path, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: &openapi3filter.Options{
		SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		ExcludeRequestBody: method == http.MethodGet, ExcludeReadOnlyValidations: true,
	}}
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		d.t.Errorf("request %s %s: %v", method, path, err)
	}
	p := d.call(method, full, body, append([]string{"Content-Type", "application/json"}, headers...)...)
	if p.status < 300 {
		d.seen[route.Operation.OperationID] = true
	}
	if router == d.identity || strings.Contains(path, "/Attachments/") && method == http.MethodGet {
		return p // recorded times have no zone; a file comes with its own type
	}
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: p.status, Header: p.header, Body: io.NopCloser(bytes.NewReader(p.raw)), Options: in.Options,
	}
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		d.t.Errorf("answer to %s %s: %d %v\n%.600s", method, path, p.status, err, p.raw)
	}
	return p
}

// first sends a request that must succeed and returns the first row.
func (d *described) first(method, path, kind, body string) map[string]any {
	d.t.Helper()
	return d.do(method, path, body).ok().first(kind)
}

func TestEveryEndpointKeepsToXerosDescription(t *testing.T) {
	t.Parallel()
	d := newDescribed(t)
	d.settings()
	contact := d.contacts()
	invoice := d.invoices(contact)
	d.money(contact, invoice)
	d.credits(contact)
	d.banking(contact)
	d.journals()
	d.reports(contact)
	d.refusals()
	d.do("GET", "/Connections", "")
	for _, op := range served() {
		if !d.seen[op] {
			t.Errorf("%s was not answered", op)
		}
	}
}

// served are the operations of Xero's description that the stand-in has.
func served() []string {
	return strings.Fields(`getOrganisations getOrganisationActions getAccounts createAccount getAccount updateAccount deleteAccount
		getCurrencies createCurrency getTaxRates createTaxRates updateTaxRate getTaxRateByTaxType getBrandingThemes getBrandingTheme
		getBrandingThemePaymentServices createBrandingThemePaymentServices getPaymentServices createPaymentService
		getTrackingCategories getTrackingCategory createTrackingCategory updateTrackingCategory deleteTrackingCategory createTrackingOptions
		updateTrackingOptions deleteTrackingOptions getItems createItems updateOrCreateItems getItem updateItem deleteItem getItemHistory createItemHistory
		getUsers getUser getInvoiceReminders getContacts createContacts updateOrCreateContacts getContact updateContact
		getContactHistory createContactHistory getContactCISSettings getContactGroups createContactGroup getContactGroup updateContactGroup
		createContactGroupContacts deleteContactGroupContacts deleteContactGroupContact
		getInvoices createInvoices updateOrCreateInvoices getInvoice updateInvoice getOnlineInvoice emailInvoice getInvoiceHistory createInvoiceHistory
		getInvoiceAttachments getInvoiceAttachmentById createInvoiceAttachmentByFileName updateInvoiceAttachmentByFileName getInvoiceAsPdf
		getPayments createPayments createPayment getPayment deletePayment getPaymentHistory createPaymentHistory
		getBatchPayments createBatchPayment deleteBatchPayment getBatchPayment deleteBatchPaymentByUrlParam getBatchPaymentHistory createBatchPaymentHistoryRecord
		getCreditNotes createCreditNotes updateOrCreateCreditNotes getCreditNote updateCreditNote createCreditNoteAllocation deleteCreditNoteAllocations
		getCreditNoteHistory createCreditNoteHistory getCreditNoteAsPdf
		getOverpayments getOverpayment createOverpaymentAllocations deleteOverpaymentAllocations getOverpaymentHistory createOverpaymentHistory
		getPrepayments getPrepayment createPrepaymentAllocations deletePrepaymentAllocations getPrepaymentHistory createPrepaymentHistory
		getBankTransactions createBankTransactions updateOrCreateBankTransactions getBankTransaction updateBankTransaction
		getBankTransactionsHistory createBankTransactionHistoryRecord
		getBankTransfers createBankTransfer getBankTransfer deleteBankTransfer getBankTransferHistory createBankTransferHistoryRecord
		getManualJournals createManualJournals updateOrCreateManualJournals getManualJournal updateManualJournal
		getManualJournalsHistory createManualJournalHistoryRecord
		getReportsList getReportBalanceSheet getReportProfitAndLoss getReportTrialBalance getReportBankSummary getReportAgedReceivablesByContact
		getReportAgedPayablesByContact getConnections`)
}

func (d *described) settings() {
	d.t.Helper()
	d.do("GET", "Organisation", "").ok()
	d.do("GET", "Organisation/Actions", "").ok()
	d.do("GET", "Accounts", "").ok()
	acct := d.first("PUT", "Accounts", "Accounts", `{"Code":"4711","Name":"Spare","Type":"EXPENSE"}`)
	aid := id(acct, "AccountID")
	d.do("GET", "Accounts/"+aid, "").ok()
	d.do("POST", "Accounts/"+aid, `{"Accounts":[{"Name":"Spare parts","Code":"4711","Type":"EXPENSE"}]}`).ok()
	d.do("DELETE", "Accounts/"+aid, "").ok()
	d.do("PUT", "Currencies", `{"Code":"CAD"}`).ok()
	d.do("GET", "Currencies", "").ok()
	d.do("PUT", "TaxRates", `{"TaxRates":[{"Name":"State","ReportTaxType":"OUTPUT","TaxComponents":[{"Name":"State","Rate":2.25}]}]}`).ok()
	d.do("POST", "TaxRates", `{"TaxRates":[{"Name":"State","TaxType":"TAX002","ReportTaxType":"OUTPUT","TaxComponents":[{"Name":"State","Rate":3}]}]}`).ok()
	d.do("GET", "TaxRates", "").ok()
	d.do("GET", "TaxRates/OUTPUT", "").ok()
	theme := id(d.first("GET", "BrandingThemes", "BrandingThemes", ""), "BrandingThemeID")
	d.do("GET", "BrandingThemes/"+theme, "").ok()
	svc := d.first("PUT", "PaymentServices", "PaymentServices", `{"PaymentServices":[{"PaymentServiceName":"Pay","PaymentServiceUrl":"https://pay.example.com/?n=[INVOICENUMBER]","PayNowText":"Pay now"}]}`)
	d.do("GET", "PaymentServices", "").ok()
	d.do("POST", "BrandingThemes/"+theme+"/PaymentServices", fmt.Sprintf(`{"PaymentServices":[{"PaymentServiceID":%q}]}`, svc["PaymentServiceID"])).ok()
	d.do("GET", "BrandingThemes/"+theme+"/PaymentServices", "").ok()
	d.do("GET", "Users/"+id(d.first("GET", "Users", "Users", ""), "UserID"), "").ok()
	d.do("GET", "InvoiceReminders/Settings", "").ok()
	d.tracking()
	d.items()
}

func (d *described) tracking() {
	d.t.Helper()
	cat := id(d.first("PUT", "TrackingCategories", "TrackingCategories", `{"Name":"Region"}`), "TrackingCategoryID")
	opt := id(d.first("PUT", "TrackingCategories/"+cat+"/Options", "Options", `{"Name":"North"}`), "TrackingOptionID")
	d.do("POST", "TrackingCategories/"+cat, `{"Name":"Regions"}`).ok()
	d.do("POST", "TrackingCategories/"+cat+"/Options/"+opt, `{"Name":"Far north"}`).ok()
	d.do("GET", "TrackingCategories", "").ok()
	d.do("GET", "TrackingCategories/"+cat, "").ok()
	d.do("DELETE", "TrackingCategories/"+cat+"/Options/"+opt, "").ok()
	d.do("DELETE", "TrackingCategories/"+cat, "").ok()
}

func (d *described) items() {
	d.t.Helper()
	item := id(d.first("PUT", "Items", "Items", `{"Items":[{"Code":"BOOK","Name":"Book","Description":"A book","SalesDetails":{"UnitPrice":19.95,"AccountCode":"200","TaxType":"NONE"}}]}`), "ItemID")
	d.do("POST", "Items", `{"Items":[{"Code":"BOOK","Name":"Good book"}]}`).ok()
	d.do("POST", "Items/"+item, `{"Items":[{"Code":"BOOK","Description":"A good book"}]}`).ok()
	d.do("GET", "Items", "").ok()
	d.do("GET", "Items/"+item, "").ok()
	d.history("Items/" + item)
	spare := id(d.first("PUT", "Items", "Items", `{"Items":[{"Code":"SPARE"}]}`), "ItemID")
	if p := d.do("DELETE", "Items/"+spare, ""); p.status != 204 {
		d.t.Errorf("delete item: %d", p.status)
	}
}

func (d *described) history(object string) {
	d.t.Helper()
	d.do("PUT", object+"/History", `{"HistoryRecords":[{"Details":"Seen"}]}`).ok()
	d.do("GET", object+"/History", "").ok()
}

func (d *described) contacts() string {
	d.t.Helper()
	cid := id(d.first("PUT", "Contacts", "Contacts", `{"Contacts":[{"Name":"Ann","EmailAddress":"ann@example.com","ContactNumber":"A1"}]}`), "ContactID")
	d.do("POST", "Contacts", `{"Contacts":[{"ContactNumber":"A1","Name":"Ann","FirstName":"Ann"}]}`).ok()
	d.do("POST", "Contacts/"+cid, `{"Contacts":[{"ContactID":"`+cid+`","LastName":"Oak"}]}`).ok()
	d.do("GET", "Contacts?page=1&pageSize=10&includeArchived=true&summaryOnly=true&searchTerm=ann", "").ok()
	d.do("GET", "Contacts/"+cid, "").ok()
	d.do("GET", "Contacts/"+cid+"/CISSettings", "").ok()
	d.history("Contacts/" + cid)
	g := id(d.first("PUT", "ContactGroups", "ContactGroups", `{"ContactGroups":[{"Name":"VIPs"}]}`), "ContactGroupID")
	d.do("PUT", "ContactGroups/"+g+"/Contacts", `{"Contacts":[{"ContactID":"`+cid+`"}]}`).ok()
	d.do("GET", "ContactGroups", "").ok()
	d.do("GET", "ContactGroups/"+g, "").ok()
	d.do("DELETE", "ContactGroups/"+g+"/Contacts/"+cid, "")
	d.do("DELETE", "ContactGroups/"+g+"/Contacts", "")
	d.do("POST", "ContactGroups/"+g, `{"ContactGroups":[{"Status":"DELETED"}]}`).ok()
	return cid
}

func (d *described) invoices(contact string) string {
	d.t.Helper()
	inv := d.first("PUT", "Invoices?unitdp=4&summarizeErrors=false", "Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"`+contact+`"},"Date":"2026-05-01","DueDate":"2026-05-31","Status":"AUTHORISED","LineItems":[{"ItemCode":"BOOK","Quantity":2}]}]}`)
	want(d.t.(*testing.T), inv, "Total", "39.9")
	iid := id(inv, "InvoiceID")
	d.do("POST", "Invoices", `{"Invoices":[{"InvoiceID":"`+iid+`","Reference":"r"}]}`).ok()
	d.do("POST", "Invoices/"+iid, `{"Invoices":[{"Url":"https://pay.example.com/1"}]}`).ok()
	d.do("GET", "Invoices?page=1&pageSize=5&Statuses=AUTHORISED&unitdp=4&includeArchived=true&createdByMyApp=true&order=Date&where=Total%3E1&searchTerm=INV", "").ok()
	d.do("GET", "Invoices", "").ok()
	d.do("GET", "Invoices/"+iid, "").ok()
	d.do("GET", "Invoices/"+iid+"/OnlineInvoice", "").ok()
	if p := d.do("POST", "Invoices/"+iid+"/Email", "{}"); p.status != 204 {
		d.t.Errorf("email: %d %s", p.status, p.raw)
	}
	d.history("Invoices/" + iid)
	a := d.upload("PUT", "Invoices/"+iid+"/Attachments/note.txt")
	d.upload("POST", "Invoices/"+iid+"/Attachments/note.txt")
	d.do("GET", "Invoices/"+iid+"/Attachments", "").ok()
	d.do("GET", "Invoices/"+iid+"/Attachments/"+id(a, "AttachmentID"), "", "Accept", "application/octet-stream", "contentType", "text/plain")
	d.pdf("Invoices/" + iid)
	return iid
}

func (d *described) upload(method, path string) map[string]any {
	d.t.Helper()
	return d.do(method, path, "hello", "Content-Type", "application/octet-stream").ok().first("Attachments")
}

func (d *described) pdf(object string) {
	d.t.Helper()
	p := d.do("GET", object+"/pdf", "", "Accept", "application/pdf")
	if !bytes.HasPrefix(p.raw, []byte("%PDF-1.")) {
		d.t.Errorf("%s: no PDF: %.40q", object, p.raw)
	}
}

func (d *described) money(contact, invoice string) {
	d.t.Helper()
	pay := func(method string) string {
		return id(d.first(method, "Payments", "Payments", `{"Invoice":{"InvoiceID":"`+invoice+`"},"Account":{"Code":"090"},"Amount":5,"Date":"2026-05-02","Reference":"ch_1"}`), "PaymentID")
	}
	pid := pay("POST")
	wrapped := `{"Payments":[{"Invoice":{"InvoiceID":"` + invoice + `","LineItems":[]},"Account":{"Code":"090"},"Amount":5,"Date":"2026-05-02"}]}`
	d.do("PUT", "Payments?summarizeErrors=false", wrapped).ok()
	d.do("GET", "Payments?page=1&pageSize=10&where=Status%3D%3D%22AUTHORISED%22&order=Date", "").ok()
	d.do("GET", "Payments/"+pid, "").ok()
	d.history("Payments/" + pid)
	d.do("POST", "Payments/"+pid, `{"Status":"DELETED"}`).ok()
	other := id(d.invoice("Ann", "10", "2026-05-01"), "InvoiceID")
	body := `{"BatchPayments":[{"Account":{"AccountID":"` + d.account("090") + `"},"Date":"2026-05-03","Reference":"po_1","Payments":[{"Invoice":{"InvoiceID":"` + invoice + `"},"Amount":3},{"Invoice":{"InvoiceID":"` + other + `"},"Amount":4}]}]}`
	bid := id(d.first("PUT", "BatchPayments?summarizeErrors=false", "BatchPayments", body), "BatchPaymentID")
	d.do("GET", "BatchPayments?where=Type%3D%3D%22RECBATCH%22", "").ok()
	d.do("GET", "BatchPayments/"+bid, "").ok()
	d.history("BatchPayments/" + bid)
	d.do("POST", "BatchPayments/"+bid, `{"Status":"DELETED"}`).ok()
	bid = id(d.first("PUT", "BatchPayments", "BatchPayments", body), "BatchPaymentID")
	d.do("POST", "BatchPayments", `{"BatchPaymentID":"`+bid+`","Status":"DELETED"}`).ok()
	_ = contact
}

func (d *described) account(code string) string {
	d.t.Helper()
	rows := d.get("Accounts?where=" + esc(`Code=="`+code+`"`)).ok().rows("Accounts")
	return id(rows[0], "AccountID")
}

func (d *described) credits(contact string) {
	d.t.Helper()
	line := `"LineItems":[{"Description":"x","Quantity":1,"UnitAmount":8,"AccountCode":"200","TaxType":"NONE"}]`
	note := `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","Contact":{"ContactID":"` + contact + `"},"Date":"2026-05-01",` + line + `}`
	nid := id(d.first("PUT", "CreditNotes?unitdp=4", "CreditNotes", `{"CreditNotes":[`+note+`]}`), "CreditNoteID")
	d.do("POST", "CreditNotes", `{"CreditNotes":[{"CreditNoteID":"`+nid+`","Reference":"r"}]}`).ok()
	d.do("POST", "CreditNotes/"+nid, `{"CreditNotes":[{"Reference":"s"}]}`).ok()
	d.do("GET", "CreditNotes?page=1&pageSize=10", "").ok()
	d.do("GET", "CreditNotes/"+nid, "").ok()
	d.history("CreditNotes/" + nid)
	d.pdf("CreditNotes/" + nid)
	d.allocation("CreditNotes", nid)
	for _, kind := range []string{"Overpayment", "Prepayment"} {
		body := `{"Type":"RECEIVE-` + strings.ToUpper(kind) + `","Contact":{"ContactID":"` + contact + `"},"BankAccount":{"Code":"090"},"Date":"2026-05-01",` + line + `}`
		bank := d.first("PUT", "BankTransactions", "BankTransactions", `{"BankTransactions":[`+body+`]}`)
		oid := id(bank, kind+"ID")
		d.do("GET", kind+"s?page=1&pageSize=5", "").ok()
		d.do("GET", kind+"s/"+oid, "").ok()
		d.history(kind + "s/" + oid)
		d.allocation(kind+"s", oid)
	}
}

func (d *described) allocation(kind, oid string) {
	d.t.Helper()
	inv := id(d.invoice("Ann", "10", "2026-05-01"), "InvoiceID")
	a := d.first("PUT", kind+"/"+oid+"/Allocations", "Allocations", `{"Allocations":[{"Invoice":{"InvoiceID":"`+inv+`"},"Amount":2,"Date":"2026-05-01"}]}`)
	p := d.do("DELETE", kind+"/"+oid+"/Allocations/"+id(a, "AllocationID"), "").ok()
	want(d.t.(*testing.T), p.body, "IsDeleted", true)
}

func (d *described) banking(contact string) {
	d.t.Helper()
	body := `{"BankTransactions":[{"Type":"SPEND","Contact":{"ContactID":"` + contact + `"},"BankAccount":{"Code":"090"},"LineItems":[{"Description":"Fee","Quantity":1,"UnitAmount":1.5,"AccountCode":"404"}]}]}`
	bid := id(d.first("PUT", "BankTransactions?unitdp=4", "BankTransactions", body), "BankTransactionID")
	d.do("POST", "BankTransactions", body).ok()
	d.do("GET", "BankTransactions?page=1&pageSize=10", "").ok()
	d.do("GET", "BankTransactions/"+bid, "").ok()
	d.history("BankTransactions/" + bid)
	d.do("POST", "BankTransactions/"+bid, `{"BankTransactions":[{"Type":"SPEND","BankAccount":{"Code":"090"},"LineItems":[],"Status":"DELETED"}]}`).ok()
	tid := id(d.first("PUT", "BankTransfers", "BankTransfers", `{"BankTransfers":[{"FromBankAccount":{"Code":"090"},"ToBankAccount":{"Code":"091"},"Amount":3}]}`), "BankTransferID")
	d.do("GET", "BankTransfers", "").ok()
	d.do("GET", "BankTransfers/"+tid, "").ok()
	d.history("BankTransfers/" + tid)
	d.do("POST", "BankTransfers/"+tid, `{"Status":"DELETED"}`).ok()
}

func (d *described) journals() {
	d.t.Helper()
	body := `{"ManualJournals":[{"Narration":"Lost","Date":"2026-05-02","Status":"POSTED","JournalLines":[{"LineAmount":10,"AccountCode":"404"},{"LineAmount":-10,"AccountCode":"200"}]}]}`
	jid := id(d.first("PUT", "ManualJournals?summarizeErrors=false", "ManualJournals", body), "ManualJournalID")
	d.do("POST", "ManualJournals", body).ok()
	d.do("GET", "ManualJournals?page=1&pageSize=10&where=Status%3D%3D%22POSTED%22&order=Date", "").ok()
	d.do("GET", "ManualJournals", "").ok()
	d.do("GET", "ManualJournals/"+jid, "").ok()
	d.history("ManualJournals/" + jid)
	d.do("POST", "ManualJournals/"+jid, `{"ManualJournals":[{"Narration":"Lost","Status":"VOIDED"}]}`).ok()
}

func (d *described) reports(contact string) {
	d.t.Helper()
	for _, q := range []string{
		"Reports", "Reports/BalanceSheet?date=2026-05-31&periods=2&timeframe=MONTH", "Reports/ProfitAndLoss?fromDate=2026-05-01&toDate=2026-05-31",
		"Reports/TrialBalance?date=2026-05-31", "Reports/BankSummary?fromDate=2026-05-01&toDate=2026-05-31",
		"Reports/AgedReceivablesByContact?contactId=" + contact + "&date=2026-05-31", "Reports/AgedPayablesByContact?contactId=" + contact,
	} {
		d.do("GET", q, "").ok()
	}
}

// refusals are described as well.
func (d *described) refusals() {
	d.t.Helper()
	for path, body := range map[string]string{
		"Contacts": `{"Contacts":[{"Name":"Ann"}]}`, "Invoices": `{"Invoices":[{"Type":"ACCREC","Status":"AUTHORISED","LineItems":[]}]}`,
		"Payments": `{"Payments":[{"Amount":1}]}`, "ContactGroups": `{"ContactGroups":[{"Name":""}]}`,
	} {
		p := d.do("PUT", path, body)
		if p.status != 400 || plain(p.body["ErrorNumber"]) != "10" || len(p.rows("Elements")) != 1 {
			d.t.Errorf("%s: %d %s", path, p.status, p.raw)
		}
	}
	if p := d.do("DELETE", "/Connections/00000000-0000-4000-8000-000000000000", ""); p.status != 404 {
		d.t.Errorf("an unknown connection was deleted: %d", p.status)
	}
}
