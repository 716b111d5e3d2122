package reconcile

import (
	"slices"
	"strconv"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// metaShares begins the metadata keys that say what each of several invoices
// gets of one payment, as "id=minor" separated by blanks.
const metaShares = "tieout_shares"

// ownShares are the shares that our own metadata names, if it is this book's:
// what the payer was shown and agreed to. Words that cannot be read are nobody's.
func ownShares(book string, m Movement) []connectors.CheckoutShare {
	for _, meta := range metadataOf(m) {
		if meta[metaBook] != book {
			continue
		}
		var names []string
		for name := range meta {
			if strings.HasPrefix(name, metaShares) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		var out []connectors.CheckoutShare
		for _, name := range names {
			for word := range strings.FieldsSeq(meta[name]) {
				id, minor, _ := strings.Cut(word, "=")
				if amount, err := strconv.ParseInt(minor, 10, 64); err == nil && amount > 0 && id != "" {
					out = append(out, connectors.CheckoutShare{Invoice: id, Amount: amount})
				}
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

// namedByUs are the invoices that our own metadata names.
func (w *world) namedByUs(m Movement) []string {
	ids := []string{ownInvoice(w.book.ID, m)}
	for _, share := range ownShares(w.book.ID, m) {
		ids = append(ids, share.Invoice)
	}
	return ids
}

// matchShares gives each invoice the share that the payer agreed to, as far as
// it is payable still; the rest waits for a person.
func (w *world) matchShares(m Movement, shares []connectors.CheckoutShare) (match, bool) {
	result := match{rest: m.Charge.Amount}
	var named []receivables.Invoice
	for _, share := range shares {
		inv, ok := w.invoices[share.Invoice]
		if !ok {
			continue
		}
		named = append(named, inv)
		amount := min(w.payable(inv), share.Amount, result.rest)
		if amount <= 0 || inv.Currency != m.Charge.Currency || inv.State != receivables.StateLive {
			continue
		}
		result.allocations = append(result.allocations, Allocation{
			Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Invoice: inv.ID, Customer: inv.CustomerID,
			Amount: amount, Currency: inv.Currency, Rule: RuleMetadata, Evidence: "the payer chose what each invoice gets",
		})
		result.rest -= amount
	}
	if len(named) == 0 {
		return match{}, false
	}
	if receipt, ok := w.entered(m, named); ok {
		return w.adopt(m, receipt, "the payer chose "+numbers(named)), true
	}
	result.owner, result.why = ownerOf(named), "The payer chose what each invoice gets."
	if result.rest > 0 {
		w.askAboutRest(m, &result, "the payer chose what each invoice gets")
	}
	return result, true
}
