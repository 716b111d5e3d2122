package quickbooks

import (
	"fmt"
	"net/http"
)

// Fault is an error answer of the API with its vendor code.
// Codes and texts: Intuit docs "Handling common errors" and recorded answers.
type Fault struct {
	Status  int    // HTTP status
	Type    string // ValidationFault, SystemFault, AUTHENTICATION, SERVICE
	Code    string
	Message string
	Detail  string
	Element string
	element bool // whether "element" is written, even when empty
}

// Error is the code with the detail.
func (f *Fault) Error() string {
	return fmt.Sprintf("quickbooks: fault %s: %s: %s", f.Code, f.Message, f.Detail)
}

func validation(code, message, detail string) *Fault {
	return &Fault{Status: http.StatusBadRequest, Type: "ValidationFault", Code: code, Message: message, Detail: detail}
}

func (f *Fault) at(element string) *Fault {
	f.Element, f.element = element, true
	return f
}

func faultNotFound() *Fault {
	return validation("610", "Object Not Found", "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.").at("")
}

func faultCannotLink(detail string) *Fault {
	return validation("620", "Transaction cannot be linked", "Transaction cannot be linked : "+detail)
}

func faultStale() *Fault {
	return validation("5010", "Stale Object Error", "Stale Object Error : You and Another User were working on this at the same time. Another User finished before you did, so your work was not saved.").at("")
}

func faultMissing(element string) *Fault {
	return validation("2020", "Required param missing, need to supply the required value for the API", "Required parameter "+element+" is missing in the request").at(element)
}

func faultBadID(id string) *Fault {
	return validation("2030", "Invalid ID", "Invalid ID : "+id).at("Id")
}

func faultTooLong(element string, limit, got int) *Fault {
	return validation("2050", "Invalid String. String length is either shorter or longer than supported by specification",
		fmt.Sprintf("String length specified does not match the supported length. Min:0 Max:%d supported. Supplied length:%d", limit, got)).at(element)
}

func faultNumber(element string, err error) *Fault {
	return validation("2080", "Invalid Number", fmt.Sprintf("Invalid number format for %s: %v", element, err)).at(element)
}

func faultEnum(element, value string) *Fault {
	return validation("2170", "Invalid Enumeration", fmt.Sprintf("Invalid Enumeration : %s is not a value of %s", value, element)).at(element)
}

func faultReference(element, what, id string) *Fault {
	return validation("2500", "Invalid Reference Id", fmt.Sprintf("Invalid Reference Id : %s element id %s not found", what, id)).at(element)
}

func faultBusiness(detail string) *Fault {
	return validation("6000", "A business validation error has occurred while processing your request", "Business Validation Error: "+detail).at("")
}

func faultDuplicateName() *Fault {
	return validation("6240", "Duplicate Name Exists Error", "The name supplied already exists. : null")
}

func faultDuplicateNumber(number, txnType, id string) *Fault {
	return validation("6140", "Duplicate Document Number Error", "Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber="+
		number+" is assigned to TxnType="+txnType+" with TxnId="+id).at("")
}

func faultClosedPeriod() *Fault {
	return validation("6210", "Account Period Closed, Cannot Update Through Services API", "The account period has closed and the account books cannot be updated through through the QBO Services API. Please use the QBO website to make these changes.").at("")
}

func faultDeposited() *Fault {
	return validation("6540", "Deposited Transaction cannot be changed", "This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.").at("")
}

func faultUnsupported(detail string) *Fault {
	return validation("500", "Unsupported Operation", detail)
}

func faultMalformed(detail string) *Fault {
	return validation("2010", "Request has invalid or unsupported property", "Property Name:"+detail+" specified is unsupported or invalid")
}

func faultQueryParse(detail string) *Fault {
	return validation("4000", "Error parsing query", "QueryParserError: "+detail)
}

func faultQuery(detail string) *Fault {
	return validation("4001", "Invalid query", "QueryValidationError: "+detail)
}
