// Package faults stands before a vendor's stand-in and makes its requests fail
// on demand: late answers, errors in the vendor's own words, cut connections,
// work done whose answer never comes, reads from before the last writes,
// revoked tokens. It must know no vendor: the stand-in renders its own errors
// and ends its own tokens.
package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kinds of faults.
const (
	Latency  = "latency"             // the request is served late, by Millis
	Slow     = "slow"                // answered late, by Millis, while the vendor counts the request as running
	Status   = "status"              // refused with Status and Code in the vendor's own body; nothing happens
	Cut      = "cut"                 // the connection is cut before anything happens
	Truncate = "truncate"            // served, and cut in the middle of the answer's body
	Commit   = "commit_then_timeout" // served to its end; then nothing for Millis, then cut
	Stale    = "stale"               // reads answer as before the last Writes writes, as far as they were asked then
	Revoke   = "revoke"              // the token of the request is revoked before it is served
)

// Rule is one fault for the requests that match it.
type Rule struct {
	ID     string `json:"id"` // given by Add
	Kind   string `json:"kind"`
	Method string `json:"method,omitempty"` // empty is every method
	// Path matches the request's path; * stands for any run of characters,
	// slashes too. Empty is every path. With a ? it matches path and query,
	// decoded.
	Path string `json:"path,omitempty"`
	// Skip lets so many matching requests pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how many requests it strikes; 0 is until it is removed.
	Times int `json:"times,omitempty"`
	// Percent strikes by chance under the seed; 0 is always.
	Percent int    `json:"percent,omitempty"`
	Millis  int64  `json:"millis,omitempty"` // of Latency, Slow and Commit
	Status  int    `json:"status,omitempty"` // of Status
	Code    string `json:"code,omitempty"`   // the vendor's own code, where a status has several
	Writes  int    `json:"writes,omitempty"` // of Stale; 1 when 0
	// Struck is how many requests it has struck so far.
	Struck int `json:"struck"`
}

// Renderer is a stand-in that says a status in its own words: headers, type
// and body as the vendor sends them. code is one of the vendor's own error
// codes or names, or empty for the usual one of that status; an unknown status
// or code is rendered as near as the vendor's form allows.
type Renderer interface {
	RenderFault(w http.ResponseWriter, r *http.Request, status int, code string)
}

// Revoker is a stand-in that ends the grant or key that a request carries;
// false when it carries none.
type Revoker interface {
	RevokeOf(r *http.Request) bool
}

// Options configure an Injector.
type Options struct {
	Seed int64
	// Wait returns after d by the wall clock, or earlier when ctx ends.
	Wait func(ctx context.Context, d time.Duration)
}

// Injector is the handler with the faults. It is safe for concurrent use.
type Injector struct {
	next http.Handler
	opt  Options

	mu     sync.Mutex
	rnd    *rand.Rand
	rules  []*rule
	number int
	past   past
}

type rule struct {
	Rule
	seen int
}

// New stands before a stand-in's handler. Without rules it only passes on. If
// the handler is a Renderer or a Revoker, those faults speak its language.
func New(next http.Handler, opt Options) *Injector {
	if opt.Wait == nil {
		opt.Wait = wait
	}
	return &Injector{next: next, opt: opt, rnd: rand.New(rand.NewPCG(uint64(opt.Seed), 0x6661756c74))}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// Add puts a rule before the requests and returns it with its id.
func (i *Injector) Add(r Rule) (Rule, error) {
	if err := r.check(i.next); err != nil {
		return r, fmt.Errorf("faults: %w", err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.number++
	r.ID, r.Struck = fmt.Sprintf("fault_%d", i.number), 0
	if r.Kind == Stale && r.Writes == 0 {
		r.Writes = 1
	}
	i.rules = append(i.rules, &rule{Rule: r})
	return r, nil
}

func (r Rule) check(next http.Handler) error {
	if !slices.Contains([]string{Latency, Slow, Status, Cut, Truncate, Commit, Stale, Revoke}, r.Kind) {
		return fmt.Errorf("kind %q: want latency, slow, status, cut, truncate, commit_then_timeout, stale or revoke", r.Kind)
	}
	if r.Skip < 0 || r.Times < 0 || r.Millis < 0 || r.Writes < 0 {
		return fmt.Errorf("%s: skip, times, millis and writes are not negative", r.Kind)
	}
	if r.Percent < 0 || r.Percent > 100 {
		return fmt.Errorf("%s: percent %d: want 0 to 100", r.Kind, r.Percent)
	}
	if r.Kind == Status && (r.Status < 400 || r.Status > 599) {
		return fmt.Errorf("status %d: want 400 to 599", r.Status)
	}
	if _, can := next.(Revoker); r.Kind == Revoke && !can {
		return fmt.Errorf("revoke: this vendor has no tokens to revoke")
	}
	return nil
}

// Rules lists the rules that are in force, oldest first.
func (i *Injector) Rules() []Rule {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := []Rule{}
	for _, r := range i.rules {
		out = append(out, r.Rule)
	}
	return out
}

// Remove takes a rule away; an empty id takes all. It returns how many went.
func (i *Injector) Remove(id string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	was := len(i.rules)
	i.rules = slices.DeleteFunc(i.rules, func(r *rule) bool { return id == "" || r.ID == id })
	if !i.remembers() {
		i.past = past{}
	}
	return was - len(i.rules)
}

// struck are the rules that strike a request; they count it.
func (i *Injector) struck(r *http.Request) []Rule {
	i.mu.Lock()
	defer i.mu.Unlock()
	var out []Rule
	i.rules = slices.DeleteFunc(i.rules, func(u *rule) bool {
		if !u.matches(r) {
			return false
		}
		u.seen++
		if u.seen <= u.Skip || u.Percent > 0 && i.rnd.IntN(100) >= u.Percent {
			return false
		}
		u.Struck++
		out = append(out, u.Rule)
		return u.Times > 0 && u.Struck >= u.Times
	})
	return out
}

func (u *rule) matches(r *http.Request) bool {
	if u.Kind == Stale && !reads(r) {
		return false
	}
	if u.Method != "" && !strings.EqualFold(u.Method, r.Method) {
		return false
	}
	text := r.URL.Path
	if strings.Contains(u.Path, "?") {
		query := strings.ReplaceAll(r.URL.RawQuery, "+", "%20")
		if plain, err := unescape(query); err == nil {
			query = plain
		}
		text += "?" + query
	}
	return u.Path == "" || glob(u.Path, text)
}

// glob matches a pattern in which * is any run of characters.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}
