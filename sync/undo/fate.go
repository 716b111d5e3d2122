package undo

import (
	"slices"

	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/reconcile"
)

// Fate is what has become of a document that an entry of the journal tells of.
type Fate string

// The fates: it stands and can be taken back; a person has had it taken back;
// it went without our doing.
const (
	FateStands Fate = "stands"
	FateBack   Fate = "back"
	FateGone   Fate = "gone"
)

// FateOf says what has become of the document that an entry's write has made,
// of the parts of all movements that the write was for. by is the document
// that does the opposite of one that had to stay, once it is written.
func FateOf(e journal.Entry, parts []reconcile.PartRow) (fate Fate, by receivables.Ref) {
	fate = FateGone
	for _, row := range parts {
		// The document by which a credit is applied is known by its intent alone.
		tied := row.Document.ID == "" && row.Intent == e.Intent
		switch {
		case row.Document != e.Document && !tied:
		case slices.Contains(standing(), row.State):
			if counter, ok := counterOf(row, parts); ok {
				return FateBack, counter
			}
			fate = FateStands
		case row.State == reconcile.PartUndone && fate == FateGone:
			fate = FateBack
		}
	}
	return fate, by
}

// counterOf finds the document that does the opposite of a part's.
func counterOf(of reconcile.PartRow, parts []reconcile.PartRow) (receivables.Ref, bool) {
	for _, row := range parts {
		stands := row.State != reconcile.PartUndone && row.State != reconcile.PartGone
		if row.Part.Purpose == reconcile.PurposeUndo && row.Part.Movement == of.Part.Movement && row.Part.Target == countered(of.Part) && stands {
			return row.Document, true
		}
	}
	return receivables.Ref{}, false
}
