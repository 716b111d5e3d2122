package app_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/internal/testdb"
	"tieout/sync/alarm"
	"tieout/sync/notify"
)

// TestClockOfTheDatabase: a machine whose clock is further from PostgreSQL's than a
// lease's margin begins nothing and says so, within a minute of going wrong, and
// goes on when it is right; one with a file has nothing to compare with.
func TestClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	server := &testdb.Postgres{}
	t.Cleanup(server.Stop)
	for name, address := range map[string]string{"postgres": server.Database(t), "sqlite": filepath.Join(t.TempDir(), "t.db")} {
		t.Run(name, func(t *testing.T) {
			now := clock.NewAdjustable(clock.System{})
			a, err := app.Open(t.Context(), app.Config{
				Database: address, Key: secret.Key{1}, Clock: now, CompareClock: true, Random: rand.NewChaCha8([32]byte{9}),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = a.Close() }()
			site, err := a.Pages(app.Screen{Log: func(string, error) {}})
			if err != nil {
				t.Fatal(err)
			}
			defer site.Close()
			for _, step := range []struct {
				move  time.Duration
				wrong string
			}{
				{0, ""},
				{20 * time.Second, ""}, // less than the margin, and not looked at within the minute
				{2 * time.Minute, "ahead of the database's"},
				{-3 * time.Minute, "behind the database's"},
				{30 * time.Second, ""},
			} {
				now.Advance(step.move)
				_, claimed := a.Claim(t.Context(), 1)
				answer := httptest.NewRecorder()
				site.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil))
				if step.wrong == "" || name == "sqlite" {
					if claimed != nil || answer.Code != http.StatusOK {
						t.Errorf("moved by %s: %v, %d", step.move, claimed, answer.Code)
					}
					continue
				}
				if !errors.Is(claimed, app.ErrClock) || !strings.Contains(claimed.Error(), step.wrong) {
					t.Errorf("moved by %s: %v, want %q", step.move, claimed, step.wrong)
				}
				if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), "the clock of this machine") {
					t.Errorf("moved by %s: health says %d %s", step.move, answer.Code, answer.Body)
				}
			}
		})
	}
}

// TestClockAlarm: a machine whose clock is wrong is told of, once for all
// organisations, by the database's time and not by its own; another machine
// neither repeats nor ends that; the machine ends it itself when it is right.
func TestClockAlarm(t *testing.T) {
	t.Parallel()
	server := &testdb.Postgres{}
	t.Cleanup(server.Stop)
	address := server.Database(t)
	var told []string
	open := func(machine string) (*app.App, *clock.Adjustable) {
		now := clock.NewAdjustable(clock.System{})
		a, err := app.Open(t.Context(), app.Config{
			Database: address, Key: secret.Key{1}, Clock: now, CompareClock: true, Machine: machine, Random: rand.NewChaCha8([32]byte(bytes.Repeat([]byte(machine), 32)[:32])),
			Alarmed: func(text string) { told = append(told, machine+" tells: "+text) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		return a, now
	}
	a, here := open("a")
	b, there := open("b")
	for _, tenant := range []string{books.Tenant, "second"} {
		if _, err := a.Of(tenant).AddHook(t.Context(), "https://hooks.example", []notify.Type{notify.ProofDiffers}); err != nil {
			t.Fatal(err)
		}
	}
	stands := func() (n int) {
		for _, tenant := range []string{books.Tenant, "second"} {
			rows, err := a.Store.Alarms(t.Context(), tenant)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Cleared == nil {
					n++
				}
				if far := time.Since(r.Told).Abs(); r.Kind != alarm.Clock || far > time.Hour {
					t.Errorf("%+v was told %s from now", r, far)
				}
			}
		}
		return n
	}
	for i, step := range []struct {
		by    *app.App
		clock *clock.Adjustable
		move  time.Duration
		told  string
		stand int
	}{
		{a, here, 2 * time.Minute, "a tells: The clock of a is wrong: The clock of a is 2m0s ahead of the database's.", 2},
		{a, here, 24 * time.Hour, "", 2},
		{b, there, 0, "", 2},
		{a, here, -24*time.Hour - 2*time.Minute, "a tells: The clock of a is right again", 0},
		{a, here, -26 * time.Hour, "a tells: The clock of a is wrong: The clock of a is 26h0m0s behind the database's.", 2},
	} {
		told = nil
		step.clock.Advance(step.move)
		if err := step.by.NotifyNow(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(told, "\n"); !strings.HasPrefix(got, step.told) || (step.told == "") != (got == "") || len(told) > 1 {
			t.Errorf("step %d: %q, want %q", i, got, step.told)
		}
		if n := stands(); n != step.stand {
			t.Errorf("step %d: %d alarms stand, want %d", i, n, step.stand)
		}
	}
}
