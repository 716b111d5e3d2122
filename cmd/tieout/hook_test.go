package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestHookCommands adds an address, tries it, looks at the log, replays and
// removes it; the secret is shown once.
func TestHookCommands(t *testing.T) {
	t.Parallel()
	var status, requests atomic.Int32
	status.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Header.Get("webhook-signature") == "" {
			t.Error("a webhook without a signature")
		}
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "seen\x1b[2J")
	}))
	t.Cleanup(server.Close)
	m := newMachine(t, nil)
	m.steps(t, []step{{args: "hook add " + server.URL, out: []string{`whsec_`}}})
	inside := strings.Fields(m.run(t, "", "hook", "list").out)[0]
	m.steps(t, []step{
		{args: "hook test " + inside, code: 1, out: []string{`inside a private network.*--hook-private`}, err: []string{`was not taken`}},
		{args: "hook remove " + inside},
	})
	if requests.Load() != 0 {
		t.Fatal("a request went to this machine")
	}
	m.env = append(m.env, "TIEOUT_HOOK_PRIVATE=true")
	m.steps(t, []step{
		{args: "hook list", out: []string{`No webhooks are sent`}},
		{args: "hook add ftp://example.com", code: 2, err: []string{`https:// or http://`}},
		{args: "hook add https://u:canary@example.com", code: 2, err: []string{`!canary`, `in clear`}},
		{args: "hook add https://example.com --event invoice.payed", code: 2, err: []string{`no such type`, `invoice\.paid, invoice\.changed`}},
	})
	var made hookShown
	if err := json.Unmarshal([]byte(m.run(t, "", "hook", "add", server.URL+"/in", "--event", "invoice.paid,proof.differs", "--json").out), &made); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(made.Secret, "whsec_") || len(made.Events) != 2 {
		t.Fatalf("made %+v", made)
	}
	m.steps(t, []step{
		{args: "hook list", out: []string{made.ID, `active`, `\[invoice\.paid proof\.differs\]`, `!whsec_`}},
		{args: "hook list --json", out: []string{`"state": "active"`, `!whsec_`}},
		{args: "hook test " + made.ID, out: []string{`It was taken: status 200\. seen \[2J`}},
		{args: "hook test nobody", code: 1, err: []string{`no hook or notice "nobody"`}},
	})
	status.Store(http.StatusTeapot)
	m.steps(t, []step{
		{args: "hook test " + made.ID, code: 1, out: []string{`answered 418`}, err: []string{`was not taken`}},
		{args: "hook list", out: []string{`1 failed attempts in a row`}},
		{args: "hook log", out: []string{`hook\.test .*delivered`, `hook\.test .*waiting .*418`}},
		{args: "hook log --json --limit 1", out: []string{`"body": \{`, `"type": "hook.test"`}},
	})
	status.Store(http.StatusOK)
	before := requests.Load()
	m.steps(t, []step{
		{args: "hook replay " + made.ID, out: []string{`1 deliveries were begun again`}},
		{args: "hook log", out: []string{`!waiting`}},
		{args: "hook replay msg_nothing", code: 1, err: []string{`no hook or notice`}},
		{args: "hook remove " + made.ID, out: []string{`No more webhooks`}},
		{args: "hook remove " + made.ID, code: 1},
		{args: "hook list", out: []string{`No webhooks are sent`}},
	})
	if requests.Load() != before+1 {
		t.Errorf("%d requests after a replay, %d before", requests.Load(), before)
	}
}
