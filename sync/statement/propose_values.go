package statement

import (
	"slices"
	"strings"
	"unicode"
)

// isAmount says whether a cell may be an amount.
func isAmount(cell string) bool {
	if !strings.ContainsFunc(cell, unicode.IsDigit) {
		return false
	}
	if len(formsOf([]string{cell})) > 0 {
		return false
	}
	const most = 9 // digits behind the decimal sign that a guess allows
	_, point := readAmount(cell, '.', most)
	_, comma := readAmount(cell, ',', most)
	return point == nil || comma == nil
}

// signs finds the decimal sign, and the words of a column of sides.
func (p *Proposal) signs(head []string, body [][]string) {
	var list []string
	for _, column := range []string{p.Map.Amount, p.Map.Debit, p.Map.Credit, p.Map.Balance} {
		list = append(list, cells(head, body, column)...)
	}
	point, comma := decimals(list)
	p.Map.Decimal = "."
	switch {
	case comma && !point:
		p.Map.Decimal = ","
	case comma == point && len(list) > 0 && slices.ContainsFunc(list, func(c string) bool { return strings.ContainsAny(c, ".,") }):
		p.Ask = append(p.Ask, `Whether "." or "," stands before the fraction of an amount cannot be told.`)
	}
	if p.Map.Side == "" || p.Map.Amount == "" {
		p.Map.Side = ""
		return
	}
	for _, side := range cells(head, body, p.Map.Side) {
		side = strings.TrimSpace(side)
		if isDebit(side) && !slices.Contains(p.Map.DebitWords, side) {
			p.Map.DebitWords = append(p.Map.DebitWords, side)
		}
	}
}

func isDebit(word string) bool {
	return slices.Contains([]string{"d", "dr", "db", "debit", "dbit", "s", "soll", "-", "af", "withdrawal", "out"}, strings.ToLower(word))
}

// decimals says whether any amount can only be read with a point before its
// fraction, and any only with a comma.
func decimals(list []string) (point, comma bool) {
	for _, cell := range list {
		last := strings.LastIndexAny(cell, ".,")
		if last < 0 {
			continue
		}
		behind := 0
		for _, r := range cell[last+1:] {
			if unicode.IsDigit(r) {
				behind++
			}
		}
		// Three digits may be thousands, unless the other sign stands before.
		other := map[byte]string{'.': ",", ',': "."}[cell[last]]
		if behind == 3 && !strings.Contains(cell[:last], other) {
			continue
		}
		if strings.Count(cell, cell[last:last+1]) > 1 {
			continue
		}
		if cell[last] == '.' {
			point = true
		} else {
			comma = true
		}
	}
	return point, comma
}

// formsOf are the forms in which all cells are dates, in the order of names.
func formsOf(list []string) []string {
	var fit []string
	for _, form := range DateForms() {
		if !slices.ContainsFunc(list, func(cell string) bool { _, err := readDate(cell, form); return err != nil }) && len(list) > 0 {
			fit = append(fit, form)
		}
	}
	return fit
}

// dates finds the form of dates; which of two numbers is the day is asked where
// every date may be read both ways.
func (p *Proposal) dates(head []string, body [][]string) {
	list := append(cells(head, body, p.Map.Date), cells(head, body, p.Map.Value)...)
	forms := formsOf(list)
	if len(forms) == 0 && p.Map.Value != "" {
		p.Map.Value = ""
		forms = formsOf(cells(head, body, p.Map.Date))
	}
	switch {
	case len(forms) == 0:
		if p.Map.Date != "" {
			p.Ask = append(p.Ask, "The dates have no form that is known.")
		}
	case len(forms) > 1 && !sameDays(list, forms):
		p.Map.DateForm = forms[0]
		p.Ask = append(p.Ask, "The dates may be "+strings.Join(forms, " or ")+": say which.")
	default:
		p.Map.DateForm = forms[0]
	}
}

// sameDays says whether all forms read the same days.
func sameDays(list, forms []string) bool {
	for _, cell := range list {
		first, _ := readDate(cell, forms[0])
		for _, form := range forms[1:] {
			if day, _ := readDate(cell, form); day != first {
				return false
			}
		}
	}
	return true
}
