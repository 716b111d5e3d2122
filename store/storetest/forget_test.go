package storetest

import (
	"fmt"
	"testing"
	"time"

	"tieout/receivables"
	"tieout/store"
	"tieout/sync/mail"
	"tieout/sync/schedule"
)

// TestForget: what says how work went goes after its time, in all tenants; the
// newest run of each subject stays, and what is still waiting.
func TestForget(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		limit := now.AddDate(0, 0, -30)
		for _, tenant := range []string{"main", "other"} {
			w := newTenant(t, s, tenant)
			for i := range 600 { // more than one statement deletes
				w.must(s.SaveRun(w.ctx, w.hold("connection/x"), schedule.Run{Tenant: tenant, ID: fmt.Sprint("old-", i), Subject: "connection/x", Started: limit.Add(-time.Duration(i+1) * time.Hour)}))
			}
			w.must(s.SaveRun(w.ctx, w.hold("connection/x"), schedule.Run{Tenant: tenant, ID: "new", Subject: "connection/x", Started: limit}))
			w.must(s.SaveRun(w.ctx, w.hold("connection/y"), schedule.Run{Tenant: tenant, ID: "only", Subject: "connection/y", Started: limit.AddDate(-1, 0, 0)}))
			for day, n := range map[receivables.Date]int{"2026-01-31": 5, "2026-02-01": 7} {
				w.must(s.AddCalls(w.ctx, tenant, ledgerID, "pull", day, n))
			}
			l := w.hold("mail")
			for id, ended := range map[string]bool{"sent": true, "waiting": false} {
				m := mail.Mail{Tenant: tenant, ID: id + tenant, CreatedAt: limit.AddDate(0, 0, -1), NotBefore: limit}
				w.must(s.AddMail(w.ctx, m))
				m.Ended = ended
				w.must(s.SaveMail(w.ctx, l, m))
			}
		}
		w := &world{T: t, Store: s, ctx: t.Context()}
		runs, err := s.ForgetRuns(w.ctx, limit)
		w.must(err)
		calls, err := s.ForgetCalls(w.ctx, "2026-02-01")
		w.must(err)
		mails, err := s.ForgetMail(w.ctx, limit)
		w.must(err)
		if runs != 1200 || calls != 2 || mails != 2 {
			t.Errorf("%d runs, %d counts and %d mails went", runs, calls, mails)
		}
		for _, tenant := range []string{"main", "other"} {
			left, err := s.LastRuns(w.ctx, tenant, 9)
			w.must(err)
			if len(left) != 2 || left[0].ID != "new" || left[1].ID != "only" {
				t.Errorf("%s has the runs %+v", tenant, left)
			}
			if due, err := s.DueMail(w.ctx, tenant, now, 9); err != nil || len(due) != 1 {
				t.Errorf("%s has %d mails waiting, %v", tenant, len(due), err)
			}
		}
	})
}
