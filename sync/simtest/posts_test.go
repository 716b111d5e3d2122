package simtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
)

// posts carries the vendors' webhooks to a process that lives.
type posts struct{ w *world }

// Do hands a delivery in.
func (d posts) Do(r *http.Request) (*http.Response, error) {
	to := d.w.alive()
	if to == nil {
		return nil, errors.New("connection refused")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body, r.Header = io.NopCloser(bytes.NewReader(body)), canonical(r.Header)
	answer := httptest.NewRecorder()
	to.hooks.ServeHTTP(answer, r)
	if to.isDead() {
		return nil, errors.New("connection reset by peer")
	}
	d.w.tell("a delivery from %s is answered with %d", r.URL.Path, answer.Code)
	if answer.Code == http.StatusOK {
		d.note(body)
	}
	return answer.Result(), nil
}

// note keeps the ids of events that we said we have taken; those of Xero have
// none. The stand-ins spoil a body by a blank at its end.
func (d posts) note(body []byte) {
	if bytes.HasSuffix(body, []byte(" ")) {
		d.w.wrong("a forged delivery was taken: %.100s", body)
	}
	type event struct{ ID string }
	var all []event
	var one event
	if json.Unmarshal(body, &all) != nil && json.Unmarshal(body, &one) == nil {
		all = []event{one}
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	for _, e := range all {
		if e.ID != "" {
			d.w.taken[e.ID] = true
		}
	}
}

// alive is the first process that lives.
func (w *world) alive() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.processes {
		if !p.isDead() {
			return p
		}
	}
	return nil
}

// kept checks that every event that we said we have taken is stored, once.
func (w *world) kept(ctx context.Context, p *process) (wrong []string) {
	for _, id := range slices.Sorted(maps.Keys(w.taken)) {
		var n int
		if err := p.Store.DB().QueryRowContext(ctx, `select count(*) from inbox where event like $1`, id+"%").Scan(&n); err != nil || n != 1 {
			wrong = append(wrong, fmt.Sprintf("event %s was taken and stands %d times in the inbox: %v", id, n, err))
		}
	}
	return wrong
}
