package api

import (
	"tieout/receivables"
	"tieout/web"
)

// Billing is what the ledgers billed and collected in one currency, and how long
// customers take to pay.
type Billing struct {
	Currency string         `json:"currency"`
	Months   []BillingMonth `json:"months" doc:"In order; the newest is not over yet."`
	DSO      int64          `json:"dso_days" doc:"Days sales outstanding by count-back, rounded."`
	Beyond   bool           `json:"dso_at_least" doc:"More is owed than all these months have billed: the days are a lower bound."`
}

// BillingMonth is what was billed and collected in a month.
type BillingMonth struct {
	First     receivables.Date `json:"first_day"`
	Invoiced  Money            `json:"invoiced"`
	Credited  Money            `json:"credited"`
	Collected Money            `json:"collected"`
	Invoices  int              `json:"invoices"`
	Receipts  int              `json:"receipts"`
}

func billing(b web.Billing) Billing {
	return Billing{
		Currency: string(b.Currency), DSO: b.DSO.Days(), Beyond: b.DSO.Beyond,
		Months: each(b.Months, func(m receivables.Month) BillingMonth {
			return BillingMonth{
				First: m.First, Invoiced: moneyOf(b.Of(m.Invoiced)), Credited: moneyOf(b.Of(m.Credited)), Collected: moneyOf(b.Of(m.Collected)),
				Invoices: m.Invoices, Receipts: m.Receipts,
			}
		}),
	}
}
