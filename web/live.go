package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tieout/internal/clock"
)

// live tells open pages that something has changed, by server-sent events. An
// event carries nothing but versions; the page fetches what it shows again. The
// versions are read from the store, so it does not matter on which machine the
// work was done, or which one a page is connected to.
//
// There is no queue: each page has at most one event waiting, the newest. One
// that reads slowly, or was away, gets the present versions and fetches what
// differs from its own.
type live struct {
	pulse   Pulse
	mu      sync.Mutex
	tenants map[string]*watch
	over    chan struct{}
	once    sync.Once
}

// watch asks for a tenant's versions while somebody looks at its pages.
type watch struct {
	pages map[chan Versions]bool
	last  Versions
	stop  context.CancelFunc
}

const (
	// watchEvery is how often versions are read: two small reads a second for
	// each organisation that is looked at, on each machine.
	watchEvery = 500 * time.Millisecond
	// beatEvery keeps proxies from closing what is silent.
	beatEvery = 20 * time.Second
	// sendTime is how long a page may take to read an event. Then it is cut,
	// comes again, and starts from the present versions.
	sendTime = 10 * time.Second
	// liveTime is how long one connection lives: sessions end, too.
	liveTime = time.Hour
	// maxPages bounds the open connections of a machine.
	maxPages = 2000
)

func newLive(pulse Pulse) *live {
	return &live{pulse: pulse, tenants: map[string]*watch{}, over: make(chan struct{})}
}

// join adds a page; leave removes it, and the last one ends the watch.
func (l *live) join(tenant string) (news chan Versions, leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, w := range l.tenants {
		n += len(w.pages)
	}
	if n >= maxPages {
		return nil, nil, false
	}
	w := l.tenants[tenant]
	if w == nil {
		ctx, stop := context.WithCancel(context.Background())
		w = &watch{pages: map[chan Versions]bool{}, stop: stop}
		l.tenants[tenant] = w
		go l.run(ctx, tenant, w)
	}
	news = make(chan Versions, 1)
	w.pages[news] = true
	return news, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(w.pages, news)
		if len(w.pages) == 0 && l.tenants[tenant] == w {
			delete(l.tenants, tenant)
			w.stop()
		}
	}, true
}

// run reads versions until nobody looks any more.
func (l *live) run(ctx context.Context, tenant string, w *watch) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		now, err := l.pulse.Versions(ctx, tenant)
		if err != nil {
			continue // the next tick tries again; pages show how old they are
		}
		l.tell(w, now)
	}
}

// tell gives changed versions to every page, in place of one still waiting.
func (l *live) tell(w *watch, now Versions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now == w.last {
		return
	}
	w.last = now
	for news := range w.pages {
		select {
		case <-news:
		default:
		}
		news <- now // never waits: the one place is free, and only we fill it
	}
}

// versions are the tenant's, read once for a visit.
func (v *Visit) versions() (Versions, error) {
	return v.site.Readers.Pulse.Versions(v.ctx(), v.tenant())
}

// events is the stream of a page: the present versions first, then each change.
func (s *Site) events(v *Visit) error {
	news, leave, ok := s.live.join(v.tenant())
	if !ok {
		http.Error(v.w, "Too many pages are open.", http.StatusServiceUnavailable)
		return nil
	}
	defer leave()
	present, err := v.versions()
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	control := http.NewResponseController(v.w)
	end, beat := time.NewTimer(liveTime), time.NewTicker(beatEvery)
	defer end.Stop()
	defer beat.Stop()
	text := "retry: 2000\n\n" + event(present)
	for {
		// Not every server has deadlines; one that has none bounds in its own way.
		_ = control.SetWriteDeadline(clock.System{}.Now().Add(sendTime))
		if _, err := v.w.Write([]byte(text)); err != nil || control.Flush() != nil {
			return nil // the page has gone
		}
		select {
		case <-v.ctx().Done():
			return nil
		case <-end.C:
			return nil
		case <-s.live.over:
			return nil
		case now := <-news:
			text = event(now)
		case <-beat.C:
			text = ": beat\n\n"
		}
	}
}

func event(now Versions) string {
	body, err := json.Marshal(now)
	if err != nil {
		return ": none\n\n" // two texts always encode
	}
	return fmt.Sprintf("event: versions\ndata: %s\n\n", body)
}
