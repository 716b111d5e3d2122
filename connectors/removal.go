package connectors

import "tieout/receivables"

// Remover is a Ledger whose documents can be taken back in its own way: voided
// where it keeps a voided row, deleted where it does not.
type Remover interface {
	// LowerRemoval is the write that takes one document back; false when there
	// is nothing to take back any more, or when something stands in the way,
	// which why then says in words for a person (it is reconciled with the
	// bank, a later document rests on it). It is pure.
	LowerRemoval(r Removal) (w Write, needed bool, why string, err error)
}

// Removal asks for a document of ours to be taken back.
type Removal struct {
	Document receivables.Ref
	Kind     receivables.DocumentKind
	// Raw is the newest body of the document.
	Raw []byte
	// Generation makes the key of a repeated removal a new one.
	Generation int
	// Going are documents that are taken back before this one: what they do to
	// it does not stand in the way. Freed is what they give back to it, in minor
	// units of its currency. The write is for showing then, and made anew once
	// they have gone.
	Going []receivables.Ref
	Freed int64
}

// Kept is what a ledger still shows of a document that was removed.
type Kept interface {
	// KeptAfterRemoval says in one sentence for a person what the vendor keeps
	// of a removed document of the kind: "a voided payment of 0.00".
	KeptAfterRemoval(kind receivables.DocumentKind) string
}
