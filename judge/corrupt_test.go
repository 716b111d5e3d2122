package judge_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A judge that finds nothing proves nothing: each of these falsifications
// must be noticed.
func TestFalsified(t *testing.T) {
	t.Parallel()
	e := play(t, "--seed", "9", "--invoices", size(30))
	accept(t, e)
	cases := map[string]func(*testing.T, *evidence){
		"the receivables were another figure": func(_ *testing.T, e *evidence) { e.summary.Receivables["EUR"] = open{Net: "1.00"} },
		"an unexplained cent": func(_ *testing.T, e *evidence) {
			e.summary.Proof = slices.Clone(e.summary.Proof)
			e.summary.Proof[0].Unexplained = "0.01"
		},
		"a movement that nobody booked": func(_ *testing.T, e *evidence) {
			stripe(e, func(a *account) {
				m := a.Movements[len(a.Movements)-1]
				m.ID, m.Source, m.Category, m.Amount, m.Fee, m.Net = "txn_forged", "ch_forged", "charge", 100, 0, 100
				a.Movements = append(slices.Clone(a.Movements), m)
			})
		},
		"a link over another amount": func(t *testing.T, e *evidence) {
			stripe(e, func(a *account) {
				a.Prices = slices.Clone(a.Prices)
				for i := range a.Prices {
					a.Prices[i].Unit++
				}
			})
		},
		"a closed link can be paid": func(_ *testing.T, e *evidence) {
			stripe(e, func(a *account) {
				a.Links = slices.Clone(a.Links)
				for i := range a.Links {
					a.Links[i].Active = true
				}
			})
		},
		"the second sync wrote": func(_ *testing.T, e *evidence) { e.summary.Second.Written = 1 },
		"an invoice below zero": func(t *testing.T, e *evidence) {
			objects(e, "Invoice", "Invoices", func(list []json.RawMessage) []json.RawMessage {
				list = slices.Clone(list)
				for i, raw := range list {
					list[i] = replaced(raw, `"(Balance|AmountDue)":-?[0-9.]+`, `"$1":-1`)
				}
				return list
			})
		},
	}
	documents := map[string][2]string{"receipt": {"Payment", "Payments"}, "fee": {"Purchase", "BankTransactions"}, "payout": {"Transfer", "BankTransfers"}}
	changes := map[string]func([]json.RawMessage, int) []json.RawMessage{
		"is missing": drop, "stands twice": double, "has another amount": more, "is dated before the cut-over": early,
	}
	for purpose, kinds := range documents {
		for what, how := range changes {
			cases["a "+purpose+" in QuickBooks "+what] = change(kinds[0], "", how)
			cases["a "+purpose+" in Xero "+what] = change("", kinds[1], how)
		}
	}
	for name, falsify := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			forged := e
			forged.summary.Receivables = maps.Clone(e.summary.Receivables)
			falsify(t, &forged)
			if complaints := judge(forged); len(complaints) == 0 {
				t.Error("the judge has noticed nothing")
			}
		})
	}
}

// change falsifies the last document of ours of a kind in one ledger; the
// other's kind is "".
func change(quickbooks, xero string, how func([]json.RawMessage, int) []json.RawMessage) func(*testing.T, *evidence) {
	return func(t *testing.T, e *evidence) {
		found := 0
		objects(e, quickbooks, xero, func(list []json.RawMessage) []json.RawMessage {
			for i, raw := range slices.Backward(list) {
				if marks.Match(raw) && !bytes.Contains(raw, []byte(`-TRANSFER"`)) {
					found++
					return how(slices.Clone(list), i)
				}
			}
			return list
		})
		if found == 0 {
			t.Fatal("there is nothing to falsify")
		}
	}
}

func drop(list []json.RawMessage, at int) []json.RawMessage { return slices.Delete(list, at, at+1) }

// double adds the same document under another id.
func double(list []json.RawMessage, at int) []json.RawMessage {
	return append(list, replaced(list[at], `"(Id|PaymentID|BankTransactionID|BankTransferID)":"[^"]+"`, `"$1":"forged"`))
}

// more puts a digit before every amount.
func more(list []json.RawMessage, at int) []json.RawMessage {
	pattern := regexp.MustCompile(`"(Amount|TotalAmt|Total|LineAmount|UnitAmount)":([0-9]+\.?[0-9]*)`)
	list[at] = pattern.ReplaceAll(list[at], []byte(`"$1":1$2`))
	return list
}

func early(list []json.RawMessage, at int) []json.RawMessage {
	text := string(replaced(list[at], `"TxnDate":"[^"]+"`, `"TxnDate":"2020-01-01"`))
	list[at] = replaced(json.RawMessage(text), `"Date":"[^"]+"`, `"Date":"/Date(1577836800000+0000)/"`)
	return list
}

func replaced(raw json.RawMessage, pattern, by string) json.RawMessage {
	return regexp.MustCompile(pattern).ReplaceAll(raw, []byte(strings.ReplaceAll(by, "$1", "${1}")))
}

// objects replaces the lists of a kind in the later dump, and leaves the
// evidence that it came from as it is.
func objects(e *evidence, quickbooks, xero string, with func([]json.RawMessage) []json.RawMessage) {
	e.after.QuickBooks, e.after.Xero = maps.Clone(e.after.QuickBooks), maps.Clone(e.after.Xero)
	for id, company := range e.after.QuickBooks {
		company.Entities = maps.Clone(company.Entities)
		company.Entities[quickbooks] = with(company.Entities[quickbooks])
		e.after.QuickBooks[id] = company
	}
	for id, organisation := range e.after.Xero {
		organisation.Objects = maps.Clone(organisation.Objects)
		organisation.Objects[xero] = with(organisation.Objects[xero])
		e.after.Xero[id] = organisation
	}
}

func stripe(e *evidence, with func(*account)) {
	e.after.Stripe = maps.Clone(e.after.Stripe)
	for id, a := range e.after.Stripe {
		with(&a)
		e.after.Stripe[id] = a
	}
}
