package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	smtpmock "github.com/mocktools/go-smtp-mock/v2"

	"tieout/books"
	"tieout/internal/app"
	"tieout/sync/mail"
)

// TestAlarms: a ledger that nobody reads any more is told of in the log, by
// e-mail, as a webhook and as a figure: once, again after a day, also by another
// process after a restart, and once when it is well again.
func TestAlarms(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	post := smtpmock.New(smtpmock.ConfigurationAttr{MultipleMessageReceiving: true})
	if err := post.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = post.Stop() })
	var logged []string
	r.config.Alarmed = func(text string) { logged = append(logged, text) }
	r.config.Mail = &mail.Server{Address: fmt.Sprint("127.0.0.1:", post.PortNumber()), Secure: mail.SecureNone, From: "tieout@example.com", To: []string{"ann@example.com"}}
	r.config.PrivateHooks = true
	c := &customer{T: t, now: r.clock.Now, status: http.StatusOK, taken: map[string]map[string]any{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	a := r.open()
	h, err := a.AddHook(t.Context(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	c.secret = h.Secret
	look := func(a *app.App, after time.Duration) {
		t.Helper()
		r.clock.Advance(after)
		if err := a.NotifyNow(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	look(a, time.Minute)
	if len(logged) != 0 || figure(t, a, `tieout_alarms{kind="stale",organisation="main"}`) != "0" {
		t.Errorf("an alarm without a reason: %v", logged)
	}
	look(a, 3*time.Hour)
	look(a, time.Hour)
	if len(logged) != 2 || !strings.Contains(logged[0], "is out of date") {
		t.Errorf("logged %q, want one line for each of the two connections", logged)
	}
	if n := figure(t, a, `tieout_alarms{kind="stale",organisation="main"}`); n != "2" {
		t.Errorf("%s alarms stand", n)
	}
	look(r.open(), 23*time.Hour) // another process, after a restart
	if len(logged) != 4 || c.types()["connection.stale"] != 4 {
		t.Errorf("after a day %d lines and %v, want each told twice", len(logged), c.types())
	}
	r.clean()
	look(a, time.Minute)
	look(a, time.Minute)
	if n := c.types()["connection.recovered"]; n != 2 || figure(t, a, `tieout_alarms{kind="stale",organisation="main"}`) != "0" {
		t.Errorf("%d all-clears, figures say %s", n, figure(t, a, `tieout_alarms{kind="stale",organisation="main"}`))
	}
	var subjects []string
	for _, m := range post.Messages() {
		subjects = append(subjects, regexp.MustCompile(`(?m)^Subject: (.*)\r$`).FindStringSubmatch(m.MsgRequest())[1])
		if !strings.Contains(m.RcpttoRequestResponse()[0][0], "ann@example.com") {
			t.Errorf("sent to %v", m.RcpttoRequestResponse())
		}
	}
	if len(subjects) != 6 || !strings.Contains(strings.Join(subjects, "\n"), "is well again") {
		t.Errorf("mails: %q", subjects)
	}
}

// TestAlarmMailWaits: what the mail server does not take is a row, and goes out
// when it is back, once.
func TestAlarmMailWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	r.set()
	r.clean()
	post := smtpmock.New(smtpmock.ConfigurationAttr{MultipleMessageReceiving: true})
	if err := post.Start(); err != nil {
		t.Fatal(err)
	}
	port := post.PortNumber()
	if err := post.Stop(); err != nil {
		t.Fatal(err)
	}
	r.config.Mail = &mail.Server{Address: fmt.Sprint("127.0.0.1:", port), Secure: mail.SecureNone, From: "tieout@example.com", To: []string{"ann@example.com"}}
	a := r.open()
	r.clock.Advance(3 * time.Hour)
	if err := a.NotifyNow(t.Context()); err == nil {
		t.Error("a mail server that is away is not reported")
	}
	if due, err := a.Store.DueMail(t.Context(), books.Tenant, r.clock.Now().Add(time.Hour), 9); err != nil || len(due) != 2 || due[0].Attempts != 1 || due[0].Problem == "" {
		t.Errorf("waiting: %+v, %v", due, err)
	}
	post = smtpmock.New(smtpmock.ConfigurationAttr{MultipleMessageReceiving: true, PortNumber: port})
	if err := post.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = post.Stop() })
	again := r.open()
	for range 2 {
		r.clock.Advance(2 * time.Minute)
		if err := again.NotifyNow(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := len(post.Messages()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

// figure is a line of /metrics, which says nothing of whom it is about.
func figure(t *testing.T, a *app.App, name string) string {
	t.Helper()
	w := httptest.NewRecorder()
	a.Metrics().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	text := w.Body.String()
	for _, private := range []string{"Harbor", "Marlow", "@", "Design"} {
		if strings.Contains(text, private) {
			t.Errorf("the figures hold %q", private)
		}
	}
	if !strings.Contains(text, "tieout_scrape_ok 1") || !strings.Contains(text, `tieout_connection_age_seconds{connection="`) || !strings.Contains(text, "tieout_proof_age_seconds") {
		t.Errorf("figures are missing:\n%s", text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return value
		}
	}
	return ""
}
