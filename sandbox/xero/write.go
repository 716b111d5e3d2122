package xero

import (
	"errors"
	"net/http"
	"strings"
)

// write answers PUT, POST and DELETE.
func (o *Organisation) write(r *http.Request, path []string, body []byte) (*answer, error) {
	k := o.kinds[path[0]]
	switch {
	case len(path) == 1 && path[0] == "Currencies" && r.Method == http.MethodPut:
		return o.putCurrency(body)
	case k == nil:
		return nil, missing()
	case len(path) >= 3 && path[2] == "Allocations" && k.lines && k.name != "Invoices":
		return o.writeAllocation(r, k, path, body)
	case k.create == nil || len(path) > 2 || r.Method == http.MethodDelete:
		return nil, missing()
	}
	elements, err := parseElements(k, body)
	if err != nil {
		return nil, err
	}
	if len(path) == 2 {
		if r.Method != http.MethodPost || len(elements) != 1 {
			return nil, noData()
		}
		rec, err := o.single(k, path[1])
		if err != nil {
			return nil, err
		}
		elements[0].set(k.idKey, quote(rec.id))
	}
	if k.name == "Accounts" && len(elements) > 1 {
		return nil, invalid("Accounts are created one at a time.")
	}
	opt := writeOptions{unitdp4: r.URL.Query().Get("unitdp") == "4", post: r.Method == http.MethodPost}
	return o.writeElements(k, elements, opt, strings.EqualFold(r.URL.Query().Get("summarizeErrors"), "false")), nil
}

// parseElements takes {"Invoices":[...]}, one bare object, or a bare array.
func parseElements(k *kind, body []byte) ([]object, error) {
	if strings.HasPrefix(strings.TrimSpace(string(body)), "[") {
		body = append(append([]byte(`{"`+k.name+`":`), body...), '}')
	}
	f, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	elements := []object{f}
	if has(f, k.name) {
		elements = f.list(k.name)
	}
	if len(elements) == 0 {
		return nil, noData()
	}
	for _, e := range elements {
		if len(e) == 0 {
			return nil, noData()
		}
	}
	return elements, nil
}

// result is what became of one element.
type result struct {
	sent     object
	record   *record
	warnings []string
	err      error
}

// writeElements carries out a write. With summarizeErrors=false each element
// stands for itself and the answer is 200; without, one bad element refuses all
// (Xero docs: requests-and-responses, summarizeErrors).
func (o *Organisation) writeElements(k *kind, elements []object, opt writeOptions, each bool) *answer {
	results := make([]result, len(elements))
	failed := false
	if !each {
		o.begin()
	}
	for i, e := range elements {
		if each {
			o.begin()
		}
		r, warnings, err := o.writeOne(k, e, opt)
		results[i] = result{e, r, warnings, err}
		failed = failed || err != nil
		if each {
			o.end(err == nil)
		}
	}
	if !each {
		o.end(!failed)
	}
	if failed && !each {
		return refusal(results)
	}
	rows := make([][]byte, len(results))
	for i, res := range results {
		rows[i] = o.resultRow(res, opt, each)
	}
	return o.envelope(k.name, rows)
}

// writeOne creates or updates one object.
func (o *Organisation) writeOne(k *kind, e object, opt writeOptions) (*record, []string, error) {
	var found *record
	if opt.post {
		found = k.match(o, e)
		if found == nil && e.str(k.idKey) != "" {
			return nil, nil, notFound()
		}
	}
	if found == nil {
		return k.create(o, e, opt)
	}
	warnings, err := k.update(o, found, e, opt)
	return found, warnings, err
}

// refusal is the 400 (or 404) answer to a request with a bad element.
func refusal(results []result) *answer {
	rows := make([][]byte, 0, len(results))
	for _, res := range results {
		var re *RequestError
		if errors.As(res.err, &re) && len(results) == 1 {
			if re.Status == http.StatusNotFound {
				return &answer{status: re.Status, body: []byte(re.Message)}
			}
			return jsonAnswer(re.Status, map[string]any{"ErrorNumber": re.Number, "Type": re.Type, "Message": re.Message})
		}
		rows = append(rows, withErrors(res.sent, messages(res.err)).bytes())
	}
	return validationAnswer(rows)
}

func messages(err error) []string {
	var ve *ValidationError
	var re *RequestError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ve):
		return ve.Messages
	case errors.As(err, &re):
		return []string{re.Message}
	}
	return []string{err.Error()}
}

// validationAnswer is Xero's ValidationException.
func validationAnswer(rows [][]byte) *answer {
	var f object
	f.set("ErrorNumber", []byte("10"))
	f.setStr("Type", "ValidationException")
	f.setStr("Message", "A validation exception occurred")
	f.set("Elements", array(rows))
	return &answer{status: http.StatusBadRequest, body: f.bytes()}
}

// withErrors echoes an element with its messages.
func withErrors(e object, msgs []string) object {
	out := append(object(nil), e...)
	out.setBool("HasErrors", len(msgs) > 0)
	out.set("ValidationErrors", messageList(msgs))
	return out
}

func messageList(msgs []string) []byte {
	var list [][]byte
	for _, m := range msgs {
		list = append(list, object{{"Message", quote(m)}}.bytes())
	}
	return array(list)
}

// resultRow is one element of a write's answer.
func (o *Organisation) resultRow(res result, opt writeOptions, each bool) []byte {
	if res.err != nil {
		f := withErrors(res.sent, messages(res.err))
		f.setStr("StatusAttributeString", "ERROR")
		return f.bytes()
	}
	f := append(object(nil), o.shown(res.record, opt.unitdp4)...)
	if len(res.warnings) > 0 {
		f.set("Warnings", messageList(res.warnings))
	}
	if each {
		state := "OK"
		if len(res.warnings) > 0 {
			state = "WARNING"
		}
		f.setStr("StatusAttributeString", state)
	}
	return f.bytes()
}

// writeAllocation applies credits to invoices and takes them back (Xero docs:
// accounting/creditnotes, overpayments, prepayments).
func (o *Organisation) writeAllocation(r *http.Request, k *kind, path []string, body []byte) (*answer, error) {
	credit, err := o.single(k, path[1])
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodDelete {
		if len(path) != 4 {
			return nil, missing()
		}
		u, err := o.deallocate(credit, path[3])
		if err != nil {
			return nil, err
		}
		f := split(nestedAllocation(u))
		f.setBool("IsDeleted", true)
		return &answer{status: http.StatusOK, body: f.bytes()}, nil
	}
	if len(path) != 3 || r.Method != http.MethodPut {
		return nil, missing()
	}
	f, err := parseObject(body)
	if err != nil {
		return nil, noData() // a bare array was refused this way (xero-node issue 288)
	}
	sent := []object{f}
	if has(f, "Allocations") {
		sent = f.list("Allocations")
	}
	return o.putAllocations(credit, sent)
}

func (o *Organisation) putAllocations(credit *record, sent []object) (*answer, error) {
	if len(sent) == 0 {
		return nil, noData()
	}
	o.begin()
	var rows [][]byte
	for _, a := range sent {
		u, err := o.allocate(credit, a)
		if err != nil {
			o.end(false)
			return validationAnswer([][]byte{withErrors(a, messages(err)).bytes()}), nil
		}
		rows = append(rows, nestedAllocation(u))
	}
	o.end(true)
	return o.envelope("Allocations", rows), nil
}

// putCurrency subscribes the organisation to a currency.
func (o *Organisation) putCurrency(body []byte) (*answer, error) {
	f, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	code := f.str("Code")
	if _, ok := dayRates()[code]; !ok {
		return nil, invalid("The currency code '%s' is not valid.", code)
	}
	o.addCurrency(code)
	return o.envelope("Currencies", [][]byte{object{{"Code", quote(code)}, {"Description", quote(code)}}.bytes()}), nil
}
