package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/internal/app"
	"tieout/internal/clock"
)

// job is what the program has to do.
type job struct {
	Task     string
	Database string
	Vendor   string
	At       served
	// Invoices and Payments are the size of what is filled and reconciled.
	Invoices, Payments int
	Links              bool
	// Profile is a file for a profile of the processor time; "" makes none.
	Profile string
}

// report is what one measured task did. Seconds and CPU are of the task,
// PeakKiB of the process from its start.
type report struct {
	Records int
	Seconds float64
	CPU     float64
	PeakKiB int
	// Waited is how many of the seconds were spent waiting for the vendor.
	Waited float64
	// Calls were made by the task, IdleCalls by the same pull once more.
	Calls, IdleCalls map[string]int
	// IdleWrites counts records that the second pull changed.
	IdleWrites int
	Counts     map[string]int
}

// program is an installation that is measured.
type program struct {
	*app.App
	clock clock.Clock
	job   job
	calls counter
}

// counter counts requests by path, without the query, and adds up how long
// answers were waited for.
type counter struct {
	clock  clock.Clock
	next   http.RoundTripper
	mu     sync.Mutex
	counts map[string]int
	waited time.Duration
}

// RoundTrip counts the call and makes it.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	key := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if query := r.URL.Query().Get("query"); query != "" {
		_, rest, _ := strings.Cut(query, " FROM ")
		key, _, _ = strings.Cut(rest, " ")
	}
	if r.URL.Query().Has("payout") {
		key += " of a payout"
	}
	c.mu.Lock()
	c.counts[key]++
	c.mu.Unlock()
	defer c.wait(c.clock.Now())
	answer, err := c.next.RoundTrip(r)
	if err == nil {
		answer.Body = waiting{answer.Body, c}
	}
	return answer, err
}

func (c *counter) wait(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited += c.clock.Now().Sub(began)
}

// waiting is a body whose reading counts as waiting.
type waiting struct {
	io.ReadCloser
	counter *counter
}

// Read reads and notes how long it took.
func (w waiting) Read(p []byte) (int, error) {
	defer w.counter.wait(w.counter.clock.Now())
	return w.ReadCloser.Read(p)
}

func (c *counter) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.counts
	c.counts = map[string]int{}
	return taken
}

// runProgram is the role of the measured program.
func runProgram(task []byte) error {
	p := &program{clock: clock.System{}, calls: counter{clock: clock.System{}, counts: map[string]int{}, next: http.DefaultTransport}}
	if err := json.Unmarshal(task, &p.job); err != nil {
		return err
	}
	work, ok := map[string]func(context.Context) (report, error){
		"backfill": p.backfill, "fill": p.fill, "reconcile": p.reconcile, "ageing": p.ageing,
	}[p.job.Task]
	if !ok {
		return fmt.Errorf("bench: there is no task %q", p.job.Task)
	}
	ctx := context.Background()
	var err error
	p.App, err = app.Open(ctx, app.Config{
		Database: p.job.Database, Vendors: p.vendors(), Clock: p.clock, Random: rand.NewChaCha8([32]byte{}),
		Transport: &p.calls, Unlimited: true, Schedule: "@hourly",
	})
	if err != nil {
		return err
	}
	r, err := work(ctx)
	if err = errors.Join(err, p.Close()); err != nil {
		return err
	}
	if r.PeakKiB, err = peak(); err != nil {
		return err
	}
	return say(r)
}

func (p *program) vendors() all.Config {
	at := p.job.At.URL
	return all.Config{
		QuickBooks: quickbooks.Config{
			ClientID: clientID, ClientSecret: clientSecret, API: at, App: at, Sandbox: true,
			Authorize: at + "/connect/oauth2", Token: at + "/oauth2/v1/tokens/bearer",
		},
		Xero:   xero.Config{ClientID: clientID, ClientSecret: clientSecret, LoginURL: at, IdentityURL: at, APIURL: at, AppURL: at},
		Stripe: stripe.Config{BaseURL: at},
	}
}

// measured runs work and notes what it took.
func (p *program) measured(r *report, work func() error) error {
	if p.job.Profile != "" {
		var profile bytes.Buffer
		if err := pprof.StartCPUProfile(&profile); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			_ = os.WriteFile(p.job.Profile, profile.Bytes(), 0o600)
		}()
	}
	p.calls.waited = 0
	before, began := cpu(), p.clock.Now()
	err := work()
	r.Waited = p.calls.waited.Seconds()
	r.Seconds, r.CPU = p.clock.Now().Sub(began).Seconds(), cpu()-before
	return err
}

// cpu is the processor time that this process has used, in seconds.
func cpu() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}

// peak is the most memory that this process has held, in KiB: VmHWM, because
// the greatest resident set of getrusage includes that of the parent.
func peak() (int, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, found := strings.Cut(strings.TrimSpace(rest), " kB")
	if !found {
		return 0, errors.New("bench: the system does not tell the peak of memory")
	}
	return strconv.Atoi(number)
}

// connect makes the connection that is pulled, by consent or by key.
func (p *program) connect(ctx context.Context) (books.Connection, error) {
	if p.job.At.Key != "" {
		return p.Connect.WithKey(ctx, p.job.Vendor, p.job.At.Key)
	}
	address, err := p.Connect.Begin(ctx, p.job.Vendor, "http://localhost:8080/connect/callback")
	if err != nil {
		return books.Connection{}, err
	}
	query, err := allow(ctx, address, p.job.At.ID)
	if err != nil {
		return books.Connection{}, err
	}
	made, err := p.Connect.Answer(ctx, query)
	if err != nil || len(made) != 1 {
		return books.Connection{}, fmt.Errorf("bench: %d connections: %w", len(made), err)
	}
	return made[0], nil
}

// allow answers the vendor's consent page.
func allow(ctx context.Context, address, company string) (url.Values, error) {
	page, query, _ := strings.Cut(address, "?")
	form, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	form.Set("decision", "allow")
	form.Set("choice", company)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, page, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(r)
	if err != nil {
		return nil, err
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		return nil, fmt.Errorf("bench: consent: %s: %w", answer.Status, err)
	}
	return back.Query(), nil
}

// backfill pulls a connection for the first time, and then once more.
func (p *program) backfill(ctx context.Context) (report, error) {
	c, err := p.connect(ctx)
	if err != nil {
		return report{}, err
	}
	p.calls.take()
	r := report{Counts: map[string]int{}}
	err = p.measured(&r, func() error {
		result, err := p.Scheduler.PullConnection(ctx, c, false)
		for kind, n := range result.Changed {
			r.Counts[string(kind)] = n
			r.Records += n
		}
		if err == nil && result.Rejected > 0 {
			err = fmt.Errorf("bench: %d records were rejected", result.Rejected)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	r.Calls = p.calls.take()
	if c, err = p.Store.Connection(ctx, c.Tenant, c.ID); err != nil {
		return r, err
	}
	again, err := p.Scheduler.PullConnection(ctx, c, false)
	for _, n := range again.Changed {
		r.IdleWrites += n
	}
	r.IdleCalls = p.calls.take()
	return r, err
}
