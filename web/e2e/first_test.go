package e2e

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/pquerna/otp/totp"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/sandbox"
	"tieout/sandbox/control"
	"tieout/sandbox/stripe"
)

// newcomer is somebody before an installation in which nothing is set up, with
// companies at the vendors.
type newcomer struct {
	*browser
	demo *demo.Demo
	wall *clock.Adjustable
	// now is the engine's clock.
	now *clock.Adjustable
}

// sentence is a password.
const sentence = "nobody guesses this sentence"

// arrive starts an installation and opens its one-time address.
func arrive(t *testing.T) *newcomer {
	t.Helper()
	b, wall := open(t, ""), clock.NewAdjustable(clock.System{})
	now := clock.At(time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC))
	d, err := demo.Start(t.Context(), demo.Options{
		Seed: 3, Invoices: 12, NoHistory: true, Wall: wall, Clock: now, Random: rand.NewChaCha8([32]byte{7}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	hadPayout(t, d, now)
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
	return &newcomer{b, d, wall, now}
}

// hadPayout lets an invoice of each company be paid and paid out, before anything
// is connected.
func hadPayout(t *testing.T, d *demo.Demo, now *clock.Adjustable) {
	t.Helper()
	var accounts []control.Account
	for i, l := range d.Sandbox.Ledgers() {
		account, _ := d.Sandbox.Account(d.Ready.Ledgers[i].StripeAccount)
		open, err := l.Books.OpenInvoices()
		if err != nil || len(open) == 0 {
			t.Fatalf("%s: %d open invoices, %v", l.Vendor, len(open), err)
		}
		paid := stripe.DirectPayment{
			Amount: int64(open[0].Balance), Currency: strings.ToLower(open[0].Currency), Description: open[0].Number,
			PayOptions: stripe.PayOptions{Name: open[0].Name, Email: open[0].Email},
		}
		if _, err := account.PayDirect(paid); err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, account)
	}
	now.Advance(48 * time.Hour)
	for _, account := range accounts {
		if _, err := account.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	}
	now.Advance(24 * time.Hour)
}

// work does what is due, as a worker would, a moment later.
func (n *newcomer) work() {
	n.Helper()
	n.now.Advance(time.Second)
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

// TestFirstRun goes from the one-time address to the first proof:
// person and organisation, ledger and Stripe, book, accounts, first day, first
// writes; all of it by keyboard alone.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	for vendor, title := range map[string]string{"quickbooks": "QuickBooks", "xero": "Xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			n := arrive(t)
			n.see("Set up Tieout")
			n.axe()
			for _, field := range [][2]string{{"#name", "Ada Accountant"}, {"#email", "ada@example.com"}, {"#password", sentence}, {"#organisation", "Studio Ada"}} {
				n.fill(field[0], field[1])
			}
			n.keys("\r")
			n.see("Nothing is connected yet")
			if vendor == "xero" {
				n.signsInWithCode()
			} else {
				n.findsNothing()
			}
			n.press("Connect")
			n.see("What do you want to connect?")
			n.looks("connect")
			n.connects(vendor, title)
			n.opensBook(vendor == "quickbooks")
			n.work()
			n.see("agree to the cent")
			n.looks("home")
			n.looksAfter(title)
			n.keysOnly()
		})
	}
}

// findsNothing looks at pages before there is anything to show: each says what
// would be there.
func (n *newcomer) findsNothing() {
	n.Helper()
	for _, path := range []string{
		"/receivables", "/receivables/views", "/payments", "/payouts", "/decisions", "/proof", "/journal", "/connections",
		"/settings/booking", "/settings/webhooks", "/settings/learned", "/settings/keys", "/settings/control", "/",
	} {
		n.visit(path)
		n.until(`document.readyState === "complete"`)
		n.looks("nothing" + strings.ReplaceAll(path, "/", "-"))
	}
}

// signsInWithCode switches the second factor on, signs out, and comes in again by
// password and code.
func (n *newcomer) signsInWithCode() {
	n.Helper()
	n.press("Ada Accountant")
	n.press("Begin")
	n.see("Scan this with an authenticator")
	key := ask[string](n.browser, `document.querySelector(".copy").innerText`)
	n.fill("#code", n.code(key)+"\r")
	n.see("An authenticator's code is asked for")
	n.press("Sign out")
	n.fill("#email", "ada@example.com")
	n.fill("#password", sentence+"\r")
	n.see("The six digits that your authenticator shows")
	n.wall.Advance(time.Minute) // a code works once
	n.keys(n.code(key) + "\r")
	n.see("Nothing is connected yet")
}

// code is what an authenticator shows now.
func (n *newcomer) code(key string) string {
	n.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(key, " ", ""), n.wall.Now())
	if err != nil {
		n.Fatal(err)
	}
	return code
}

// connects gives consent on the ledger's page and enters Stripe's key.
func (n *newcomer) connects(vendor, title string) {
	n.Helper()
	n.press("Connect " + title)
	n.until(`document.title === "Allow access"`)
	n.press("[value=deny]")
	n.see("The consent was declined")
	n.press("Connect " + title)
	n.until(`document.title === "Allow access"`)
	n.press("[value=allow]")
	n.see("Connected: ", "Reading begins")
	n.fill("#key-stripe", "rk_test_mistyped")
	n.keys("\r")
	n.see("The key is not usable")
	n.fill("#key-stripe", n.ready(vendor).StripeKey)
	n.keys("\r")
	n.see("Which money goes into which ledger?")
	n.looks("connected")
	n.work()
	n.see("Everything was read as of")
}

// opensBook goes through the steps of the book's set-up. The book begins with the
// one payout, or today.
func (n *newcomer) opensBook(payout bool) {
	n.Helper()
	if ask[bool](n.browser, `hands.stands("[name=demo]")`) {
		n.tick("[name=demo]")
	}
	n.press("Go on")
	n.see("Stripe’s money booked?")
	n.looks("accounts")
	// What only a person can say.
	for _, bank := range ask[[]string](n.browser, `[...document.querySelectorAll("select[name^='use:bank']")].filter(s => !s.value).map(s => "#" + CSS.escape(s.id))`) {
		n.to(bank)
		n.do(chromedp.KeyEvent(kb.Home))
	}
	n.press("Use these accounts")
	n.see("What stands the evening before", "None was found")
	n.looks("cutover")
	if payout {
		n.to("#payout")
		n.do(chromedp.KeyEvent(kb.ArrowDown))
		n.press(".row:has(#payout) button")
		n.see("What begins with payout", "the oldest of 17 Nov 2026", "Nothing since then had been paid out before", "equal")
		n.looks("cutover-payout")
		n.press("Begin with this payout")
	} else {
		n.press("Begin on 20 Nov 2026")
	}
	n.see("Waits to be worked out")
	n.work()
	n.see("nothing has been written yet", "payment link")
	n.looks("writes")
	n.press("Switch writing on")
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
	n.press(ask[string](n.browser, `[...document.querySelectorAll("article h2 a")].map(a => a.innerText).find(name => name.includes(`+quoted(title)+`))`))
	n.see("Last runs")
	n.looks("connection")
	n.press("Pause")
	n.see("Paused: it is not read")
	n.press("Resume")
	n.see("Resumed.")
	n.press("Disconnect…")
	n.see("Leave it as it is")
	n.looks("disconnect")
	n.tick("[name=keep]")
	n.press("Disconnect")
	n.see("It is disconnected.")
	n.visit("/")
	n.press("#freshness a")
	n.until(`document.title === "Allow access"`)
	n.press("[value=allow]")
	n.see("Connected again.")
	n.visit("/connect")
	n.see("waits for you") // what would be written is shown before it begins again
	n.press("Look at the first writes")
	n.see("First writes of")
	n.visit("/receivables")
	n.see("Receivables")
}
