package xero

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/receivables"
)

func TestOAuthIsFixedToXerosWays(t *testing.T) {
	t.Parallel()
	c := New(Config{ClientID: "id", ClientSecret: "s"}).OAuth("https://books.example.com/back")
	if c.Endpoint.AuthStyle != oauth2.AuthStyleInHeader || c.Endpoint.TokenURL != "https://identity.xero.com/connect/token" ||
		c.Endpoint.AuthURL != "https://login.xero.com/identity/connect/authorize" {
		t.Errorf("endpoint %+v", c.Endpoint)
	}
	for _, scope := range c.Scopes {
		// The broad scopes are refused to apps made since March 2026.
		if scope == "accounting.transactions" || scope == "accounting.reports.read" {
			t.Errorf("the broad scope %s is asked for", scope)
		}
	}
	if own := New(Config{Scopes: []string{"offline_access"}}).OAuth(""); len(own.Scopes) != 1 {
		t.Errorf("configured scopes: %v", own.Scopes)
	}
	v := New(Config{})
	if v.RefreshLife(nil) != 60*24*time.Hour || strings.Join(v.Hosts(), " ") != "identity.xero.com api.xero.com" {
		t.Errorf("life %s, hosts %v", v.RefreshLife(nil), v.Hosts())
	}
}

// connections answers GET /connections as recorded: dates without a zone, and
// a practice among the organisations.
func connections(byEvent string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		row := func(tenant, kind string) string {
			return fmt.Sprintf(`{"id":"c-%s","authEventId":"e","tenantId":%q,"tenantType":%q,"tenantName":"N %s","createdDateUtc":"2026-04-20T11:47:10.3365440"}`, tenant, tenant, kind, tenant)
		}
		if r.URL.Query().Get("authEventId") != "" {
			_, _ = fmt.Fprintf(w, "[%s]", byEvent)
			return
		}
		_, _ = fmt.Fprintf(w, "[%s,%s,%s]", row("t1", "ORGANISATION"), row("t2", "ORGANISATION"), row("p1", "PRACTICE"))
	})
}

func TestReachedListsOrganisations(t *testing.T) {
	t.Parallel()
	jwt := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"authentication_event_id":"ev"}`)) + ".x"
	const one = `{"id":"c","tenantId":"t2","tenantType":"ORGANISATION","tenantName":"Two"}`
	for _, c := range []struct {
		name, token, byEvent, want string
	}{
		{"this consent", jwt, one, "t2"},
		{"an event that lists nothing", jwt, "", "t1 t2"},
		{"an opaque token", "opaque", one, "t1 t2"},
	} {
		client := &http.Client{Transport: &oauth2.Transport{
			Source: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: c.token}), Base: direct{connections(c.byEvent)},
		}}
		companies, err := New(Config{}).Reached(context.Background(), client, nil)
		var ids []string
		for _, company := range companies {
			ids = append(ids, company.ExternalID)
		}
		if err != nil || strings.Join(ids, " ") != c.want {
			t.Errorf("%s: %v %v, want %s", c.name, ids, err, c.want)
		}
	}
	refused := &http.Client{Transport: direct{answer(401, nil, `{"Title":"Unauthorized"}`)}}
	if _, err := New(Config{}).Reached(context.Background(), refused, nil); err == nil {
		t.Error("a refused list gave no error")
	}
}

func TestAddressesForPeople(t *testing.T) {
	t.Parallel()
	s := sessionOf(http.NotFoundHandler())
	for ref, want := range map[receivables.Ref]string{
		{Kind: receivables.KindInvoice, ID: "i"}:  "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=i",
		{Kind: receivables.KindCustomer, ID: "c"}: "https://go.xero.com/Contacts/View/c",
		{Kind: receivables.KindReceipt, ID: "p"}:  "",
	} {
		if got := s.URL(ref); got != want {
			t.Errorf("%v: %q, want %q", ref, got, want)
		}
	}
}
