package quickbooks

import (
	"io"
	"net/http"
	"strings"
)

// RenderFault answers with a status in Intuit's own words: the gateway's 401,
// 403 and 429, a ValidationFault with a code, a SystemFault, or the HTML of a
// proxy. It makes nothing happen.
func (s *Server) RenderFault(w http.ResponseWriter, r *http.Request, status int, code string) {
	s.head(w)
	c := s.realmOf(r)
	switch {
	case status == http.StatusTooManyRequests || code == "3001":
		s.throttledAs(w, c, status)
	case code == "120":
		s.writeFault(w, r, c, &Fault{
			Status: status, Type: "AuthorizationFault", Code: "120", Message: "Authorization Failure",
			Detail: "AuthorizationFailure: -11014 You do not have access to use QuickBooks Online Plus.",
		})
	case status == http.StatusUnauthorized:
		s.gatewayFault(w, r, status, "AUTHENTICATION", "AuthenticationFailed", "3200", "Token expired")
	case status == http.StatusForbidden:
		s.gatewayFault(w, r, status, "SERVICE", "ApplicationAuthorizationFailed", "3100", "")
	case status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		title := http.StatusText(status)
		_, _ = io.WriteString(w, "<html>\r\n<head><title>"+title+"</title></head>\r\n<body>\r\n<center><h1>"+title+"</h1></center>\r\n</body>\r\n</html>\r\n")
	case status >= http.StatusInternalServerError:
		s.writeFault(w, r, c, &Fault{
			Status: status, Type: "SystemFault", Code: orDefault(code, "10000"),
			Message: "An application error has occurred while processing your request",
			Detail:  "System Failure Error: Could not find resource for relative : please try again later",
		})
	default:
		f := *faultByCode(code)
		f.Status = status
		s.writeFault(w, r, c, &f)
	}
}

// realmOf is the company that a path names; nil when it names none.
func (s *Server) realmOf(r *http.Request) *Company {
	rest, ok := strings.CutPrefix(r.URL.Path, "/v3/company/")
	if !ok {
		return nil
	}
	realm, _, _ := strings.Cut(rest, "/")
	return s.Company(realm)
}

// faultByCode is the fault of a code; the general business fault for codes
// that are not imitated.
func faultByCode(code string) *Fault {
	all := []*Fault{
		faultNotFound(), faultCannotLink("it has been linked already"), faultStale(), faultMissing("TotalAmt"), faultBadID("0"),
		faultTooLong("PrivateNote", 4000, 4001), faultNumber("Amount", errAmount), faultEnum("Status", "x"), faultReference("ItemRef", "Items", "1"),
		faultDuplicateName(), faultDuplicateNumber("1001", "Invoice", "1"), faultClosedPeriod(), faultDeposited(), faultUnsupported("Operation is not supported."),
		faultMalformed("x"), faultQueryParse("Encountered \"x\""), faultQuery("x"), faultEmail("BillEmail.Address", "x"),
		validation("6190", "Invalid Company Status", "Subscription period has ended or been canceled, or there was a billing problem : You can't add data to QuickBooks Online Plus because your trial or subscription period ended."),
		validation("6250", "Invalid Customer", "The customer is invalid."),
		validation("6560", "Customer is required", "A customer must be specified."),
		faultBusiness("The transaction cannot be saved."),
	}
	for _, f := range all {
		if f.Code == code {
			return f
		}
	}
	return all[len(all)-1]
}
