package app_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/people"
	"tieout/store/storetest"
)

// TestLimitsOverMachines: a key may ask as often as it may of all machines
// together, and again from the next minute on.
func TestLimitsOverMachines(t *testing.T) {
	t.Parallel()
	engines := storetest.New()
	t.Cleanup(engines.Stop)
	engines.EachAddress(t, func(t *testing.T, fresh func() string) {
		c := clock.At(testNow)
		config := app.Config{Database: fresh(), Key: secret.Key{1}, Clock: c}
		machines := []*machine{newMachine(t, config, 1), newMachine(t, config, 2)}
		a := machines[0].app
		owner, err := a.People.Demonstrator(t.Context(), people.Organisation{Name: "Test", Zone: "UTC", Home: "USD"})
		if err != nil {
			t.Fatal(err)
		}
		_, secret, err := a.People.MakeKey(t.Context(), owner.ID, people.Key{Tenant: a.Tenant, Person: owner.ID, Name: "test", Scopes: []people.Permission{people.See}})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			taken := 0
			for n := range 700 {
				if machines[n%2].ask(t, secret) == http.StatusOK {
					taken++
				}
			}
			if taken != 600 {
				t.Errorf("of two machines %d requests were taken, want 600", taken)
			}
			c.Advance(time.Minute)
		}
		// One machine alone gives all of it too.
		taken := 0
		for range 610 {
			if machines[1].ask(t, secret) == http.StatusOK {
				taken++
			}
		}
		if taken != 600 {
			t.Errorf("of one machine %d requests were taken, want 600", taken)
		}
	})
}

// machine is one of several that serve an installation.
type machine struct {
	app  *app.App
	site http.Handler
}

func newMachine(t *testing.T, config app.Config, seed byte) *machine {
	t.Helper()
	config.Random = rand.NewChaCha8([32]byte{seed})
	a, err := app.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	site, err := a.Programs(app.Screen{Log: func(reference string, err error) { t.Errorf("%s: %v", reference, err) }})
	if err != nil {
		t.Fatal(err)
	}
	return &machine{a, site}
}

func (m *machine) ask(t *testing.T, secret string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/me", nil)
	r.Header.Set("Authorization", "Bearer "+secret)
	w := httptest.NewRecorder()
	m.site.ServeHTTP(w, r)
	if w.Code != http.StatusOK && w.Code != http.StatusTooManyRequests {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	return w.Code
}
