package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/connectors"
	"tieout/mapping"
)

// listServer is a list of contacts as Xero pages it, with the habits that
// documents leave open as switches.
type listServer struct {
	rows map[string]int64 // id to UpdatedDateUTC
	size int
	// exclusive leaves rows at the header's instant out; deaf ignores the
	// header, stuck the page, bare leaves pagination out.
	exclusive, deaf, stuck, bare bool
	// now is the server's clock; without one its answers are not dated.
	now    func() int64
	calls  int
	onCall func()
}

func (l *listServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.calls++
	type item struct {
		id string
		at int64
	}
	since, _ := time.Parse(modifiedSince, r.Header.Get("If-Modified-Since"))
	var list []item
	for id, at := range l.rows {
		second := at / 1000 * 1000
		if !l.deaf && !since.IsZero() && (second < since.UnixMilli() || l.exclusive && second == since.UnixMilli()) {
			continue
		}
		list = append(list, item{id, at})
	}
	byID := r.URL.Query().Get("order") == "ContactID ASC"
	sort.Slice(list, func(i, j int) bool {
		if byID {
			return list[i].id < list[j].id
		}
		return list[i].at < list[j].at || list[i].at == list[j].at && list[i].id < list[j].id
	})
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if l.stuck {
		page = 1
	}
	count := (len(list) + l.size - 1) / l.size
	from := min(max(page-1, 0)*l.size, len(list))
	shown := list[from:min(from+l.size, len(list))]
	elements := []string{}
	for _, i := range shown {
		elements = append(elements, fmt.Sprintf(`{"ContactID":%q,"ContactStatus":"ACTIVE","Name":"n","UpdatedDateUTC":"/Date(%d+0000)/"}`, i.id, i.at))
	}
	pagination := fmt.Sprintf(`"pagination":{"page":%d,"pageSize":%d,"pageCount":%d,"itemCount":%d},`, page, l.size, count, len(list))
	if l.bare {
		pagination = ""
	}
	dated := ""
	if l.now != nil {
		dated = fmt.Sprintf(`"DateTimeUTC":"/Date(%d)/",`, l.now())
	}
	if l.onCall != nil {
		l.onCall()
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = fmt.Fprintf(w, `{"Status":"OK",%s%s"Contacts":[%s]}`, dated, pagination, strings.Join(elements, ","))
}

// direct calls a handler without a network.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	d.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func sessionOf(handler http.Handler) *session {
	return New(Config{}).Open(connectors.Access{
		Client: &http.Client{Transport: direct{handler}}, ExternalID: "t", Home: "USD", Now: start,
	}).(*session)
}

// read pulls contacts to the end, at most limit pages.
func readContacts(s *session, from connectors.Cursor, limit int) (ids map[string]int64, cursor connectors.Cursor, err error) {
	ids = map[string]int64{}
	for range limit {
		page, err := s.Pull(context.Background(), "contacts", from)
		if err != nil {
			return ids, from, err
		}
		for _, d := range page.Drafts {
			ids[d.ID] = d.Order
		}
		if from = page.Cursor; !page.More {
			return ids, from, nil
		}
	}
	return ids, from, fmt.Errorf("no end after %d pages", limit)
}

// TestFirstPageSaysHowMany rows there are, where Xero says so; a pass that asks
// for changes only says nothing of the whole.
func TestFirstPageSaysHowMany(t *testing.T) {
	t.Parallel()
	base := start().UnixMilli()
	for bare, want := range map[bool]int64{false: 250, true: 0} {
		server := listServer{rows: many(250, func(i int) int64 { return base + int64(i)*7_000 }), size: 100, bare: bare}
		server.now = func() int64 { return base + 3*time.Hour.Milliseconds() }
		s := sessionOf(&server)
		page, err := s.Pull(t.Context(), "contacts", nil)
		if err != nil || page.Total != want {
			t.Errorf("bare %v: %d in all, want %d, %v", bare, page.Total, want, err)
		}
	}
}

func many(n int, at func(i int) int64) map[string]int64 {
	rows := map[string]int64{}
	for i := range n {
		rows[fmt.Sprintf("c%05d", i)] = at(i)
	}
	return rows
}

func TestWalkReadsEveryRow(t *testing.T) {
	t.Parallel()
	base := start().UnixMilli()
	spread := func(i int) int64 { return base + int64(i)*7_000 }
	for _, c := range []struct {
		name   string
		server listServer
		most   int
	}{
		{"spread", listServer{rows: many(950, spread), size: 100}, 12},
		{"one instant", listServer{rows: many(950, func(int) int64 { return base }), size: 100}, 12},
		{"years ago", listServer{rows: many(250, func(i int) int64 { return 1_229_791_330_000 + int64(i)*20_000 }), size: 100}, 8},
		{"exclusive header", listServer{rows: many(950, spread), size: 100, exclusive: true}, 12},
		{"deaf to the header", listServer{rows: many(950, spread), size: 100, deaf: true}, 20},
		{"without pagination", listServer{rows: many(950, spread), size: 100, bare: true}, 14},
		{"empty", listServer{rows: nil, size: 100}, 1},
		{"exactly full", listServer{rows: many(100, spread), size: 100}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.server.now = func() int64 { return base + 3*time.Hour.Milliseconds() }
			s := sessionOf(&c.server)
			ids, cursor, err := readContacts(s, nil, 100)
			if err != nil || len(ids) != len(c.server.rows) {
				t.Fatalf("%d of %d rows, %v", len(ids), len(c.server.rows), err)
			}
			if c.server.calls > c.most {
				t.Errorf("%d calls, want at most %d", c.server.calls, c.most)
			}
			if c.server.deaf || c.name == "one instant" {
				return // these bring rows again on every pass
			}
			again, next, err := readContacts(s, cursor, 1)
			if err != nil || len(again) != 0 || string(next) != string(cursor) {
				t.Errorf("an idle pass: %d rows, %v, cursor of %d bytes after %d", len(again), err, len(next), len(cursor))
			}
		})
	}
}

func TestStandingListEndsWithAnError(t *testing.T) {
	t.Parallel()
	server := &listServer{rows: many(300, func(int) int64 { return start().UnixMilli() }), size: 100, stuck: true}
	_, _, err := readContacts(sessionOf(server), nil, 50)
	if connectors.ClassOf(err) != connectors.ClassPermanent || !strings.Contains(err.Error(), "no progress") {
		t.Errorf("got %v after %d calls", err, server.calls)
	}
}

// TestShorterListLosesNothing takes rows out of the list between two pages.
func TestShorterListLosesNothing(t *testing.T) {
	t.Parallel()
	server := &listServer{rows: many(900, func(i int) int64 { return start().UnixMilli() - int64(i)*7_000 }), size: 100}
	server.now = func() int64 { return start().UnixMilli() }
	server.onCall = func() {
		if server.calls == 5 {
			for i := range 250 {
				delete(server.rows, fmt.Sprintf("c%05d", i))
			}
		}
	}
	ids, _, err := readContacts(sessionOf(server), nil, 30)
	for id := range server.rows {
		if _, ok := ids[id]; !ok {
			t.Fatalf("row %s was missed", id)
		}
	}
	if err != nil || server.calls > 12 {
		t.Errorf("%d calls, %v", server.calls, err)
	}
}

// TestMovingListLosesNothing changes rows between pages: whatever happens, the
// newest version of each row has been brought when the list comes to rest.
func TestMovingListLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		server := &listServer{size: rapid.IntRange(100, 130).Draw(t, "size"), rows: map[string]int64{}}
		server.exclusive = rapid.Bool().Draw(t, "exclusive")
		server.bare = rapid.Bool().Draw(t, "bare")
		now := start().UnixMilli()
		if rapid.Bool().Draw(t, "dated") {
			server.now = func() int64 { return now }
		}
		count := rapid.IntRange(0, 300).Draw(t, "rows")
		gap := rapid.SampledFrom([]int64{0, 3, 400, 60_000}).Draw(t, "gap")
		for i := range count {
			now += gap
			server.rows[fmt.Sprintf("c%03d", i)] = now
		}
		left := rapid.IntRange(0, 40).Draw(t, "changes")
		server.onCall = func() {
			for range min(left, 7) {
				left--
				now += 1 + gap
				server.rows[fmt.Sprintf("c%03d", rapid.IntRange(0, 320).Draw(t, "row"))] = now
			}
		}
		s := sessionOf(server)
		seen := map[string]int64{}
		var cursor connectors.Cursor
		for range 8 {
			ids, next, err := readContacts(s, cursor, 60)
			if err != nil {
				t.Fatal(err)
			}
			for id, at := range ids {
				seen[id] = max(seen[id], at)
			}
			cursor = next
			if left <= 0 {
				left = -1
			}
		}
		for id, at := range server.rows {
			if seen[id] != at {
				t.Fatalf("row %s stands at %d, was brought at %d", id, at, seen[id])
			}
		}
	})
}

// answer serves one fixed answer.
func answer(status int, header map[string]string, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for key, value := range header {
			w.Header().Set(key, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func TestUnreadableElementsStayInThePage(t *testing.T) {
	t.Parallel()
	const body = `{"Invoices":[
		{"InvoiceID":"a","Type":"ACCREC","Status":"AUTHORISED","Contact":{"ContactID":"c"},"Date":"/Date(1777000000000+0000)/","Total":{"no":1},"UpdatedDateUTC":"/Date(1777000000000+0000)/"},
		{"InvoiceID":"b","Type":"ACCREC","Status":"STRANGE","Total":1},
		7,
		{"InvoiceID":"d","Type":"ACCREC","Status":"AUTHORISED","Contact":{"ContactID":"c"},"Date":"/Date(1777000000000)/","CurrencyCode":"USD","Total":"5.00","AmountDue":5,"AmountPaid":0,"AmountCredited":0}
	]}`
	page, err := sessionOf(answer(200, nil, body)).Pull(context.Background(), "invoices", nil)
	if err != nil || len(page.Drafts) != 4 {
		t.Fatalf("%d drafts, %v", len(page.Drafts), err)
	}
	for i, want := range []bool{false, false, false, true} {
		record := mapping.Accept(page.Drafts[i])
		if (record.Rejection == nil) != want || record.Ref.ID == "" {
			t.Errorf("element %d: %+v", i, record)
		}
		if !strings.Contains(body, string(page.Drafts[i].Raw)) {
			t.Errorf("element %d: raw %s is not the vendor's own text", i, page.Drafts[i].Raw)
		}
	}
}

func TestBrokenPagesAreFailures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		server http.Handler
		class  connectors.Class
	}{
		{"cut", answer(200, nil, `{"Contacts":[{"ContactID":"a"`), connectors.ClassRetry},
		{"empty", answer(200, nil, ``), connectors.ClassRetry},
		{"not JSON inside", answer(200, nil, `{"Contacts":[}`), connectors.ClassPermanent},
		{"another list", answer(200, nil, `{"Invoices":[]}`), connectors.ClassPermanent},
		{"an array", answer(200, nil, `[]`), connectors.ClassPermanent},
		{"a page of a gateway", answer(200, map[string]string{"Content-Type": "text/html"}, `<html>`), connectors.ClassRetry},
	} {
		_, err := sessionOf(c.server).Pull(context.Background(), "contacts", nil)
		if connectors.ClassOf(err) != c.class || err == nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	page, err := sessionOf(answer(304, nil, "")).Pull(context.Background(), "contacts", nil)
	if err != nil || page.More || len(page.Drafts) != 0 {
		t.Errorf("304: %+v, %v", page, err)
	}
	for _, cursor := range []string{`{"v":9,"page":1}`, `{"v":1}`, `x`} {
		if _, err := sessionOf(answer(200, nil, `{"Contacts":[]}`)).Pull(context.Background(), "contacts", json.RawMessage(cursor)); err == nil {
			t.Errorf("cursor %s was taken", cursor)
		}
	}
	if _, err := sessionOf(answer(200, nil, `{}`)).Pull(context.Background(), "quotes", nil); connectors.ClassOf(err) != connectors.ClassRequest {
		t.Errorf("an unknown stream: %v", err)
	}
}
