package quickbooks

import (
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// maxBody bounds a request body other than an upload.
	maxBody = 16 << 20
	// maxRequestID is the longest requestid (no document says; see README).
	maxRequestID = 50
)

// Classes of requests: what Calls counts and what limits tell apart.
const (
	classQuery  = "query"
	classCDC    = "cdc"
	classRead   = "read"
	classWrite  = "write"
	classBatch  = "batch"
	classUpload = "upload"
	classOther  = "other"
)

// call is one request to a company.
type call struct {
	s     *Server
	w     http.ResponseWriter
	r     *http.Request
	c     *Company
	parts []string // of the path below the company
	body  []byte
}

// company serves /v3/company/{realm}/...
func (s *Server) company(w http.ResponseWriter, r *http.Request) {
	c := s.authorized(w, r)
	if c == nil {
		return
	}
	k := &call{s: s, w: w, r: r, c: c, parts: strings.Split(strings.Trim(r.PathValue("path"), "/"), "/")}
	class := k.class()
	within := c.count(class)
	if metered(class) {
		within = s.meter() && within
	}
	if !within && s.limited.Load() {
		s.throttled(w, c)
		return
	}
	limit := int64(maxBody)
	if class == classUpload {
		limit = maxUpload
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil && class == classUpload {
		k.fail(validation("6030", "Upload request size exceeds allowed limit", "The file upload request should not exceed 100MB in size."))
		return
	}
	if err != nil {
		k.fail(faultMalformed("the body cannot be read"))
		return
	}
	k.body = body
	k.serve(class)
}

func (k *call) class() string {
	first, get, post := strings.ToLower(k.parts[0]), k.r.Method == http.MethodGet, k.r.Method == http.MethodPost
	alone := len(k.parts) == 1
	switch {
	case alone && first == "query" && (get || post):
		return classQuery
	case alone && first == "cdc" && get:
		return classCDC
	case alone && first == "batch" && post:
		return classBatch
	case alone && first == "upload" && post:
		return classUpload
	case get:
		return classRead
	case post:
		return classWrite
	}
	return classOther
}

func (k *call) serve(class string) {
	q := k.r.URL.Query()
	switch class {
	case classQuery:
		text := q.Get("query")
		if k.r.Method == http.MethodPost && len(k.body) > 0 {
			text = string(k.body)
		}
		body, fault := k.c.query(text, q.Get("include"))
		k.answer(body, fault)
		k.c.spare(body)
	case classCDC:
		k.answer(k.c.changes(q.Get("entities"), q.Get("changedSince")))
	case classBatch:
		k.once(func() ([]byte, *Fault) { return k.c.batch(k.body, k.isXML()) })
	case classUpload:
		k.once(func() ([]byte, *Fault) { return k.c.upload(k.r.Header.Get("Content-Type"), k.body) })
	case classRead:
		k.read()
	case classWrite:
		k.write()
	default:
		k.fail(faultNoMethod(k.r.Method))
	}
}

func faultNoMethod(method string) *Fault {
	return faultUnsupported("Operation No resource method found for " + method + ", return 405 with Allow header is not supported.")
}

// read serves one entity, its PDF, a file's link, an exchange rate.
func (k *call) read() {
	entity, id, action := k.parts[0], "", ""
	if len(k.parts) > 1 {
		id = k.parts[1]
	}
	if len(k.parts) > 2 {
		action = k.parts[2]
	}
	q := k.r.URL.Query()
	switch {
	case len(k.parts) > 3 || action != "" && action != "pdf":
		k.fail(faultNoMethod(k.r.Method))
	case action == "pdf":
		k.pdf(entity, id)
	case strings.EqualFold(entity, "download"):
		k.download(id)
	case strings.EqualFold(entity, "exchangerate") && id == "":
		k.answer(k.c.exchangeRate(q.Get("sourcecurrencycode"), q.Get("asofdate")))
	case id == "" && !strings.EqualFold(entity, "Preferences"):
		// Preferences belong to the company and are read without an id (Intuit
		// docs: preferences).
		k.fail(faultNoMethod(k.r.Method))
	default:
		k.answer(k.c.readAnswer(entity, id, q.Get("include")))
	}
}

func (c *Company) readAnswer(entity, id, include string) ([]byte, *Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	text, fault := c.read(entity, id)
	if fault != nil {
		return nil, fault
	}
	return c.envelope(k.name, c.withLink(k, text, include)), nil
}

// write serves every POST that is about one object.
func (k *call) write() {
	q := k.r.URL.Query()
	switch {
	case len(k.parts) == 3 && k.parts[2] == "send":
		if k.s.limited.Load() && !k.c.countMail() {
			k.s.throttled(k.w, k.c)
			return
		}
		k.once(func() ([]byte, *Fault) { return k.c.sendAnswer(k.parts[0], k.parts[1], q) })
		return
	case len(k.parts) == 2 && strings.EqualFold(k.parts[0], "taxservice"):
		k.once(func() ([]byte, *Fault) { return k.c.addTaxCode(k.body) })
		return
	case len(k.parts) != 1:
		k.fail(faultNoMethod(k.r.Method))
		return
	}
	body := k.body
	if k.isXML() {
		var err error
		if body, err = xmlToJSON(body); err != nil {
			k.fail(faultMalformed(err.Error()))
			return
		}
	}
	if strings.EqualFold(k.parts[0], "exchangerate") {
		k.once(func() ([]byte, *Fault) { return k.c.setExchangeRate(body) })
		return
	}
	k.once(func() ([]byte, *Fault) {
		return k.c.write(k.parts[0], q.Get("operation"), splitInclude(q.Get("include")), body)
	})
}

// once runs a write once per requestid: the same requestid again is answered
// with the first answer, and nothing happens (Intuit blog: API best
// practices), even when the object is gone meanwhile.
func (k *call) once(do func() ([]byte, *Fault)) {
	id := k.r.URL.Query().Get("requestid")
	if len(id) > maxRequestID {
		k.fail(faultTooLong("requestid", maxRequestID, len(id)))
		return
	}
	k.c.mu.Lock()
	k.c.writing()
	answer, replay := k.c.replays[id]
	var fault *Fault
	if id == "" || !replay {
		answer, fault = do()
		if fault == nil && id != "" {
			k.c.replays[id] = answer
		}
	}
	k.c.mu.Unlock()
	k.answer(answer, fault)
}

func splitInclude(text string) []string {
	var out []string
	for s := range strings.SplitSeq(strings.ToLower(text), ",") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// write performs one POST to an entity and returns the whole answer. The
// caller holds the lock.
func (c *Company) write(entity, operation string, include []string, body []byte) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	text, fault := c.operate(k, operation, include, body)
	if fault != nil {
		return nil, fault
	}
	return c.envelope(k.name, text), nil
}

func (c *Company) operate(k *kind, operation string, include []string, body []byte) ([]byte, *Fault) {
	switch strings.ToLower(operation) {
	case "delete":
		return c.remove(k.name, body)
	case "void":
		if k.void != voidByOperation {
			return nil, faultUnsupported("Operation void is not supported for " + k.name)
		}
		return c.void(k.name, body)
	case "", "create", "update":
	default:
		return nil, faultUnsupported("Operation " + operation + " is not supported.")
	}
	if contains(include, "void") {
		if k.void != voidByInclude {
			return nil, faultUnsupported("include=void is not supported for " + k.name)
		}
		return c.void(k.name, body)
	}
	c.duplicates = contains(include, "allowduplicatedocnum")
	defer func() { c.duplicates = false }()
	// A body with an Id is an update; so is operation=update without one,
	// which then fails for want of it.
	req, err := parseDocument(body)
	if err != nil {
		return nil, faultMalformed(err.Error())
	}
	if req.has("Id") && req.str("Id") != "" || strings.EqualFold(operation, "update") || k.single {
		return c.update(k.name, body)
	}
	return c.create(k.name, body)
}

// envelope wraps an entity: {"Invoice":{...},"time":"..."}.
func (c *Company) envelope(name string, text []byte) []byte {
	d := &document{}
	d.set(name, text)
	d.setStr("time", c.envelopeTime())
	return d.bytes()
}

// envelopeTime has milliseconds and the company's offset, never Z.
func (c *Company) envelopeTime() string {
	return c.clock.Now().In(c.zone).Format("2006-01-02T15:04:05.000-07:00")
}

func (k *call) answer(body []byte, fault *Fault) {
	if fault != nil {
		k.fail(fault)
		return
	}
	writeBody(k.w, http.StatusOK, body, wantsXML(k.r))
}

func (k *call) fail(f *Fault) { k.s.writeFault(k.w, k.r, k.c, f) }

func (k *call) isXML() bool { return strings.Contains(k.r.Header.Get("Content-Type"), "xml") }

// wantsXML: JSON or XML by the format parameter, by Accept, else by the type
// of the body; JSON when nothing says (README: deviations).
func wantsXML(r *http.Request) bool {
	switch accept := r.Header.Get("Accept"); {
	case r.URL.Query().Get("format") != "":
		return strings.EqualFold(r.URL.Query().Get("format"), "xml")
	case strings.Contains(accept, "json"):
		return false
	case strings.Contains(accept, "xml"):
		return true
	}
	return strings.Contains(r.Header.Get("Content-Type"), "xml")
}

func writeBody(w http.ResponseWriter, status int, body []byte, asXML bool) {
	if asXML {
		w.Header().Set("Content-Type", "application/xml;charset=UTF-8")
		body = jsonToXML(body)
	} else {
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// raw is the fault as JSON: {"Error":[...],"type":"..."}.
func (f *Fault) raw() []byte {
	e := &document{}
	e.setStr("Message", f.Message)
	e.setStr("Detail", f.Detail)
	e.setStr("code", f.Code)
	if f.element {
		e.setStr("element", f.Element)
	}
	d := &document{}
	d.set("Error", joinArray([]*document{e}))
	d.setStr("type", f.Type)
	return d.bytes()
}

// writeFault answers with a fault; c is nil where no company is known.
func (s *Server) writeFault(w http.ResponseWriter, r *http.Request, c *Company, f *Fault) {
	d := &document{}
	d.set("Fault", f.raw())
	now := s.opt.Clock.Now().Format(time.RFC3339)
	if c != nil {
		now = c.envelopeTime()
	}
	d.setStr("time", now)
	writeBody(w, f.Status, d.bytes(), wantsXML(r))
}
