package example_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
)

const pageSize = 3

// thing is an object of the stand-in: any members, as JSON.
type thing map[string]any

func (o thing) text(name string) string { s, _ := o[name].(string); return s }

func (o thing) amount(name string) decimal.Decimal {
	d, err := decimal.NewFromString(o.text(name))
	if err != nil {
		return decimal.Zero
	}
	return d
}

// standin is the example ledger: it keeps objects, the order of their last
// changes, and what was made under which key.
type standin struct {
	t     *testing.T
	clock *clock.Adjustable
	key   string

	mu      sync.Mutex
	seq     int64
	objects map[string]thing
	made    map[string]string // key to id
	lock    string
}

func newStandin(t *testing.T, c *clock.Adjustable) *standin {
	t.Helper()
	return &standin{t: t, clock: c, key: "ex_1", objects: map[string]thing{}, made: map[string]string{}}
}

// put stores an object as newly changed and gives its id.
func (s *standin) put(o thing) string {
	s.seq++
	if o.text("id") == "" {
		o["id"] = fmt.Sprintf("o%d", s.seq)
	}
	o["seq"], o["time"] = s.seq, s.clock.Now()
	s.objects[o.text("id")] = o
	return o.text("id")
}

// add is put for a test that fills the ledger.
func (s *standin) add(o thing) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.put(o)
}

func (s *standin) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(thing{"id": id, "kind": s.objects[id]["kind"], "deleted": true})
}

// sorted are the objects in the order of their last changes.
func (s *standin) sorted() []thing {
	var out []thing
	for _, o := range s.objects {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b thing) int { return int(a["seq"].(int64) - b["seq"].(int64)) })
	return out
}

// ServeHTTP answers as the ledger's API description says.
func (s *standin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	w.Header().Set("Request-Id", fmt.Sprintf("r%d", s.seq))
	w.Header().Set("Content-Type", "application/json")
	if r.Header.Get("Authorization") != "Bearer "+s.key {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /company", s.company)
	mux.HandleFunc("GET /changes", s.changes)
	mux.HandleFunc("GET /objects", s.find)
	mux.HandleFunc("GET /objects/{id}", s.read)
	mux.HandleFunc("POST /objects", s.create)
	mux.HandleFunc("PATCH /objects/{id}", s.change)
	mux.HandleFunc("DELETE /objects/{id}", s.delete)
	mux.HandleFunc("GET /figures", s.figures)
	mux.ServeHTTP(w, r)
}

func (s *standin) answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.t.Error(err)
	}
}

func (s *standin) company(w http.ResponseWriter, _ *http.Request) {
	s.answer(w, thing{"id": "c1", "name": "Example & Co", "country": "US", "currency": "USD", "zone": "America/New_York", "lock": s.lock})
}

func (s *standin) changes(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	rows := []thing{}
	for _, o := range s.sorted() {
		if o["seq"].(int64) > after {
			rows = append(rows, o)
		}
	}
	more := len(rows) > pageSize
	s.answer(w, map[string]any{"changes": rows[:min(len(rows), pageSize)], "more": more})
}

func (s *standin) find(w http.ResponseWriter, r *http.Request) {
	out := []thing{}
	if o, ok := s.objects[s.made[r.FormValue("key")]]; ok {
		out = append(out, o)
	}
	s.answer(w, map[string]any{"objects": out})
}

func (s *standin) read(w http.ResponseWriter, r *http.Request) {
	if o, ok := s.objects[r.PathValue("id")]; ok {
		s.answer(w, o)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

// create makes an object once for each key.
func (s *standin) create(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if id, ok := s.made[key]; ok {
		s.answer(w, s.objects[id])
		return
	}
	var o thing
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if date := o.text("date"); date != "" && date <= s.lock {
		w.WriteHeader(http.StatusLocked)
		return
	}
	s.apply(o)
	s.made[key] = s.put(o)
	s.answer(w, o)
}

// apply takes what a receipt pays off its invoices.
func (s *standin) apply(o thing) {
	if o.text("kind") != "receipt" {
		return
	}
	rest := o.amount("total")
	lines, _ := o["allocations"].([]any)
	for _, line := range lines {
		entry := thing(line.(map[string]any))
		invoice := s.objects[entry.text("invoice")]
		invoice["balance"] = invoice.amount("balance").Sub(entry.amount("amount")).StringFixed(2)
		s.put(invoice)
		rest = rest.Sub(entry.amount("amount"))
	}
	o["balance"] = rest.StringFixed(2)
}

// change puts a link on an invoice, if it is still the version that was meant.
func (s *standin) change(w http.ResponseWriter, r *http.Request) {
	key, o := r.Header.Get("Idempotency-Key"), s.objects[r.PathValue("id")]
	if s.made[key] == o.text("id") {
		s.answer(w, o)
		return
	}
	var wanted struct {
		Version int64
		Link    string
	}
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || o["seq"] != wanted.Version {
		w.WriteHeader(http.StatusConflict)
		return
	}
	o["link"] = wanted.Link
	s.made[key] = s.put(o)
	s.answer(w, o)
}

// delete removes a document, if it is still the version that was meant, and
// gives back what it had paid.
func (s *standin) delete(w http.ResponseWriter, r *http.Request) {
	key, o := r.Header.Get("Idempotency-Key"), s.objects[r.PathValue("id")]
	if s.made[key] == o.text("id") {
		s.answer(w, o)
		return
	}
	var wanted struct{ Version int64 }
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil || o["seq"] != wanted.Version {
		w.WriteHeader(http.StatusConflict)
		return
	}
	lines, _ := o["allocations"].([]any)
	for _, line := range lines {
		entry := thing(line.(map[string]any))
		invoice := s.objects[entry.text("invoice")]
		invoice["balance"] = invoice.amount("balance").Add(entry.amount("amount")).StringFixed(2)
		s.put(invoice)
	}
	gone := thing{"id": o["id"], "kind": o["kind"], "deleted": true}
	s.made[key] = s.put(gone)
	s.answer(w, gone)
}

func (s *standin) figures(w http.ResponseWriter, _ *http.Request) {
	sum, accounts := decimal.Zero, map[string]int64{}
	for _, o := range s.objects {
		switch o.text("kind") {
		case "invoice":
			sum = sum.Add(o.amount("balance"))
		case "receipt":
			sum = sum.Sub(o.amount("balance"))
			accounts[o.text("to")] += o.amount("total").Shift(2).IntPart()
		case "document":
			accounts[o.text("from")] -= o.amount("total").Shift(2).IntPart()
			accounts[o.text("to")] += o.amount("total").Shift(2).IntPart()
		}
	}
	s.answer(w, map[string]any{"receivable": map[string]int64{"USD": sum.Shift(2).IntPart()}, "accounts": accounts})
}
