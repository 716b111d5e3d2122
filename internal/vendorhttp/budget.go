package vendorhttp

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Unit is what a budget counts.
type Unit string

// A call is one attempt; bytes are those of answers as they are read.
const (
	UnitCalls Unit = "calls"
	UnitBytes Unit = "bytes"
)

// Window is the time for which a budget is given, in UTC.
type Window string

// The windows.
const (
	WindowDay   Window = "day"
	WindowMonth Window = "month"
)

// bounds are the window's first instant and that of the next.
func (w Window) bounds(now time.Time) (start, end time.Time) {
	y, m, d := now.UTC().Date()
	if w == WindowDay {
		start = time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		return start, start.AddDate(0, 0, 1)
	}
	start = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	return start, start.AddDate(0, 1, 0)
}

// Budget is how much a vendor gives an application for a day or a month,
// whichever connections and workers use it.
type Budget struct {
	// App names the operator's application with the vendor: its client id.
	App    string
	Unit   Unit
	Window Window
	// Limit is what there is in a window; 0 counts without a limit.
	Limit int64
	// Block is how much a worker draws at once; what it does not use is lost.
	Block int64
	// Soft goes on beyond the limit: what is over is shown and paid for. A
	// budget of bytes is always soft.
	Soft bool
	// Weight is how often a request counts: a batch may cost as much as what it
	// holds, 0 is free. Bytes are taken whole where it is not 0. nil is 1.
	Weight func(*http.Request) int64
}

// weight is what a request counts.
func (b Budget) weight(r *http.Request) int64 {
	if b.Weight == nil {
		return 1
	}
	return b.Weight(r)
}

// Purse keeps the budgets of all workers: rows of the database.
type Purse interface {
	// DrawBudget takes n out of the window that begins at start and gives what
	// there was of it: n, less when the window holds less, 0 when as much as most
	// of the limit is used. Without a limit, or when over is set, it always gives
	// n.
	DrawBudget(ctx context.Context, vendor, app, unit, window string, start time.Time, limit, most, n int64, over bool) (int64, error)
}

// Meter draws blocks out of budgets for the clients of one process. One Meter
// is shared by all clients, so that a block serves every connection.
type Meter struct {
	purse Purse
	mu    sync.Mutex
	left  map[block]int64
}

type block struct {
	vendor, app string
	unit        Unit
	window      Window
	start       time.Time
	// A block that an urgent call has drawn out of what is left for such is not
	// there for the others.
	priority Priority
}

// NewMeter draws from the purse.
func NewMeter(p Purse) *Meter { return &Meter{purse: p, left: map[block]int64{}} }

// spend takes n of a budget, drawing a block when there is not enough left of
// the last one. end is when the next window begins.
func (m *Meter) spend(ctx context.Context, vendor string, b Budget, n int64, now time.Time) (ok bool, end time.Time, err error) {
	start, end := b.Window.bounds(now)
	key := block{vendor, b.App, b.Unit, b.Window, start, priority(ctx)}
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.left[key] < n {
		want := max(b.Block, n-m.left[key])
		got, err := m.purse.DrawBudget(ctx, vendor, b.App, string(b.Unit), string(b.Window), start, b.Limit, key.priority.share(b.Limit), want, b.Soft || b.Unit == UnitBytes)
		if err != nil {
			return false, end, fmt.Errorf("draw from the budget of the %s: %w", b.Window, err)
		}
		if got == 0 {
			return false, end, nil
		}
		m.left[key] += got
	}
	for old := range m.left {
		if old.start.Before(start) && old.window == key.window {
			delete(m.left, old)
		}
	}
	m.left[key] -= n
	return true, end, nil
}

// afford takes one call out of each budget that counts the request. A budget
// that is used up refuses it until the next window.
func (l *limited) afford(r *http.Request) error {
	for _, b := range l.options.Limits.Budgets {
		n := b.weight(r)
		if l.options.Meter == nil || b.Unit != UnitCalls || n == 0 {
			continue
		}
		ok, end, err := l.options.Meter.spend(r.Context(), l.options.Vendor, b, n, l.options.Now())
		if err != nil {
			return notSent(err)
		}
		if !ok {
			return &LaterError{At: end, Quota: string(b.Window)}
		}
	}
	return nil
}

// weigh takes the bytes of an answer out of the budgets that count them. They
// have been read already, so that such a budget refuses nothing: it is counted
// and shown.
func (l *limited) weigh(r *http.Request, n int64) {
	for _, b := range l.options.Limits.Budgets {
		if l.options.Meter == nil || b.Unit != UnitBytes || n == 0 || b.weight(r) == 0 {
			continue
		}
		// An error of the database shows at the next call of the engine; a
		// count that is lost with it is no reason to throw the answer away.
		_, _, _ = l.options.Meter.spend(context.WithoutCancel(r.Context()), l.options.Vendor, b, n, l.options.Now())
	}
}
