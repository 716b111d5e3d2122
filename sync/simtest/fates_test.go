package simtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tieout/sandbox/delivery"
	"tieout/sandbox/faults"
)

// suffer lets a call have its fate.
func (c *chaos) suffer(p *process, k kind, r *http.Request, body []byte) (*http.Response, error) {
	w := p.w
	switch k {
	case dieBefore, dieAfter:
		if k == dieAfter {
			w.serve(r, body)
		}
		return nil, p.die("(" + string(k) + ")")
	case refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case lostBefore:
		return nil, c.hang(r.Context())
	case lostAfter:
		w.serve(r, body)
		return nil, c.hang(r.Context())
	case arrivesLate:
		w.sendLater(r, body, c.some(5*time.Second, 4*time.Minute))
		return nil, c.hang(r.Context())
	case resetAfter:
		w.serve(r, body)
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case invalid, tooMany, serverError, unavailable:
		w.fault(r, faults.Rule{Kind: faults.Status, Status: map[kind]int{invalid: 400, tooMany: 429, serverError: 500, unavailable: 503}[k], Times: 1})
	case badAfter, badGateway:
		if k == badAfter {
			w.serve(r, body)
		}
		return proxyError(r), nil
	case stale:
		w.fault(r, faults.Rule{Kind: faults.Stale, Times: 1, Writes: 1 + int(c.some(0, 3))})
	case revoked:
		w.fault(r, faults.Rule{Kind: faults.Revoke, Times: 1})
	case asleep:
		// What was checked before is old by now; the call goes out all the same.
		p.missed()
		pause(c.some(4*time.Minute, 20*time.Minute))
	case asleepAfter:
		p.sleepNext()
		if c.chance(600) {
			w.fault(r, faults.Rule{Kind: faults.Status, Status: []int{400, 429, 503}[int(c.some(0, 3))], Times: 1})
		}
	case humanHand:
		w.hand()
	}
	answer := w.serve(r, body)
	if c.former != nil && placesOf(r, body)[0] == reading {
		c.former.passes(w, answer, k == outdated)
	}
	switch k {
	case lagging:
		w.withoutNewest(answer, c.some(2*time.Second, 45*time.Second))
	case cutOff, halfAnswer:
		whole, _ := io.ReadAll(answer.Body)
		half := io.Reader(strings.NewReader(string(whole[:len(whole)/2])))
		if k == cutOff {
			half = io.MultiReader(half, failing{io.ErrUnexpectedEOF})
		}
		answer.Body, answer.ContentLength = io.NopCloser(half), -1
		answer.Header.Del("Content-Length")
	case slow:
		most := 8 * time.Minute
		if placesOf(r, body)[0] == renewing { // later than that, nobody waits for it any more
			most = 25 * time.Second
		}
		if err := wait(r.Context(), c.some(5*time.Second, most)); err != nil {
			return nil, err
		}
	case asleep:
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// hang is a connection on which nothing comes any more.
func (c *chaos) hang(ctx context.Context) error {
	if err := wait(ctx, c.some(20*time.Second, 10*time.Minute)); err != nil {
		return err
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// failing is the end of a connection that was cut.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// proxyError is what stands between the vendor and us, in its own words.
func proxyError(r *http.Request) *http.Response {
	const page = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
	return &http.Response{
		Status: "502 Bad Gateway", StatusCode: http.StatusBadGateway, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(page)), ContentLength: int64(len(page)), Request: r,
	}
}

// fault has the stand-in behind a request's host misbehave.
func (w *world) fault(r *http.Request, rule faults.Rule) {
	for _, v := range w.box.Vendors() {
		if r.URL.Host == v.Name+".sandbox" {
			// What a vendor cannot do, as revoking keys that it does not know, does not happen.
			if _, err := v.Faults.Add(rule); err != nil {
				w.tell("no fault: %v", err)
			}
		}
	}
}

// hooks spoils the deliveries of webhooks.
func (c *chaos) hooks(w *world) {
	spoils := map[kind]delivery.Fault{
		loseHook: {Kind: delivery.Lose, Percent: 50}, noHooks: {Kind: delivery.Lose}, doubleHook: {Kind: delivery.Duplicate, Percent: 50},
		lateHook: {Kind: delivery.Delay, Percent: 50, Seconds: 1800}, shuffleHook: {Kind: delivery.Reorder, Times: 4},
		forgedHook: {Kind: delivery.Tamper, Percent: 50},
	}
	for _, t := range c.threats {
		fault, ok := spoils[t.kind]
		if !ok {
			continue
		}
		tallied.add(string(t.kind))
		for _, v := range w.box.Vendors() {
			if v.Deliveries == nil {
				continue
			}
			if err := v.Deliveries.Inject(fault); err != nil {
				w.Error(err)
			}
		}
	}
}

// remember has the stand-ins keep their answers, so that a later one can be
// an old one. The rule itself strikes nothing.
func (w *world) remember() {
	for _, v := range w.box.Vendors() {
		if _, err := v.Faults.Add(faults.Rule{Kind: faults.Stale, Path: "/nowhere"}); err != nil {
			w.Error(err)
		}
	}
}

func (w *world) healed() {
	w.chaos = calm()
	w.vendors.every(0)
	for _, v := range w.box.Vendors() {
		v.Faults.Remove("")
		if v.Deliveries != nil {
			v.Deliveries.ClearFaults()
		}
	}
}

// sendLater has a call arrive after its sender has given it up.
func (w *world) sendLater(r *http.Request, body []byte, after time.Duration) {
	late := r.Clone(context.WithoutCancel(r.Context()))
	w.late.Go(func() {
		pause(after)
		answer := w.serve(late, body)
		w.tell("%s %s arrives late and is answered with %d", r.Method, r.URL.Path, answer.StatusCode)
	})
}

// withoutNewest takes the rows out of a ledger's list that have changed so
// short a time ago: vendors' lists follow their writes with a delay. One
// object, which was asked for by its id, is as it is.
func (w *world) withoutNewest(answer *http.Response, lag time.Duration) {
	text, _ := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(text))
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var all map[string]any
	if d.Decode(&all) != nil {
		return
	}
	since, taken := w.vendors.Now().Add(-lag), 0
	for _, list := range listsIn(all) {
		rows, _ := list.in[list.name].([]any)
		kept := slices.DeleteFunc(slices.Clone(rows), func(row any) bool { return changedAt(row).After(since) })
		taken += len(rows) - len(kept)
		list.in[list.name] = kept
	}
	if taken == 0 {
		return
	}
	if text, err := json.Marshal(all); err == nil {
		w.tell("%d rows are not in the list yet", taken)
		answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		answer.Header.Set("Content-Length", fmt.Sprint(len(text)))
	}
}

// listed is a list in an answer.
type listed struct {
	in   map[string]any
	name string
}

// listsIn are the lists of documents in an answer: those of Xero at its top,
// those of QuickBooks in the answers to queries and for changes.
func listsIn(all map[string]any) (out []listed) {
	for name, v := range all {
		if items, ok := v.([]any); ok && name != "CDCResponse" {
			if len(items) > 1 {
				out = append(out, listed{all, name})
			}
			continue
		}
	}
	queries := []any{all["QueryResponse"]}
	for _, one := range list(all["CDCResponse"]) {
		for _, q := range list(one["QueryResponse"]) {
			queries = append(queries, q)
		}
	}
	for _, q := range queries {
		answer, _ := q.(map[string]any)
		for name, v := range answer {
			if _, ok := v.([]any); ok {
				out = append(out, listed{answer, name})
			}
		}
	}
	return out
}

// changedAt is when a document was last changed; the zero time where it does
// not say.
func changedAt(row any) time.Time {
	o, _ := row.(map[string]any)
	if meta, ok := o["MetaData"].(map[string]any); ok {
		text, _ := meta["LastUpdatedTime"].(string)
		at, _ := time.Parse(time.RFC3339, text)
		return at
	}
	text, _ := o["UpdatedDateUTC"].(string)
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "/Date("), "+")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
