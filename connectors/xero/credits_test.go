package xero

import (
	"context"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// TestCreditsAgreeWithTheTrialBalance lets every kind of credit arise and
// holds our sums against the organisation's own accounts-receivable line.
func TestCreditsAgreeWithTheTrialBalance(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	bank := accountNamed(t, r, "090")
	id := r.invoice(t, "INV-1", "USD", "300.00")
	note := r.create(t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","CurrencyCode":"EUR","CurrencyRate":0.9,"Contact":{"Name":"Harbour Foods"},
		"Date":"2026-04-22","LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":10,"AccountCode":"200"}]}`)
	home := r.create(t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","CurrencyCode":"USD","Contact":{"Name":"Harbour Foods"},
		"Date":"2026-04-22","LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":40,"AccountCode":"200"}]}`)
	if _, err := r.org.Allocate("CreditNotes", home["CreditNoteID"].(string), []byte(`{"Amount":25,"Invoice":{"InvoiceID":"`+id+`"}}`)); err != nil {
		t.Fatal(err)
	}
	r.create(t, "BankTransactions", `{"Type":"RECEIVE-OVERPAYMENT","Contact":{"Name":"Harbour Foods"},"BankAccount":{"AccountID":"`+bank+`"},
		"Date":"2026-04-23","LineAmountTypes":"NoTax","LineItems":[{"Description":"Too much","Quantity":1,"UnitAmount":7.5}]}`)
	r.create(t, "BankTransactions", `{"Type":"RECEIVE-PREPAYMENT","Contact":{"Name":"Harbour Foods"},"BankAccount":{"AccountID":"`+bank+`"},
		"Date":"2026-04-23","LineAmountTypes":"NoTax","LineItems":[{"Description":"In advance","Quantity":1,"UnitAmount":60,"AccountCode":"200"}]}`)

	var open, credits int64
	kinds := map[receivables.CreditKind]int{}
	for _, stream := range r.session.Streams() {
		records, _ := pull(t, r.session, stream.Name, nil)
		accepted(t, records)
		for _, record := range records {
			switch e := record.Entity.(type) {
			case receivables.Invoice:
				open += e.HomeBalance
				if *e.Credited != 2500 {
					t.Errorf("credited %d, want 25.00", *e.Credited)
				}
			case receivables.Credit:
				kinds[e.Kind]++
				credits += e.HomeRemaining
				if e.ID == note["CreditNoteID"] && e.HomeRemaining != 1111 {
					t.Errorf("10.00 EUR at 0.9 are carried at %d", e.HomeRemaining)
				}
				if e.ID == home["CreditNoteID"] && (e.Remaining != 1500 || len(e.Allocations) != 1 || e.Allocations[0].Amount != 2500) {
					t.Errorf("the allocated note is %+v", e)
				}
			}
		}
	}
	if kinds[receivables.CreditNote] != 2 || kinds[receivables.CreditOverpaid] != 1 || kinds[receivables.CreditPrepaid] != 1 {
		t.Errorf("credits %v", kinds)
	}
	figures, err := r.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-05-04"})
	if err != nil {
		t.Fatal(err)
	}
	if figures.Receivable["USD"] != open-credits || open != 27500 {
		t.Errorf("the trial balance says %d, invoices %d less credits %d", figures.Receivable["USD"], open, credits)
	}
}

// TestDeletedTransferIsSeen deletes a transfer after it was pulled.
func TestDeletedTransferIsSeen(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	from, to := accountNamed(t, r, "090"), accountNamed(t, r, "091")
	out := r.create(t, "BankTransfers", `{"FromBankAccount":{"AccountID":"`+from+`"},"ToBankAccount":{"AccountID":"`+to+`"},"Amount":12.5,"Date":"2026-05-02"}`)
	records, cursor := pull(t, r.session, "bank_transfers", nil)
	accepted(t, records)
	doc := entity[receivables.Document](t, records, out["BankTransferID"].(string))
	if doc.Currency != "USD" || doc.Total != 1250 || doc.Postings[0].Amount != -1250 || doc.Postings[1].Amount != 1250 {
		t.Errorf("transfer %+v", doc)
	}
	transactions, _ := pull(t, r.session, "bank_transactions", nil)
	if len(transactions) != 0 {
		t.Errorf("the halves of the transfer came as %d documents", len(transactions))
	}
	r.clock.Advance(48 * time.Hour)
	if err := r.org.Delete("BankTransfers", doc.ID); err != nil {
		t.Fatal(err)
	}
	gone, _ := pull(t, r.session, "bank_transfers", cursor)
	if len(gone) != 1 || !gone[0].Deleted || gone[0].Order < records[0].Order {
		t.Errorf("a deleted transfer came as %+v", gone)
	}
	drafts, err := r.session.Fetch(context.Background(), []receivables.Ref{
		{Kind: receivables.KindDocument, ID: doc.ID}, {Kind: receivables.KindDocument, ID: "99999999-9999-4999-8999-999999999999"},
	})
	if err != nil || len(drafts) != 1 || !mapping.Accept(drafts[0]).Deleted {
		t.Errorf("fetched %d, %v", len(drafts), err)
	}
}
