package traffic_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tieout/judge/xsd"
)

// quickbooksJudge is Intuit's schema.
type quickbooksJudge struct {
	schema *xsd.Schema
	// entities finds an entity by the last part of an address, which is its
	// name in small letters.
	entities map[string]string
	// seen counts what was judged: entities written, read, asked for.
	seen map[string]int
}

func newQuickBooksJudge(t *testing.T) *quickbooksJudge {
	t.Helper()
	s, err := xsd.Read(data(t, "quickbooks", "xsd"))
	if err != nil {
		t.Fatal(err)
	}
	j := &quickbooksJudge{schema: s, entities: map[string]string{}, seen: map[string]int{}}
	for _, name := range s.Entities() {
		j.entities[strings.ToLower(name)] = name
	}
	return j
}

// company is the part of an address that names a company, with what follows.
var company = regexp.MustCompile(`^/v3/company/\d+/([a-z]+)(/.*)?$`)

func (j *quickbooksJudge) judge(e exchange) []string {
	if e.url.Path == "/oauth2/v1/tokens/bearer" {
		return tokenProblems(e)
	}
	match := company.FindStringSubmatch(e.url.Path)
	if match == nil {
		return []string{e.method + " " + e.url.Path + " is not described"}
	}
	out := j.answerProblems(e)
	switch entity := j.entities[match[1]]; {
	case match[1] == "query":
		return append(out, j.queryProblems(e)...)
	case match[1] == "cdc":
		return append(out, j.cdcProblems(e)...)
	case match[1] == "batch":
		j.countBatch(e.request)
		return append(out, j.bodyProblems("IntuitBatchRequest", e.request)...)
	case entity == "":
		return append(out, e.url.Path+": no such entity")
	case e.method == http.MethodPost:
		j.seen["write:"+entity]++
		return append(out, j.bodyProblems(entity, e.request)...)
	}
	return out
}

func (j *quickbooksJudge) bodyProblems(of string, raw []byte) []string {
	return withoutIndices(j.schema.Problems(of, of, raw))
}

// answerProblems judges an answer as a whole. Intuit's schema has the
// serialiser's own member "time" as an attribute.
func (j *quickbooksJudge) answerProblems(e exchange) []string {
	var answer map[string]json.RawMessage
	if err := json.Unmarshal(e.answer, &answer); err != nil {
		return []string{"answer to " + e.url.Path + ": no JSON"}
	}
	j.count(answer)
	return withoutIndices(j.schema.Problems("answer", "IntuitResponse", e.answer))
}

// count counts the entities of an answer.
func (j *quickbooksJudge) count(members map[string]json.RawMessage) {
	for name, raw := range members {
		var inner map[string]json.RawMessage
		var list []map[string]json.RawMessage
		switch {
		case j.entities[strings.ToLower(name)] == name:
			j.seen["read:"+name]++
		case json.Unmarshal(raw, &inner) == nil:
			j.count(inner)
		case json.Unmarshal(raw, &list) == nil:
			for _, one := range list {
				j.count(one)
			}
		}
	}
}

// countBatch counts the entities that a batch writes.
func (j *quickbooksJudge) countBatch(raw []byte) {
	var batch struct {
		BatchItemRequest []map[string]json.RawMessage
	}
	if json.Unmarshal(raw, &batch) != nil {
		return // the schema says so
	}
	for _, item := range batch.BatchItemRequest {
		for name := range item {
			j.seen["write:"+name]++
		}
	}
}

var (
	index     = regexp.MustCompile(`\[\d+\]`)
	queried   = regexp.MustCompile(`(?i)^select (.+?) from (\w+)(?: where (.+?))?(?: order ?by (.+?))?(?: startposition \d+)?(?: maxresults \d+)?$`)
	literal   = regexp.MustCompile(`'(?:\\'|[^'])*'`)
	fieldName = regexp.MustCompile(`[A-Za-z][A-Za-z.]*`)
)

func withoutIndices(list []string) []string {
	for i, text := range list {
		list[i] = index.ReplaceAllString(text, "[]")
	}
	return list
}

// queryProblems judges a query: its entity and the fields that it names.
func (j *quickbooksJudge) queryProblems(e exchange) []string {
	text := e.url.Query().Get("query")
	if e.method == http.MethodPost {
		text = string(e.request)
	}
	parts := queried.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return []string{"not understood: " + text}
	}
	entity := parts[2]
	if j.entities[strings.ToLower(entity)] != entity {
		return []string{"query of an unknown entity: " + text}
	}
	j.seen["ask:"+entity]++
	var out []string
	for _, name := range fieldName.FindAllString(literal.ReplaceAllString(strings.Join([]string{parts[1], parts[3], parts[4]}, " "), " "), -1) {
		switch strings.ToLower(name) {
		case "and", "in", "like", "asc", "desc", "count", "true", "false":
			continue
		}
		of := entity
		for part := range strings.SplitSeq(name, ".") {
			inner, ok := j.schema.Has(of, part)
			if of = inner; !ok {
				out = append(out, "query of "+entity+" by "+name+", which is not there")
				break
			}
		}
	}
	return out
}

// cdcProblems judges the names that a question for changes lists.
func (j *quickbooksJudge) cdcProblems(e exchange) []string {
	var out []string
	for name := range strings.SplitSeq(e.url.Query().Get("entities"), ",") {
		j.seen["changes:"+name]++
		if j.entities[strings.ToLower(name)] != name {
			out = append(out, "changes of an unknown entity: "+name)
		}
	}
	return out
}

// judgeQuickBooks holds every exchange against Intuit's schema, and says what
// was said of which entities.
func judgeQuickBooks(t *testing.T, j *quickbooksJudge, p played) map[string]int {
	t.Helper()
	found := complaints{}
	for _, e := range p.quickbooks {
		for _, problem := range j.judge(e) {
			found.add("%s", problem)
		}
	}
	found.report(t)
	return j.seen
}

// testQuickBooksSpoilt: the judge notices what is wrong.
func testQuickBooksSpoilt(t *testing.T, j *quickbooksJudge, p played) {
	t.Helper()
	query := func(text string) func(*exchange) bool {
		return func(e *exchange) bool {
			e.url.RawQuery = url.Values{"query": {text}}.Encode()
			return e.method == http.MethodGet
		}
	}
	sent := func(from, to string) func(*exchange) bool {
		return func(e *exchange) bool { return replaced(&e.request, from, to) }
	}
	said := func(from, to string) func(*exchange) bool {
		return func(e *exchange) bool { return replaced(&e.answer, from, to) }
	}
	for name, e := range map[string]exchange{
		"a field that is not there":   spoilt(t, p.quickbooks, http.MethodPost, "/payment", sent(`"TotalAmt"`, `"Total"`)),
		"a text for an amount":        spoilt(t, p.quickbooks, http.MethodPost, "/payment", sent(`"TotalAmt":`, `"TotalAmt":"1","UnappliedAmt":`)),
		"an unknown word":             spoilt(t, p.quickbooks, http.MethodPost, "/purchase", sent(`"PaymentType":"`, `"PaymentType":"X`)),
		"an unknown entity":           spoilt(t, p.quickbooks, http.MethodPost, "/batch", sent(`"Invoice":`, `"Bill2":`)),
		"a batch's unknown field":     spoilt(t, p.quickbooks, http.MethodPost, "/batch", sent(`"SyncToken":`, `"Token":`)),
		"a batch's unknown operation": spoilt(t, p.quickbooks, http.MethodPost, "/batch", sent(`"operation":"`, `"operation":"re`)),
		"an unknown address":          spoilt(t, p.quickbooks, http.MethodPost, "/batch", func(e *exchange) bool { e.url.Path = "/v4/batch"; return true }),
		"a query of nothing":          spoilt(t, p.quickbooks, http.MethodGet, "/query", query("select * from Invoices")),
		"a query by nothing":          spoilt(t, p.quickbooks, http.MethodGet, "/query", query("select * from Invoice where Meta.Changed > '2026-01-01'")),
		"a query that is none":        spoilt(t, p.quickbooks, http.MethodGet, "/query", query("delete Invoice")),
		"an answer's unknown field":   spoilt(t, p.quickbooks, http.MethodGet, "/query", said(`"Balance"`, `"Open"`)),
		"an answer's list":            spoilt(t, p.quickbooks, http.MethodGet, "/query", said(`"CustomerRef":{`, `"CustomerRef":[],"DepositToAccountRef":{`)),
		"an answer that is no answer": spoilt(t, p.quickbooks, http.MethodGet, "/query", func(e *exchange) bool { e.answer = []byte("maintenance"); return true }),
		"a token of no type":          spoilt(t, p.quickbooks, http.MethodPost, "/oauth2/v1/tokens/bearer", said(`"token_type"`, `"type"`)),
	} {
		if len(j.judge(e)) == 0 {
			t.Errorf("%s is not noticed", name)
		}
	}
}
