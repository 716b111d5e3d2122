// Package notify tells the user's own systems what has happened: it makes
// notices, signs them after the Standard Webhooks specification, and delivers
// them until they are taken. Notices are rows, written in the transaction of
// what they speak about; a delivery is made at least once, and a receiver
// tells repetitions by the id. It decides nothing about money and follows no
// address but those that the user has entered.
package notify

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Type is what has happened, in the words that receivers choose by.
type Type string

// The types of notices. Every type has one form of data; docs/webhooks.md
// shows them.
const (
	InvoicePaid         Type = "invoice.paid"
	InvoiceChanged      Type = "invoice.changed"
	PaymentMatched      Type = "payment.matched"
	PaymentUnmatched    Type = "payment.unmatched"
	DecisionOpened      Type = "decision.opened"
	ExceptionOpened     Type = "exception.opened"
	DocumentWritten     Type = "document.written"
	ProofAgrees         Type = "proof.agrees"
	ProofDiffers        Type = "proof.differs"
	ProofUnmeasured     Type = "proof.unmeasured"
	ConnectionReconnect Type = "connection.reconnect"
	ConnectionStale     Type = "connection.stale"
	ConnectionConsent   Type = "connection.consent_ends"
	ConnectionRecovered Type = "connection.recovered"
	MachineClock        Type = "machine.clock"
	// Test is sent on request, to the one hook that is tried.
	Test Type = "hook.test"
)

// Types are those that a hook can ask for, in the order to show them.
func Types() []Type {
	return []Type{
		InvoicePaid, InvoiceChanged, PaymentMatched, PaymentUnmatched, DecisionOpened, ExceptionOpened, DocumentWritten,
		ProofAgrees, ProofDiffers, ProofUnmeasured, ConnectionReconnect, ConnectionStale, ConnectionConsent, ConnectionRecovered,
		MachineClock,
	}
}

// Notice is one thing that has happened, as it is sent.
type Notice struct {
	Tenant string
	// ID is the same whenever the same thing is told; it holds no full stop,
	// as the signature needs it.
	ID   string
	Type Type
	At   time.Time
	// Body is what is sent and signed, to the byte.
	Body []byte
}

// payload is the form that the specification recommends.
type payload struct {
	Type      Type      `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      any       `json:"data"`
}

// idLetters of a hash name a notice: 130 bits.
const idLetters = 26

// New makes a notice. about tells it from every other of its type: the same
// type and about give the same id.
func New(tenant string, t Type, at time.Time, about string, data any) (Notice, error) {
	body, err := json.Marshal(payload{Type: t, Timestamp: at.UTC(), Data: data})
	if err != nil {
		return Notice{}, fmt.Errorf("notify: %s: %w", t, err)
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + string(t) + "\x00" + about))
	name := strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:idLetters]
	return Notice{Tenant: tenant, ID: "msg_" + name, Type: t, At: at, Body: body}, nil
}

// State says whether a hook is delivered to.
type State string

// A disabled hook keeps what waits for it; Why says what happened.
const (
	HookActive   State = "active"
	HookDisabled State = "disabled"
)

// Hook is an address of the user's that notices are sent to.
type Hook struct {
	Tenant, ID string
	URL        string
	// Events are the types wanted; none means all.
	Events []Type
	// Secret is what is signed with: see NewSecret.
	Secret string
	State  State
	// Why says why it is disabled.
	Why string
	// Failures are failed attempts since the last one that succeeded, the first
	// of them at FailingSince.
	Failures     int
	FailingSince *time.Time
	CreatedAt    time.Time
}

// Wants says whether a hook asks for a type.
func (h Hook) Wants(t Type) bool { return len(h.Events) == 0 || slices.Contains(h.Events, t) }

// ErrAddress says what is wrong with an address.
var ErrAddress = errors.New("is no address to send to")

// CheckAddress refuses what cannot be sent to. What a name means is not known
// before it is called: see Transport.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return fmt.Errorf("%q %w", address, ErrAddress)
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%q %w: it must begin with https:// or http://", address, ErrAddress)
	case u.Hostname() == "":
		return fmt.Errorf("%q %w: it names no host", address, ErrAddress)
	case u.User != nil:
		return fmt.Errorf("it %w: a user name or password in it would be stored in clear; the signature tells who sends", ErrAddress)
	case u.Fragment != "":
		return fmt.Errorf("%q %w: what follows the # is never sent", address, ErrAddress)
	}
	return nil
}

// DeliveryState is what has become of a delivery.
type DeliveryState string

// A failed delivery was given up; it can be replayed.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
)

// Delivery is one notice on its way to one hook.
type Delivery struct {
	Hook   string
	Notice Notice
	State  DeliveryState
	// Attempts were begun; the next comes not before NotBefore.
	Attempts  int
	NotBefore time.Time
	// Status, Answer and Problem are the last attempt's: the status of the
	// answer (0 without one), its first bytes, and what went wrong.
	Status  int
	Answer  string
	Problem string
	TriedAt *time.Time
}
