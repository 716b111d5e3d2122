package app_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/internal/testdb"
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
