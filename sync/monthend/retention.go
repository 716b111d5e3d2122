package monthend

import (
	"fmt"
	"time"
)

// Expired is what the retention lets go: what a vendor's object was before a
// later version that is itself older than the retention.
//
// Everything else stays for good: journal and proofs, because each names the one
// before it and is signed or hashed with what it was computed from; the newest
// accepted body and version of every object that is still there, whatever its
// age, because open items, restoring and undoing start from it; the list of versions with their
// hashes, so that a look back says what is no longer kept.
type Expired struct {
	// Bodies are the vendors' own answers, Bytes what they take as stored.
	Bodies int64 `json:"bodies"`
	Bytes  int64 `json:"bytes"`
	// Versions are earlier forms of the ledger's objects, which looking back to
	// an earlier day needs.
	Versions int64 `json:"versions"`
}

// Nothing says that there is nothing to let go.
func (e Expired) Nothing() bool { return e.Bodies == 0 && e.Versions == 0 }

// Plus is what both let go.
func (e Expired) Plus(o Expired) Expired {
	return Expired{Bodies: e.Bodies + o.Bodies, Bytes: e.Bytes + o.Bytes, Versions: e.Versions + o.Versions}
}

// String is the line for a log: counts and nothing of anybody's data.
func (e Expired) String() string {
	return fmt.Sprintf("%d bodies of vendors' answers (%d bytes) and %d earlier versions", e.Bodies, e.Bytes, e.Versions)
}

// KeptSince is the instant before which what was replaced is let go.
func (c Control) KeptSince(now time.Time) time.Time { return now.AddDate(-c.RetentionYears, 0, 0) }
