package e2e

// isViewer joins by an address, sees the figures, finds nothing to answer or to
// take back, and is turned away where only others may go.
func (b *browser) isViewer(address string) {
	b.Helper()
	b.joins(address, "viewer", "Vera Viewer")
	b.visit("/decisions")
	b.see("Who is it?")
	if n := ask[int](b, `document.querySelectorAll("main form button").length`); n > 0 {
		b.Errorf("a viewer finds %d buttons on the decisions", n)
	}
	b.keys("j")
	b.keys("1")
	b.visit("/decisions")
	b.see("Who is it?")
	b.visit("/journal")
	b.see("Journal")
	if ask[bool](b, `document.querySelector('main [href*="undo"], main form[action*="undo"]') !== null`) {
		b.Error("a viewer is offered to take something back")
	}
	for _, path := range []string{"/settings/people", "/receivables.csv"} {
		b.visit(path)
		b.see("Your role does not allow this")
	}
	if ask[bool](b, `[...document.querySelectorAll("nav a")].some(a => a.innerText === "Settings")`) {
		b.Error("a viewer finds Settings in the navigation")
	}
	b.visit(address)
	b.see("Ask whoever invited you")
}
