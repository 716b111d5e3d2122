package e2e

// settings changes a booking rule by keyboard alone: what it would do is shown
// before it is saved, in place.
func (b *browser) settings() {
	b.Helper()
	b.visit("/settings/booking")
	b.see("Change a rule to see what it would do")
	b.to("#rule-fees")
	b.keys("p")
	b.see("What would change", "As it would be")
	b.until(`location.search.includes("fees=payout")`)
	b.fits()
	b.axe()
	b.shoot("booking-change")
	b.press("Save these rules")
	b.see("The rules are changed")
	b.until(`document.getElementById("rule-fees").value === "payout"`)
	b.visit("/settings/webhooks")
	b.fill("#url", "http://127.0.0.1:9/hook\r")
	b.see("It is not shown again")
	b.fits()
	b.axe()
	b.shoot("webhook-made")
	b.visit("/proof")
	b.press("h1 ~ span a[href$='/month']")
	b.see("Month end", "Signatures")
	b.fits()
	b.axe()
	b.shoot("month")
}
