package quickbooks

import (
	"fmt"
	"net/http"
	"strings"

	"tieout/sandbox/paper"
)

// pdf serves GET /{entity}/{id}/pdf.
func (k *call) pdf(entity, id string) {
	k.c.mu.Lock()
	page, fault := k.c.pdf(entity, id)
	k.c.mu.Unlock()
	if fault != nil {
		k.fail(fault)
		return
	}
	writePDF(k.w, page, entity+"_"+id)
}

// download answers the link of a file as plain text (Intuit docs: attachable,
// download).
func (k *call) download(id string) {
	k.c.mu.Lock()
	o := k.c.find("Attachable", id)
	var link string
	if o != nil && k.c.files[id] != nil {
		link = k.c.fileLink(id, splitObject(o.raw).str("FileName"))
	}
	k.c.mu.Unlock()
	if link == "" {
		k.fail(faultNotFound())
		return
	}
	k.w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	_, _ = k.w.Write([]byte(link))
}

func writePDF(w http.ResponseWriter, page []byte, name string) {
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name+".pdf"))
	_, _ = w.Write(page)
}

// pdf is a form as a document of one or more pages of plain text.
func (c *Company) pdf(entity, id string) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	if !k.sent {
		return nil, faultUnsupported("Operation pdf is not supported for " + k.name)
	}
	text, fault := c.read(k.name, id)
	if fault != nil {
		return nil, fault
	}
	return paper.PDF(c.printed(k.name, splitObject(text))), nil
}

// printed are the lines of a form on paper.
func (c *Company) printed(name string, d *document) []string {
	title := strings.ToUpper(name)
	if n := d.str("DocNumber"); n != "" {
		title += " " + n
	}
	_, customer := d.ref("CustomerRef")
	cur, _ := d.ref("CurrencyRef")
	var out []string
	if info := c.single("CompanyInfo"); info != nil {
		out = append(out, splitObject(info.raw).str("CompanyName"), "")
	}
	out = append(out, title, "Date: "+d.str("TxnDate"))
	if due := d.str("DueDate"); due != "" {
		out = append(out, "Due: "+due)
	}
	out = append(out, "To: "+customer, "")
	for _, line := range d.list("Line") {
		if line.str("DetailType") == "SubTotalLineDetail" {
			continue
		}
		_, item := line.sub("SalesItemLineDetail").ref("ItemRef")
		label := orDefault(line.str("Description"), orDefault(item, line.str("DetailType")))
		out = append(out, fmt.Sprintf("%-60.60s %14s", label, line.str("Amount")))
	}
	out = append(out, "", "Tax: "+orDefault(d.sub("TxnTaxDetail").str("TotalTax"), "0"), "Total: "+d.str("TotalAmt")+" "+cur)
	if d.has("Balance") {
		out = append(out, "Balance due: "+d.str("Balance")+" "+cur)
	}
	if memo := d.sub("CustomerMemo").str("value"); memo != "" {
		out = append(append(out, ""), strings.Split(memo, "\n")...)
	}
	return out
}
