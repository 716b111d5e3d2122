package e2e

// settings changes a booking rule by keyboard alone: what it would do is shown
// before it is saved, in place.
func (b *browser) settings() {
	b.Helper()
	b.visit("/settings/booking")
	b.see("Change a rule to see what it would do")
	b.until(`(document.getElementById("rule-fees").focus(), true)`)
	b.keys("p")
	b.see("What would change", "As it would be")
	b.until(`location.search.includes("fees=payout")`)
	b.fits()
	b.axe()
	b.shoot("booking-change")
	b.until(`(document.querySelector("#effect button.main").focus(), true)`)
	b.keys("\r")
	b.see("The rules are changed")
	b.until(`document.getElementById("rule-fees").value === "payout"`)
	b.visit("/settings/webhooks")
	b.until(`(document.getElementById("url").focus(), true)`)
	b.keys("http://127.0.0.1:9/hook\r")
	b.see("It is not shown again")
	b.fits()
	b.axe()
	b.shoot("webhook-made")
	b.visit("/proof")
	b.until(`(document.querySelector("h1 ~ span a[href$='/month']").click(), true)`)
	b.see("Month end", "Signatures")
	b.fits()
	b.axe()
	b.shoot("month")
}
