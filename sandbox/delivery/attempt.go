package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Deliver posts all that is due by the clock, retries included whose time has
// come meanwhile, and returns how many posts were sent. Endpoints are served
// side by side, each one post after another. Tests call it step by step.
func (q *Queue) Deliver(ctx context.Context) int {
	q.step.Lock()
	defer q.step.Unlock()
	sent := 0
	for ctx.Err() == nil {
		due, lost := q.due()
		for _, tell := range lost {
			tell()
		}
		if len(due) == 0 && len(lost) == 0 {
			return sent
		}
		var group sync.WaitGroup
		counts := make([]int, len(due))
		for i, jobs := range due {
			group.Go(func() { counts[i] = q.serve(ctx, jobs) })
		}
		group.Wait()
		for _, n := range counts {
			sent += n
		}
	}
	return sent
}

// roundPosts bounds what one endpoint gets before the others are looked at.
const roundPosts = 64

// due takes from the queue what is due now, endpoint by endpoint, and whom to
// tell that a message was lost.
func (q *Queue) due() (out [][]*job, lost []func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.opt.Clock.Now()
	q.ring(now)
	lost, q.lost = q.lost, nil
	blocked := q.blocked(now)
	place := map[string]int{}
	q.waiting = slices.DeleteFunc(q.waiting, func(j *job) bool {
		if first, held := blocked[j.Endpoint]; j.due.After(now) || held && j.number > first {
			return false
		}
		at, known := place[j.Endpoint]
		if !known {
			at = len(out)
			place[j.Endpoint] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], j)
		return true
	})
	for i, jobs := range out {
		if q.opt.InOrder {
			slices.SortFunc(jobs, func(a, b *job) int { return int(a.number - b.number) })
		}
		for _, j := range jobs[min(roundPosts, len(jobs)):] {
			q.add(j)
		}
		out[i] = jobs[:min(roundPosts, len(jobs))]
	}
	return out, lost
}

// blocked gives, where order is kept, the first message of each endpoint that
// waits for a later attempt: those after it wait as well.
func (q *Queue) blocked(now time.Time) map[string]int64 {
	out := map[string]int64{}
	if !q.opt.InOrder {
		return out
	}
	for _, j := range q.waiting {
		if first, known := out[j.Endpoint]; len(j.attempts) > 0 && j.due.After(now) && (!known || j.number < first) {
			out[j.Endpoint] = j.number
		}
	}
	return out
}

// ring runs the timers that are due. The caller holds the lock.
func (q *Queue) ring(now time.Time) {
	var ripe []timer
	q.timers = slices.DeleteFunc(q.timers, func(t timer) bool {
		if t.at.After(now) {
			return false
		}
		ripe = append(ripe, t)
		return true
	})
	for _, t := range ripe {
		t.run()
	}
}

// serve posts one endpoint's jobs one after another; after a failure in order
// the rest goes back into the queue.
func (q *Queue) serve(ctx context.Context, jobs []*job) int {
	sent := 0
	for i, j := range jobs {
		if ctx.Err() != nil {
			q.putBack(jobs[i:])
			return sent
		}
		ok, posted := q.attempt(ctx, j)
		if posted {
			sent++
		}
		if !ok && q.opt.InOrder {
			q.putBack(jobs[i+1:])
			return sent
		}
	}
	return sent
}

func (q *Queue) putBack(jobs []*job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range jobs {
		q.add(j)
	}
}

// attempt makes, posts and settles one job. ok is false when it will be tried
// again; posted is false when there was nothing to send.
func (q *Queue) attempt(ctx context.Context, j *job) (ok, posted bool) {
	n := q.nextAttempt(j)
	now := q.opt.Clock.Now()
	post, live := j.Make(n, now)
	if !live {
		q.finish(j, StateDropped)
		return true, false
	}
	q.mu.Lock()
	if j.tampered && len(post.Body) > 0 {
		post.Body = append(slices.Clone(post.Body), ' ') // still JSON, no longer what was signed
	}
	q.mu.Unlock()
	status, err := q.post(ctx, j.URL, post)
	r := Result{ID: j.ID, Endpoint: j.Endpoint, Attempt: n, At: now, Status: status, Err: err, OK: err == nil && q.opt.Accept(status)}
	again := q.settle(j, &r)
	if j.Done != nil {
		j.Done(r)
	}
	return !again, true
}

func (q *Queue) nextAttempt(j *job) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(j.attempts) + 1
}

func (q *Queue) finish(j *job, state string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.state = state
}

// settle notes an attempt and plans what follows. Missed retries are counted
// from when they were due, so that a clock moved by a day tries as often as a
// day would have.
func (q *Queue) settle(j *job, r *Result) (again bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := Attempt{At: r.At, Status: r.Status}
	if r.Err != nil {
		a.Error = r.Err.Error()
	}
	j.attempts = append(j.attempts, a)
	if r.OK {
		r.Final = true
		j.state = StateDelivered
		if j.copies {
			j.copies, j.state, r.Final = false, StateWaiting, false
			q.add(j)
		}
		return false
	}
	wait, again := q.opt.Retries(len(j.attempts))
	if !again {
		r.Final, j.state = true, StateGivenUp
		return false
	}
	j.due = j.due.Add(wait)
	q.add(j)
	return true
}

// maxAnswer bounds what is read of an endpoint's answer.
const maxAnswer = 64 << 10

func (q *Queue) post(ctx context.Context, url string, p Post) (int, error) {
	status, _, _, err := q.Probe(ctx, url, p)
	return status, err
}

// Probe posts once, past the queue, its log and its faults, and returns the
// answer; status is 0 when there was none.
func (q *Queue) Probe(ctx context.Context, url string, p Post) (status int, header http.Header, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, q.opt.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(p.Body))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("delivery: %w", err)
	}
	maps.Copy(req.Header, p.Header) // spelled as the vendor spells it
	res, err := q.opt.Client.Do(req)
	if err != nil {
		return 0, nil, nil, fmt.Errorf("delivery: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return res.StatusCode, res.Header, nil, fmt.Errorf("delivery: answer: %w", err)
	}
	return res.StatusCode, res.Header, body, nil
}

// Attempt is one try in the log.
type Attempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status"`
	Error  string    `json:"error,omitempty"`
}
