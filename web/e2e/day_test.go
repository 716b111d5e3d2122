package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"tieout/people"
)

// TestDay goes through an accountant's day without a pointer: questions, lists,
// a view and its feed, a customer, a proof, something taken back, settings, and
// the end of it; then comes somebody whose role allows less.
func TestDay(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	i := start(t)
	b.base = i.base
	if _, err := i.demo.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.visit(i.enter)
	b.see("This opens the demonstration")
	b.keys("\r")
	b.see("Open receivables")
	b.questions()
	b.receivables()
	b.feeds()
	b.customer()
	b.proof()
	b.takesBack()
	customer := b.assigns(i.hires(people.Sales, "Sue Sales"))
	b.program()
	accountant, viewer, adviser := b.invites("accountant"), b.invites("viewer"), b.invites("adviser")
	b.wantsTwo()
	b.leaves()
	b.isSecond(accountant)
	b.leaves()
	b.isAdviser(adviser)
	b.leaves()
	b.isViewer(viewer)
	b.wrongWays()
	b.isBroken(i.ill)
	b.leaves()
	b.guesses()
	b.isSales(customer)
	b.keysOnly()
}

// goes presses g and a letter.
func (b *browser) goes(letter, path string) {
	b.Helper()
	b.until(`document.activeElement && !document.activeElement.matches("input:not([type=checkbox]), select, textarea")`)
	b.keys("g")
	b.keys(letter)
	b.until(`location.pathname.startsWith(` + quoted(path) + `) && document.readyState === "complete"`)
}

// questions answers one, whereupon the next has its turn, and takes the answer
// back.
func (b *browser) questions() {
	b.Helper()
	const current = `document.querySelector("[data-rows] > [aria-current=true]")`
	b.goes("d", "/decisions")
	b.see("Who is it?")
	b.keys("j")
	first := ask[string](b, current+`.id`)
	b.keys("1")
	b.see("Answered:", "Take it back")
	b.until(current + `.id !== ` + quoted(first) + ` && ` + current + `.contains(document.activeElement)`)
	b.keys("u")
	b.until(`!document.body.innerText.includes("Answered:")`)
	b.until(`document.getElementById(` + quoted(first) + `) !== null`)
}

// receivables filters, sorts, turns over, opens an invoice, and sees what a
// change of many would do before it is done.
func (b *browser) receivables() {
	b.Helper()
	b.goes("r", "/receivables")
	b.press("all")
	b.see("Next page")
	b.keys("n")
	b.see("First page")
	b.press("First page")
	b.until(`!document.body.innerText.includes("First page")`)
	b.press("Balance")
	b.until(`document.querySelector("th[aria-sort] a")?.innerText.startsWith("Balance")`)
	b.fill("main [name=q]", "1\r")
	b.until(`location.search.includes("q=1")`)
	b.keys("\x1b")
	b.keys("j")
	number := ask[string](b, `document.activeElement.innerText`)
	b.keys("\r")
	b.see("Invoice "+number, "Payment links")
	b.goes("r", "/receivables")
	b.chooses()
	for i, act := range [][2]string{
		{"Leave o", "Leave out of payment links"},
		{"Allow payment links a", "Allow payment links again"},
		{"Leave t", "Leave their customers out of payment links"},
		{"Allow payment links f", "Allow payment links for their customers again"},
	} {
		if i > 0 {
			b.chooses()
		}
		b.fill("[name=do]", act[0])
		b.press("Show what would happen")
		b.see(act[1], "What would happen", "Nothing has been changed yet")
		if i == 0 {
			b.looksAt("bulk")
		}
		b.press("main button.main")
		b.until(`document.querySelector("[role=status]") !== null`)
	}
}

// chooses two invoices of a list.
func (b *browser) chooses() {
	b.Helper()
	for range 2 {
		b.keys("j")
		b.keys("x")
	}
	b.until(`document.querySelectorAll("[name=row]:checked").length === 2`)
}

// assigns makes somebody of sales responsible for the customer of one invoice, and
// gives the customer's name.
func (b *browser) assigns(somebody string) string {
	b.Helper()
	b.goes("r", "/receivables")
	b.keys("j")
	b.keys("x")
	b.press("Make somebody responsible")
	b.see("1 customer", somebody)
	b.fits()
	b.axe()
	b.shoot("responsible")
	customer := ask[string](b, `document.querySelector("main tbody th").innerText`)
	b.press("Assign")
	b.until(`document.querySelector("[role=status]") !== null`)
	return customer
}

// customer leaves a note, and keeps a customer of Stripe's apart from one of the
// ledger's.
func (b *browser) customer() {
	b.Helper()
	b.visit("/receivables?status=paid")
	for _, path := range ask[[]string](b, `[...new Set([...document.querySelectorAll("td a[href^='/customers/']")].map(a => a.pathname))]`) {
		b.visit(path)
		if ask[bool](b, `hands.stands("Take apart")`) {
			break
		}
	}
	b.fill("#note", "Pays late in August")
	b.press("Add the note")
	b.see("Pays late in August")
	b.press("Take apart")
	b.see("taken apart")
	b.press("Let rules join them again")
	b.until(`!document.body.innerText.includes("Let rules join them again")`)
}

// proof looks at one on paper, and compares two.
func (b *browser) proof() {
	b.Helper()
	b.goes("t", "/proof")
	b.see("Earlier proofs")
	b.to("Print")
	b.medium("print")
	if ask[bool](b, `[...document.querySelectorAll(".side, .top, .unprinted")].some(e => e.checkVisibility())`) {
		b.Error("what is not of the proof is printed with it")
	}
	b.medium("")
	// With the first there was, before anything was paid.
	b.press(ask[string](b, `"main a[href='" + [...document.querySelectorAll("main a[href*='/compare?']")].at(-1).getAttribute("href") + "']"`))
	b.see("Two proofs of", "Back to the proof")
	if n := ask[int](b, `document.querySelectorAll("main section tbody tr").length`); n == 0 {
		b.Error("nothing is otherwise since the first proof")
	}
	b.shoot("compare")
	b.fits()
	b.axe()
}

// medium shows the page as on paper; "" is the screen again.
func (b *browser) medium(name string) {
	b.Helper()
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: name})
		return err
	}))
}

// takesBack takes something back that was written, after what that would do: it is
// not offered again, and leads to what took it back.
func (b *browser) takesBack() {
	b.Helper()
	b.goes("j", "/journal")
	of := ask[string](b, `document.querySelector("main a[href*='/undo?']").getAttribute("href")`)
	b.press("main a[href*='/undo?']")
	b.see("nothing has been changed yet")
	b.press("Take this back")
	b.until(`!document.body.innerText.includes("nothing has been changed yet")`)
	b.goes("j", "/journal")
	if ask[bool](b, `document.querySelector("main a[href='`+of+`']") !== null`) {
		b.Error("what was taken back is offered to be taken back")
	}
	b.press("main a[href*='#entry-']")
	b.see("Removed")
}

// invites makes an invitation, and gives its address.
func (b *browser) invites(role string) string {
	b.Helper()
	b.visit("/settings/people")
	b.see("Invite somebody")
	b.fill("#email", role+"@example.com")
	b.fill("#role", role)
	b.press("Make an invitation")
	b.see("It works once", role+"@example.com")
	return strings.TrimPrefix(ask[string](b, `document.querySelector(".copy").innerText`), b.base)
}

// joins follows an invitation.
func (b *browser) joins(address, role, name string) {
	b.Helper()
	b.visit(address)
	b.see("You are invited as " + role)
	b.axe()
	b.fill("#name", name)
	b.fill("#password", sentence)
	b.keys("\r")
	b.see(name, "Open receivables")
}

// leaves signs out.
func (b *browser) leaves() {
	b.Helper()
	b.press("Sign out")
	b.see("Sign in")
}

// wantsTwo has every undo approved by a second person, and asks for one.
func (b *browser) wantsTwo() {
	b.Helper()
	b.visit("/settings/control")
	b.tick("[name=four_eyes]")
	b.press("Save")
	b.until(`document.querySelector("[name=four_eyes]:checked") !== null && document.querySelector("[role=status]") !== null`)
	b.goes("j", "/journal")
	b.press("main a[href*='/undo?']")
	b.see("nothing has been changed yet")
	b.press("Take this back")
	b.see("second person")
	b.goes("d", "/decisions")
	b.see("Waits for a second person")
	b.fits()
	b.axe()
}

// isSecond approves what another has asked for.
func (b *browser) isSecond(address string) {
	b.Helper()
	b.joins(address, "accountant", "Otto Other")
	b.goes("d", "/decisions")
	b.see("asks for a second person")
	b.fits()
	b.axe()
	b.shoot("approval")
	b.to("See what it would do")
	b.keys("j")
	b.keys("1")
	b.until(`!document.body.innerText.includes("asks for a second person")`)
}

// wrongWays looks at the pages of what is not there, not allowed, and too much.
func (b *browser) wrongWays() {
	b.Helper()
	for path, words := range map[string]string{"/nowhere": "There is nothing here", "/settings/people": "Your role does not allow this"} {
		b.visit(path)
		b.see(words)
		b.fits()
		b.axe()
	}
	b.visit("/account")
	b.to("#name")
	ask[bool](b, `document.getElementById("name").value = "x".repeat(2000000); true`) // nobody types that much
	b.keys("\r")
	b.see("That was too much")
	b.fits()
	b.axe()
}

// isBroken looks at a page that cannot be read from the disk, and at it again when
// it can.
func (b *browser) isBroken(ill *illness) {
	b.Helper()
	ill.at("from journal where")
	b.visit("/journal")
	b.see("Something went wrong", "Reference")
	b.fits()
	b.axe()
	b.shoot("broken")
	ill.heals()
	b.visit("/journal")
	b.see("Journal")
}

// guesses a password too often.
func (b *browser) guesses() {
	b.Helper()
	b.fill("#email", "viewer@example.com")
	for range 5 {
		b.fill("#password", "what was it again\r")
		b.until(`document.querySelector("[role=alert]") !== null && document.querySelector("#password").value === ""`)
	}
	b.fill("#password", sentence+"\r") // the right one comes too late
	b.see("Too many failed attempts")
	b.fits()
	b.axe()
	b.shoot("locked")
}
