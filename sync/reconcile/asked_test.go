package reconcile_test

import (
	"testing"

	"tieout/sync/reconcile"
)

// TestAsked divides what a question is about from what is asked, and loses no
// word of a question that is about something else.
func TestAsked(t *testing.T) {
	t.Parallel()
	for question, want := range map[string]reconcile.Asked{
		"Payment of 5.00 USD on 2026-11-20 by A (ch_1): Which invoice?": {About: "Payment of 5.00 USD on 2026-11-20 by A (ch_1)", Question: "Which invoice?"},
		"The receipt 17 was removed: restore it?":                       {Question: "The receipt 17 was removed: restore it?"},
		"": {},
	} {
		if got := reconcile.NewAsked(question); got != want {
			t.Errorf("%q is %+v", question, got)
		}
	}
}
