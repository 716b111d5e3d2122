package links

// Situation is what the next step of an invoice's link depends on.
type Situation struct {
	// Payable is what the customer can be asked for now, in minor units.
	Payable int64
	// Own says that new links shall lead to our own pay page. A process that is
	// told of none leaves own links alone: two that differ must not take turns.
	Own bool
	// Allowed is false for invoices and customers without links.
	Allowed bool
	// Link is the newest link of the invoice; its zero value when there is
	// none.
	Link Link
	// OnDocument is our link as the ledger shows it on the document.
	OnDocument string
	// Hidden says that the link was put where the customer sees it and
	// stands only where staff do now.
	Hidden bool
}

// Step is the one thing to do next.
type Step string

// The steps. Ending deactivates the link and expires its open sessions, so
// that an old amount can no longer be paid; only then is a new one made.
const (
	StepNone   Step = "none"
	StepMake   Step = "make"
	StepEnd    Step = "end"
	StepShow   Step = "show"
	StepSeen   Step = "seen"
	StepRemove Step = "remove"
	// StepAsk is for a link that a person has taken off the document.
	StepAsk Step = "ask"
)

// Next says what has to happen so that the invoice carries one link for
// exactly what is payable, or none when nothing is. An own link asks for what
// is payable whenever it is opened, and so outlives a change of the amount.
func Next(s Situation) Step {
	want := s.Allowed && s.Payable > 0
	switch s.Link.State {
	case StateMaking, StateEnding:
		return StepNone
	case StateActive:
		if !want || s.Own && !s.Link.Own || !s.Link.Own && s.Link.Amount != s.Payable {
			return StepEnd
		}
		return show(s)
	}
	if want {
		return StepMake
	}
	if s.Link.Shown && s.OnDocument != "" {
		return StepRemove
	}
	return StepNone
}

// show brings a good link onto the document once, and never fights a person
// who has taken it off.
func show(s Situation) Step {
	switch {
	case s.OnDocument == s.Link.URL && s.Link.Seen && s.Hidden:
		return StepAsk
	case s.OnDocument == s.Link.URL && s.Link.Seen:
		return StepNone
	case s.OnDocument == s.Link.URL:
		return StepSeen
	case s.Link.Seen:
		return StepAsk
	case s.Link.Shown:
		return StepNone
	}
	return StepShow
}
