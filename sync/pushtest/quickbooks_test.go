package pushtest_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"tieout/connectors/quickbooks"
	"tieout/receivables"
	standin "tieout/sandbox/quickbooks"
)

// quickBooks is Intuit's stand-in with one company.
func quickBooks(b *bench) side {
	server := standin.New(standin.Options{Clock: b.clock, Seed: 11, ClientID: "client", ClientSecret: "hush"})
	server.SetBaseURL(base)
	company, err := server.AddCompany(standin.CompanyOptions{Name: "Bench & Co", TimeZone: "America/Denver"})
	b.must(err)
	vendor := quickbooks.New(quickbooks.Config{
		ClientID: "client", ClientSecret: "hush", API: base, Sandbox: true, Authorize: base + "/connect/oauth2", Token: base + "/oauth2/v1/tokens/bearer",
	})
	create := func(entity, body string) string {
		raw, err := company.Create(entity, []byte(body))
		b.must(err)
		var made struct{ Id string } //nolint:revive // Intuit's name
		b.must(json.Unmarshal(raw, &made))
		return made.Id
	}
	const line = `"Line":[{"Amount":%s,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`
	return side{
		box: server, vendor: vendor, company: company.RealmID(), dump: company.Dump, token: consented(vendor),
		customer: func(*bench) string { return create("Customer", `{"DisplayName":"Ada's Shop"}`) },
		erase: func(ref receivables.Ref, how string) error {
			entity, id, other := strings.Cut(ref.ID, ":")
			switch {
			case !other && ref.Kind == receivables.KindReceipt:
				entity, id = "Payment", ref.ID
			case !other && ref.Kind == receivables.KindCredit:
				entity, id = "CreditMemo", ref.ID
			}
			if how == voids {
				_, err := company.Void(entity, id)
				return err
			}
			_, err := company.Delete(entity, id)
			return err
		},
		enter: func(_ *bench, customer string, credit bool) string {
			entity, amount := "Invoice", "100.00"
			if credit {
				entity, amount = "CreditMemo", "40.00"
			}
			return create(entity, fmt.Sprintf(`{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01",`+line+`}`, customer, amount))
		},
	}
}
