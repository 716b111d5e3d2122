package e2e

import (
	"strings"

	"tieout/books"
	"tieout/people"
)

// hires has somebody join with a role, and gives the name.
func (i *installation) hires(role people.Role, name string) string {
	i.Helper()
	who := i.demo.App.People
	token, err := who.Invite(i.Context(), "", books.Tenant, string(role)+"@example.com", role)
	if err == nil {
		_, _, err = who.Join(i.Context(), token, nil, name, sentence)
	}
	if err != nil {
		i.Fatal(err)
	}
	return name
}

// isSales signs in, and finds one customer and nothing of any other.
func (b *browser) isSales(customer string) {
	b.Helper()
	b.visit("/login")
	b.fill("#email", "sales@example.com")
	b.fill("#password", sentence+"\r")
	b.see("Sue Sales", "Open receivables")
	if ask[bool](b, `["Nothing is connected", "Every payment has found", "No payment yet"].some(words => document.body.innerText.includes(words))`) {
		b.Error("somebody of sales is told of what she does not see")
	}
	b.looksAt("sales-home")
	b.visit("/receivables?status=all")
	b.see(customer)
	if names := ask[[]string](b, `[...new Set([...document.querySelectorAll("main tbody a[href^='/customers/']")].map(a => a.innerText))]`); len(names) != 1 || names[0] != customer {
		b.Errorf("somebody of sales sees %q, and is responsible for %s", names, customer)
	}
	if ask[bool](b, `document.querySelector("#bulk, main a[href$='.csv']") !== null`) {
		b.Error("somebody of sales is offered to change or to take along the list")
	}
	b.looksAt("sales-receivables")
	b.press(customer)
	b.see("A note for your colleagues")
	b.fill("#note", "I call them on Monday")
	b.press("Add the note")
	b.see("I call them on Monday", "Sue Sales")
	b.looksAt("sales-customer")
	for _, path := range []string{"/decisions", "/payments", "/proof", "/settings/people"} {
		b.visit(path)
		b.see("Your role does not allow this")
	}
	b.offersNothing()
}

// isAdviser joins by an address, reads everything, comments, and changes nothing.
func (b *browser) isAdviser(address string) {
	b.Helper()
	b.joins(address, "adviser", "Abe Adviser")
	b.looksAt("adviser-home")
	for _, path := range []string{"/receivables", "/payments", "/payouts", "/bank", "/decisions", "/proof", "/journal", "/connections"} {
		b.visit(path)
		b.until(`document.readyState === "complete"`)
		if forms := ask[[]string](b, `[...document.querySelectorAll("main form")].filter(f => f.method === "post").map(f => f.getAttribute("action"))`); len(forms) > 0 && path != "/receivables" {
			b.Errorf("%s offers an adviser to change something: %s", path, strings.Join(forms, " "))
		}
		b.offersNothing()
	}
	b.visit("/receivables")
	b.press("main td a[href^='/customers/']")
	b.fill("#note", "Please ask for a deposit")
	b.press("Add the note")
	b.see("Please ask for a deposit", "Abe Adviser")
	b.looksAt("adviser-customer")
}

// offersNothing finds fault with links to pages that the role does not allow.
func (b *browser) offersNothing() {
	b.Helper()
	links := ask[[]string](b, `[...document.querySelectorAll("nav a, header a")].map(a => a.getAttribute("href"))`)
	for _, link := range links {
		if strings.HasPrefix(link, "/connect/") || strings.HasPrefix(link, "/settings/people") || strings.HasSuffix(link, "/undo") {
			b.Errorf("%s leads to %s", ask[string](b, `location.pathname`), link)
		}
	}
}

// looksAt checks what every page has to be, and keeps its picture.
func (b *browser) looksAt(name string) {
	b.Helper()
	b.fits()
	b.axe()
	b.shoot(name)
}

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
