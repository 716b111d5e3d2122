package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	smtpmock "github.com/mocktools/go-smtp-mock/v2"
	"github.com/pquerna/otp/totp"

	"tieout/internal/app"
	"tieout/people"
	"tieout/sync/mail"
)

// accounts makes every secret that people and programs get of the installation,
// has alarms mailed and figures read, and looks at the log of outgoing webhooks.
func (c *canaries) accounts(r *hooked) {
	r.Helper()
	ctx := r.Context()
	post := smtpmock.New(smtpmock.ConfigurationAttr{MultipleMessageReceiving: true})
	if err := post.Start(); err != nil {
		r.Fatal(err)
	}
	defer func() { _ = post.Stop() }()
	r.config.Hasher, r.config.PublicURL = people.NewQuickHasher(), "http://books.example.com"
	r.config.Mail = &mail.Server{Address: fmt.Sprint("127.0.0.1:", post.PortNumber()), Secure: mail.SecureNone, From: "tieout@example.com", To: []string{"ann@example.com"}, Password: "password-of-the-mail-server"}
	c.secret("mail server's password", r.config.Mail.Password)
	a := r.open()
	const password = "a sentence that only the canary knows"
	c.secret("password", password)
	setUp := must1[string](r.T)(a.People.SetUpTicket(ctx))
	c.secret("set-up address", setUp)
	owner := must1[people.Person](r.T)(a.People.SetUp(ctx, setUp, people.First{Name: "Ann", Email: "ann@example.com", Password: password, Organisation: "First", Zone: "UTC", Home: "USD"}))
	c.secret("invitation", must1[string](r.T)(a.People.Invite(ctx, owner.ID, r.Tenant, "bob@example.com", people.Accountant)))
	c.secret("address for a new password", must1[string](r.T)(a.People.ResetTicket(ctx, owner.Email, "cli", "")))
	_, key, err := a.People.MakeKey(ctx, owner.ID, people.Key{Tenant: r.Tenant, Person: owner.ID, Name: "program", Scopes: []people.Permission{people.See}})
	c.say(err)
	c.secret("key of a program", key)
	c.signIn(r, a, owner.Email, password)
	second := must1[people.SecondKey](r.T)(a.People.StartSecond(ctx, owner.ID))
	c.secret("second factor", second.Secret)
	code := must1[string](r.T)(totp.GenerateCode(second.Secret, r.clock.Now()))
	if err := a.People.ConfirmSecond(ctx, owner.ID, code); err != nil {
		r.Fatal(err)
	}
	for _, wrong := range []string{key + "x", strings.ToUpper(key)} {
		_, err := a.People.Admit(ctx, wrong)
		c.say(err)
	}
	r.clock.Advance(5 * time.Hour)
	c.say(a.NotifyNow(ctx))
	if len(post.Messages()) == 0 {
		r.Error("no alarm was mailed")
	}
	for _, m := range post.Messages() {
		c.say(m.MsgRequest())
	}
	figures := httptest.NewRecorder()
	a.Metrics().ServeHTTP(figures, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if !strings.Contains(figures.Body.String(), "tieout_") {
		r.Error("there are no figures")
	}
	c.say(figures.Body.String())
	// Nobody's name is in a figure, as in a log.
	c.logs.Write(figures.Body.Bytes())
}

// signIn signs in by the pages, and takes the session's secret from the browser.
func (c *canaries) signIn(r *hooked, a *app.App, email, password string) {
	r.Helper()
	site, err := a.Pages(app.Screen{Log: func(_ string, err error) { c.say(err) }})
	if err != nil {
		r.Fatal(err)
	}
	defer site.Close()
	server := httptest.NewServer(site)
	defer server.Close()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := must1[*http.Response](r.T)(browser.PostForm(server.URL+"/login", url.Values{"email": {email}, "password": {password}}))
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) == 0 {
		r.Fatalf("the log-in answered %s", answer.Status)
	}
	for _, cookie := range answer.Cookies() {
		c.secret("session", cookie.Value)
	}
}
