package xero_test

import "testing"

// What a user reconciles on the screen shows it, in lists and alone, until it
// is untied again.
func TestReconcile(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil).connect()
	invoice := id(r.invoice("Ann", "10", "2026-05-01"), "InvoiceID")
	payment := id(r.put("Payments", `{"Invoice":{"InvoiceID":"`+invoice+`"},"Account":{"Code":"090"},"Amount":10,"Date":"2026-05-03"}`), "PaymentID")
	other := id(r.put("Accounts", `{"Code":"0991","Name":"Other","Type":"BANK","BankAccountNumber":"1"}`), "AccountID")
	transfer := id(r.put("BankTransfers", `{"FromBankAccount":{"Code":"090"},"ToBankAccount":{"AccountID":"`+other+`"},"Amount":5,"Date":"2026-05-03"}`), "BankTransferID")
	for _, yes := range []bool{true, false} {
		shown := map[bool]string{true: "true", false: "false"}[yes]
		for kind, id := range map[string]string{"Payments": payment, "BankTransfers": transfer} {
			if err := r.org.Reconcile(kind, id, yes); err != nil {
				t.Fatal(err)
			}
		}
		want(t, r.get("Payments/"+payment).ok().first("Payments"), "IsReconciled", shown)
		want(t, r.get("BankTransfers/"+transfer).ok().first("BankTransfers"), "FromIsReconciled", shown, "ToIsReconciled", shown)
		for _, leg := range r.get("BankTransactions?page=1").ok().rows("BankTransactions") {
			want(t, leg, "IsReconciled", shown)
		}
	}
	if err := r.org.Reconcile("Invoices", invoice, true); err == nil {
		t.Error("an invoice was reconciled")
	}
}
