package statement

import (
	"fmt"
	"slices"
	"strings"

	"tieout/mapping"
	"tieout/sync/match"
)

// receipts finds which invoices the money that came in pays. Evidence is used
// in the order in which it is believed: an invoice's number in the text, a
// payer who was confirmed before, the names that the ledger knows.
func (s *sorting) receipts() {
	byNumber := map[string][]Open{}
	items := make([]match.Item, len(s.world.Open))
	for i, o := range s.world.Open {
		items[i] = o.Item
		if key := mapping.NumberKey(o.Number); key != "" {
			byNumber[key] = append(byNumber[key], o)
		}
	}
	directory := match.NewDirectory(s.world.Customers)
	taken := map[string]bool{}
	var payments []match.Payment
	at := map[string]int{}
	for i, l := range s.lines {
		if !s.open(i) || l.Amount <= 0 || s.byNumber(i, byNumber, taken) {
			continue
		}
		p := match.Payment{ID: l.ID, On: l.On, Amount: l.Amount, Name: l.payer()}
		if customer := s.alias(l); customer != "" {
			p.Payers, p.Name = []match.Payer{{Customer: customer, Fit: 1}}, ""
		} else {
			p.Payers = directory.Payers(p.Name)
		}
		payments, at[l.ID] = append(payments, p), i
	}
	items = slices.DeleteFunc(items, func(item match.Item) bool { return taken[item.ID] })
	for k, f := range match.All(payments, items, s.habits()) {
		s.receipt(at[f.Payment], payments[k], f, items)
	}
}

// payer is the name on a line; banks that have no place for it write it into
// the text.
func (l Line) payer() string {
	if l.Name != "" {
		return l.Name
	}
	return l.Text
}

// receipt notes what the matcher has found about a line.
func (s *sorting) receipt(i int, p match.Payment, m match.Finding, items []match.Item) {
	if len(p.Payers) == 0 {
		return
	}
	f := &s.found[i]
	if len(m.Items) > 0 {
		f.Meaning, f.Sure, f.Customer, f.Why = MeansReceipt, m.Sure, m.Customer, m.Why
		for _, id := range m.Items {
			f.Pays = append(f.Pays, s.paid(id))
		}
		return
	}
	customer := p.Payers[0].Customer
	if len(p.Payers) > 1 && p.Payers[0].Fit < 2*p.Payers[1].Fit {
		return // it is not even clear who pays
	}
	var own []match.Item
	for _, item := range items {
		if item.Customer == customer {
			own = append(own, item)
		}
	}
	credits := slices.DeleteFunc(slices.Clone(s.world.Credits), func(c match.Credit) bool { return c.Customer != customer })
	f.Near = match.Explain(p, own, credits, s.world.Discounts)
	if len(f.Near) > 0 {
		f.Meaning, f.Customer, f.Why = MeansReceipt, customer, "No open invoices add up to it. "+f.Near[0].Why
	}
}

func (s *sorting) paid(id string) Paid {
	for _, o := range s.world.Open {
		if o.ID == id {
			return Paid{Invoice: id, Number: o.Number, Amount: o.Amount}
		}
	}
	return Paid{Invoice: id}
}

// byNumber takes the invoices that the text names, when they are one
// customer's and their amounts add up to the line, or when it is a part of one.
func (s *sorting) byNumber(i int, byNumber map[string][]Open, taken map[string]bool) bool {
	l := s.lines[i]
	var named []Open
	var sum int64
	for _, key := range mapping.NumberKeys(l.words()) {
		for _, o := range byNumber[key] {
			if !taken[o.ID] && !slices.ContainsFunc(named, func(other Open) bool { return other.ID == o.ID }) {
				named = append(named, o)
				sum += o.Amount
			}
		}
	}
	if len(named) == 0 || slices.ContainsFunc(named, func(o Open) bool { return o.Customer != named[0].Customer }) {
		return false
	}
	part := len(named) == 1 && l.Amount < sum
	if sum != l.Amount && !part {
		return false
	}
	numbers := make([]string, len(named))
	f := &s.found[i]
	f.Meaning, f.Sure, f.Customer = MeansReceipt, !part, named[0].Customer
	for k, o := range named {
		numbers[k] = o.Number
		f.Pays = append(f.Pays, Paid{o.ID, o.Number, min(o.Amount, l.Amount)})
		taken[o.ID] = true
	}
	f.Why = fmt.Sprintf("The text names %s, and the amount is exactly what is open there.", strings.Join(numbers, ", "))
	if part {
		f.Why = fmt.Sprintf("The text names %s; the amount is a part of what is open there.", numbers[0])
	}
	return true
}

// alias is the customer who was confirmed for this payer before.
func (s *sorting) alias(l Line) string {
	for _, key := range []string{accountKey(l.Account), nameKey(l.Name, l.Text)} {
		customer := ""
		for _, r := range s.world.Rules {
			if r.Kind == RuleAlias && key != "" && r.Key == key {
				if customer != "" && customer != r.Customer {
					return "" // two persons have said different things
				}
				customer = r.Customer
			}
		}
		if customer != "" {
			return customer
		}
	}
	return ""
}

func accountKey(account string) string {
	if account = strings.ToUpper(strings.Join(strings.Fields(account), "")); account != "" {
		return "account:" + account
	}
	return ""
}

func nameKey(name, text string) string {
	key := mapping.NameKey(name)
	if key == "" {
		key = mapping.NameKey(text)
	}
	if key == "" {
		return ""
	}
	return "name:" + key
}

// habits learns from the rules.
func (s *sorting) habits() *match.Habits {
	h := match.NewHabits()
	for _, r := range s.world.Rules {
		if r.Kind == RuleHabit {
			h.Learn(r.Customer, r.On, r.Paid, r.Left)
		}
	}
	return h
}

// rest names what is left: money that went out to a customer, the bank's own
// fees, and what nobody knows.
func (s *sorting) rest() {
	directory := match.NewDirectory(s.world.Customers)
	for i, l := range s.lines {
		if !s.open(i) {
			continue
		}
		f := &s.found[i]
		f.Meaning, f.Why = MeansUnknown, "Nothing is known that has this amount."
		switch {
		case l.Amount < 0 && isFee(l):
			f.Meaning, f.Why = MeansFee, "The text speaks of a fee or of interest; it is entered in the ledger by a person."
		case l.Amount < 0 && l.Name != "":
			if ranked := directory.Rank(l.Name); len(ranked) > 0 && ranked[0].Same {
				f.Meaning, f.Customer, f.Why = MeansRefund, ranked[0].Customer, "It went out to a customer: "+ranked[0].Why+"."
			}
		case l.Amount > 0 && len(s.world.Open) > 0:
			f.Why = "No open invoices of a customer with this name have this amount."
		}
	}
}

// isFee says whether a line is the bank's own: by its code (OFX: FEE, SRVCHG,
// INT; ISO 20022 sub-families CHRG, COMM, INTR, FEES) or by its words.
func isFee(l Line) bool {
	kind := "/" + strings.ToUpper(l.Kind) + "/"
	for _, code := range []string{"/FEE/", "/SRVCHG/", "/INT/", "/CHRG", "/COMM", "/INTR", "/FEES"} {
		if strings.Contains(kind, code) {
			return true
		}
	}
	for _, word := range strings.FieldsFunc(strings.ToLower(l.words()), func(r rune) bool { return r == ' ' || r == '/' || r == '-' || r == ':' || r == '.' || r == ',' }) {
		switch word {
		case "fee", "fees", "charge", "charges", "commission", "interest", "gebühr", "gebühren", "entgelt", "kontoführung", "zinsen", "frais", "comisión", "kosten", "rente":
			return true
		}
	}
	return false
}
