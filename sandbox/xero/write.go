package xero

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
)

// write answers PUT, POST and DELETE.
func (o *Organisation) write(r *http.Request, path []string, body []byte) (*answer, error) {
	k := o.kinds[path[0]]
	switch {
	case k == nil:
		return o.writeSettings(r, path, body)
	case len(path) >= 3:
		return o.writePart(r, k, path, body)
	case r.Method == http.MethodDelete && len(path) == 2:
		return o.remove(k, path[1])
	case k.create == nil || r.Method != http.MethodPut && r.Method != http.MethodPost:
		return nil, missing()
	}
	elements, err := parseElements(k.name, body)
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
	opt := writeOptions{unitdp4: r.URL.Query().Get("unitdp") == "4", post: r.Method == http.MethodPost, api: true}
	return o.writeElements(k, elements, opt, strings.EqualFold(r.URL.Query().Get("summarizeErrors"), "false")), nil
}

// writePart writes what hangs on an object: allocations, files, history,
// e-mail.
func (o *Organisation) writePart(r *http.Request, k *kind, path []string, body []byte) (*answer, error) {
	create := r.Method == http.MethodPut || r.Method == http.MethodPost
	switch {
	case path[2] == "Allocations" && k.lines && k.name != "Invoices" && k.name != "BankTransactions" && k.name != "ManualJournals":
		return o.writeAllocation(r, k, path, body)
	case path[2] == "History" && len(path) == 3 && hasHistory(k) && create:
		sent, err := parseElements("HistoryRecords", body)
		if err != nil {
			return nil, err
		}
		return o.putHistory(k, path[1], sent)
	}
	rec, err := o.single(k, path[1])
	if err != nil {
		return nil, err
	}
	switch {
	case path[2] == "Attachments" && len(path) == 4 && attaches(k) && create:
		return o.putAttachment(rec, r, path[3], body)
	case path[2] == "Email" && len(path) == 3 && k.name == "Invoices" && r.Method == http.MethodPost:
		return o.email(rec)
	}
	return nil, missing()
}

// remove answers DELETE of one object, which accounts and items know.
func (o *Organisation) remove(k *kind, id string) (*answer, error) {
	rec, err := o.single(k, id)
	if err != nil {
		return nil, err
	}
	switch k.name {
	case "Accounts":
		return o.deleteAccount(rec)
	case "Items":
		o.unregister(rec)
		o.tables["Items"].remove(rec)
		return &answer{status: http.StatusNoContent}, nil
	}
	return nil, missing()
}

// writeSettings writes the small lists of the organisation.
func (o *Organisation) writeSettings(r *http.Request, path []string, body []byte) (*answer, error) {
	name, put := path[0], r.Method == http.MethodPut
	if len(path) > 2 {
		name = path[2]
	}
	var sent []object
	if r.Method != http.MethodDelete {
		var err error
		if sent, err = parseElements(name, body); err != nil {
			return nil, err
		}
	}
	switch {
	case path[0] == "Currencies" && len(path) == 1 && put:
		return o.putCurrencies(sent)
	case path[0] == "TaxRates":
		return o.writeTaxRates(r.Method, path[1:], sent)
	case path[0] == "TrackingCategories":
		return o.writeTracking(r.Method, path[1:], sent)
	case path[0] == "ContactGroups":
		return o.writeGroups(r.Method, path[1:], sent)
	case path[0] == "PaymentServices" && len(path) == 1 && put:
		s, err := o.putService(sent[0])
		if err != nil {
			return nil, err
		}
		return o.envelope("PaymentServices", [][]byte{s.bytes()}), nil
	case path[0] == "BrandingThemes" && name == "PaymentServices" && r.Method == http.MethodPost:
		return o.postThemeService(path[1], sent)
	}
	return nil, missing()
}

// parseElements takes {"Invoices":[...]}, one bare object, or a bare array.
func parseElements(name string, body []byte) ([]object, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, noData()
	}
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
		body = append(append([]byte(`{"`+name+`":`), body...), '}')
	}
	f, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	f = spelledMembers(f)
	elements := []object{f}
	if has(f, name) {
		elements = f.list(name)
	}
	for i := range elements {
		elements[i] = spelledMembers(elements[i])
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
		return refusal(k, results)
	}
	rows := make([][]byte, len(results))
	for i, res := range results {
		rows[i] = o.resultRow(k, res, opt, each)
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
		r, warnings, err := k.create(o, e, opt)
		if err == nil && opt.api && k.name == "Invoices" {
			o.beside(r).byApp = true
		}
		return r, warnings, err
	}
	warnings, err := k.update(o, found, e, opt)
	return found, warnings, err
}

// refusal is the 400 (or 404) answer to a request with a bad element.
func refusal(k *kind, results []result) *answer {
	rows := make([][]byte, 0, len(results))
	for _, res := range results {
		var re *RequestError
		if errors.As(res.err, &re) && len(results) == 1 {
			if re.Status == http.StatusNotFound {
				return &answer{status: re.Status, body: []byte(re.Message)}
			}
			return jsonAnswer(re.Status, map[string]any{"ErrorNumber": re.Number, "Type": re.Type, "Message": re.Message})
		}
		rows = append(rows, refused(k, res).bytes())
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

// refused echoes an element with its id, which is empty for one that was to be
// made (Xero-OpenAPI: example of a refused createContacts).
func refused(k *kind, res result) object {
	f := withErrors(res.sent, messages(res.err))
	if !f.has(k.idKey) {
		f.setStr(k.idKey, "00000000-0000-0000-0000-000000000000")
	}
	if k.name == "Contacts" || k.name == "Payments" {
		f.drop("HasErrors")
		f.setBool("HasValidationErrors", res.err != nil)
	}
	return f
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
func (o *Organisation) resultRow(k *kind, res result, opt writeOptions, each bool) []byte {
	if res.err != nil {
		f := refused(k, res)
		f.setStr("StatusAttributeString", "ERROR")
		return f.bytes()
	}
	f := append(object(nil), o.shown(res.record, opt.unitdp4, true)...)
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

// putCurrencies subscribes the organisation to a currency.
func (o *Organisation) putCurrencies(sent []object) (*answer, error) {
	code := sent[0].str("Code")
	if _, ok := dayRates()[code]; !ok {
		return nil, invalid("The currency code '%s' is not valid.", code)
	}
	o.addCurrency(code)
	return o.envelope("Currencies", [][]byte{currencyRow(code)}), nil
}
