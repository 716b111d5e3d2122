package monthend

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
	"tieout/sync/sheet"
)

// Section is one table of a pack.
type Section struct {
	Title string
	Note  string
	Head  []string
	Rows  [][]string
}

// Sections are the tables of the pack, in their order.
func (p Pack) Sections() ([]Section, error) {
	ageing, err := p.ageing()
	if err != nil {
		return nil, err
	}
	return append([]Section{p.stripe(), p.clearing(), p.lines(), p.items(), ageing}, p.people()...), nil
}

// Digest names the pack's figures: what a sign-off is given over. It does not
// depend on the sign-offs themselves.
func (p Pack) Digest() (string, error) {
	p.SignOffs, p.MadeAt = nil, time.Time{}
	sections, err := p.Sections()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	for _, s := range sections {
		for _, row := range s.Rows {
			_, _ = fmt.Fprintf(sum, "%q\n", append([]string{s.Title}, row...))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// CSV writes the pack as one table; the first column names the section.
func (p Pack) CSV(to io.Writer) error {
	sections, err := p.Sections()
	if err != nil {
		return err
	}
	rows := [][]string{
		{"pack", "book", p.Book, p.BookID},
		{"pack", "ledger", p.Ledger},
		{"pack", "month", string(p.Month)},
		{"pack", "currency", string(p.Currency)},
		{"pack", "made at", stamp(p.MadeAt)},
	}
	for _, s := range sections {
		rows = append(rows, append([]string{s.Title}, s.Head...))
		for _, row := range s.Rows {
			rows = append(rows, append([]string{s.Title}, row...))
		}
	}
	return sheet.Write(to, rows)
}

func (p Pack) text(minor int64) string {
	digits, ok := money.ISO(p.Currency)
	if !ok {
		digits = 2
	}
	return money.Text(minor, digits)
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04") + " UTC"
}

func (p Pack) stripe() Section {
	s := Section{
		Title: "Stripe", Head: []string{"category", "count", "amount", "fee", "net"},
		Note: "Opening and activity, less payouts, are the closing balance; it is the sum of all movements until the month's end.",
	}
	s.Rows = append(s.Rows, []string{"opening balance", "", "", "", p.text(p.Stripe.Opening)})
	var payouts []Activity
	for _, a := range p.Stripe.Activity {
		if a.Payout() {
			payouts = append(payouts, a)
			continue
		}
		s.Rows = append(s.Rows, p.activity(a))
	}
	for _, a := range payouts {
		s.Rows = append(s.Rows, p.activity(a))
	}
	return Section{Title: s.Title, Note: s.Note, Head: s.Head, Rows: append(s.Rows,
		[]string{"closing balance", "", "", "", p.text(p.Stripe.Closing)},
		[]string{"difference", "", "", "", p.text(p.Stripe.Rest())})}
}

func (p Pack) activity(a Activity) []string {
	return []string{strings.ReplaceAll(a.Category, "_", " "), fmt.Sprint(a.Count), p.text(a.Amount), p.text(a.Fee), p.text(a.Net)}
}

func (p Pack) clearing() Section {
	return Section{
		Title: "Clearing account", Head: []string{"", "amount"},
		Note: fmt.Sprintf("At the end of %s, by the documents that stand in the ledger now.", p.Month.Last().Words()),
		Rows: [][]string{
			{"opening of the book and Stripe's movements since", p.text(p.Expected)},
			{"documents on the clearing account", p.text(p.Clearing)},
			{"difference: items in transit, not final, waiting or booked later", p.text(p.Clearing - p.Expected)},
		},
	}
}

// lines are those of the proof that the month ends with.
func (p Pack) lines() Section {
	s := Section{Title: "Proof", Head: []string{"check", "ledger", "stripe", "tieout", "difference", "explained", "unexplained", "measured"}}
	switch {
	case p.Proof.ID == "":
		s.Note = "Nothing was proven."
	case p.Proven:
		s.Note = fmt.Sprintf("Proof %s of %s, the last one of the month, signed by %s.", p.Proof.ID, stamp(p.Proof.At), p.Proof.Key)
	default:
		s.Note = fmt.Sprintf("No proof was made within the month: this is %s of %s, signed by %s.", p.Proof.ID, stamp(p.Proof.At), p.Proof.Key)
	}
	for _, l := range p.Proof.Lines {
		if l.Currency != p.Currency && l.Currency != "" {
			continue
		}
		text := p.text
		if l.Check.Counts() {
			text = func(n int64) string { return fmt.Sprint(n) }
		}
		figure := func(n *int64) string {
			if n == nil {
				return ""
			}
			return text(*n)
		}
		measured := stamp(l.MeasuredAt)
		if !l.Measured {
			measured = "not measured: " + l.Why
		}
		s.Rows = append(s.Rows, []string{
			strings.ReplaceAll(string(l.Check), "_", " "), figure(l.Ledger), figure(l.Stripe), figure(l.Tieout), text(l.Difference),
			text(l.Difference - l.Unexplained), text(l.Unexplained), measured,
		})
	}
	return s
}

// items are the timing items and causes of the proof, each with its id.
func (p Pack) items() Section {
	s := Section{
		Title: "Items", Head: []string{"check", "kind", "id", "amount", "since", "overdue", "text"},
		Note: "What explains the differences, and the documents that the others come from.",
	}
	for _, l := range p.Proof.Lines {
		if l.Currency != p.Currency {
			continue
		}
		for _, i := range l.Explained {
			overdue := ""
			if i.Overdue {
				overdue = "overdue"
			}
			s.Rows = append(s.Rows, []string{name(l.Check), strings.ReplaceAll(i.Kind, "_", " "), i.ID, p.text(i.Amount), stamp(i.Since), overdue, i.Text})
		}
		for _, c := range l.Causes {
			s.Rows = append(s.Rows, []string{name(l.Check), "difference", c.Ref.ID, p.text(c.Amount), "", "", c.Text + " " + c.Action})
		}
	}
	return s
}

func name(c proof.Check) string {
	title, _ := c.Words()
	return title
}

// ageing is what customers owed, down to the total that the control account
// has to show.
func (p Pack) ageing() (Section, error) {
	s := Section{
		Title: "Receivables by age", Head: []string{"customer", "not due", "1-30", "31-60", "61-90", "over 90", "credit", "journals", "total"},
		Note: fmt.Sprintf("Due on or before %s, in %s. The total is what the ledger's receivables account holds in this currency.", p.Month.Last().Words(), p.Currency),
	}
	if p.Lost > 0 {
		s.Note += fmt.Sprintf(" Not complete: the earlier version of %d documents is not kept.", p.Lost)
	}
	var all receivables.Ageing
	var journals, sum int64
	for _, o := range p.Owed {
		total, err := o.Total()
		if err != nil {
			return s, fmt.Errorf("monthend: ageing of %s: %w", o.Customer, err)
		}
		s.Rows = append(s.Rows, p.aged(o.Name, o.Ageing, o.Journals, total))
		a := o.Ageing
		all = receivables.Ageing{
			Current: all.Current + a.Current, To30: all.To30 + a.To30, To60: all.To60 + a.To60, To90: all.To90 + a.To90,
			Over90: all.Over90 + a.Over90, Credit: all.Credit + a.Credit,
		}
		journals += o.Journals
		sum += total
	}
	s.Rows = append(s.Rows, p.aged("total", all, journals, sum))
	return s, nil
}

func (p Pack) aged(who string, a receivables.Ageing, journals, total int64) []string {
	return []string{
		who, p.text(a.Current), p.text(a.To30), p.text(a.To60), p.text(a.To90), p.text(a.Over90), p.text(-a.Credit), p.text(journals), p.text(total),
	}
}

// people are the decisions, the changes of settings, and the names under it.
func (p Pack) people() []Section {
	decisions := Section{Title: "Decisions and settings", Head: []string{"at", "who", "kind", "about", "old value", "new value"}}
	for _, n := range p.Notes {
		decisions.Rows = append(decisions.Rows, []string{stamp(n.At), n.Who, n.Kind, n.Text, n.Old, n.New})
	}
	signed := Section{Title: "Signed", Head: []string{"", "name", "at", "pack"}}
	for _, role := range []string{RolePrepared, RoleReviewed} {
		row := []string{role + " by", "", "", ""}
		for _, s := range p.SignOffs {
			if s.Role == role {
				row = []string{role + " by", s.By, stamp(s.At), s.Pack}
			}
		}
		signed.Rows = append(signed.Rows, row)
	}
	return []Section{decisions, signed}
}
