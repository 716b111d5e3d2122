package monthend

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultRetention is how many years what a vendor's object was before is kept,
// where nobody has said otherwise. Journal and proofs are never deleted.
const DefaultRetention = 10

// Control are the installation's controls.
type Control struct {
	// FourEyes asks for a second person before a first write, a cut-over, a
	// change of accounts and an undo, and for the review of a month.
	FourEyes bool `json:"four_eyes"`
	// RetentionYears is how long bodies and versions are kept that a later one
	// has replaced: see Expired.
	RetentionYears int `json:"retention_years"`
}

// ErrRetention says that a number of years is none that records can be kept for.
var ErrRetention = errors.New("records are kept for a whole number of years, from 1 to 100")

// Check refuses controls that cannot be.
func (c Control) Check() error {
	if c.RetentionYears < 1 || c.RetentionYears > 100 {
		return fmt.Errorf("monthend: %d: %w", c.RetentionYears, ErrRetention)
	}
	return nil
}

// ApprovalLife is how long an approval counts from when it was asked for: what
// somebody agreed to weeks ago is shown to them anew.
const ApprovalLife = 7 * 24 * time.Hour

// Approval is a second person's word about something that one person wants.
type Approval struct {
	ID string `json:"id"`
	// Subject says what it is about ("undo", "cutover", "preview", "accounts",
	// "control"),
	// Digest exactly what: another content needs another approval.
	Subject string `json:"subject"`
	Digest  string `json:"digest"`
	// What says in words what would be done, Page the address at which it is
	// shown; either may be "".
	What    string    `json:"what,omitempty"`
	Page    string    `json:"page,omitempty"`
	AskedBy string    `json:"asked_by"`
	AskedAt time.Time `json:"asked_at"`
	// Granted counts once By has answered, who is not the person who asked.
	Granted bool      `json:"granted"`
	By      string    `json:"answered_by,omitempty"`
	At      time.Time `json:"answered_at,omitzero"`
	// Proposal is what is done once it is granted, as who asks for it keeps it;
	// nil where that person does it himself or herself.
	Proposal json.RawMessage `json:"proposal,omitempty"`
	// DoneAt is when it was done, with which the approval is used up; Outcome says
	// in words why it was not.
	DoneAt  time.Time `json:"done_at,omitzero"`
	Outcome string    `json:"outcome,omitempty"`
}

// Same says whether two names are one person's, however they are written. Who
// signs on the pages does so as "Name <address>": the address says who it is,
// since anybody may change the name.
func Same(a, b string) bool { return strings.EqualFold(identity(a), identity(b)) }

func identity(name string) string { return cmp.Or(Address(name), strings.TrimSpace(name)) }

// Address is the address of who signs as "Name <address>"; "" of anybody else.
func Address(name string) string {
	name = strings.TrimSpace(name)
	if at := strings.LastIndexByte(name, '<'); at >= 0 && strings.HasSuffix(name, ">") {
		return name[at+1 : len(name)-1]
	}
	return ""
}
