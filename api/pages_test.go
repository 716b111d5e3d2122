package api_test

import (
	"testing"

	"tieout/api"
	"tieout/web"
)

// TestEveryPageHasItsOperation: whatever the screen shows or does, a program
// shows or does by a route that needs the same permission, or a reason says why
// it has no such thing.
func TestEveryPageHasItsOperation(t *testing.T) {
	t.Parallel()
	operations := map[string][]api.Route{}
	for _, r := range api.Routes() {
		for _, page := range r.Pages {
			operations[page] = append(operations[page], r)
		}
		if len(r.Pages) == 0 && r.Name != "me" {
			t.Errorf("%s stands for no page", r.Name)
		}
	}
	none := api.Screen()
	for _, page := range web.Routes() {
		name := page.Method + " " + page.Pattern
		found, reason := operations[name], none[name]
		switch {
		case len(found) == 0 && reason == "":
			t.Errorf("%s: no operation of the API says that it stands for it (Pages), and api/pages.go gives no reason for that", name)
		case len(found) > 0 && reason != "":
			t.Errorf("%s has the operation %s, and a reason why there is none", name, found[0].Name)
		}
		for _, r := range found {
			if r.Need != page.Need {
				t.Errorf("%s needs %q, its operation %s %q", name, page.Need, r.Name, r.Need)
			}
		}
		delete(operations, name)
		delete(none, name)
	}
	for name, found := range operations {
		t.Errorf("%s is for %s, which is no page", found[0].Name, name)
	}
	for name := range none {
		t.Errorf("%s has a reason, and is no page", name)
	}
}
