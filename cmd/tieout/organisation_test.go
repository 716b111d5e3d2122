package main

import (
	"crypto/rand"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/people"
)

// TestOrganisationCommands: with one organisation nobody has to name it; with
// several every command says which one it means, and sees nothing of the others.
func TestOrganisationCommands(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	m.steps(t, []step{
		{args: "organisation list", out: []string{`^ID +NAME`}},
		{args: "status", out: []string{`Nothing is connected yet`}},
		{args: "status --public-url ftp://x", code: 2, err: []string{`--public-url: "ftp://x" is no address like https://pay.example.com`}},
		{args: "status --org elsewhere", code: 2, err: []string{`--org elsewhere: there is no organisation yet`}},
		{args: "organisation new Nord --owner ann@example.com", code: 1, err: []string{`nobody has the e-mail address "ann@example.com"`}},
		{args: "hook add https://first.example.com/in"},
	})
	m.owner(t)
	m.steps(t, []step{
		{args: "organisation new Nord --owner ann@example.com --zone Nowhere", code: 2, err: []string{`zone: This is not a time zone`}},
		{args: "organisation list", out: []string{`main +Firm +UTC +USD +0 +0`}},
	})
	var made listedOrganisation
	if err := json.Unmarshal([]byte(m.run(t, "", "org", "new", "Nord", "--owner", "ANN@example.com", "--zone", "Europe/Oslo", "--home", "nok", "--json").out), &made); err != nil {
		t.Fatal(err)
	}
	m.steps(t, []step{
		{args: "org list --json", out: []string{`"name": "Nord"`, `"home_currency": "NOK"`, `"name": "Firm"`}},
		{args: "status", code: 2, err: []string{`there are several organisations: say with --org`, made.ID + ` +Nord`, `main +Firm`}},
		{args: "status --org elsewhere", code: 2, err: []string{`--org elsewhere: there is no such organisation; there are:`, `main +Firm`}},
		{args: "doctor", code: 2, err: []string{`several organisations`}},
		{args: "hook list --org nord", out: []string{`No webhooks are sent`}},
		{args: "hook add https://second.example.com/in --org " + made.ID},
		{args: "hook list --org Nord", out: []string{`second\.example`, `!first\.example`}},
		{args: "hook list --org Firm", out: []string{`first\.example`, `!second\.example`}},
		{args: "person list --org Nord", out: []string{`ann@example\.com +owner`}},
		{args: "person reset ann@example.com", out: []string{`/reset\?token=`}},
		{args: "person sso ann@example.com", code: 2, err: []string{`--forget`}},
		{args: "person sso ann@example.com --forget", out: []string{`found by the verified`}},
		{args: "person sso nobody@example.com --forget", code: 1, err: []string{`nobody has the e-mail`}},
		{args: "keys list", out: []string{`seals +2`}},
		{args: "org new Nord --owner ann@example.com"},
		{args: "status --org Nord", code: 2, err: []string{`several have this name: give the id`, made.ID}},
	})
	m.env = append(m.env, "TIEOUT_ORG=Firm")
	m.steps(t, []step{{args: "hook list", out: []string{`first\.example`, `!second`}}})
}

// owner makes the first person, as the page of the first set-up does.
func (m *machine) owner(t *testing.T) {
	t.Helper()
	folder := filepath.Join(m.dir, "data", "tieout")
	keys, _, err := secret.LoadKeys(secret.KeySource{Default: filepath.Join(folder, "tieout.key")}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), app.Config{
		Database: filepath.Join(folder, "tieout.db"), Keys: func() ([]secret.Key, error) { return keys, nil }, Clock: clock.System{}, Random: rand.Reader, Hasher: people.NewQuickHasher(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	token, err := a.People.SetUpTicket(t.Context())
	if err == nil {
		_, err = a.People.SetUp(t.Context(), token, people.First{
			Name: "Ann", Email: "ann@example.com", Password: strings.Repeat("long enough ", 2), Organisation: "Firm", Zone: "UTC", Home: "USD",
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}
