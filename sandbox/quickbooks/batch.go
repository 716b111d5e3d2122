package quickbooks

import (
	"strconv"
	"strings"
)

// maxBatch is the most items of one batch (Intuit docs: limits-and-throttles;
// Intuit's .NET SDK raised its own cap to 30 in November 2025).
const maxBatch = 30

// batch runs its items one by one; none can use the result of another, each
// has a fault of its own, and the whole answers 200 (Intuit docs: batch). The
// caller holds the lock.
func (c *Company) batch(body []byte, isXML bool) ([]byte, *Fault) {
	if isXML {
		var err error
		if body, err = xmlToJSON(body); err != nil {
			return nil, faultMalformed(err.Error())
		}
	}
	req, err := parseDocument(body)
	if err != nil {
		return nil, faultMalformed(err.Error())
	}
	for _, f := range req.fields {
		if f.name != "BatchItemRequest" {
			return nil, unknownProperty(f.name, "IntuitBatchRequest", "BatchItemRequest")
		}
	}
	items := req.list("BatchItemRequest")
	if len(items) == 0 {
		return nil, faultMissing("BatchItemRequest")
	}
	if len(items) > maxBatch {
		return nil, validation("1040", "Batch size exceeds allowed limit", "The batch size limit is "+strconv.Itoa(maxBatch)+". Supplied size:"+strconv.Itoa(len(items)))
	}
	answers := make([]*document, len(items))
	for i, item := range items {
		answers[i] = c.batchItem(item)
	}
	return c.envelope("BatchItemResponse", joinArray(answers)), nil
}

// batchItem answers one item. Every item counts as a call of its own class
// (Intuit: batch tutorial).
func (c *Company) batchItem(item *document) *document {
	out := &document{}
	c.writing()
	name, text, fault := c.batchWork(item)
	if fault != nil {
		out.set("Fault", fault.raw())
	} else {
		out.set(name, text)
	}
	out.setStr("bId", item.str("bId"))
	return out
}

// batchWork gives the property of the answer and its value.
func (c *Company) batchWork(item *document) (string, []byte, *Fault) {
	for _, f := range item.fields {
		switch f.name {
		case "bId", "operation", "optionsData":
		case "Query":
			c.calls[classQuery]++
			c.meter()
			text, fault := c.ask(item.str("Query"), item.str("optionsData"))
			return "QueryResponse", text, fault
		case "CDCQuery":
			c.calls[classCDC]++
			c.meter()
			q := item.sub("CDCQuery")
			text, fault := c.changed(q.str("Entities"), q.str("ChangedSince"))
			return "CDCResponse", text, fault
		case "ReportQuery":
			return "", nil, faultUnsupported("Operation ReportQuery is not supported.")
		default:
			c.calls[classWrite]++
			return c.batchWrite(f, item)
		}
	}
	return "", nil, faultMissing("BatchItemRequest.IntuitObject")
}

func (c *Company) batchWrite(f field, item *document) (string, []byte, *Fault) {
	k := c.kinds[strings.ToLower(f.name)]
	if k == nil {
		return "", nil, unknownProperty(f.name, "BatchItemRequest", "bId operation optionsData Query ReportQuery CDCQuery IntuitObject")
	}
	operation := strings.ToLower(item.str("operation"))
	if operation == "" {
		return "", nil, faultMissing("operation")
	}
	switch operation {
	case "send":
		d, err := parseDocument(f.raw)
		if err != nil {
			return "", nil, faultMalformed(err.Error())
		}
		text, fault := c.send(k, d.str("Id"), "")
		return k.name, text, fault
	case "query", "revert", "merge":
		return "", nil, faultUnsupported("Operation " + operation + " is not supported for " + k.name)
	}
	text, fault := c.operate(k, operation, splitOptions(item.get("optionsData")), f.raw)
	return k.name, text, fault
}

// splitOptions reads optionsData: "void", "include=void", or a list of such
// (the schema has one text, SDKs send either).
func splitOptions(raw []byte) []string {
	text := strings.NewReplacer(`"`, "", "[", "", "]", "").Replace(string(raw))
	var out []string
	for _, s := range splitInclude(text) {
		out = append(out, strings.TrimPrefix(s, "include="))
	}
	return out
}
