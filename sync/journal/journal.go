// Package journal is the record of what was done to a book: one entry for each
// write that was made, each answer of a person and each change of a setting,
// with who and why. Entries form a chain: each holds the hash of the one before
// it, so that a changed, missing or added entry shows. It keeps nothing itself:
// the store appends an entry in the transaction of what it speaks about.
package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tieout/mapping"
	"tieout/receivables"
)

// Kind is what an entry speaks of.
type Kind string

// The kinds of entries.
const (
	// KindWrite is a document or link that was written or changed.
	KindWrite Kind = "write"
	// KindRemoval is a document of ours that was taken back.
	KindRemoval Kind = "removal"
	// KindCreated is an account or contact that a set-up has made.
	KindCreated Kind = "created"
	// KindDecision is a person's answer to a question.
	KindDecision Kind = "decision"
	// KindSettings is a change of a book: accounts, cut-over, mode.
	KindSettings Kind = "settings"
	// KindWrites is the writing switched on or off.
	KindWrites Kind = "writes"
	// KindUndo and KindRedo are plans that a person has confirmed; the writes
	// that follow have entries of their own.
	KindUndo Kind = "undo"
	KindRedo Kind = "redo"
)

// Entry is one line of the journal. It holds no credential: those are added to
// a request by the transport, after it has left the outbox.
type Entry struct {
	Tenant string `json:"tenant"`
	Book   string `json:"book"`
	// Seq counts the book's entries from 1, without gaps.
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	// Who is the person, or the rule, behind it; Why the reason in words, and
	// Evidence what a match rests on.
	Who      string   `json:"who,omitempty"`
	Why      string   `json:"why,omitempty"`
	Evidence []string `json:"evidence,omitempty"`
	// Connection, Intent, Op and Key are the write's.
	Connection string         `json:"connection,omitempty"`
	Intent     string         `json:"intent,omitempty"`
	Op         string         `json:"op,omitempty"`
	Key        string         `json:"key,omitempty"`
	Marker     string         `json:"marker,omitempty"`
	Parts      []mapping.Part `json:"parts,omitempty"`
	Invoice    string         `json:"invoice,omitempty"`
	// Request is the body as it was sent, Before the object's body as it was
	// known until then, Answer the vendor's. For a setting Before and Answer
	// are the book before and after.
	Request json.RawMessage `json:"request,omitempty"`
	Before  json.RawMessage `json:"before,omitempty"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	// Document is the vendor's object, Name its name where a set-up has made
	// it, URL where a person opens it.
	Document receivables.Ref `json:"document,omitzero"`
	Name     string          `json:"name,omitempty"`
	URL      string          `json:"url,omitempty"`
	// Prev is the hash of the entry before; "" in the first.
	Prev string `json:"prev"`
}

// Line is an entry as it is kept: its bytes and their hash.
type Line struct {
	Bytes []byte
	Hash  string
}

// Seal gives the bytes that an entry is kept as, and their hash. The bytes are
// JSON without spaces, its fields in the order of Entry.
func Seal(e Entry) (Line, error) {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	for _, raw := range []*json.RawMessage{&e.Request, &e.Before, &e.Answer} {
		*raw = body(*raw)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return Line{}, fmt.Errorf("journal: seal entry %d: %w", e.Seq, err)
	}
	text := bytes.TrimSuffix(out.Bytes(), []byte("\n"))
	return Line{Bytes: text, Hash: Hash(text)}, nil
}

// body is what can stand in an entry: JSON as it is, anything else as text.
func body(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	if json.Valid(raw) {
		return raw
	}
	text, err := json.Marshal(string(raw))
	if err != nil {
		return nil // a string always encodes
	}
	return text
}

// Hash is the SHA-256 of an entry's bytes, in hexadecimal digits.
func Hash(entry []byte) string {
	sum := sha256.Sum256(entry)
	return hex.EncodeToString(sum[:])
}

// Open reads an entry back.
func (l Line) Open() (Entry, error) {
	var e Entry
	if err := json.Unmarshal(l.Bytes, &e); err != nil {
		return e, fmt.Errorf("journal: an entry cannot be read: %w", err)
	}
	return e, nil
}

// ErrBroken says that a journal is not what was written.
var ErrBroken = errors.New("the journal is broken")

// Chain checks a book's lines in their order. Its zero value stands before the
// first.
type Chain struct {
	Tenant, Book string
	// Seq and Hash are those of the last line.
	Seq  int64
	Hash string
}

// Next checks the next line: the first that does not follow is ErrBroken.
func (c *Chain) Next(l Line) (Entry, error) {
	at := c.Seq + 1
	e, err := l.Open()
	switch {
	case err != nil:
		return e, fmt.Errorf("line %d: %w: %w", at, ErrBroken, err)
	case Hash(l.Bytes) != l.Hash:
		return e, fmt.Errorf("line %d: %w: its content has been changed", at, ErrBroken)
	case e.Seq != at:
		return e, fmt.Errorf("line %d: %w: line %d stands in its place", at, ErrBroken, e.Seq)
	case e.Tenant != c.Tenant || e.Book != c.Book:
		return e, fmt.Errorf("line %d: %w: it belongs to another book", at, ErrBroken)
	case e.Prev != c.Hash:
		return e, fmt.Errorf("line %d: %w: it does not follow the line before it", at, ErrBroken)
	}
	c.Seq, c.Hash = e.Seq, l.Hash
	return e, nil
}

type (
	actorKey     struct{}
	confirmedKey struct{}
)

// As gives a context in which a person acts: what is done with it is journaled
// under the name.
func As(ctx context.Context, who string) context.Context {
	return context.WithValue(ctx, actorKey{}, who)
}

// Actor is who acts; "" where nobody has said so.
func Actor(ctx context.Context) string {
	who, _ := ctx.Value(actorKey{}).(string)
	return who
}

// Confirming gives a context in which a person confirms what was shown: the
// digest of it is journaled with what follows.
func Confirming(ctx context.Context, digest string) context.Context {
	return context.WithValue(ctx, confirmedKey{}, digest)
}

// Confirmed says in words what was confirmed; nil where nothing was shown.
func Confirmed(ctx context.Context) []string {
	digest, _ := ctx.Value(confirmedKey{}).(string)
	if digest == "" {
		return nil
	}
	return []string{"confirmed preview " + digest}
}
