package economy

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Journaller is what only some ledgers allow: a journal line on receivables.
type Journaller interface {
	Journal(customer, currency string, amount Minor, at time.Time, note string) error
}

// LinkRemover takes payment links off an invoice, as a bookkeeper would who
// edits the document by hand. match says which URLs to take; it returns how
// many places were changed.
type LinkRemover interface {
	RemoveLink(id string, match func(url string) bool) (int, error)
}

// RemoveLink edits the memo: each line with such a URL goes.
func (q *quickbooksBooks) RemoveLink(id string, match func(string) bool) (int, error) {
	raw, err := q.company.Read("Invoice", id)
	if err != nil {
		return 0, fmt.Errorf("quickbooks: read Invoice %s: %w", id, err)
	}
	var v struct {
		ID           string `json:"Id"`
		SyncToken    string
		CustomerMemo struct{ Value string }
	}
	if err := open(raw, "Invoice", &v); err != nil {
		return 0, fmt.Errorf("quickbooks: %w", err)
	}
	var kept []string
	removed := 0
	for line := range strings.SplitSeq(v.CustomerMemo.Value, "\n") {
		if mentions(line, match) {
			removed++
			continue
		}
		kept = append(kept, line)
	}
	if removed == 0 {
		return 0, nil
	}
	body, err := json.Marshal(fields{
		"Id": v.ID, "SyncToken": v.SyncToken, "sparse": true,
		"CustomerMemo": fields{"value": strings.Join(kept, "\n")},
	})
	if err != nil {
		return 0, fmt.Errorf("quickbooks: invoice %s: %w", id, err)
	}
	if _, err := q.company.Update("Invoice", body); err != nil {
		return 0, fmt.Errorf("quickbooks: update Invoice %s: %w", id, err)
	}
	return removed, nil
}

// RemoveLink sends the lines again without those that hold such a URL: lines
// that are not sent are deleted (Xero docs: accounting/invoices).
func (x *xeroBooks) RemoveLink(id string, match func(string) bool) (int, error) {
	raw, err := x.org.Read("Invoices", id)
	if err != nil {
		return 0, fmt.Errorf("xero: read invoice %s: %w", id, err)
	}
	var v struct{ LineItems []json.RawMessage }
	if err := open(raw, "Invoices", &v); err != nil {
		return 0, fmt.Errorf("xero: %w", err)
	}
	kept, removed := []json.RawMessage{}, 0
	for _, line := range v.LineItems {
		var text struct{ Description string }
		if err := json.Unmarshal(line, &text); err != nil {
			return 0, fmt.Errorf("xero: invoice %s: %w", id, err)
		}
		if mentions(text.Description, match) {
			removed++
			continue
		}
		kept = append(kept, line)
	}
	if removed == 0 {
		return 0, nil
	}
	body, err := json.Marshal(fields{"LineItems": kept})
	if err != nil {
		return 0, fmt.Errorf("xero: invoice %s: %w", id, err)
	}
	if _, err := x.org.Update("Invoices", id, body); err != nil {
		return 0, fmt.Errorf("xero: update invoice %s: %w", id, err)
	}
	return removed, nil
}

// mentions says whether a text holds a URL that matches.
func mentions(text string, match func(string) bool) bool {
	for _, url := range links.FindAllString(text, -1) {
		if match(trimURL(url)) {
			return true
		}
	}
	return false
}

// trimURL takes the punctuation off that follows a URL in running text.
func trimURL(url string) string { return strings.TrimRight(url, ".,;)") }
