package xero

import "fmt"

// Reconcile ties a payment, bank transaction or transfer to a line of the bank
// statement, or unties it, as a user does on the Reconcile screen: the API
// shows it as IsReconciled (Xero docs: accounting/payments,
// accounting/banktransactions, accounting/banktransfers).
func (o *Organisation) Reconcile(kindName, id string, yes bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.publish()
	o.writing()
	switch kindName {
	case "Payments", "BankTransactions", "BankTransfers":
	default:
		return fmt.Errorf("xero: reconcile %s: only Payments, BankTransactions and BankTransfers are reconciled", kindName)
	}
	r, err := o.single(o.kinds[kindName], id)
	if err != nil {
		return fmt.Errorf("xero: reconcile %s %s: %w", kindName, id, err)
	}
	if r.status == "DELETED" || r.status == "VOIDED" {
		return fmt.Errorf("xero: reconcile %s %s: it is %s", kindName, id, r.status)
	}
	r.reconciled = yes
	if t := r.transfer; t != nil {
		for _, leg := range []*record{t.fromLeg, t.toLeg} {
			if leg == nil {
				continue // a loaded transfer may be without
			}
			leg.reconciled = yes
			o.touch(leg)
		}
	}
	o.touch(r)
	return nil
}
