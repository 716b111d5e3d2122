package xero

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// lineKeys are the fields of a line that are sent back as they came.
// LineAmount is left to Xero where quantity and price give it; of a discount's
// two forms only the entered one may be sent (Xero docs: accounting/invoices).
func lineKeys(line map[string]json.RawMessage) []string {
	keys := []string{"LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "TaxType", "TaxAmount", "Tracking"}
	if line["AccountCode"] != nil {
		keys = append(keys, "AccountCode")
	} else {
		keys = append(keys, "AccountID")
	}
	if line["UnitAmount"] == nil {
		keys = append(keys, "LineAmount")
	}
	var discount struct {
		DiscountRate, DiscountAmount number
		DiscountEnteredAsPercent     *boolean
	}
	_ = json.Unmarshal(mustObject(line), &discount)
	byAmount := discount.DiscountEnteredAsPercent != nil && !bool(*discount.DiscountEnteredAsPercent)
	switch {
	case !discount.DiscountRate.zero() && !byAmount:
		keys = append(keys, "DiscountRate")
	case !discount.DiscountAmount.zero():
		keys = append(keys, "DiscountAmount")
	}
	return keys
}

// mustObject puts the fields together again; raw messages that were decoded
// always marshal.
func mustObject(fields map[string]json.RawMessage) []byte {
	raw, err := json.Marshal(fields)
	if err != nil {
		return nil
	}
	return raw
}

// echo is a line as it may be sent back.
func echo(raw json.RawMessage) map[string]json.RawMessage {
	var line map[string]json.RawMessage
	if json.Unmarshal(raw, &line) != nil {
		return nil
	}
	out := map[string]json.RawMessage{}
	for _, key := range lineKeys(line) {
		if value := line[key]; value != nil && string(value) != "null" {
			out[key] = value
		}
	}
	if l, err := decode[wireLine](raw); err == nil && l.UnitAmount.zero() && l.LineAmount.zero() && l.AccountCode == "" {
		// A line of text only: an amount of zero would ask for an account.
		return map[string]json.RawMessage{"LineItemID": line["LineItemID"], "Description": line["Description"]}
	}
	return out
}

func echoed(lines []json.RawMessage) []json.RawMessage {
	out := make([]json.RawMessage, len(lines))
	for i, line := range lines {
		out[i] = mustObject(echo(line))
	}
	return out
}

func without(lines []json.RawMessage, at int) []json.RawMessage {
	out := echoed(lines)
	return append(out[:at], out[at+1:]...)
}

func replaced(lines []json.RawMessage, at int, text string) []json.RawMessage {
	out := echoed(lines)
	line := echo(lines[at])
	line["Description"] = quoted(text)
	out[at] = mustObject(line)
	return out
}

func newLine(text string) json.RawMessage {
	return mustObject(map[string]json.RawMessage{"Description": quoted(text)})
}

func quoted(text string) json.RawMessage {
	raw, err := json.Marshal(text)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return raw
}

// write makes the request: the id, and only what changes. With lines go the
// fields that say how to read them, and what must be unchanged by then.
func (p linkPlan) write(raw linkInvoice, change connectors.LinkChange) (connectors.Write, error) {
	body := map[string]any{"InvoiceID": change.Invoice.ID}
	request := wireWrite{
		Method: http.MethodPost, Path: "Invoices", Query: perElement(), Plural: "Invoices",
		Link: change.URL, Visible: p.visible,
	}
	request.Query.Set("unitdp", "4")
	if p.setURL {
		body["Url"] = p.url
	}
	if p.lines != nil {
		body["LineItems"] = p.lines
		if raw.LineAmountTypes != "" {
			body["LineAmountTypes"] = raw.LineAmountTypes
		}
		if rate := rateText(raw.CurrencyRate); strings.TrimRight(strings.TrimRight(rate, "0"), ".") != "1" && rate != "" {
			body["CurrencyRate"] = json.Number(rate)
		}
		request.Total = string(raw.Total)
		if at := raw.at(); !at.IsZero() {
			request.Unchanged = at.UnixMilli()
		}
	}
	var err error
	if request.Body, err = json.Marshal(map[string]any{"Invoices": []any{body}}); err != nil {
		return connectors.Write{}, err
	}
	w := connectors.Write{
		Op: opLink, Key: linkKey(raw, change, request.Body),
		Target: receivables.Ref{Kind: receivables.KindInvoice, ID: change.Invoice.ID},
	}
	return w, seal(&w, request)
}

// linkKey is new for each version of the invoice: the same link may be put
// back after it was taken away, and a key that Xero remembers would then
// answer without doing anything.
func linkKey(raw linkInvoice, change connectors.LinkChange, body []byte) string {
	sum := sha256.Sum256(body)
	return fmt.Sprintf("link:%s:%d:%s:g%d", change.Invoice.ID, raw.at().UnixMilli(), hex.EncodeToString(sum[:8]), change.Generation)
}

// stands says whether the invoice is as the request wants it.
func (w wireWrite) stands(invoice wireInvoice) bool {
	for _, body := range elementsOf[struct {
		URL *string `json:"Url"`
	}](w) {
		if body.URL != nil && *body.URL != invoice.URL {
			return false
		}
	}
	line, visible := "", false
	for _, l := range invoice.LineItems {
		if address, ours := lineLink(l); ours && address != "" {
			line, visible = address, true
		}
	}
	return visible == w.Visible && (!visible || line == w.Link)
}
