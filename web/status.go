package web

import (
	"fmt"
	"time"

	"tieout/internal/clock"
)

// Status is an installation at a glance.
type Status struct {
	At          time.Time          `json:"at"`
	Connections []ConnectionStatus `json:"connections"`
	Books       []BookStatus       `json:"books"`
	// Budgets are what vendors give the operator's applications this month or
	// day, and what was drawn of it.
	Budgets []Budget `json:"budgets,omitempty"`
	// Hooks say what webhooks have brought in the last seven days.
	Hooks []Hooks `json:"webhooks,omitempty"`
}

// Hooks counts the events that a vendor's webhooks have brought.
type Hooks struct {
	Vendor   string `json:"vendor"`
	Received int    `json:"received"`
	Waiting  int    `json:"waiting"`
	// Echoes told nothing new: most are of our own writes.
	Echoes int `json:"echoes"`
	// Unknown are of a type that is not read, the last one UnknownType; Ignored
	// were not read for another reason, the last one for IgnoredWhy.
	Unknown     int       `json:"unknown"`
	UnknownType string    `json:"unknown_type,omitempty"`
	Ignored     int       `json:"ignored"`
	IgnoredWhy  string    `json:"ignored_why,omitempty"`
	Last        time.Time `json:"last"`
}

// Text says it in words.
func (h Hooks) Text() string {
	out := fmt.Sprintf("%d events came in by webhook, the last at %s; %d wait, %d told nothing new", h.Received, clock.Words(h.Last), h.Waiting, h.Echoes)
	if h.Unknown > 0 {
		out += fmt.Sprintf("; %d are of types that are not read, such as %s", h.Unknown, orNone(h.UnknownType))
	}
	if h.Ignored > 0 {
		out += fmt.Sprintf("; %d were not read: %s", h.Ignored, h.IgnoredWhy)
	}
	return out + "."
}

func orNone(text string) string {
	if text == "" {
		return "one without a type"
	}
	return text
}

// Budget is what was drawn of what a vendor gives an application.
type Budget struct {
	Vendor string `json:"vendor"`
	// Unit is "calls" or "bytes", Window "day" or "month", in UTC.
	Unit   string `json:"unit"`
	Window string `json:"window"`
	Used   int64  `json:"used"`
	// Limit is 0 where the vendor names none.
	Limit int64 `json:"limit"`
}

// Left is what is left of it.
func (b Budget) Left() int64 { return max(b.Limit-b.Used, 0) }

// Rate is what is used of how many calls a vendor takes in a time.
type Rate struct {
	// Name is the time: "minute", "day".
	Name  string `json:"name"`
	Used  int64  `json:"used"`
	Limit int64  `json:"limit"`
	// Remaining is what is left of it.
	Remaining int64 `json:"remaining"`
}

// ConnectionStatus is one connection.
type ConnectionStatus struct {
	ID     string `json:"id"`
	Vendor string `json:"vendor"`
	Name   string `json:"name"`
	State  string `json:"state"`
	// Why says what is wrong, in words; "" when nothing is.
	Why string `json:"why,omitempty"`
	// Notice says that the consent ends soon, and what to do; "" while there is
	// time.
	Notice string `json:"notice,omitempty"`
	// Warning is Notice for pages, without the commands.
	Warning string `json:"-"`
	// Disconnected says that a person has ended it.
	Disconnected bool `json:"-"`
	// ConsentEnds is the end of the consent, ConsentUnused its end unless it is
	// used before; nil where there is none or the vendor does not say.
	ConsentEnds   *time.Time `json:"consent_ends,omitempty"`
	ConsentUnused *time.Time `json:"consent_ends_unused,omitempty"`
	// Fresh is the instant as of which everything is pulled.
	Fresh *time.Time     `json:"fresh"`
	Due   time.Time      `json:"due"`
	Calls map[string]int `json:"calls"`
	// CallsToday and CallsMonth are the calls of the UTC day and month.
	CallsToday int `json:"calls_today"`
	CallsMonth int `json:"calls_month"`
	// Rates are what is used now of what the vendor takes for this connection.
	Rates []Rate `json:"rates,omitempty"`
	// Held is until when the vendor wants to be left alone; nil when it does not.
	Held *time.Time `json:"held_until,omitempty"`
}

// BookStatus is one book.
type BookStatus struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Writes    bool       `json:"writes"`
	CutOver   *time.Time `json:"cut_over"`
	Matched   int        `json:"payments_matched"`
	Suggested int        `json:"payments_suggested"`
	Held      int        `json:"payments_held"`
	Links     int        `json:"links"`
	Visible   int        `json:"links_visible"`
	Waiting   int        `json:"writes_waiting"`
	// Receivables are what customers owe, by currency, each invoice once.
	Receivables []Receivables `json:"receivables"`
	// Notes are things worth knowing that ask for nothing.
	Notes      []string   `json:"notes"`
	Parked     int        `json:"writes_parked"`
	Decisions  []Question `json:"decisions"`
	Exceptions []Question `json:"exceptions"`
	Proof      []Line     `json:"proof"`
}

// Receivables are what customers owe in one currency, as decimal text.
type Receivables struct {
	Currency string `json:"currency"`
	// Total is Ledger and Stripe together. Ledger is what is open there less
	// its credits, Stripe what is open on invoices that Stripe has made and the
	// ledger does not hold.
	Total  string `json:"total"`
	Ledger string `json:"ledger"`
	Stripe string `json:"stripe"`
	// InBoth is open on invoices of Stripe's that the ledger holds too: it is
	// counted in Ledger. Asked is the part of Stripe about which it is asked.
	InBoth string `json:"in_both"`
	Asked  string `json:"asked"`
}

// Question is something that waits for a person.
type Question struct {
	ID   string `json:"id,omitempty"`
	Kind string `json:"kind"`
	// About says in words which movement it is about; "" where Text does.
	About string `json:"about,omitempty"`
	Text  string `json:"text"`
	// Hint is the best answer that we can suggest, or the one action.
	Hint string `json:"hint,omitempty"`
}

// Line is the question with what it is about.
func (q Question) Line() string {
	if q.About == "" {
		return q.Text
	}
	return q.About + ": " + q.Text
}

// Line is one line of the latest proof, its amounts as text.
type Line struct {
	Check       string    `json:"check"`
	Currency    string    `json:"currency,omitempty"`
	Ledger      string    `json:"ledger"`
	Stripe      string    `json:"stripe"`
	Tieout      string    `json:"tieout"`
	Difference  string    `json:"difference"`
	Explained   string    `json:"explained"`
	Unexplained string    `json:"unexplained"`
	Open        bool      `json:"open"`
	Measured    bool      `json:"measured"`
	MeasuredAt  time.Time `json:"measured_at"`
	Why         string    `json:"why,omitempty"`
}

// Agrees says in one word whether every line of the proof ties out.
func (b BookStatus) Agrees() string {
	if len(b.Proof) == 0 {
		return "not proven yet"
	}
	for _, l := range b.Proof {
		if l.Open {
			return "does not tie out"
		}
	}
	return "agrees to the cent"
}
