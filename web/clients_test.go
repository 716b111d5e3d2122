package web

import (
	"strings"
	"testing"

	"tieout/people"
)

// TestClients: an owner adds an organisation and looks at it next; the page of
// all puts the one in need first, and each is opened from there. Who belongs to
// one sees one.
func TestClients(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	if nav := b.get("/").body; strings.Contains(nav, `href="/clients"`) {
		t.Error("the pages speak of clients where there is one organisation")
	}
	b.want(b.post("/clients", "organisation", "", "zone", "Moon", "home", "EUR"), 422, "Please fill this in", `value="Moon"`)
	b.want(b.post("/clients", "organisation", "Nord", "zone", "Europe/Oslo", "home", "nok"), 303, "/")
	b.want(b.get("/"), 200, "Nord is there", `href="/clients"`, "Studio")
	page := b.want(b.get("/clients"), 200, "differs by", "agrees to the cent", "Add an organisation").body
	if nord, studio := strings.Index(page, ">Nord</button>"), strings.Index(page, ">Studio</button>"); nord < 0 || studio < nord {
		t.Errorf("the one whose books differ is not the first:\n%s", page)
	}
	b.want(b.post("/organisation", "tenant", "main"), 303, "/")
	b.want(b.get("/settings"), 200, `value="Studio"`)
	viewer := r.as(b, people.Viewer)
	one := viewer.want(viewer.get("/clients"), 200, "Studio")
	if strings.Contains(one.body, "Nord") || strings.Contains(one.body, "Add an organisation") {
		t.Errorf("a viewer of one sees\n%s", one.body)
	}
	viewer.want(viewer.post("/organisation", "tenant", "idam"), 404)
	sales := r.as(b, people.Sales)
	if own := sales.want(sales.get("/clients"), 200, "Your own customers only"); strings.Contains(own.body, "154.05") {
		t.Errorf("who sells sees everything:\n%s", own.body)
	}
}
