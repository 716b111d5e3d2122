package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	smtpmock "github.com/mocktools/go-smtp-mock/v2"

	"tieout/internal/app"
	"tieout/people"
	"tieout/sync/mail"
)

// lobby is an installation with one owner, at whose pages people ask for a new
// password, and whose mail goes to a server of the test.
type lobby struct {
	*office
	app  *app.App
	post *smtpmock.Server
}

func newLobby(t *testing.T) *lobby {
	t.Helper()
	r := newRig(t, "quickbooks")
	post := smtpmock.New(smtpmock.ConfigurationAttr{MultipleMessageReceiving: true})
	if err := post.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = post.Stop() })
	r.config.Mail = &mail.Server{Address: fmt.Sprint("127.0.0.1:", post.PortNumber()), Secure: mail.SecureNone, From: "tieout@example.com"}
	r.config.PublicURL, r.config.Hasher = "http://books.example.com/", people.NewQuickHasher()
	l := &lobby{office: &office{T: t, one: &hooked{rig: r}}, app: r.open(), post: post}
	site, err := l.app.Pages(app.Screen{URL: r.config.PublicURL, Log: func(_ string, err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	l.server = httptest.NewServer(site)
	t.Cleanup(func() { site.Close(); l.server.Close() })
	_, err = l.app.People.SetUp(t.Context(), must1[string](t)(l.app.People.SetUpTicket(t.Context())), people.First{
		Name: "Ann", Email: "ann@example.com", Password: pagePassword, Organisation: "First", Zone: "UTC", Home: "USD",
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// forgot asks for a link and sends what is due.
func (l *lobby) forgot(email string) (int, string) {
	l.Helper()
	code, text := l.ask(http.DefaultClient, http.MethodPost, "/forgot", url.Values{"email": {email}})
	if err := l.app.SendMail(l.Context()); err != nil {
		l.Fatal(err)
	}
	return code, strings.ReplaceAll(text, email, "ADDRESS")
}

var resetLink = regexp.MustCompile(`http://books\.example\.com/reset\?token=([A-Za-z0-9_-]+)`)

// TestForgottenPassword: a link comes by mail, to whoever has the address and
// nobody else, and the answer does not tell who has. It works once; every
// session ends with the old password. Asking too often is refused for everybody
// alike.
func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	before := l.signIn("ann@example.com")
	code, known := l.forgot("ANN@example.com")
	other, unknown := l.forgot("nobody@example.com")
	if code != http.StatusOK || other != code || known != unknown || !strings.Contains(known, "is on its way") {
		t.Errorf("answered %d and %d:\n%s\n%s", code, other, known, unknown)
	}
	list := l.post.Messages()
	if len(list) != 1 || !strings.Contains(fmt.Sprint(list[0].RcpttoRequestResponse()), "ann@example.com") {
		t.Fatalf("%d mails were sent", len(list))
	}
	body := strings.ReplaceAll(strings.ReplaceAll(list[0].MsgRequest(), "=\r\n", ""), "=3D", "=")
	found := resetLink.FindStringSubmatch(body)
	if found == nil || !strings.Contains(body, "127.0.0.1") {
		t.Fatalf("the mail is\n%s", body)
	}
	if rows := textOf(t, l.app.Store.DB(), "select * from mail") + textOf(t, l.app.Store.DB(), "select * from ticket"); strings.Contains(rows, found[1]) {
		t.Error("the secret of the link lies in the database")
	}
	form := url.Values{"token": {found[1]}, "password": {"quite another sentence"}}
	if code, _ := l.ask(http.DefaultClient, http.MethodPost, "/reset", form); code != http.StatusOK && code != http.StatusSeeOther {
		t.Fatalf("the new password was answered %d", code)
	}
	if code, _ := l.ask(http.DefaultClient, http.MethodPost, "/reset", form); code != http.StatusUnprocessableEntity {
		t.Errorf("the link works again: %d", code)
	}
	if code, _ := l.ask(before, http.MethodGet, "/account", nil); code != http.StatusSeeOther {
		t.Errorf("a session of before answers %d", code)
	}
	if code, _ := l.ask(http.DefaultClient, http.MethodPost, "/login", url.Values{"email": {"ann@example.com"}, "password": {pagePassword}}); code != http.StatusUnprocessableEntity {
		t.Errorf("the old password answers %d", code)
	}
	events := must1[[]people.Event](t)(l.app.Store.Events(t.Context(), "", people.EventQuery{Limit: 9}))
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, fmt.Sprint(e.Kind, " ", e.By, " ", e.Address))
	}
	if text := strings.Join(kinds, "\n"); !strings.Contains(text, "password reset asked mail 127.0.0.1") || !strings.Contains(text, "password changed mail") {
		t.Errorf("recorded:\n%s", text)
	}
	for _, email := range []string{"ann@example.com", "nobody@example.com"} {
		l.forgot(email)
		l.forgot(email)
		if code, text := l.forgot(email); code != http.StatusUnprocessableEntity || !strings.Contains(text, "too often") {
			t.Errorf("the fourth time within an hour %s is answered %d", email, code)
		}
	}
	l.one.clock.Advance(time.Hour)
	if code, _ := l.forgot("ann@example.com"); code != http.StatusOK {
		t.Errorf("after an hour: %d", code)
	}
	if n := len(l.post.Messages()); n != 4 {
		t.Errorf("%d mails, want 4", n)
	}
}

// TestForgottenWithoutMail: where none is sent, the page says who can help, and
// a request for a link stores nothing.
func TestForgottenWithoutMail(t *testing.T) {
	t.Parallel()
	l := newLobby(t)
	l.app.People.Letters = nil
	if _, text := l.ask(http.DefaultClient, http.MethodGet, "/forgot", nil); !strings.Contains(text, "tieout person reset") {
		t.Errorf("the page says\n%s", text)
	}
	if code, _ := l.forgot("ann@example.com"); code != http.StatusUnprocessableEntity || len(l.post.Messages()) != 0 {
		t.Errorf("answered %d", code)
	}
}
