package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"tieout/money"
)

// finish checks a statement and gives its lines their ids.
func finish(s *Statement, o Options) error {
	if len(s.Lines) > maxLines {
		return fmt.Errorf("%w: more than %d lines", ErrFormat, maxLines)
	}
	if s.Currency == "" {
		s.Currency = o.Currency
	}
	if o.Currency != "" && s.Currency != o.Currency {
		return fmt.Errorf("%w: it is in %s, the account in %s", ErrFormat, s.Currency, o.Currency)
	}
	if err := addUp(*s, o.Scale); err != nil {
		return err
	}
	identify(s.Lines)
	return nil
}

// addUp checks that the opening balance and all lines are the closing balance.
func addUp(s Statement, scale money.Scale) error {
	amounts := make([]int64, len(s.Lines))
	for i, l := range s.Lines {
		amounts[i] = l.Amount
	}
	sum, err := money.SumMinor(amounts...)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBalance, err)
	}
	if s.Opening == nil || s.Closing == nil {
		return nil
	}
	got, err := money.AddMinor(s.Opening.Amount, sum)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBalance, err)
	}
	if got == s.Closing.Amount {
		return nil
	}
	text := func(minor int64) string {
		return money.Grouped(money.Money{Minor: minor, Currency: s.Currency}.Text(scale))
	}
	return fmt.Errorf("%w: it opens with %s, its %d lines come to %s, which makes %s, but it closes with %s: %s differ", ErrBalance,
		text(s.Opening.Amount), len(s.Lines), text(sum), text(got), text(s.Closing.Amount), text(got-s.Closing.Amount))
}

// identify gives each line an id that a later, overlapping statement gives it
// too: the bank's reference where it has one that no other line has, else a
// hash of what the line says and how many that say the same came before it on
// that day.
func identify(lines []Line) {
	uses := map[string]int{}
	for _, l := range lines {
		uses[l.Reference]++
	}
	seen := map[string]int{}
	for i, l := range lines {
		if named(l.Reference) && uses[l.Reference] == 1 {
			lines[i].ID = "ref:" + l.Reference
			continue
		}
		said := fmt.Sprintf("%s\x00%d\x00%s\x00%s\x00%s\x00%s\x00%s", l.On, l.Amount, squeeze(l.Name), squeeze(l.Account), squeeze(l.Text), squeeze(l.Reference), squeeze(l.Number))
		seen[said]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", said, seen[said]))
		lines[i].ID = "sum:" + hex.EncodeToString(sum[:12])
	}
}

// named says whether a bank's reference names the line. Banks fill the field
// where they have none.
func named(reference string) bool {
	switch strings.ToUpper(strings.TrimSpace(reference)) {
	case "", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "N/A", "NONE", "-", "0":
		return false
	}
	return true
}

// squeeze makes what programs do to spaces no difference.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }
