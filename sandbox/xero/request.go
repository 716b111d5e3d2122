package xero

import (
	"net/http"
	"slices"
	"strings"

	"tieout/sandbox/oauth"
)

// endpoints are the first segments of paths that this stand-in knows, in
// Xero's spelling.
func endpoints() []string {
	return []string{
		"Accounts", "BankTransactions", "BankTransfers", "BatchPayments", "BrandingThemes", "ContactGroups", "Contacts", "CreditNotes", "Currencies",
		"InvoiceReminders", "Invoices", "Items", "ManualJournals", "Organisation", "Overpayments", "PaymentServices", "Payments", "Prepayments", "Reports", "TaxRates",
		"TrackingCategories", "Users",
	}
}

// parts are the segments that follow an id.
func parts() []string {
	return []string{"Actions", "Allocations", "Attachments", "CISSettings", "Contacts", "Email", "History", "OnlineInvoice", "Options", "PaymentServices", "Settings", "pdf"}
}

// apiPath takes an API path apart. Xero's routes do not mind the case of
// names, so they come out in its own spelling; ids stay as sent.
func apiPath(path string) []string {
	out := strings.Split(strings.Trim(strings.TrimPrefix(path, "/api.xro/2.0/"), "/"), "/")
	if strings.EqualFold(out[0], "Organisations") {
		out[0] = "Organisation"
	}
	out[0] = spelled(out[0], endpoints())
	for i := 1; i < len(out) && i < 3; i++ {
		out[i] = spelled(out[i], parts())
	}
	return out
}

func spelled(name string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
	}
	return name
}

// allowed checks the granular scope of the endpoint (Xero docs: oauth2/scopes).
func allowed(g *oauth.Grant, path []string, method string) bool {
	for _, scope := range scopesOf(path) {
		if slices.Contains(g.Scopes, scope) || method == http.MethodGet && slices.Contains(g.Scopes, scope+".read") {
			return true
		}
	}
	return false
}

// scopesOf are the scopes of which any opens the path, without ".read".
func scopesOf(path []string) []string {
	if len(path) > 2 && path[2] == "Attachments" {
		return []string{"accounting.attachments"}
	}
	switch path[0] {
	case "Invoices", "CreditNotes":
		return []string{"accounting.invoices"}
	case "Items":
		return []string{"accounting.invoices", "accounting.settings"}
	case "Payments", "BatchPayments", "Overpayments", "Prepayments":
		return []string{"accounting.payments"}
	case "BankTransactions", "BankTransfers":
		return []string{"accounting.banktransactions"}
	case "ManualJournals":
		return []string{"accounting.manualjournals"}
	case "Contacts", "ContactGroups":
		return []string{"accounting.contacts"}
	case "PaymentServices":
		return []string{scopePaymentServices}
	case "BrandingThemes":
		if len(path) > 2 && path[2] == "PaymentServices" {
			return []string{scopePaymentServices}
		}
	case "Reports":
		return reportScopes(path)
	}
	return []string{"accounting.settings"}
}

// scopePaymentServices is granted to certified payment service partners only
// (Xero docs: accounting/paymentservices).
const scopePaymentServices = "paymentservices"

func reportScopes(path []string) []string {
	if len(path) == 1 {
		return []string{"accounting.reports.aged", "accounting.reports.balancesheet", "accounting.reports.banksummary", "accounting.reports.profitandloss", "accounting.reports.trialbalance"}
	}
	name := strings.ToLower(path[1])
	if strings.HasPrefix(name, "aged") {
		name = "aged"
	}
	return []string{"accounting.reports." + name}
}

// wantsXML tells whether the answer is to be XML, which is Xero's default: all
// but an Accept that names JSON (Xero docs: requests-and-responses).
func wantsXML(r *http.Request) bool {
	return !strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "json")
}

func wantsPDF(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/pdf")
}

// jsonBody turns an XML body into the JSON that the rest works on and spells
// member names as Xero does; uploads stay as they are.
func jsonBody(r *http.Request, path []string, body []byte) ([]byte, error) {
	if len(path) > 2 && path[2] == "Attachments" || len(body) == 0 {
		return body, nil
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff"))
	if strings.HasPrefix(text, "<") {
		return xmlRequest([]byte(text))
	}
	if strings.Contains(r.Header.Get("Content-Type"), "x-www-form-urlencoded") && strings.HasPrefix(text, "xml=") {
		return xmlForm(text)
	}
	return body, nil
}
