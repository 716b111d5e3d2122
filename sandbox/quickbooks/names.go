package quickbooks

import (
	"strconv"
	"strings"
)

// nameKinds share one name space (Intuit docs: DisplayName is unique over
// Customer, Vendor and Employee).
var nameKinds = []string{"Customer", "Vendor", "Employee"}

// deletedSuffix is what the vendor appends to the name of an inactive list
// entity (recorded answers).
const deletedSuffix = " (deleted)"

func buildCustomer(ch *change) *Fault {
	d, c := ch.doc, ch.c
	if fault := ch.displayName(); fault != nil {
		return fault
	}
	cur, fault := ch.currency()
	if fault != nil {
		return fault
	}
	ch.party = &party{currency: cur, billWithParent: d.isTrue("BillWithParent")}
	ch.party.term, _ = d.ref("SalesTermRef")
	if ch.old != nil {
		was := ch.old.party
		if was.currency != cur {
			return faultBusiness("The currency of a customer cannot be changed once it is set.")
		}
		ch.party.balance, ch.party.withJobs = was.balance, was.withJobs
	}
	full := d.str("DisplayName")
	level := 0
	if id, _ := d.ref("ParentRef"); id != "" {
		parent := c.find("Customer", id)
		if parent == nil || parent == ch.old {
			return faultReference("ParentRef", "Customers", id)
		}
		ch.party.parent = parent
		for up := parent; up != nil; up = up.party.parent {
			full = up.name + ":" + full
			level++
		}
		d.set("Level", []byte(strconv.Itoa(level)))
	}
	d.setDefault("Taxable", []byte("true"))
	d.setBool("Job", ch.party.parent != nil)
	d.setDefault("BillWithParent", []byte("false"))
	d.setDefault("PreferredDeliveryMethod", []byte(`"Print"`))
	if fault := ch.keepParentTotals(); fault != nil {
		return fault
	}
	return ch.finishNamed("DisplayName", full)
}

// keepParentTotals refuses to move a customer with open documents below
// another parent, so that BalanceWithJobs of both stays true.
func (ch *change) keepParentTotals() *Fault {
	if ch.old != nil && ch.old.party.parent != ch.party.parent && ch.old.party.withJobs != 0 {
		return faultBusiness("A customer with an open balance cannot be moved to another parent.")
	}
	return nil
}

func buildVendor(ch *change) *Fault {
	if fault := ch.displayName(); fault != nil {
		return fault
	}
	if _, fault := ch.currency(); fault != nil {
		return fault
	}
	ch.doc.setDefault("Balance", []byte("0"))
	ch.doc.setDefault("Vendor1099", []byte("false"))
	return ch.finishNamed("DisplayName", "")
}

// displayName composes DisplayName from the name parts when it is left out.
func (ch *change) displayName() *Fault {
	d := ch.doc
	if !d.has("DisplayName") {
		var parts []string
		for _, f := range []string{"Title", "GivenName", "MiddleName", "FamilyName", "Suffix"} {
			if s := d.str(f); s != "" {
				parts = append(parts, s)
			}
		}
		if len(parts) == 0 {
			return faultMissing("DisplayName")
		}
		d.setStr("DisplayName", strings.Join(parts, " "))
	}
	if strings.ContainsAny(d.str("DisplayName"), ":\t\n") {
		return faultBusiness("DisplayName must not contain a colon, tab or newline.")
	}
	d.setDefault("PrintOnCheckName", d.get("DisplayName"))
	if a := d.sub("PrimaryEmailAddr").str("Address"); a != "" && !isEmail(a) {
		return faultEmail("PrimaryEmailAddr.Address", a)
	}
	if uri := d.sub("WebAddr").str("URI"); uri != "" && !strings.Contains(uri, ".") {
		return validation("2200", "Invalid Web Address format", "Web Address does not conform to the address format. : "+uri).at("WebAddr.URI")
	}
	return nil
}

// finishNamed settles name, full name, activity and uniqueness.
func (ch *change) finishNamed(field, full string) *Fault {
	d, c := ch.doc, ch.c
	d.setDefault("Active", []byte("true"))
	name := d.str(field)
	if d.str("Active") == "false" {
		if !strings.HasSuffix(name, deletedSuffix) {
			d.setStr(field, name+deletedSuffix)
			full += deletedSuffix
		}
	} else if cut, ok := strings.CutSuffix(name, deletedSuffix); ok && ch.old != nil && !ch.old.active {
		d.setStr(field, cut)
		full = strings.TrimSuffix(full, deletedSuffix)
	}
	ch.name = d.str(field)
	if full != "" && full != deletedSuffix {
		d.setStr("FullyQualifiedName", full)
	}
	switch ch.kind.name {
	case "Account", "Item", "Class", "Department":
		ch.name = full
	}
	if c.nameTaken(ch) {
		return faultDuplicateName()
	}
	return nil
}

func (c *Company) nameTaken(ch *change) bool {
	spaces := []string{ch.kind.name}
	if ch.kind.idSpace == "name" {
		spaces = nameKinds
	}
	for _, s := range spaces {
		if o := c.shelf(s).byName[strings.ToLower(ch.name)]; o != nil && o != ch.old {
			return true
		}
	}
	return false
}

func buildItem(ch *change) *Fault {
	d, c := ch.doc, ch.c
	if !d.has("Name") {
		return faultMissing("Name")
	}
	d.setDefault("Type", []byte(`"Service"`))
	switch typ := d.str("Type"); typ {
	case "Service", "NonInventory", "Inventory", "Category", "Group":
	default:
		return faultEnum("Type", typ)
	}
	d.setDefault("Taxable", []byte("false"))
	d.setDefault("UnitPrice", []byte("0"))
	d.setDefault("PurchaseCost", []byte("0"))
	d.setDefault("TrackQtyOnHand", []byte("false"))
	for _, f := range []string{"IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"} {
		acct, fault := c.accountRef(d, f, f)
		if fault != nil {
			return fault
		}
		if acct != nil {
			d.setRef(f, acct.id, acct.name)
		}
	}
	if d.str("Type") == "Service" && !d.has("IncomeAccountRef") && !d.has("ExpenseAccountRef") {
		return faultMissing("IncomeAccountRef")
	}
	full := d.str("Name")
	if id, _ := d.ref("ParentRef"); id != "" {
		parent := c.find("Item", id)
		if parent == nil || parent == ch.old {
			return faultReference("ParentRef", "Items", id)
		}
		full = parent.name + ":" + full
		d.setBool("SubItem", true)
	}
	ch.item = readItem(d)
	return ch.finishNamed("Name", full)
}

func readItem(d *document) *item {
	it := &item{}
	it.income, _ = d.ref("IncomeAccountRef")
	it.expense, _ = d.ref("ExpenseAccountRef")
	it.asset, _ = d.ref("AssetAccountRef")
	return it
}

func buildTerm(ch *change) *Fault {
	if !ch.doc.has("Name") {
		return faultMissing("Name")
	}
	// The type follows from the fields (Intuit docs: term).
	ch.doc.setStr("Type", "STANDARD")
	if ch.doc.has("DayOfMonthDue") {
		ch.doc.setStr("Type", "DATE_DRIVEN")
	}
	return ch.finishNamed("Name", "")
}

func buildMethod(ch *change) *Fault {
	if !ch.doc.has("Name") {
		return faultMissing("Name")
	}
	ch.doc.setDefault("Type", []byte(`"NON_CREDIT_CARD"`))
	if typ := ch.doc.str("Type"); typ != "CREDIT_CARD" && typ != "NON_CREDIT_CARD" {
		return faultEnum("Type", typ)
	}
	return ch.finishNamed("Name", "")
}

// buildSingle keeps what a company cannot change: its currency.
func buildSingle(ch *change) *Fault {
	if ch.kind.name == "Preferences" && ch.old != nil {
		was := splitObject(ch.old.raw)
		if raw := was.get("CurrencyPrefs"); raw != nil {
			ch.doc.set("CurrencyPrefs", raw)
		}
	}
	return nil
}

// currency settles CurrencyRef of a list entity: home when left out, another
// one only where multicurrency is on.
func (ch *change) currency() (string, *Fault) {
	c, d := ch.c, ch.doc
	cur, _ := d.ref("CurrencyRef")
	if cur == "" {
		cur = c.home
	}
	if cur != c.home && !c.multi {
		return "", faultBusiness("Multi Currency should be enabled to perform this operation.")
	}
	if len(cur) != 3 || strings.ToUpper(cur) != cur {
		return "", faultReference("CurrencyRef", "Currency", cur)
	}
	d.setRef("CurrencyRef", cur, currencyName(cur))
	return cur, nil
}

// currencyName is the label Intuit shows; unknown codes stand for themselves.
func currencyName(code string) string {
	switch code {
	case "USD":
		return "United States Dollar"
	case "EUR":
		return "Euro"
	case "GBP":
		return "British Pound Sterling"
	case "AUD":
		return "Australian Dollar"
	case "CAD":
		return "Canadian Dollar"
	case "NZD":
		return "New Zealand Dollar"
	case "JPY":
		return "Japanese Yen"
	case "CHF":
		return "Swiss Franc"
	case "SEK":
		return "Swedish Krona"
	case "INR":
		return "Indian Rupee"
	case "SGD":
		return "Singapore Dollar"
	case "MXN":
		return "Mexican Peso"
	}
	return code
}
