package web

import (
	"context"
	"time"
)

// Readers are what pages read from: small interfaces, each declared with the
// page that uses it. tenant is the organisation's; what is not its own is
// ErrNotFound.
type Readers struct {
	Pulse       Pulse
	Home        HomeReader
	Proofs      ProofReader
	Journal     JournalReader
	Payments    PaymentReader
	Bank        BankKeeper
	Records     RecordReader
	Notes       NoteKeeper
	Receivables ReceivablesReader
	Bulk        BulkActor
	Decisions   DecisionReader
	Approvals   ApprovalReader
	Views       ViewKeeper
	Clients     ClientReader
	Booking     BookingReader
	Hooks       HookKeeper
	Control     ControlKeeper
	Months      MonthReader
	Learned     LearnedKeeper
	Connections ConnectionReader
	Connector   Connector
	Books       BookMaker
}

// Pulse says how new everything is.
type Pulse interface {
	// Healthy is nil when the database answers and takes changes; ErrClock when
	// this machine's clock is wrong.
	Healthy(ctx context.Context) error
	// Versions change whenever something of the tenant did.
	Versions(ctx context.Context, tenant string) (Versions, error)
	Freshness(ctx context.Context, tenant string) (Freshness, error)
}

// Versions are words that change whenever connections were read, or books
// worked on.
type Versions struct {
	Connections string `json:"connections"`
	Books       string `json:"books"`
}

// BrokenConnection is one that has to be connected again.
type BrokenConnection struct{ ID, Vendor, Name string }

// Freshness is the age of what pages show.
type Freshness struct {
	// At is the instant as of which everything of every connection was read;
	// nil while a first reading is under way.
	At *time.Time
	// Oldest is the connection that At is of.
	Oldest string
	// Broken are connections that wait for somebody.
	Broken []BrokenConnection
	// None says that nothing is connected yet.
	None bool
}
