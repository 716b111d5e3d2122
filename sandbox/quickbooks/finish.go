package quickbooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// FinishLoad joins what Load put in (parents, links, deposits) and adds what a
// company cannot be without and the recording does not hold: CompanyInfo,
// Preferences, referenced list entities, receivables with the right balance,
// a bank, income, expense and undeposited funds, and the payments that invoices
// name and no list holds. README lists all of it.
func (c *Company) FinishLoad() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	c.settleHome()
	if err := c.addReferenced(); err != nil {
		return err
	}
	if err := c.addRecordedTaxes(); err != nil {
		return err
	}
	c.joinParents()
	c.joinTransactions()
	if err := c.addSingles(c.options); err != nil {
		return err
	}
	c.addMissingAccounts()
	if err := c.addMissingPayments(); err != nil {
		return err
	}
	c.settleRest()
	c.carryForeign()
	c.prefs = nil
	return nil
}

// carryForeign gives foreign receivables their home value from the open
// documents behind them; the recording shows only the foreign one.
func (c *Company) carryForeign() {
	if !c.multi {
		return
	}
	carried := map[string]amount{}
	for _, name := range entityNames {
		for _, o := range c.shelf(name).byIDs() {
			if t := o.txn; t != nil {
				carried[t.currency] += amount(t.sign)*t.rate.home(t.open) - t.rate.home(t.unapplied)
			}
		}
	}
	for _, o := range c.shelf("Account").byIDs() {
		if o.account.typ == "Accounts Receivable" && o.account.currency != c.home {
			o.account.home = carried[o.account.currency]
		}
	}
}

// settleHome finds home currency and multicurrency: Preferences says it, else
// the currency most customers and accounts have.
func (c *Company) settleHome() {
	if o := c.single("Preferences"); o != nil {
		prefs := splitObject(o.raw).sub("CurrencyPrefs")
		if home, _ := prefs.ref("HomeCurrency"); home != "" {
			c.home, c.multi = home, prefs.isTrue("MultiCurrencyEnabled")
			return
		}
	}
	seen := map[string]int{}
	for _, name := range []string{"Customer", "Account", "Invoice"} {
		for _, o := range c.shelf(name).byIDs() {
			if cur, _ := splitObject(o.raw).ref("CurrencyRef"); cur != "" {
				seen[cur]++
			}
		}
	}
	codes := sortedKeys(seen)
	slices.SortStableFunc(codes, func(a, b string) int { return cmp.Compare(seen[b], seen[a]) })
	if len(codes) > 0 {
		c.home, c.multi = codes[0], len(codes) > 1
	}
}

// joinParents turns ParentRef into pointers.
func (c *Company) joinParents() {
	for _, o := range c.shelf("Customer").byIDs() {
		id, _ := splitObject(o.raw).ref("ParentRef")
		if p := c.find("Customer", id); p != nil && p != o {
			o.party.parent = p
		}
	}
	for _, o := range c.shelf("Account").byIDs() {
		id, _ := splitObject(o.raw).ref("ParentRef")
		if p := c.find("Account", id); p != nil && p != o {
			o.account.parent = p
		}
	}
}

// joinTransactions finds customers, what payments settle and what deposits
// hold, without moving a figure.
func (c *Company) joinTransactions() {
	for _, name := range entityNames {
		if !c.shelf(name).kind.txn {
			continue
		}
		for _, o := range c.shelf(name).byIDs() {
			c.joinCustomer(o)
		}
	}
	for _, name := range []string{"Purchase", "Deposit", "JournalEntry"} {
		for _, o := range c.shelf(name).byIDs() {
			c.openLoaded(o)
		}
	}
	for _, o := range c.shelf("Payment").byIDs() {
		c.joinPayment(o)
	}
	for _, o := range c.shelf("Deposit").byIDs() {
		for _, line := range splitObject(o.raw).list("Line") {
			for _, l := range readLinks(line.list("LinkedTxn")) {
				if s := c.shelves[l.kind]; s != nil && s.kind.txn && s.byID[l.id] != nil {
					held := s.byID[l.id]
					held.txn.deposit = o
					o.txn.deposited = append(o.txn.deposited, held)
				}
			}
		}
	}
}

func (c *Company) joinCustomer(o *object) {
	d := splitObject(o.raw)
	id, _ := d.ref("CustomerRef")
	if entity := d.sub("EntityRef"); id == "" && equalFold(entity.str("type"), "Customer") {
		id = entity.str("value")
	}
	cust := c.find("Customer", id)
	if cust == nil {
		return
	}
	o.txn.customer = cust
	if cust.party.billWithParent && cust.party.parent != nil && o.kind.name != "Purchase" {
		o.txn.owner = cust.party.parent
	}
}

// openLoaded derives the open side of journals, purchases and deposits on
// accounts receivable from their lines; payments then take theirs off.
func (c *Company) openLoaded(o *object) {
	if o.txn.void {
		return
	}
	d := splitObject(o.raw)
	var open amount
	for _, line := range d.list("Line") {
		amt, err := line.amount("Amount")
		if err != nil {
			continue
		}
		sign, acct := amount(1), ""
		switch o.kind.name {
		case "Purchase":
			acct, _ = line.sub("AccountBasedExpenseLineDetail").ref("AccountRef")
			if d.isTrue("Credit") {
				sign = -1
			}
		case "Deposit":
			detail := line.sub("DepositLineDetail")
			acct, _ = detail.ref("AccountRef")
			sign = -1
			c.takeCustomer(o, acct, detail.sub("Entity").str("value"))
		case "JournalEntry":
			detail := line.sub("JournalEntryLineDetail")
			acct, _ = detail.ref("AccountRef")
			if detail.str("PostingType") == "Credit" {
				sign = -1
			}
			id, _ := detail.sub("Entity").ref("EntityRef")
			c.takeCustomer(o, acct, id)
		}
		if a := c.find("Account", acct); a != nil && a.account.typ == "Accounts Receivable" {
			open += sign * amt
		}
	}
	switch {
	case open > 0:
		o.txn.sign, o.txn.open = 1, open
	case open < 0:
		o.txn.sign, o.txn.open = -1, -open
	}
}

func (c *Company) takeCustomer(o *object, acct, id string) {
	if a := c.find("Account", acct); a == nil || a.account.typ != "Accounts Receivable" {
		return
	}
	if cust := c.find("Customer", id); cust != nil {
		o.txn.customer = cust
	}
}

func (c *Company) joinPayment(o *object) {
	for _, line := range splitObject(o.raw).list("Line") {
		amt, err := line.amount("Amount")
		if err != nil {
			continue
		}
		for _, l := range readLinks(line.list("LinkedTxn")) {
			s := c.shelves[linkable(l.kind)]
			if s == nil || s.byID[l.id] == nil {
				continue
			}
			target := s.byID[l.id]
			o.txn.applies = append(o.txn.applies, application{target, amt})
			target.txn.appliedBy = append(target.txn.appliedBy, o)
			if target.kind.name != "Invoice" && target.kind.name != "CreditMemo" {
				target.txn.open -= amt
			}
		}
	}
}

// addReferenced makes list entities that documents refer to and the recording
// leaves out, with the names the references carry.
func (c *Company) addReferenced() error {
	need := map[string]map[string]string{}
	types := map[string]string{}
	note := func(kind, id, label, field string) {
		if id == "" || c.shelves[kind].byID[id] != nil || strings.Trim(id, "0123456789") != "" {
			return
		}
		if need[kind] == nil {
			need[kind] = map[string]string{}
		}
		if need[kind][id] == "" {
			need[kind][id] = label
		}
		if typ := accountTypeOf(field, label); kind == "Account" && types[id] == "" {
			types[id] = typ
		}
	}
	for _, name := range entityNames {
		for _, o := range c.shelf(name).byIDs() {
			walkRefs(splitObject(o.raw), note)
		}
	}
	for _, kind := range sortedKeys(need) {
		for _, id := range sortedKeys(need[kind]) {
			if err := c.addStub(kind, id, need[kind][id], types[id]); err != nil {
				return fmt.Errorf("quickbooks: referenced %s %s: %w", kind, id, err)
			}
		}
	}
	return nil
}

// walkRefs reports every reference to a list entity in a document.
func walkRefs(d *document, note func(kind, id, label, field string)) {
	for _, f := range d.fields {
		if len(f.raw) == 0 {
			continue
		}
		switch f.raw[0] {
		case '[':
			for _, sub := range splitArray(f.raw) {
				walkRefs(sub, note)
			}
		case '{':
			sub := splitObject(f.raw)
			switch kind := refKind(f.name, sub); kind {
			case "":
				walkRefs(sub, note)
			default:
				note(kind, sub.str("value"), sub.str("name"), f.name)
			}
		}
	}
}

// accountTypeOf guesses the type of an account from where it is referred to;
// "" when the field says nothing.
func accountTypeOf(field, label string) string {
	switch {
	case label == "Undeposited Funds":
		return "Other Current Asset"
	case field == "DepositToAccountRef" || field == "FromAccountRef" || field == "ToAccountRef":
		return "Bank"
	case field == "ARAccountRef":
		return "Accounts Receivable"
	case field == "ExpenseAccountRef":
		return "Expense"
	case field == "AssetAccountRef":
		return "Other Current Asset"
	case field == "ItemAccountRef" || field == "IncomeAccountRef":
		return "Income"
	}
	return ""
}

func refKind(field string, ref *document) string {
	switch field {
	case "CustomerRef":
		return "Customer"
	case "ItemRef":
		return "Item"
	case "ItemAccountRef", "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "AccountRef", "DepositToAccountRef",
		"FromAccountRef", "ToAccountRef", "ARAccountRef":
		return "Account"
	case "SalesTermRef":
		return "Term"
	case "PaymentMethodRef":
		return "PaymentMethod"
	case "EntityRef":
		for _, name := range nameKinds {
			if equalFold(ref.str("type"), name) {
				return name
			}
		}
	}
	return ""
}
