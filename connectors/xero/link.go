package xero

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"tieout/connectors"
)

// Our link stands in an invoice in two places. A line without an amount is
// what the customer sees on the PDF and online; the field Url is shown to
// staff only, as "Go to ..." (Xero docs: accounting/invoices). Each carries a
// fixed sign of ours, so that what others put there is left alone.
const (
	linkLine = "Pay online: "
	linkMark = "#tieout"
	// linkClosed follows linkLine where the line may no longer be removed.
	linkClosed = "this link is closed"
)

// linkOf finds our link: that of the line, which the customer sees, before
// that of the Url.
func linkOf(w wireInvoice) (link string, visible bool) {
	for _, l := range w.LineItems {
		if url, ours := lineLink(l); ours && url != "" {
			return url, true
		}
	}
	if url, ours := strings.CutSuffix(w.URL, linkMark); ours {
		return url, false
	}
	return "", false
}

// lineLink recognises our line: it has no amount, no account, and begins with
// our words. The url is "" in a line that we have closed.
func lineLink(l wireLine) (url string, ours bool) {
	rest, ok := strings.CutPrefix(l.Description, linkLine)
	if !ok || !l.UnitAmount.zero() || !l.LineAmount.zero() || l.AccountCode != "" || l.AccountID != "" {
		return "", false
	}
	rest = strings.TrimSpace(rest)
	if strings.HasPrefix(rest, "https://") || strings.HasPrefix(rest, "http://") {
		return rest, true
	}
	return "", rest == linkClosed
}

// LowerLink plans the write that puts the link where it can stand:
//
//   - unpaid approved invoices take a line (if OnDocument) and the Url;
//   - part-paid and paid ones take the Url, and a line of ours that is there
//     already may still change its text (Xero docs: accounting/invoices,
//     editing paid invoices);
//   - drafts, voided and deleted invoices take nothing.
//
// A Url that another program has put there is left alone.
func (s *session) LowerLink(change connectors.LinkChange) (connectors.Write, bool, string, error) {
	id := change.Invoice.ID
	raw, err := decode[linkInvoice](change.Raw)
	if err != nil {
		return connectors.Write{}, false, "", fmt.Errorf("xero: lower link of invoice %s: %w", id, err)
	}
	if raw.Status != "AUTHORISED" && raw.Status != "PAID" {
		return connectors.Write{}, false, "the invoice is " + strings.ToLower(raw.Status), nil
	}
	plan := planLink(raw, change)
	if !plan.setURL && plan.lines == nil {
		return connectors.Write{}, false, plan.why, nil
	}
	w, err := plan.write(raw, change)
	if err != nil {
		return connectors.Write{}, false, "", fmt.Errorf("xero: lower link of invoice %s: %w", id, err)
	}
	return w, true, plan.why, nil
}

// linkInvoice is an invoice whose lines are kept as they came, so that they
// can be sent back without changing a digit.
type linkInvoice struct {
	wireInvoice
	LineItems       []json.RawMessage
	LineAmountTypes string
}

// linkPlan is what would change.
type linkPlan struct {
	url     string
	setURL  bool
	lines   []json.RawMessage
	visible bool
	why     string
}

func planLink(raw linkInvoice, change connectors.LinkChange) linkPlan {
	var p linkPlan
	p.planURL(raw, change)
	p.planLines(raw, change)
	return p
}

// planURL decides about the Url field. It must be absolute and must not
// contain the vendor's name (Xero docs: accounting/invoices).
func (p *linkPlan) planURL(raw linkInvoice, change connectors.LinkChange) {
	if raw.URL != "" && !strings.HasSuffix(raw.URL, linkMark) {
		p.why = "the invoice's link field belongs to another program"
		return
	}
	if change.URL != "" {
		p.url = change.StaffURL
		if !usableURL(p.url) {
			p.url = change.URL
		}
		if !usableURL(p.url) {
			p.why = "Xero does not take this address as an invoice's link"
			return
		}
		p.url += linkMark
	}
	p.setURL = p.url != raw.URL
}

func usableURL(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" &&
		!strings.Contains(strings.ToLower(address), "xero")
}

// planLines decides about the line. Lines that are sent replace all lines, so
// that an invoice read without its lines cannot be given one.
func (p *linkPlan) planLines(raw linkInvoice, change connectors.LinkChange) {
	at, now := -1, ""
	for i, line := range raw.LineItems {
		l, err := decode[wireLine](line)
		if err != nil {
			p.why = "a line of the invoice cannot be read"
			return
		}
		if url, ours := lineLink(l); ours {
			at, now = i, url
		}
	}
	unpaid := raw.Status == "AUTHORISED" && raw.AmountPaid.zero() && raw.AmountCredited.zero()
	p.visible = at >= 0 && change.URL != ""
	switch {
	case at >= 0 && unpaid && (change.URL == "" || !change.OnDocument):
		p.lines, p.visible = without(raw.LineItems, at), false
	case at >= 0 && change.URL == "" && now != "":
		p.lines = replaced(raw.LineItems, at, linkLine+linkClosed)
	case at >= 0 && now != change.URL:
		p.lines = replaced(raw.LineItems, at, linkLine+change.URL)
	case at >= 0 || change.URL == "" || !change.OnDocument:
	case !unpaid:
		p.why = "the invoice is paid in part and takes no new line"
	case len(raw.LineItems) == 0:
		p.why = "the invoice was read without its lines"
	default:
		p.lines, p.visible = append(echoed(raw.LineItems), newLine(linkLine+change.URL)), true
	}
}
