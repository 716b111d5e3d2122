package quickbooks

import "time"

// Operations of a webhook, as the event types spell them. "void" is the
// spelling of the subscription page (captured there in 2026); Intuit's own
// texts also write "voided".
const (
	opCreated = "created"
	opUpdated = "updated"
	opDeleted = "deleted"
	opVoided  = "void"
	opMerged  = "merged"
	opEmailed = "emailed"
)

// event is one change of one object.
type event struct {
	realm, entity, id, op string
	at                    time.Time
}

// tell notes a change for the webhook. The caller holds the company's lock.
func (c *Company) tell(o *object, op string) {
	if told(o.kind.name, op) {
		c.notify(event{realm: c.realm, entity: o.kind.name, id: o.id, op: op, at: c.clock.Now()})
	}
}

// told says whether an entity has an operation among its events (Intuit docs:
// configure webhooks; README names what is our choice there).
func told(entity, op string) bool {
	switch entity {
	case "Invoice", "Payment", "CreditMemo", "RefundReceipt", "SalesReceipt":
		return op != opMerged
	case "Transfer", "Purchase":
		return op == opCreated || op == opUpdated || op == opDeleted || op == opVoided
	case "Deposit", "JournalEntry", "Bill", "BillPayment":
		return op == opCreated || op == opUpdated || op == opDeleted
	case "Estimate":
		return op != opMerged && op != opVoided
	case "Customer", "Account", "Vendor", "Employee", "Item", "Class", "Department":
		return op == opCreated || op == opUpdated || op == opDeleted || op == opMerged
	case "PaymentMethod":
		return op == opCreated || op == opUpdated || op == opMerged
	case "Term", "CompanyCurrency":
		return op == opCreated || op == opUpdated
	case "Preferences":
		return op == opUpdated
	}
	return false
}

// eventName is the entity in an event type; what the API calls
// CompanyCurrency the webhook calls Currency.
func eventName(entity string) string {
	if entity == "CompanyCurrency" {
		return "Currency"
	}
	return entity
}
