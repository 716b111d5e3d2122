package economy

import (
	"fmt"
	"strings"
)

var (
	firstWords = []string{
		"Amber", "Ashdown", "Birch", "Blue Ridge", "Bright", "Cedar", "Cobalt", "Copper", "Crest", "Dover",
		"Eastgate", "Elm", "Fairview", "Fenwick", "Garnet", "Granite", "Hazel", "Highland", "Indigo", "Juniper",
		"Kestrel", "Lakeside", "Linden", "Maple", "Meridian", "Northway", "Oakfield", "Orchard", "Pebble", "Quarry",
		"Redwood", "Riverside", "Saffron", "Silver", "Stonebridge", "Sunrise", "Thistle", "Union", "Westbrook", "Willow",
	}
	lastWords = []string{
		"Bakery", "Books", "Brewing", "Cafés", "Clinic", "Coffee", "Consulting", "Dental", "Electric", "Events",
		"Farms", "Fitness", "Foods", "Gallery", "Gardens", "Hotels", "Interiors", "Kitchens", "Law", "Logistics",
		"Media", "Motors", "Outdoors", "Partners", "Pharmacy", "Press", "Properties", "Records", "School", "Software",
		"Studios", "Supply", "Systems", "Theatre", "Tools", "Travel", "Veterinary", "Vintners", "Woodwork", "Yachts",
	}
	forms     = []string{"", "", " Ltd", " LLC", " & Co", " Group"}
	sites     = []string{"Dockside", "Hill Street", "Main Office", "North Branch", "Old Town", "Warehouse"}
	terms     = []int{0, 15, 30, 30, 30, 60}
	work      = []string{"Design hours", "Monthly retainer", "Brand guidelines", "Shop fitting", "Illustration", "Print run", "Site visit", "Consulting"}
	memos     = []string{"Thank you for your business.", "Thank you for your business.", "Please quote the invoice number with your payment.", ""}
	localPart = []string{"accounts", "billing", "finance", "office", "ap"}
)

// customers draws the people: about one for every six open invoices, a
// quarter of them in the foreign currency, a tenth without an e-mail address,
// and for QuickBooks some that are jobs of others.
func (g *generator) customers(n int) {
	count := 4 + n/6
	seen := make(map[string]int, count)
	for i := range count {
		name := pick(g.rng, firstWords) + " " + pick(g.rng, lastWords) + pick(g.rng, forms)
		seen[name]++
		if k := seen[name]; k > 1 {
			name = fmt.Sprintf("%s %d", name, k)
		}
		c := Customer{
			Name: name, Currency: g.book.Home, Parent: -1,
			TermDays: pick(g.rng, terms), Pays: Method(g.rng.IntN(3)), LateDays: g.between(-5, 25),
		}
		// The first two pay by Stripe and the second is foreign, so that no
		// size lacks charges and payouts in either currency.
		if i < 2 {
			c.Pays = ByStripe
		}
		if i == 1 || (i > 1 && g.chance(250)) {
			c.Currency = g.book.Foreign
		}
		if i < 2 || !g.chance(100) {
			c.Email = pick(g.rng, localPart) + "@" + domain(name)
		}
		g.book.Customers = append(g.book.Customers, c)
	}
	if g.book.Vendor == QuickBooks {
		g.subCustomers(max(1, count/10))
	}
}

// subCustomers adds jobs under existing customers; they share the parent's
// currency, terms and often its address.
func (g *generator) subCustomers(count int) {
	parents := len(g.book.Customers)
	for i := range count {
		parent := g.rng.IntN(parents)
		c := g.book.Customers[parent]
		c.Name = fmt.Sprintf("%s %d", pick(g.rng, sites), i+1)
		c.Parent = parent
		if g.chance(500) {
			c.Email = ""
		}
		g.book.Customers = append(g.book.Customers, c)
	}
}

// domain is an address under .example (RFC 2606), so that nothing can ever be
// sent to a real mailbox.
func domain(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		}
	}
	return b.String() + ".example"
}
