package xero

import (
	"bufio"
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

// Request sizes (Xero docs: oauth2/limits names 10 MB at most; attachments: up
// to 25 MB each).
const (
	maxBody       = 10 << 20
	maxAttachment = 25 << 20
)

// answer is a finished answer: kept for Idempotency-Key, written outside locks.
type answer struct {
	status int
	body   []byte
	parts  [][]byte // instead of body: rows of a list, nil ends a row
	head   []byte   // before parts
	tail   []byte   // after parts
	file   string   // the content type of a body that is neither JSON nor text
}

// api serves /api.xro/2.0/.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	g, ok := s.bearer(w, r)
	if !ok {
		return
	}
	o, ok := s.tenant(r, g)
	if !ok {
		s.forbidden(w)
		return
	}
	path := apiPath(r.URL.Path)
	if !s.enter(w, o, path[0]) {
		return
	}
	defer o.leave()
	if !allowed(g, path, r.Method) {
		w.Header().Set("WWW-Authenticate", "insufficent_scope") // Xero's spelling
		s.unauthorized(w, "AuthorizationUnsuccessful")
		return
	}
	limit := int64(maxBody)
	if len(path) > 2 && path[2] == "Attachments" {
		limit = maxAttachment
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		http.Error(w, "request too large", http.StatusRequestEntityTooLarge)
		return
	}
	if body, err = jsonBody(r, path, body); err != nil {
		o.wrap(nil, err).write(w, wantsXML(r))
		return
	}
	o.serve(r, path, body).write(w, wantsXML(r))
}

// tenant finds the organisation of the xero-tenant-id header, if it is
// connected to the app. A custom connection, whose grant has no user and so no
// sign-in scopes, may leave the header empty (Xero docs: custom-connections).
func (s *Server) tenant(r *http.Request, g *oauth.Grant) (*Organisation, bool) {
	id := r.Header.Get("xero-tenant-id")
	if id == "" && len(g.Subjects) == 1 && !slices.Contains(g.Scopes, "openid") && !slices.Contains(g.Scopes, "offline_access") {
		id = g.Subjects[0]
	}
	o, ok := s.Organisation(id)
	if !ok {
		return nil, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o, o.connection != nil
}

// serve answers one call under the organisation's lock.
func (o *Organisation) serve(r *http.Request, path []string, body []byte) *answer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.Method == http.MethodGet {
		return o.wrap(o.get(r, path))
	}
	o.writing()
	defer o.publish()
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
	return serverError(o.uuid())
}

func jsonAnswer(status int, v any) *answer {
	b, err := json.Marshal(v)
	if err != nil {
		return &answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
	}
	return &answer{status: status, body: b}
}

func (a *answer) write(w http.ResponseWriter, asXML bool) {
	body := a.body
	if a.parts != nil && asXML {
		body = a.joined()
	}
	h := w.Header()
	h.Set("Cache-Control", "max-age=0, no-cache, no-store") // recorded: get_organisations
	h.Set("Pragma", "no-cache")
	listed := a.parts != nil && !asXML
	isJSON := listed || len(body) > 0 && (body[0] == '{' || body[0] == '[')
	switch {
	case a.status == http.StatusNoContent:
	case a.file != "":
		h.Set("Content-Type", a.file)
	case isJSON && asXML:
		h.Set("Content-Type", "text/xml; charset=utf-8")
		body = xmlAnswer(body)
	case isJSON:
		h.Set("Content-Type", "application/json; charset=utf-8")
	default:
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(a.status)
	if listed {
		out := bufio.NewWriterSize(w, listBuffer)
		a.join(out)
		_ = out.Flush() // as below
		return
	}
	_, _ = w.Write(body) // a reader that went away cannot be told so
}

// listBuffer is what a list is sent by: whole lists need not be built.
const listBuffer = 32 << 10

// joined puts the rows of a list together.
func (a *answer) joined() []byte {
	var b bytes.Buffer
	b.Grow(len(a.parts) * 700)
	a.join(&b)
	return b.Bytes()
}

// join writes the rows of a list one after another. Both writers keep an error
// for their end.
func (a *answer) join(b interface {
	io.Writer
	io.ByteWriter
},
) {
	_, _ = b.Write(a.head)
	first := true
	open := false
	for _, p := range a.parts {
		if p == nil {
			open = false
			continue
		}
		if !open && !first {
			_ = b.WriteByte(',')
		}
		open, first = true, false
		_, _ = b.Write(p)
	}
	_, _ = b.Write(a.tail)
}

func writeJSON(w http.ResponseWriter, status int, v any) { jsonAnswer(status, v).write(w, false) }

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
	if k := o.kinds[path[0]]; k != nil {
		return o.getKind(k, r, path)
	}
	if len(path) == 1 && path[0] == "Organisation" {
		return o.envelope("Organisations", [][]byte{o.info.bytes()}), nil
	}
	if path[0] == "Reports" {
		return o.getReport(path, r.URL.Query())
	}
	if of := settingsReads()[path[0]]; of != nil {
		return of(o, path[1:])
	}
	return nil, missing()
}

// getKind reads a list, one object, or what hangs on an object.
func (o *Organisation) getKind(k *kind, r *http.Request, path []string) (*answer, error) {
	if len(path) == 1 {
		return o.getList(k, r)
	}
	rec, err := o.single(k, path[1])
	if err != nil {
		return nil, err
	}
	switch {
	case len(path) == 2 && wantsPDF(r) || len(path) == 3 && path[2] == "pdf":
		return o.pdf(rec)
	case len(path) == 2:
		return o.envelope(k.name, [][]byte{o.shown(rec, r.URL.Query().Get("unitdp") == "4", false).bytes()}), nil
	case path[2] == "Attachments" && attaches(k):
		return o.getAttachment(rec, path[3:])
	case len(path) > 3:
	case path[2] == "History":
		return o.getHistory(rec), nil
	case k.name == "Invoices" && path[2] == "OnlineInvoice":
		return o.onlineURL(rec)
	case k.name == "Contacts" && path[2] == "CISSettings":
		return o.envelope("CISSettings", [][]byte{[]byte(`{"CISEnabled":false}`)}), nil
	}
	return nil, missing()
}

// missing is the answer for parts of the API that this stand-in has not.
func missing() error {
	return &RequestError{Status: http.StatusNotImplemented, Number: 0, Type: "NotImplemented", Message: "This part of the API is not in the stand-in."}
}

// maxUnpaged is the most rows of one answer (Xero docs: accounting/invoices and
// others: over 100k records is a 400; the words are our own).
const maxUnpaged = 100_000

func (o *Organisation) getList(k *kind, r *http.Request) (*answer, error) {
	q, err := parseQuery(k, r.URL.Query(), r.Header)
	if err != nil {
		return nil, err
	}
	q.today = o.today()
	if q.page > 0 {
		q.key = listKey(k, r.URL.Query(), r.Header.Get("If-Modified-Since"))
	}
	l := o.list(k, q)
	if l.total > maxUnpaged && q.page == 0 {
		return nil, badQuery("The request returns more than %d records: use paging or a filter", maxUnpaged)
	}
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
	if k.name == "Items" && o.itemCodes[id] != nil {
		return o.itemCodes[id], nil
	}
	return nil, notFound()
}

// shown is a record as a single read shows it, or as the answer to a write
// does, which has less around it.
func (o *Organisation) shown(r *record, unitdp4, written bool) object {
	f := r.kind.full(o, r, written)
	if r.kind.lines && r.fine && !unitdp4 {
		f = cutPrices(f)
	}
	return f
}

// onlineURL is the address of the customer's view; approved sales only.
func (o *Organisation) onlineURL(r *record) (*answer, error) {
	if r.typ != "ACCREC" || !r.booked() {
		return nil, invalid("An online invoice is available for approved sales invoices only.")
	}
	var f object
	f.setStr("OnlineInvoiceUrl", o.base()+"/online/"+r.id)
	return o.envelope("OnlineInvoices", [][]byte{f.bytes()}), nil
}
