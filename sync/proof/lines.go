package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// Lines computes the lines of a proof. It is pure: the same inputs always give
// the same lines.
func Lines(in Inputs) []Line {
	var lines []Line
	if len(in.Unread) > 0 {
		lines = unread(in)
	} else {
		for _, part := range []func(Inputs) []Line{
			balance, reserves, clearing, disputes, returned, ledgerSide, billed, payouts, documents, bank, writers,
		} {
			lines = append(lines, part(in)...)
		}
	}
	for i := range lines {
		finish(&lines[i], in)
	}
	return lines
}

// unread is the proof of a book of which a side could not be read: a result of
// its own, so that the last good one is not shown as if it still held.
func unread(in Inputs) []Line {
	currencies := slices.Sorted(maps.Keys(in.Accounts.Clearing))
	if len(currencies) == 0 {
		currencies = []money.Currency{in.Home}
	}
	var lines []Line
	for _, check := range []Check{CheckBalance, CheckClearing, CheckReceivables} {
		for _, currency := range currencies {
			lines = append(lines, Line{Check: check, Currency: currency, Why: strings.Join(in.Unread, "; ")})
		}
	}
	return lines
}

// finish splits the difference into what items explain and the rest. An item
// that is overdue explains nothing.
func finish(l *Line, in Inputs) {
	l.MeasuredAt = in.At
	for i := range l.Causes {
		l.Causes[i].URL = in.Links[linkKey(l.Causes[i].Ref)]
	}
	if !l.Measured {
		return
	}
	l.Unexplained = l.Difference
	for _, item := range l.Explained {
		if !item.Overdue {
			l.Unexplained -= item.Amount
		}
	}
}

func linkKey(ref receivables.Ref) string { return string(ref.Kind) + "/" + ref.ID }

// documents counts what breaks the rules about documents and allocations.
func documents(in Inputs) []Line {
	var lines []Line
	for _, check := range []Check{CheckAllocations, CheckParts} {
		line := Line{Check: check, Measured: true}
		for _, b := range in.Breaches {
			if b.Check != check {
				continue
			}
			line.Difference++
			action := "Remove the document that is one too many, or say which of the two is to stay."
			if check == CheckAllocations {
				action = "Look at what the payment was applied to, and take the excess off."
			}
			line.Causes = append(line.Causes, Cause{Ref: b.Ref, Text: sentence(b.Text), Action: action})
		}
		line.Why = firstCauses(line.Causes)
		lines = append(lines, line)
	}
	return lines
}

// firstCauses is the beginning of a list of causes, for a line's one sentence.
func firstCauses(causes []Cause) string {
	if len(causes) == 0 {
		return ""
	}
	texts := make([]string, 0, 3)
	for _, c := range causes[:min(len(causes), 3)] {
		texts = append(texts, c.Text)
	}
	return fmt.Sprintf("%d: %s", len(causes), strings.Join(texts, " "))
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// age is how old something is.
func (in Inputs) age(since time.Time) time.Duration { return in.At.Sub(since) }

// amount is an amount for people.
func amount(minor int64, c money.Currency) string {
	return money.Money{Minor: minor, Currency: c}.String()
}

// currencies are the keys of all maps, sorted.
func currencies(sets ...map[money.Currency]int64) []money.Currency {
	all := map[money.Currency]bool{}
	for _, set := range sets {
		for c := range set {
			all[c] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
