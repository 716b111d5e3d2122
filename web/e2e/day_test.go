package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
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
	b.program()
	viewer := b.invites()
	b.press("Sign out")
	b.see("Sign in")
	b.isViewer(viewer)
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
	for range 2 {
		b.keys("j")
		b.keys("x")
	}
	b.until(`document.querySelectorAll("[name=row]:checked").length === 2`)
	b.fill("[name=do]", "Leave")
	b.press("Show what would happen")
	b.see("What would happen", "Nothing has been changed yet")
	b.fits()
	b.axe()
	b.press("main button.main")
	b.until(`document.querySelector("[role=status]") !== null`)
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
	b.press("Compare")
	b.see("Two proofs of", "Back to the proof")
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

// takesBack takes something back that was written, after what that would do.
func (b *browser) takesBack() {
	b.Helper()
	b.goes("j", "/journal")
	b.press("main a[href*='/undo?']")
	b.see("nothing has been changed yet")
	b.press("Take this back")
	b.until(`!document.body.innerText.includes("nothing has been changed yet")`)
}

// invites makes an invitation, and gives its address.
func (b *browser) invites() string {
	b.Helper()
	b.visit("/settings/people")
	b.see("Invite somebody")
	b.fill("#email", "viewer@example.com")
	b.fill("#role", "viewer")
	b.press("Make an invitation")
	b.see("It works once")
	return strings.TrimPrefix(ask[string](b, `document.querySelector(".copy").innerText`), b.base)
}
