package e2e

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"testing"
	"time"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/sandbox"
)

// newcomer is somebody before an installation in which nothing is set up, with
// companies at the vendors.
type newcomer struct {
	*browser
	demo *demo.Demo
}

// arrive starts an installation and opens its one-time address.
func arrive(t *testing.T) *newcomer {
	t.Helper()
	b := open(t, "")
	d, err := demo.Start(t.Context(), demo.Options{
		Seed: 3, Invoices: 12, NoHistory: true, Clock: clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Random: rand.NewChaCha8([32]byte{7}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	site, err := d.App.Pages(app.Screen{Log: func(reference string, err error) { t.Errorf("page %s: %v", reference, err) }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(func() { site.Close(); server.Close() })
	b.base = server.URL
	token, err := d.App.People.SetUpTicket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.visit("/setup?token=" + token)
	return &newcomer{b, d}
}

// work does what is due, as a worker would.
func (n *newcomer) work() {
	n.Helper()
	runs, err := n.demo.App.Due(context.WithoutCancel(n.Context()), n.demo.App.Connect.Now())
	if err != nil {
		n.Fatal(err)
	}
	for _, r := range runs {
		if r.Err != nil {
			n.Fatal(r.Err)
		}
	}
}

// looks checks what every page has to be, and keeps its picture.
func (n *newcomer) looks(name string) {
	n.Helper()
	n.fits()
	n.axe()
	n.shoot("first-" + name)
}

// click clicks the link or button with these words.
func (b *browser) click(words string) {
	b.Helper()
	b.until(`[...document.querySelectorAll("main a, main button")].some(e => e.innerText.trim() === ` + quoted(words) + `)`)
	ask[bool](b, `[...document.querySelectorAll("main a, main button")].find(e => e.innerText.trim() === `+quoted(words)+`).click(); true`)
}

// ready is the company of a vendor's.
func (n *newcomer) ready(vendor string) sandbox.ReadyLedger {
	n.Helper()
	for _, l := range n.demo.Ready.Ledgers {
		if l.Vendor == vendor {
			return l
		}
	}
	n.Fatalf("the sandbox has no %s", vendor)
	return sandbox.ReadyLedger{}
}

// TestFirstRun goes from the one-time address to the first proof by clicking:
// person and organisation, ledger and Stripe, book, accounts, first day, first
// writes. The first form is filled by keyboard alone.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	for vendor, title := range map[string]string{"quickbooks": "QuickBooks", "xero": "Xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			n := arrive(t)
			n.see("Set up Tieout")
			n.axe()
			ask[bool](n.browser, `document.getElementById("name").focus(); true`)
			for _, text := range []string{"Ada Accountant", "ada@example.com", "nobody guesses this sentence", "Studio Ada"} {
				n.keys(text)
				n.do(keyOf("Tab"))
			}
			n.keys("\r")
			n.see("Nothing is connected yet")
			n.click("Connect")
			n.see("What do you want to connect?")
			n.looks("connect")
			n.connects(vendor, title)
			n.opensBook()
			n.work()
			n.see("agree to the cent")
			n.looks("home")
			n.looksAfter(title)
		})
	}
}

// connects gives consent on the ledger's page and enters Stripe's key.
func (n *newcomer) connects(vendor, title string) {
	n.Helper()
	n.click("Connect " + title)
	n.until(`document.title === "Allow access"`)
	ask[bool](n.browser, `document.querySelector("[value=deny]").click(); true`)
	n.see("The consent was declined")
	n.click("Connect " + title)
	n.until(`document.title === "Allow access"`)
	ask[bool](n.browser, `document.querySelector("[value=allow]").click(); true`)
	n.see("Connected: ", "Reading begins")
	n.fill("key-stripe", "rk_test_mistyped")
	n.keys("\r")
	n.see("The key is not usable")
	n.fill("key-stripe", n.ready(vendor).StripeKey)
	n.keys("\r")
	n.see("Which money goes into which ledger?")
	n.looks("connected")
	n.work()
	n.see("Everything was read as of")
}

// opensBook goes through the steps of the book's set-up.
func (n *newcomer) opensBook() {
	n.Helper()
	ask[bool](n.browser, `document.querySelector("[name=demo]")?.click(); true`)
	n.click("Go on")
	n.see("Stripe’s money booked?")
	n.looks("accounts")
	// What only a person can say.
	ask[bool](n.browser, `document.querySelectorAll("select").forEach(s => { if (s.name.startsWith("use:bank") && !s.value) s.selectedIndex = 0; }); true`)
	n.click("Use these accounts")
	n.see("What stands the evening before", "None was found")
	n.looks("cutover")
	n.click("Begin on 20 Nov 2026")
	n.see("Waits to be worked out")
	n.work()
	n.see("nothing has been written yet", "payment link")
	n.looks("writes")
	n.click("Switch writing on")
	n.see("Writing is switched on")
}

// looksAfter sees the connections, pauses one, disconnects one, and connects it
// again with one click from the header.
func (n *newcomer) looksAfter(title string) {
	n.Helper()
	n.keys("g")
	n.keys("n")
	n.until(`location.pathname === "/connections"`)
	n.looks("connections")
	ask[bool](n.browser, `[...document.querySelectorAll("article h2 a")].find(a => a.innerText.includes(`+quoted(title)+`)).click(); true`)
	n.see("Last runs")
	n.looks("connection")
	n.click("Pause")
	n.see("Paused: it is not read")
	n.click("Resume")
	n.see("Resumed.")
	n.click("Disconnect…")
	n.see("Leave it as it is")
	n.looks("disconnect")
	ask[bool](n.browser, `document.querySelector("[name=keep]").click(); true`)
	n.click("Disconnect")
	n.see("It is disconnected.")
	n.visit("/")
	ask[bool](n.browser, `document.querySelector("#freshness a").click(); true`)
	n.until(`document.title === "Allow access"`)
	ask[bool](n.browser, `document.querySelector("[value=allow]").click(); true`)
	n.see("Connected again.")
	n.visit("/connect")
	n.see("waits for you") // what would be written is shown before it begins again
	n.click("Look at the first writes")
	n.see("First writes of")
	n.visit("/receivables")
	n.see("Receivables")
}
