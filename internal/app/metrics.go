package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tieout/sync/schedule"
)

// scrapeTime bounds the queries of one scrape.
const scrapeTime = 10 * time.Second

// Metrics is the handler of /metrics. Labels are ids of ours, vendors' names and
// words of the program: nothing of a customer, and no company's name.
func (a *App) Metrics() http.Handler {
	all := prometheus.NewRegistry()
	all.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newFigures(a))
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{})
}

// figures reads what the database says at every scrape, so that each process
// shows the same.
type figures struct {
	app                                                                             *App
	age, promised, failures, connections, alarms, intents, decisions                *prometheus.Desc
	budgetUsed, budgetLimit, proofAge, proofOpen, calls, waiting, scraped, writable *prometheus.Desc
}

func newFigures(a *App) *figures {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tieout_"+name, help, labels, nil)
	}
	return &figures{
		app:         a,
		age:         d("connection_age_seconds", "How long ago everything of a connection was known; absent before the first time.", "organisation", "connection", "vendor"),
		promised:    d("connection_interval_seconds", "The time between two runs of a connection by its schedule.", "organisation", "connection", "vendor"),
		failures:    d("connection_failures", "Failed runs in a row.", "organisation", "connection", "vendor"),
		connections: d("connections", "Connections by state: active, paused, reconnect.", "organisation", "vendor", "state"),
		alarms:      d("alarms", "Alarms that stand, by kind: stale, reconnect, consent_ends, clock.", "organisation", "kind"),
		intents:     d("intents", "Writes that are not done, by state.", "organisation", "book", "state"),
		decisions:   d("decisions", "Questions that wait for a person.", "organisation", "book"),
		proofAge:    d("proof_age_seconds", "How long ago a book was proven last.", "organisation", "book"),
		proofOpen:   d("proof_open_lines", "Lines of the latest proof with an unexplained rest, or not measured.", "organisation", "book"),
		budgetUsed:  d("budget_used", "Used of what a vendor gives.", "vendor", "unit", "window"),
		budgetLimit: d("budget_limit", "What a vendor gives in a window.", "vendor", "unit", "window"),
		calls:       d("calls_today", "Calls of a connection since midnight UTC.", "organisation", "connection", "vendor"),
		waiting:     d("webhooks_waiting", "Events of vendors that are not worked on yet.", "organisation", "vendor"),
		scraped:     d("scrape_ok", "1 when the database answered, 0 when it did not."),
		writable:    d("database_writable", "1 when the database takes changes, 0 when it does not: a full disk, or one that may only be read."),
	}
}

// Describe names the figures.
func (f *figures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		f.age, f.promised, f.failures, f.connections, f.alarms, f.intents, f.decisions, f.proofAge, f.proofOpen, f.budgetUsed, f.budgetLimit,
		f.calls, f.waiting, f.scraped, f.writable,
	} {
		out <- d
	}
}

// Collect reads them. A database that does not answer shows as scrape_ok 0 and
// as figures that are missing, not as old ones.
func (f *figures) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	gauge(out, f.scraped, well(f.collect(ctx, out)))
	gauge(out, f.writable, well(f.app.Healthy(ctx)))
}

// well is 1 where nothing is wrong.
func well(err error) float64 {
	if err != nil {
		return 0
	}
	return 1
}

func gauge(out chan<- prometheus.Metric, d *prometheus.Desc, value float64, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func (f *figures) collect(ctx context.Context, out chan<- prometheus.Metric) error {
	now := f.app.config.Clock.Now()
	tenants, err := f.app.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, tenant := range tenants {
		if err := f.of(ctx, f.app.Of(tenant), out, now); err != nil {
			return err
		}
	}
	budgets, err := f.app.budgets(ctx, now)
	if err != nil {
		return err
	}
	for _, b := range budgets {
		gauge(out, f.budgetUsed, float64(b.Used), b.Vendor, b.Unit, b.Window)
		gauge(out, f.budgetLimit, float64(b.Limit), b.Vendor, b.Unit, b.Window)
	}
	return nil
}

// of gives the figures of one organisation.
func (f *figures) of(ctx context.Context, a *App, out chan<- prometheus.Metric, now time.Time) error {
	list, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return err
	}
	states := map[[2]string]int{}
	for _, c := range list {
		states[[2]string{c.Vendor, string(c.State)}]++
		gauge(out, f.promised, schedule.Interval(c.Schedule, now).Seconds(), a.Tenant, c.ID, c.Vendor)
		gauge(out, f.failures, float64(c.Failures), a.Tenant, c.ID, c.Vendor)
		if c.Fresh != nil {
			gauge(out, f.age, now.Sub(*c.Fresh).Seconds(), a.Tenant, c.ID, c.Vendor)
		}
	}
	for k, n := range states {
		gauge(out, f.connections, float64(n), a.Tenant, k[0], k[1])
	}
	today, err := a.callsSince(ctx, now)
	if err != nil {
		return err
	}
	for _, c := range list {
		gauge(out, f.calls, float64(today[c.ID]), a.Tenant, c.ID, c.Vendor)
	}
	hooks, err := a.received(ctx, now)
	if err != nil {
		return err
	}
	for _, h := range hooks {
		gauge(out, f.waiting, float64(h.Waiting), a.Tenant, h.Vendor)
	}
	if err := f.alarmsOf(ctx, a, out); err != nil {
		return err
	}
	return f.booksOf(ctx, a, out, now)
}

func (f *figures) alarmsOf(ctx context.Context, a *App, out chan<- prometheus.Metric) error {
	alarms, err := a.Store.Alarms(ctx, a.Tenant)
	if err != nil {
		return err
	}
	kinds := map[string]int{"stale": 0, "reconnect": 0, "consent_ends": 0, "clock": 0}
	for _, r := range alarms {
		if r.Cleared == nil {
			kinds[string(r.Kind)]++
		}
	}
	for kind, n := range kinds {
		gauge(out, f.alarms, float64(n), a.Tenant, kind)
	}
	return nil
}

func (f *figures) booksOf(ctx context.Context, a *App, out chan<- prometheus.Metric, now time.Time) error {
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return err
	}
	for _, b := range all {
		one, err := a.bookStatus(ctx, b)
		if err != nil {
			return err
		}
		gauge(out, f.intents, float64(one.Parked), a.Tenant, b.ID, "parked")
		gauge(out, f.intents, float64(one.Waiting), a.Tenant, b.ID, "waiting")
		gauge(out, f.decisions, float64(len(one.Decisions)), a.Tenant, b.ID)
		p, ok, err := a.Store.LatestProof(ctx, b.Tenant, b.ID)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		open := 0
		for _, l := range p.Lines {
			if !l.Measured || l.Unexplained != 0 {
				open++
			}
		}
		gauge(out, f.proofAge, now.Sub(p.At).Seconds(), a.Tenant, b.ID)
		gauge(out, f.proofOpen, float64(open), a.Tenant, b.ID)
	}
	return nil
}
