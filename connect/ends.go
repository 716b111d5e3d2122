package connect

import (
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
)

// warning is how long before the end of a consent a person hears of it.
const warning = 30 * 24 * time.Hour

// Ends says when a grant can no longer be used. A zero time never comes, or is
// not known.
type Ends struct {
	Grant string
	// Unused is the end if nobody uses the grant until then: Xero gives 60 days
	// (Xero docs: oauth2/token-types), Intuit 100 (Intuit blog: important changes
	// to refresh token policy, 2025-11-12). Every refresh moves it.
	Unused time.Time
	// Consent is the end however much the grant is used: Intuit's five years.
	Consent time.Time
}

// Notice says in words that the connection's consent ends soon, and what to do
// about it; "" while there is time, and for a connection that is to be
// connected again anyway.
func (e Ends) Notice(c books.Connection, now time.Time) string {
	return e.said(c, now, ", with tieout sync,", ", with "+Again(c))
}

// Warning is Notice for pages, without the commands.
func (e Ends) Warning(c books.Connection, now time.Time) string { return e.said(c, now, "", "") }

func (e Ends) said(c books.Connection, now time.Time, use, again string) string {
	if c.State != books.ConnectionActive {
		return ""
	}
	switch {
	case !e.Consent.IsZero() && !e.Consent.After(now.Add(warning)):
		return fmt.Sprintf("The consent ends for good on %s, however much it is used. Give it again before then%s.", day(e.Consent), again)
	case e.Unused.IsZero() || e.Unused.After(now.Add(warning)):
		return ""
	case e.Unused.After(now):
		return fmt.Sprintf("The consent has not been used for long and ends on %s. Use it before then%s or give it again%s.", day(e.Unused), use, again)
	}
	return fmt.Sprintf("The consent was not used until %s and has ended. Give it again%s.", day(e.Unused), again)
}

// Again is the command that gives a connection's consent, or key, again.
func Again(c books.Connection) string {
	return fmt.Sprintf("tieout connect %s --again %s", c.Vendor, c.ID)
}

func day(t time.Time) string { return receivables.DateIn(t, time.UTC).Words() }
