package delivery

import "time"

// Batch gathers events of one endpoint into posts, as vendors do that send
// lists: a post leaves when the first event has waited for the window, or at
// once when it is full.
type Batch[E any] struct {
	queue   *Queue
	window  time.Duration
	most    int
	message func(events []E) Message
	pending []E // guarded by the queue's lock
	round   int
}

// NewBatch gathers at most so many events for at most the window, and makes
// the message of each full batch; message must not call the queue.
func NewBatch[E any](q *Queue, window time.Duration, most int, message func(events []E) Message) *Batch[E] {
	return &Batch[E]{queue: q, window: window, most: max(most, 1), message: message}
}

// Add puts an event into the next post; it may be called under a lock of the
// vendor, which message must then not take.
func (b *Batch[E]) Add(e E) {
	q := b.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.muted {
		return
	}
	b.pending = append(b.pending, e)
	if len(b.pending) >= b.most {
		b.close()
		return
	}
	if len(b.pending) > 1 {
		return
	}
	round := b.round
	q.later(q.opt.Clock.Now().Add(b.window), func() {
		if b.round == round {
			b.close()
		}
	})
}

// close sends what was gathered. The caller holds the queue's lock.
func (b *Batch[E]) close() {
	events := b.pending
	b.pending = nil
	b.round++
	b.queue.accept(b.message(events))
}
