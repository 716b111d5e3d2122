package monthend

import "time"

// DefaultRetention is how many years journal, proofs and raw bodies are kept,
// where nobody has said otherwise.
const DefaultRetention = 10

// Control are the installation's controls.
type Control struct {
	// FourEyes asks for a second person before a first write, a cut-over, a
	// change of accounts and an undo, and for the review of a month.
	FourEyes bool `json:"four_eyes"`
	// RetentionYears is how long journal, proofs and raw bodies are kept.
	RetentionYears int `json:"retention_years"`
}

// Approval is a second person's word about something that one person wants.
type Approval struct {
	ID string `json:"id"`
	// Subject says what it is about ("undo", "cutover", "preview", "accounts"),
	// Digest exactly what: another content needs another approval.
	Subject string    `json:"subject"`
	Digest  string    `json:"digest"`
	AskedBy string    `json:"asked_by"`
	AskedAt time.Time `json:"asked_at"`
	// Granted counts once By has answered, who is not the person who asked.
	Granted bool      `json:"granted"`
	By      string    `json:"answered_by,omitempty"`
	At      time.Time `json:"answered_at,omitzero"`
}
