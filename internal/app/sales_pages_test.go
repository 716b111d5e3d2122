package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tieout/people"
	"tieout/web"
)

// TestSalesPagesShowTheirOwn asks for every page that a person of sales may open,
// on real books: the one customer that she was given is there, and of no other
// one a name, an invoice or a page.
func TestSalesPagesShowTheirOwn(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, p := t.Context(), o.one.People
	token := must1[string](t)(p.Invite(ctx, "cli", "main", "sue@example.com", people.Sales))
	sue, _, err := p.Join(ctx, token, nil, "Sue", pagePassword)
	if err != nil {
		t.Fatal(err)
	}
	b := o.signIn("sue@example.com")
	type row struct{ invoice, customer, name string }
	var rows []row
	eachRow(t, o.one.Store.DB(), func(r []any) { rows = append(rows, row{fmt.Sprint(r[0]), fmt.Sprint(r[1]), fmt.Sprint(r[2])}) },
		`select i.id, i.customer, c.doc ->> 'name' from invoice i join customer c on c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer
		where i.tenant = 'main' and i.connection = $1 order by i.id`, o.one.ledger.ID)
	own := rows[0]
	if err := p.Assign(ctx, "cli", "main", o.one.ledger.ID, own.customer, own.name, sue.ID, true); err != nil {
		t.Fatal(err)
	}
	others, page := 0, "/invoices/"+url.PathEscape(o.one.ledger.ID)+"/"
	if code, text := o.ask(b, http.MethodGet, page+own.invoice, nil); code != http.StatusOK || !strings.Contains(text, own.name) {
		t.Errorf("her own invoice answers %d", code)
	}
	for _, r := range rows {
		if r.customer == own.customer {
			continue
		}
		others++
		for _, path := range []string{page + r.invoice, "/customers/" + url.PathEscape(o.one.ledger.ID) + "/" + r.customer} {
			if code, _ := o.ask(b, http.MethodGet, path, nil); code != http.StatusNotFound {
				t.Errorf("%s of another's customer answers %d", path, code)
			}
		}
	}
	if others == 0 {
		t.Fatal("there is one customer only")
	}
	for _, route := range web.Routes() {
		if route.Method != http.MethodGet || route.Need == people.Public || route.Pattern == "/events" || strings.Contains(strings.ReplaceAll(route.Pattern, "{$}", ""), "{") {
			continue
		}
		code, text := o.ask(b, http.MethodGet, strings.ReplaceAll(route.Pattern, "{$}", ""), nil)
		if allowed := people.Sales.May(route.Need); !allowed && code != http.StatusForbidden {
			t.Errorf("%s answers %d", route.Pattern, code)
		}
		for _, r := range rows {
			if r.customer != own.customer && strings.Contains(text, r.name) {
				t.Errorf("%s shows %s", route.Pattern, r.name)
			}
		}
	}
	if _, text := o.ask(b, http.MethodGet, "/receivables", nil); !strings.Contains(text, own.name) {
		t.Error("her customer is not in her list")
	}
}
