package main

import (
	"fmt"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestManyOnOneFile lets two processes work on one SQLite file while pages are
// read, webhooks come in and commands run: nobody ever hears that the database
// is locked.
func TestManyOnOneFile(t *testing.T) {
	t.Parallel()
	d := newDrill(t, "quickbooks", "")
	d.setUp(t)
	d.env = append(d.env, "TIEOUT_XERO_WEBHOOK_KEY=key")
	serve, base := d.serve(t)
	worker := d.start(t, "worker")
	worker.await(t, `Working`)
	pages := &gate{T: t, base: base}
	pages.setUp(serve.await(t, `/setup\?token=(\S+)`))
	var all sync.WaitGroup
	all.Go(func() {
		for i := range 150 {
			event := fmt.Sprintf(`{"events":[{"resourceId":"%d","eventDateUtc":"2026-11-20T18:00:00","eventType":"UPDATE","eventCategory":"INVOICE","tenantId":"nobody"}]}`, i)
			if got := postSigned(t, base+"/hooks/xero", "key", event); got.StatusCode != http.StatusOK {
				t.Errorf("a webhook was answered %s", got.Status)
			}
		}
	})
	for range 3 {
		all.Go(func() {
			for range 6 {
				for _, page := range []string{"/", "/receivables", "/payments", "/proof", "/journal", "/receivables.csv", "/healthz"} {
					pages.read(page)
				}
			}
		})
	}
	for range 4 {
		d.ask(t, "/economy/act", "{}")
		d.move(t, time.Hour)
		got := d.run(t, "", "sync")
		expect(t, "sync", got.err, []string{`!(?i)locked|is busy\b|SQLITE_`})
	}
	all.Wait()
	for name, r := range map[string]*running{"serve": serve, "worker": worker} {
		if code := r.stop(t, syscall.SIGTERM); code != 0 {
			t.Errorf("%s ended with %d", name, code)
		}
		expect(t, name, r.words(), []string{`!(?i)locked|the database is busy|SQLITE_`})
	}
	d.rests(t)
	d.once(t)
}

// read asks for a page, which has to be there.
func (g *gate) read(page string) {
	r, err := http.NewRequestWithContext(g.Context(), http.MethodGet, g.base+page, nil)
	if err != nil {
		g.Error(err)
		return
	}
	follow := http.Client{Jar: g.owner.Jar}
	answer, err := follow.Do(r)
	if err != nil {
		g.Errorf("%s: %v", page, err)
		return
	}
	_ = answer.Body.Close()
	if at := answer.Request.URL.Path; answer.StatusCode != http.StatusOK || at == "/login" {
		g.Errorf("%s was answered %s at %s", page, answer.Status, at)
	}
}
