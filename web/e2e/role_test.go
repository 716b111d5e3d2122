package e2e

import "testing"

// TestRoles has an owner invite a viewer, who joins by the address, sees the
// figures, finds nothing to answer or to take back, and is turned away where
// only an owner may go, by name.
func TestRoles(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	i := start(t)
	b.base = i.base
	b.visit(i.enter)
	b.see("This opens the demonstration")
	b.keys("\r")
	b.see("Open receivables")
	if _, err := i.demo.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.visit("/settings/people")
	b.see("Invite somebody")
	b.fill("#email", "viewer@example.com")
	b.fill("#role", "viewer")
	b.press("Make an invitation")
	b.see("It works once")
	address := ask[string](b, `new URL(document.querySelector(".copy").innerText).pathname + new URL(document.querySelector(".copy").innerText).search`)
	b.press("Sign out")
	b.see("Sign in")

	b.visit(address)
	b.see("You are invited as viewer")
	b.axe()
	b.fill("#name", "Vera Viewer")
	b.fill("#password", "nobody guesses this sentence")
	b.keys("\r")
	b.see("Vera Viewer", "Open receivables")
	b.visit("/decisions")
	b.see("Who is it?")
	if n := ask[int](b, `document.querySelectorAll("main form button").length`); n > 0 {
		t.Errorf("a viewer finds %d buttons on the decisions", n)
	}
	b.keys("j")
	b.keys("1")
	b.visit("/decisions")
	b.see("Who is it?")
	b.visit("/journal")
	b.see("Journal")
	if ask[bool](b, `document.querySelector('main [href*="undo"], main form[action*="undo"]') !== null`) {
		t.Error("a viewer is offered to take something back")
	}
	for _, path := range []string{"/settings/people", "/receivables.csv"} {
		b.visit(path)
		b.see("Your role does not allow this")
	}
	if ask[bool](b, `[...document.querySelectorAll("nav a")].some(a => a.innerText === "Settings")`) {
		t.Error("a viewer finds Settings in the navigation")
	}
	b.visit(address)
	b.see("Ask whoever invited you")
}
