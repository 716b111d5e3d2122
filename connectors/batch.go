package connectors

import "context"

// BatchWriter is a Writer that can make several writes with one call. Each
// stays a write of its own: it has its own key, its own answer and its own
// outcome, and Find looks for it alone.
type BatchWriter interface {
	Writer
	// BatchSize is how many writes one call takes at most.
	BatchSize() int
	// Together says how many of the writes, from the first on, can go into one
	// call; at least 1. It is pure.
	Together(writes []Write) int
	// SendBatch makes the writes once, with one call. It gives one result for
	// each, in their order. An error is about the call as a whole: with
	// ClassUnknown nobody knows which of the writes were made, with any other
	// class none of them was.
	SendBatch(ctx context.Context, writes []Write) ([]Sent, error)
}

// Sent is what became of one write of a batch. Err is classified as that of
// Writer.Send.
type Sent struct {
	Answer Answer
	Err    error
}
