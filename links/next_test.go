package links_test

import (
	"testing"

	"pgregory.net/rapid"

	"tieout/links"
)

func TestNext(t *testing.T) {
	t.Parallel()
	const url = "https://pay.example/l1"
	active := links.Link{Generation: 1, State: links.StateActive, ID: "l1", URL: url, Amount: 100}
	shown, seen := active, active
	shown.Shown = true
	seen.Shown, seen.Seen = true, true
	off := seen
	off.State = links.StateOff
	used := seen
	used.State = links.StateUsed
	own, ownOff := seen, off
	own.Own, ownOff.Own = true, true
	cases := []struct {
		name string
		s    links.Situation
		want links.Step
	}{
		{"nothing payable, no link", links.Situation{Allowed: true}, links.StepNone},
		{"payable, no link", links.Situation{Payable: 100, Allowed: true}, links.StepMake},
		{"payable, but opted out", links.Situation{Payable: 100}, links.StepNone},
		{"being made", links.Situation{Payable: 100, Allowed: true, Link: links.Link{State: links.StateMaking}}, links.StepNone},
		{"made, not on the document", links.Situation{Payable: 100, Allowed: true, Link: active}, links.StepShow},
		{"written, not pulled yet", links.Situation{Payable: 100, Allowed: true, Link: shown}, links.StepNone},
		{"pulled for the first time", links.Situation{Payable: 100, Allowed: true, Link: shown, OnDocument: url}, links.StepSeen},
		{"all is well", links.Situation{Payable: 100, Allowed: true, Link: seen, OnDocument: url}, links.StepNone},
		{"a person took it off", links.Situation{Payable: 100, Allowed: true, Link: seen}, links.StepAsk},
		{"a person took it from where the customer sees it", links.Situation{Payable: 100, Allowed: true, Link: seen, OnDocument: url, Hidden: true}, links.StepAsk},
		{"the amount has changed", links.Situation{Payable: 60, Allowed: true, Link: seen, OnDocument: url}, links.StepEnd},
		{"paid otherwise", links.Situation{Allowed: true, Link: seen, OnDocument: url}, links.StepEnd},
		{"being ended", links.Situation{Payable: 60, Allowed: true, Link: links.Link{State: links.StateEnding}}, links.StepNone},
		{"ended, another amount is payable", links.Situation{Payable: 60, Allowed: true, Link: off, OnDocument: url}, links.StepMake},
		{"ended, nothing payable, still on the document", links.Situation{Allowed: true, Link: off, OnDocument: url}, links.StepRemove},
		{"used and paid", links.Situation{Allowed: true, Link: used, OnDocument: url}, links.StepRemove},
		{"own link, the amount has changed", links.Situation{Payable: 60, Allowed: true, Own: true, Link: own, OnDocument: url}, links.StepNone},
		{"own link, paid", links.Situation{Allowed: true, Own: true, Link: own, OnDocument: url}, links.StepEnd},
		{"own link ended, still on the document", links.Situation{Allowed: true, Own: true, Link: ownOff, OnDocument: url}, links.StepRemove},
		{"own link ended, payable again", links.Situation{Payable: 60, Allowed: true, Own: true, Link: ownOff, OnDocument: url}, links.StepMake},
		{"the processor's link, own ones are wanted now", links.Situation{Payable: 100, Allowed: true, Own: true, Link: seen, OnDocument: url}, links.StepEnd},
		{"own link, in a process without a page of its own", links.Situation{Payable: 60, Allowed: true, Link: own, OnDocument: url}, links.StepNone},
		{"used, but the debit failed", links.Situation{Payable: 100, Allowed: true, Link: used, OnDocument: url}, links.StepMake},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := links.Next(c.s); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// A link that can be paid never stays active for another amount than is
// payable.
func TestNoLinkForAnotherAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := links.Situation{
			Payable: rapid.Int64Range(-5, 5).Draw(t, "payable"),
			Allowed: rapid.Bool().Draw(t, "allowed"),
			Link: links.Link{
				State: links.StateActive, URL: "u", Amount: rapid.Int64Range(1, 5).Draw(t, "amount"),
				Shown: rapid.Bool().Draw(t, "shown"), Seen: rapid.Bool().Draw(t, "seen"),
			},
			OnDocument: rapid.SampledFrom([]string{"", "u", "other"}).Draw(t, "on document"),
		}
		right := s.Allowed && s.Payable == s.Link.Amount
		if got := links.Next(s); (got == links.StepEnd) == right {
			t.Fatalf("%+v: %s", s, got)
		}
	})
}
