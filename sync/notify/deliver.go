package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"tieout/internal/clock"
)

const (
	// attemptTime bounds one attempt: 15 to 30 seconds (Standard Webhooks:
	// request timeouts).
	attemptTime = 20 * time.Second
	// claimLife is how long an attempt keeps others away; one that never ended
	// is made again after it.
	claimLife = time.Minute
	// answerBytes are kept of an answer.
	answerBytes = 512
	// jitter: pauses are stretched at random, by up to a tenth.
	jitter = 10
	// disableAfter and disableFailures say when a hook is disabled: nothing was
	// accepted for so long, in so many attempts.
	disableAfter    = 3 * 24 * time.Hour
	disableFailures = 10
)

// pauses come after the first, second, ... failed attempt: the schedule of the
// specification, three days in all (Standard Webhooks: deliverability and
// reliability). After the attempt that follows the last pause a delivery is
// given up.
func pauses() []time.Duration {
	const hour = time.Hour
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour}
}

// Client is one that follows no redirects: an address that has moved is
// changed where it was entered (Standard Webhooks: delivery success and
// failure).
func Client(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Worker delivers. Each hook has a line of its own, so that a slow receiver
// holds up nobody else; several workers, of several processes, share the work.
type Worker struct {
	Store  Store
	Client *http.Client
	Now    func() time.Time
	// Jitter gives a time at random, up to most.
	Jitter func(most time.Duration) time.Duration
	// Agent is the User-Agent header.
	Agent string

	mu      sync.Mutex
	busy    map[string]bool
	failed  []error
	working sync.WaitGroup
}

// Round starts to deliver what is due, for each hook on its own, and does not
// wait for it: see Wait. Its error is of our own side, such as a database that
// is away, in this round or since the one before; what receivers do stands in
// the rows.
func (w *Worker) Round(ctx context.Context) error {
	now := w.Now()
	tenants, err := w.Store.TenantsToTell(ctx, now)
	if err != nil {
		return fmt.Errorf("notify: whose systems are to be told: %w", err)
	}
	for _, tenant := range tenants {
		hooks, err := w.Store.DueHooks(ctx, tenant, now)
		if err != nil {
			return fmt.Errorf("notify: hooks that are due: %w", err)
		}
		for _, h := range hooks {
			w.start(ctx, h)
		}
	}
	return w.failures()
}

// start delivers for a hook, unless that is under way.
func (w *Worker) start(ctx context.Context, h Hook) {
	name := h.Tenant + "/" + h.ID
	if !w.begin(name) {
		return
	}
	w.working.Go(func() {
		err := w.line(ctx, h)
		if ctx.Err() != nil {
			err = nil
		}
		w.end(name, err)
	})
}

// Wait waits for the deliveries that are under way. They see the end of their
// context themselves.
func (w *Worker) Wait() { w.working.Wait() }

func (w *Worker) begin(hook string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[hook] {
		return false
	}
	if w.busy == nil {
		w.busy = map[string]bool{}
	}
	w.busy[hook] = true
	return true
}

func (w *Worker) end(hook string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, hook)
	if err != nil {
		w.failed = append(w.failed, err)
	}
}

func (w *Worker) failures() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := errors.Join(w.failed...)
	w.failed = nil
	return err
}

// line delivers what is due for one hook, the oldest first. It ends with the
// first attempt that fails: a receiver in trouble gets one a round (Standard
// Webhooks: throttle), and nobody who waits for the round waits for long.
func (w *Worker) line(ctx context.Context, h Hook) error {
	for h.State == HookActive && ctx.Err() == nil {
		d, found, err := w.Store.NextDelivery(ctx, h, w.Now())
		if err != nil {
			return fmt.Errorf("notify: next for %s: %w", h.ID, err)
		}
		if !found {
			return nil
		}
		if h, d, err = w.Deliver(ctx, h, d); err != nil || d.Problem != "" {
			return err
		}
	}
	return nil
}

// Deliver makes one attempt and records how it went.
func (w *Worker) Deliver(ctx context.Context, h Hook, d Delivery) (Hook, Delivery, error) {
	d.Problem = ""
	mine, err := w.Store.ClaimDelivery(ctx, h, d, w.Now().Add(claimLife))
	if err != nil {
		return h, d, fmt.Errorf("notify: begin %s: %w", d.Notice.ID, err)
	}
	if !mine {
		return h, d, nil
	}
	d.Attempts++
	tried := w.Now()
	a := w.attempt(ctx, h, d, tried)
	if a.problem != "" && ctx.Err() != nil {
		return h, d, nil // somebody ends the process: it is made again when the claim has ended
	}
	d, gone := a.outcome(d, tried, w.Now(), w.Jitter)
	h = after(h, d, tried)
	if gone {
		h.State, h.Why = HookDisabled, "the receiver answered 410: it does not want these any more"
	}
	if err := w.Store.FinishDelivery(context.WithoutCancel(ctx), h, d); err != nil {
		return h, d, fmt.Errorf("notify: record %s: %w", d.Notice.ID, err)
	}
	return h, d, nil
}

// attempt is how one request went.
type attempt struct {
	status  int
	answer  string
	problem string
	// wait is what the receiver asks for.
	wait time.Duration
}

func (w *Worker) attempt(ctx context.Context, h Hook, d Delivery, at time.Time) attempt {
	signature, err := Sign(h.Secret, d.Notice.ID, at, d.Notice.Body)
	if err != nil {
		return attempt{problem: err.Error()}
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(d.Notice.Body))
	if err != nil {
		return attempt{problem: plain(err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", w.Agent)
	request.Header.Set(HeaderID, d.Notice.ID)
	request.Header.Set(HeaderTimestamp, seconds(at))
	request.Header.Set(HeaderSignature, signature)
	answer, err := w.Client.Do(request)
	if err != nil {
		return attempt{problem: plain(err)}
	}
	defer func() { _ = answer.Body.Close() }()
	// The status decides; a body that breaks off says nothing more.
	first, _ := io.ReadAll(io.LimitReader(answer.Body, answerBytes))
	out := attempt{status: answer.StatusCode, answer: strings.ToValidUTF8(string(first), "?"), wait: retryAfter(answer.Header, at)}
	switch {
	case out.status >= 300 && out.status < 400:
		out.problem = fmt.Sprintf("the receiver answered %d: redirects are not followed", out.status)
	case out.status < 200 || out.status > 299:
		out.problem = fmt.Sprintf("the receiver answered %d", out.status)
	}
	return out
}

// plain is an error without the address, which the hook shows already.
func plain(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", attemptTime)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err.Error()
	}
	return err.Error()
}

// maxWait bounds what a receiver can ask for.
const maxWait = 24 * time.Hour

// retryAfter is the pause that an answer asks for, in seconds or as a time
// (RFC 9110, section 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, maxWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxWait)
	}
	return 0
}

// outcome is the delivery after an attempt; gone says that the receiver wants
// nothing more.
func (a attempt) outcome(d Delivery, tried, now time.Time, scatter func(time.Duration) time.Duration) (Delivery, bool) {
	d.Status, d.Answer, d.Problem, d.TriedAt, d.NotBefore = a.status, a.answer, a.problem, &tried, now
	if a.problem == "" {
		d.State = DeliveryDelivered
		return d, false
	}
	plan := pauses()
	if d.Attempts > len(plan) {
		d.State = DeliveryFailed
		return d, a.status == http.StatusGone
	}
	pause := plan[d.Attempts-1]
	pause += scatter(pause / jitter)
	d.NotBefore = now.Add(max(pause, a.wait))
	return d, a.status == http.StatusGone
}

// after is the hook after an attempt.
func after(h Hook, d Delivery, tried time.Time) Hook {
	if d.State == DeliveryDelivered {
		h.Failures, h.FailingSince = 0, nil
		return h
	}
	h.Failures++
	if h.FailingSince == nil {
		h.FailingSince = &tried
	}
	if h.Failures >= disableFailures && tried.Sub(*h.FailingSince) >= disableAfter {
		h.State = HookDisabled
		h.Why = fmt.Sprintf("nothing was accepted since %s, in %d attempts; the last: %s", clock.Words(*h.FailingSince), h.Failures, d.Problem)
	}
	return h
}
