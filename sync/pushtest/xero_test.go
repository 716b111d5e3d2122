package pushtest_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"tieout/connectors/xero"
	"tieout/receivables"
	standin "tieout/sandbox/xero"
)

// xeroSide is Xero's stand-in with one organisation.
func xeroSide(b *bench) side {
	server := standin.New(standin.Options{Clock: b.clock, Seed: 7, ClientID: "client", ClientSecret: "secret"})
	server.SetBaseURL(base)
	org, err := server.AddOrganisation(standin.OrganisationOptions{Name: "Riverside Studio", BaseCurrency: "USD", Timezone: "EASTERNSTANDARDTIME"})
	b.must(err)
	vendor := xero.New(xero.Config{ClientID: "client", ClientSecret: "secret", LoginURL: base, IdentityURL: base, APIURL: base})
	create := func(kind, key, body string) string {
		raw, err := org.Create(kind, []byte(body))
		b.must(err)
		var made map[string]any
		b.must(json.Unmarshal(raw, &made))
		return made[key].(string)
	}
	numbers := 0
	return side{
		box: server, vendor: vendor, company: org.ID(), dump: org.Dump, token: consented(vendor),
		customer: func(*bench) string { return create("Contacts", "ContactID", `{"Name":"Harbour Foods"}`) },
		erase: func(ref receivables.Ref, how string) error {
			kinds, change := []string{"Payments", "BankTransactions", "BankTransfers", "BatchPayments"}, org.Delete
			if how == voids {
				kinds, change = []string{"Invoices", "CreditNotes", "ManualJournals"}, org.Void
			}
			err := errors.New("it is of no kind that can be taken away so")
			for _, kind := range kinds {
				if _, missing := org.Read(kind, ref.ID); missing == nil {
					err = change(kind, ref.ID)
				}
			}
			return err
		},
		enter: func(_ *bench, customer string, credit bool) string {
			kind, key, typ, amount := "Invoices", "InvoiceID", "ACCREC", "100.00"
			if credit {
				kind, key, typ, amount = "CreditNotes", "CreditNoteID", "ACCRECCREDIT", "40.00"
			}
			numbers++
			return create(kind, key, fmt.Sprintf(`{"Type":%q,"Status":"AUTHORISED","CurrencyCode":"USD","Contact":{"ContactID":%q},"Date":"2026-03-01","DueDate":"2026-03-31",
				"LineAmountTypes":"NoTax","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":%s,"AccountCode":"200"}]}`, typ, customer, amount))
		},
	}
}
