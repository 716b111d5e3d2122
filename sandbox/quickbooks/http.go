package quickbooks

import (
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// maxBody bounds a request body.
	maxBody = 16 << 20
	// maxRequestID is the longest requestid (no document says; see README).
	maxRequestID = 50
)

// company serves /v3/company/{realm}/...
func (s *Server) company(w http.ResponseWriter, r *http.Request) {
	c := s.authorized(w, r)
	if c == nil {
		return
	}
	class := classOf(r)
	if !c.count(class) && s.opt.Limits {
		s.throttled(w, c)
		return
	}
	parts := strings.Split(strings.Trim(r.PathValue("path"), "/"), "/")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.writeFault(w, c, faultMalformed("the body cannot be read"))
		return
	}
	switch {
	case class == "query":
		s.serveQuery(w, r, c, body)
	case class == "cdc":
		answer, fault := c.changes(r.URL.Query().Get("entities"), r.URL.Query().Get("changedSince"))
		s.answer(w, c, answer, fault)
	case class == "read" && len(parts) == 2:
		s.serveRead(w, c, parts[0], parts[1])
	case class == "read" && len(parts) == 1 && strings.EqualFold(parts[0], "Preferences"):
		// Preferences belong to the company and are read without an id (Intuit
		// docs: preferences).
		s.serveRead(w, c, parts[0], "")
	case class == "write" && len(parts) == 1:
		s.serveWrite(w, r, c, parts[0], body)
	default:
		s.writeFault(w, c, faultUnsupported("Operation No resource method found for "+r.Method+", return 405 with Allow header is not supported."))
	}
}

func classOf(r *http.Request) string {
	switch path := r.PathValue("path"); {
	case path == "query" && (r.Method == http.MethodGet || r.Method == http.MethodPost):
		return "query"
	case path == "cdc" && r.Method == http.MethodGet:
		return "cdc"
	case r.Method == http.MethodGet:
		return "read"
	case r.Method == http.MethodPost:
		return "write"
	}
	return "other"
}

func (s *Server) serveQuery(w http.ResponseWriter, r *http.Request, c *Company, body []byte) {
	text := r.URL.Query().Get("query")
	if r.Method == http.MethodPost && len(body) > 0 {
		text = string(body)
	}
	answer, fault := c.query(text)
	s.answer(w, c, answer, fault)
}

func (s *Server) serveRead(w http.ResponseWriter, c *Company, entity, id string) {
	c.mu.Lock()
	k, fault := c.kindOf(entity)
	var text []byte
	if fault == nil {
		text, fault = c.read(entity, id)
	}
	c.mu.Unlock()
	if fault != nil {
		s.writeFault(w, c, fault)
		return
	}
	s.writeEntity(w, c, k.name, text)
}

// serveWrite runs a write once per requestid: the same requestid again is
// answered with the first answer, and nothing happens (Intuit blog: API best
// practices), even when the object is gone meanwhile.
func (s *Server) serveWrite(w http.ResponseWriter, r *http.Request, c *Company, entity string, body []byte) {
	q := r.URL.Query()
	id := q.Get("requestid")
	if len(id) > maxRequestID {
		s.writeFault(w, c, faultTooLong("requestid", maxRequestID, len(id)))
		return
	}
	c.mu.Lock()
	answer, replay := c.replays[id]
	var fault *Fault
	if id == "" || !replay {
		answer, fault = c.write(entity, q.Get("operation"), q.Get("include"), body)
		if fault == nil && id != "" {
			c.replays[id] = answer
		}
	}
	c.mu.Unlock()
	s.answer(w, c, answer, fault)
}

// write performs one POST to an entity and returns the whole answer.
func (c *Company) write(entity, operation, include string, body []byte) ([]byte, *Fault) {
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

func (c *Company) operate(k *kind, operation, include string, body []byte) ([]byte, *Fault) {
	switch operation {
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
	if include == "void" {
		if k.void != voidByInclude {
			return nil, faultUnsupported("include=void is not supported for " + k.name)
		}
		return c.void(k.name, body)
	}
	// A body with an Id is an update; so is operation=update without one,
	// which then fails for want of it.
	req, err := parseDocument(body)
	if err != nil {
		return nil, faultMalformed(err.Error())
	}
	if req.has("Id") || operation == "update" || k.single {
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

func (s *Server) writeEntity(w http.ResponseWriter, c *Company, name string, text []byte) {
	s.answer(w, c, c.envelope(name, text), nil)
}

func (s *Server) answer(w http.ResponseWriter, c *Company, body []byte, fault *Fault) {
	if fault != nil {
		s.writeFault(w, c, fault)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	_, _ = w.Write(body)
}

func (s *Server) writeFault(w http.ResponseWriter, c *Company, f *Fault) {
	e := &document{}
	e.setStr("Message", f.Message)
	e.setStr("Detail", f.Detail)
	e.setStr("code", f.Code)
	if f.element {
		e.setStr("element", f.Element)
	}
	inner := &document{}
	inner.set("Error", joinArray([]*document{e}))
	inner.setStr("type", f.Type)
	d := &document{}
	d.set("Fault", inner.bytes())
	now := s.opt.Clock.Now().Format(time.RFC3339)
	if c != nil {
		now = c.envelopeTime()
	}
	d.setStr("time", now)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(f.Status)
	_, _ = w.Write(d.bytes())
}
