package web

import (
	"context"

	"tieout/sync/preview"
)

// Rules have one of each kind of field; "fees" may be changed to "payout".
func (s *sample) Rules(_ context.Context, _, _ string, filled map[string]string) (RulesShown, error) {
	shown := RulesShown{Problems: map[string]string{}, Groups: []RuleGroup{{Title: evil, Text: evil, Fields: []RuleField{
		{Name: "fees", Label: "Fees", Hint: evil, Kind: "choice", Value: "movement", Options: []RuleOption{{"movement", evil}, {"payout", "payout"}}},
		{Name: "filed", Label: "Filed", Kind: "date", Value: "2026-01-31"},
	}}}, Examples: []RuleExample{
		{Title: evil, Path: "/payments/1?book=1", Now: []preview.Line{{Kind: "receipt", Date: "2026-11-20", Amount: "-5.00", Currency: "USD", From: evil, To: evil, Customer: evil, Invoice: evil, Why: evil}}},
		{Title: "b", Same: true, Now: []preview.Line{{Kind: "fees"}}},
	}}
	if filled["fees"] == "payout" {
		shown.Changes, shown.Digest = []RuleChange{{Name: evil, New: evil}}, "d1"
	}
	if filled["filed"] == "x" {
		shown.Problems["filed"], shown.Groups[0].Fields[1].Problem = "x: not a day", "x: not a day"
	}
	return shown, s.err
}

// SaveRules saves what was shown under d1.
func (s *sample) SaveRules(_ context.Context, _, _ string, filled map[string]string, digest, page, by string) error {
	switch {
	case digest == "second":
		return ErrSecondPerson
	case digest != "d1" || filled["fees"] != "payout":
		return ErrOtherShown
	}
	s.answered = page + " " + by
	return s.err
}
