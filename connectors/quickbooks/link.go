package quickbooks

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"tieout/connectors"
	"tieout/receivables"
)

// linkMarker begins our line in the customer's memo. QuickBooks has no field
// for a payment address of somebody else's; the memo is printed on the form
// and shown on its page (Intuit docs: invoice). The words are fixed: the line
// is found by them.
const linkMarker = "Pay this invoice online: "

// findLink gives the address in our line; "" when there is none.
func findLink(memo string) string {
	for line := range strings.Lines(memo) {
		if address, ok := ours(line); ok {
			return address
		}
	}
	return ""
}

// ours recognises our line: the marker and one web address, nothing else.
func ours(line string) (string, bool) {
	address, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), linkMarker)
	address = strings.TrimSpace(address)
	web := strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
	return address, ok && web && !strings.ContainsAny(address, " \t\r\n")
}

// withLink is the memo with our line, and no other of ours, at its end. The
// user's text is not touched.
func withLink(memo, link string) string {
	kept, last := strings.Builder{}, false
	for line := range strings.Lines(memo) {
		if _, last = ours(line); !last {
			kept.WriteString(line)
		}
	}
	text := kept.String()
	if last { // the break before our line was ours as well
		text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	}
	switch {
	case link == "":
		return text
	case text == "":
		return linkMarker + link
	}
	return text + "\n" + linkMarker + link
}

// LowerLink is a sparse update of the memo. OnDocument has no say: the memo is
// a note to the customer and changes no line of the invoice.
func (s *Session) LowerLink(c connectors.LinkChange) (w connectors.Write, needed bool, why string, err error) {
	current, err := decode[wireInvoice](c.Raw)
	if err != nil || current.ID == "" || current.SyncToken == "" {
		return w, false, "", fmt.Errorf("quickbooks: link: invoice %s has no body that can be read: %w", c.Invoice.ID, orSyntax(err))
	}
	if current.ID != c.Invoice.ID {
		return w, false, "", fmt.Errorf("quickbooks: link: the body is that of invoice %s, not %s", current.ID, c.Invoice.ID)
	}
	if c.URL != "" {
		if _, ok := ours(linkMarker + c.URL); !ok {
			return w, false, "", fmt.Errorf("quickbooks: link: %q is not a web address", c.URL)
		}
		if current.state(current.Line) != receivables.StateLive {
			return w, false, "the invoice is void", nil
		}
	}
	memo := withLink(current.CustomerMemo.Value, c.URL)
	switch {
	case memo == current.CustomerMemo.Value:
		return w, false, "", nil
	case utf8.RuneCountInString(memo) > memoMost:
		return w, false, fmt.Sprintf("the note to the customer has no room for the link: it may hold %d characters", memoMost), nil
	}
	body := map[string]any{
		"Id": current.ID, "SyncToken": current.SyncToken, "sparse": true,
		"CustomerMemo": map[string]string{"value": memo},
	}
	key := linkKey(current.ID, current.SyncToken, memo, c.Generation)
	w = connectors.Write{
		Op: opLink, Key: key,
		Target: receivables.Ref{Kind: receivables.KindInvoice, ID: current.ID},
	}
	w.Body, err = request{Entity: "Invoice", Body: body, Link: c.URL, Total: string(current.TotalAmt)}.encode(key)
	return w, err == nil, "", err
}

func orSyntax(err error) error {
	if err == nil {
		return errSyntax
	}
	return err
}

// linkKey changes with the version that is written to: a request id must not
// be used again for another body.
func linkKey(id, token, memo string, generation int) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{id, token, memo}, "\n")))
	return fmt.Sprintf("link:%s:g%d", hex.EncodeToString(sum[:12]), generation)
}

// checkLink compares what came back with what was sent: a sparse update of an
// invoice with automated sales tax may recalculate its tax.
func checkLink(r request, raw json.RawMessage) []string {
	after, err := decode[wireInvoice](raw)
	if err != nil {
		return []string{"the updated invoice cannot be read"}
	}
	var warnings []string
	if !sameAmount(r.Total, string(after.TotalAmt)) {
		warnings = append(warnings, fmt.Sprintf("the total of invoice %s changed from %s to %s when its note was written", after.ID, r.Total, after.TotalAmt))
	}
	if findLink(after.CustomerMemo.Value) != r.Link {
		warnings = append(warnings, fmt.Sprintf("invoice %s does not show the link that was written", after.ID))
	}
	return warnings
}
