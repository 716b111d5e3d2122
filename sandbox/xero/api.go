package xero

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"tieout/sandbox/oauth"
)

// maxBody is the request size Xero names at most (Xero docs: oauth2/limits).
const maxBody = 10 << 20

// answer is a finished answer: kept for Idempotency-Key, written outside locks.
type answer struct {
	status int
	body   []byte
	parts  [][]byte // instead of body: rows of a list, nil ends a row
	head   []byte   // before parts
	tail   []byte   // after parts
}

// api serves /api.xro/2.0/.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	o, ok := s.tenant(r)
	if !ok {
		s.forbidden(w)
		return
	}
	path := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/api.xro/2.0/"), "/"), "/")
	if !s.count(w, o, path[0]) {
		return
	}
	if !allowed(g, path, r.Method) {
		w.Header().Set("WWW-Authenticate", "insufficent_scope") // Xero's spelling
		s.unauthorized(w, "AuthorizationUnsuccessful")
		return
	}
	if !acceptsJSON(r) {
		http.Error(w, "this stand-in speaks JSON only: send Accept: application/json", http.StatusNotAcceptable)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return
	}
	o.serve(r, path, body).write(w)
}

// tenant finds the organisation of the xero-tenant-id header, if it is
// connected to the app.
func (s *Server) tenant(r *http.Request) (*Organisation, bool) {
	o, ok := s.Organisation(r.Header.Get("xero-tenant-id"))
	if !ok {
		return nil, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o, o.connection != nil
}

// acceptsJSON refuses what would get XML from Xero.
func acceptsJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "json")
}

// allowed checks the granular scope of the endpoint.
func allowed(g *oauth.Grant, path []string, method string) bool {
	scope := "accounting.settings"
	switch path[0] {
	case "Invoices", "CreditNotes":
		scope = "accounting.invoices"
	case "Payments", "Overpayments", "Prepayments":
		scope = "accounting.payments"
	case "BankTransactions", "BankTransfers":
		scope = "accounting.banktransactions"
	case "Contacts":
		scope = "accounting.contacts"
	case "Reports":
		if len(path) > 1 {
			scope = "accounting.reports." + strings.ToLower(path[1])
		}
	}
	if method == http.MethodGet && slices.Contains(g.Scopes, scope+".read") {
		return true
	}
	return slices.Contains(g.Scopes, scope)
}

// serve answers one call under the organisation's lock.
func (o *Organisation) serve(r *http.Request, path []string, body []byte) *answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Method == http.MethodGet {
		return o.wrap(o.get(r, path))
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		return o.wrap(o.write(r, path, body))
	}
	sum := sha256.Sum256([]byte(r.Method + " " + r.URL.String() + "\n" + string(body)))
	if done, err := o.replayed(key, sum); done != nil || err != nil {
		return o.wrap(done, err)
	}
	a := o.wrap(o.write(r, path, body))
	o.remember(key, sum, a)
	return a
}

// wrap turns an error into Xero's answer to it.
func (o *Organisation) wrap(a *answer, err error) *answer {
	if err == nil {
		return a
	}
	var re *RequestError
	var ve *ValidationError
	switch {
	case errors.As(err, &re) && re.Status == http.StatusNotFound:
		return &answer{status: re.Status, body: []byte(re.Message)}
	case errors.As(err, &re):
		return jsonAnswer(re.Status, map[string]any{"ErrorNumber": re.Number, "Type": re.Type, "Message": re.Message})
	case errors.As(err, &ve):
		return validationAnswer([][]byte{withErrors(object{}, ve.Messages).bytes()})
	case errors.Is(err, errJSON):
		return jsonAnswer(http.StatusBadRequest, map[string]any{"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "The json data could not be deserialised. Please check that it is well formed."})
	}
	return &answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
}

func jsonAnswer(status int, v any) *answer {
	b, err := json.Marshal(v)
	if err != nil {
		return &answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
	}
	return &answer{status: status, body: b}
}

func (a *answer) write(w http.ResponseWriter) {
	body := a.body
	if a.parts != nil {
		var b bytes.Buffer
		b.Grow(len(a.parts) * 700)
		b.Write(a.head)
		first := true
		open := false
		for _, p := range a.parts {
			if p == nil {
				open = false
				continue
			}
			if !open && !first {
				b.WriteByte(',')
			}
			open, first = true, false
			b.Write(p)
		}
		b.Write(a.tail)
		body = b.Bytes()
	}
	switch {
	case a.status == http.StatusNoContent:
	case len(body) > 0 && (body[0] == '{' || body[0] == '['):
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a reader that went away cannot be told so
}

func writeJSON(w http.ResponseWriter, status int, v any) { jsonAnswer(status, v).write(w) }

func decodeSegment(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }

// envelopeHead opens the answer that wraps every list (Xero docs:
// requests-and-responses).
func (o *Organisation) envelopeHead(name, pagination string) []byte {
	return fmt.Appendf(nil, `{"Id":"%s","Status":"OK","ProviderName":%s,"DateTimeUTC":"/Date(%d)/",%s"%s":[`, o.uuid(), quote(o.app), o.now(), pagination, name)
}

func (o *Organisation) envelope(name string, rows [][]byte) *answer {
	a := array(rows)
	return &answer{status: http.StatusOK, body: append(append(o.envelopeHead(name, ""), a[1:]...), '}')}
}

// get answers reads.
func (o *Organisation) get(r *http.Request, path []string) (*answer, error) {
	q := r.URL.Query()
	if k := o.kinds[path[0]]; k != nil {
		switch len(path) {
		case 1:
			return o.getList(k, r)
		case 2:
			rec, err := o.single(k, path[1])
			if err != nil {
				return nil, err
			}
			return o.envelope(k.name, [][]byte{o.shown(rec, q.Get("unitdp") == "4").bytes()}), nil
		case 3:
			if k.name == "Invoices" && path[2] == "OnlineInvoice" {
				return o.onlineURL(k, path[1])
			}
		}
		return nil, missing()
	}
	switch strings.Join(path, "/") {
	case "Organisation", "Organisations":
		return o.envelope("Organisations", [][]byte{o.info.bytes()}), nil
	case "Currencies":
		return o.envelope("Currencies", o.currencyRows()), nil
	case "TaxRates":
		return o.envelope("TaxRates", o.taxRateRows()), nil
	case "Reports/BankSummary":
		b, err := o.bankSummary(q)
		return o.envelope("Reports", [][]byte{b}), err
	case "Reports/TrialBalance":
		b, err := o.trialBalance(q)
		return o.envelope("Reports", [][]byte{b}), err
	}
	return nil, missing()
}

// missing is the answer for parts of the API that this stand-in has not.
func missing() error {
	return &RequestError{Status: http.StatusNotImplemented, Number: 0, Type: "NotImplemented", Message: "This part of the API is not in the stand-in."}
}

func (o *Organisation) getList(k *kind, r *http.Request) (*answer, error) {
	q, err := parseQuery(k, r.URL.Query(), r.Header)
	if err != nil {
		return nil, err
	}
	l := o.list(k, q)
	pagination := ""
	if q.page > 0 {
		pagination = fmt.Sprintf(`"pagination":{"page":%d,"pageSize":%d,"pageCount":%d,"itemCount":%d},`, q.page, q.pageSize, l.pages, l.total)
	}
	return &answer{status: http.StatusOK, head: o.envelopeHead(k.name, pagination), parts: l.rows, tail: []byte("]}")}, nil
}

// single finds an object by id or, for invoices and credit notes, by number.
func (o *Organisation) single(k *kind, id string) (*record, error) {
	if r := o.find(k.name, id); r != nil {
		return r, nil
	}
	typ := map[string]string{"Invoices": "ACCREC ", "CreditNotes": "ACCRECCREDIT "}[k.name]
	if typ != "" {
		if r := o.numbers[typ+strings.ToUpper(id)]; r != nil {
			return r, nil
		}
	}
	if k.name == "Contacts" && o.contactNos[id] != nil {
		return o.contactNos[id], nil
	}
	return nil, notFound()
}

// shown is a record as a single read shows it.
func (o *Organisation) shown(r *record, unitdp4 bool) object {
	f := r.kind.full(o, r)
	if r.kind.lines && r.fine && !unitdp4 {
		f = cutPrices(f)
	}
	return f
}

// onlineURL is the address of the customer's view; approved sales only.
func (o *Organisation) onlineURL(k *kind, id string) (*answer, error) {
	r, err := o.single(k, id)
	if err != nil {
		return nil, err
	}
	if r.typ != "ACCREC" || !r.booked() {
		return nil, invalid("An online invoice is available for approved sales invoices only.")
	}
	var f object
	f.setStr("OnlineInvoiceUrl", o.base()+"/online/"+r.id)
	return o.envelope("OnlineInvoices", [][]byte{f.bytes()}), nil
}

func (o *Organisation) currencyRows() [][]byte {
	var rows [][]byte
	for _, c := range o.currencies {
		var f object
		f.setStr("Code", c)
		f.setStr("Description", c)
		rows = append(rows, f.bytes())
	}
	return rows
}

func (o *Organisation) taxRateRows() [][]byte {
	var rows [][]byte
	for _, t := range o.taxRates {
		var f object
		f.setStr("Name", t.name)
		f.setStr("TaxType", t.code)
		f.setBool("CanApplyToAssets", true)
		f.setBool("CanApplyToEquity", true)
		f.setBool("CanApplyToExpenses", !t.sales || t.code == "NONE")
		f.setBool("CanApplyToLiabilities", true)
		f.setBool("CanApplyToRevenue", t.sales)
		f.set("DisplayTaxRate", []byte(t.percent.StringFixed(4)))
		f.set("EffectiveRate", []byte(t.percent.StringFixed(4)))
		f.setStr("Status", "ACTIVE")
		rows = append(rows, f.bytes())
	}
	return rows
}
