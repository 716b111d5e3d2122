package push

import (
	"bytes"
	"regexp"
	"strconv"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// again is the end of a key by which a write is tried once more after it was
// given up.
var again = regexp.MustCompile(`:r([0-9]{1,4})$`)

// Again is the key under which a write that was given up is tried once more:
// vendors go on giving the answer that they gave to the old one (Xero docs:
// idempotent requests; Intuit docs: requestid).
func Again(key string) string {
	base, n := tries(key)
	return base + ":r" + strconv.Itoa(n+1)
}

// Tries is how often the write with a key had been given up before.
func Tries(key string) int {
	_, n := tries(key)
	return n
}

// SameWrite says whether two keys are tries of one write.
func SameWrite(a, b string) bool {
	a, _ = tries(a)
	b, _ = tries(b)
	return a == b
}

func tries(key string) (base string, n int) {
	found := again.FindStringSubmatchIndex(key)
	if found == nil {
		return key, 0
	}
	n, _ = strconv.Atoi(key[found[2]:found[3]]) // digits, by the pattern
	return key[:found[0]], n
}

// How long a parked intent rests. What it names changes often without touching
// the cause, an account's balance with every document, so that the rest grows
// with each try; without any change it is tried once a day at first.
const (
	firstRest = time.Minute
	longRest  = 24 * time.Hour
)

// askedFor says that a person wants a write that was given up tried once more,
// and that it has not been sent since.
func (in Intent) askedFor() bool {
	return in.State == StateUnknown && in.Attempts == 0 && Tries(in.Write.Key) > 0
}

// Rested says whether a parked intent may be tried again because something that
// it names has changed.
func (in Intent) Rested(now time.Time) bool {
	rest := firstRest << min(Tries(in.Write.Key), 11)
	return now.Sub(in.UpdatedAt) >= min(rest, longRest)
}

// Due says whether a parked intent is tried again without a cause that we could
// see: a permission, or a setting that no list shows.
func (in Intent) Due(now time.Time) bool {
	return now.Sub(in.UpdatedAt) >= longRest*time.Duration(1+Tries(in.Write.Key))
}

// Names says whether the intent is about an object of the ledger.
func (in Intent) Names(ref receivables.Ref) bool {
	if ref.Kind == receivables.KindInvoice && in.Invoice == ref.ID {
		return true
	}
	return ref.ID != "" && bytes.Contains(in.Write.Body, []byte(strconv.Quote(ref.ID)))
}

// onceMore is how a person has a write tried again.
const onceMore = `"Try it again" under Decisions`

// remedy is what a person can do about a write that was given up.
func remedy(class connectors.Class) string {
	switch class {
	case connectors.ClassRequest, connectors.ClassGone:
		return "Put right what it names there (an inactive or deleted customer, an archived account, a missing item or method), or choose another for the book; " +
			"it is tried again by itself then, or at once by " + onceMore + "."
	case connectors.ClassClosed:
		return "The day is in a closed period: the next sync reads the closing date and posts it on the first open day; " + onceMore + " asks for that at once."
	case connectors.ClassStale:
		return "It was changed there meanwhile: " + onceMore + " plans it anew on what stands now."
	case connectors.ClassRetry, connectors.ClassLater:
		return "The vendor did not take it in several tries: it is tried again once a day, or at once by " + onceMore + "."
	}
	return "It is tried again once a day; " + onceMore + " asks for it at once. What the connection may do is checked on the server: tieout doctor."
}
