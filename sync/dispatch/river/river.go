// Package river carries hints between the processes of an installation on one
// PostgreSQL, with the job queue River: that something is due, or has come in by
// webhook. A hint says nothing else and may be lost, doubled or late: what is
// due is a row, and every process looks at the rows now and then. So a hint is
// told to any one process that has a worker free, within milliseconds.
//
// River has tables of its own, in the schema "river", and a small pool of
// connections of its own: the store knows nothing of it.
package river

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

const (
	// schema holds River's tables.
	schema = "river"
	// queue is the one queue, so that other programs may use River too.
	queue = "tieout_hints"
	// connections of the pool: one listens, the others fetch and note.
	connections = 5
	// fetchCooldown is the least time between two fetches; River's default of
	// 100 ms would be most of a hint's way.
	fetchCooldown = 10 * time.Millisecond
	// fetchPoll finds what no notification has told of.
	fetchPoll = time.Second
	// hintWorkers tell hints; none of them does the work itself.
	hintWorkers = 4
	// hintTime bounds one, and rescueAfter is when one whose process has died is
	// told again.
	hintTime    = 10 * time.Second
	rescueAfter = 30 * time.Second
	// hintLife is how long a hint that no process had a worker for is passed on:
	// by then all have looked at the rows themselves.
	hintLife = 30 * time.Second
	// passOn is after how long such a hint is told to another.
	passOn = 250 * time.Millisecond
	// retention of hints that were told.
	retention = time.Minute
	// DuePause is how often the leader among the processes has one of them look
	// for what is due.
	DuePause = time.Second
)

// Topics.
const (
	TopicDue   = "due"
	TopicHooks = "hooks"
)

// hint is the whole of a job.
type hint struct {
	Topic string `json:"topic"`
}

// Kind names the job among those of other programs.
func (hint) Kind() string { return "tieout_hint" }

// Options say what a process does with hints.
type Options struct {
	// Take does something about a topic, without waiting for its end; false when
	// no worker is free: then another process hears of it. A process that works
	// at nothing has none.
	Take map[string]func() bool
	// Failed hears of hints that could not be sent or told; the looks at the rows
	// go on without them.
	Failed func(error)
}

// Dispatcher sends hints, and tells this process those that come.
type Dispatcher struct {
	client  *river.Client[pgx.Tx]
	pool    *pgxpool.Pool
	options Options
	// wanted holds a place for each topic: hints that come while one is being
	// sent are one.
	wanted map[string]chan struct{}
}

// Migrate brings River's own tables up to date.
func Migrate(ctx context.Context, address string) error {
	pool, err := open(ctx, address)
	if err != nil {
		return err
	}
	defer pool.Close()
	// Several processes may start at the same time: one migrates, the others
	// wait. Not in one transaction: a new value of a type needs one of its own.
	c, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("river: migrate: %w", err)
	}
	// The end of the connection ends the lock.
	defer func() { _ = c.Hijack().Close(context.WithoutCancel(ctx)) }()
	for _, statement := range []string{`select pg_advisory_lock(hashtext('tieout river migration'))`, "create schema if not exists " + schema} {
		if _, err := c.Exec(ctx, statement); err != nil {
			return fmt.Errorf("river: migrate: %w", err)
		}
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: schema, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("river: migrate: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("river: migrate: %w", err)
	}
	return nil
}

func open(ctx context.Context, address string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, errors.New("river: the database address cannot be read") // the error may quote it, with its password
	}
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("river: open: %w", err)
	}
	return pool, nil
}

// New connects to a database that Migrate has been run on.
func New(ctx context.Context, address string, o Options) (*Dispatcher, error) {
	pool, err := open(ctx, address)
	if err != nil {
		return nil, err
	}
	d := &Dispatcher{pool: pool, options: o, wanted: map[string]chan struct{}{}}
	for _, topic := range []string{TopicDue, TopicHooks} {
		d.wanted[topic] = make(chan struct{}, 1)
	}
	config := &river.Config{
		Schema: schema, Logger: slog.New(slog.DiscardHandler), Workers: river.NewWorkers(), ErrorHandler: failing{o.Failed},
		FetchCooldown: fetchCooldown, FetchPollInterval: fetchPoll, JobTimeout: hintTime, RescueStuckJobsAfter: rescueAfter,
		CompletedJobRetentionPeriod: retention, CancelledJobRetentionPeriod: retention, DiscardedJobRetentionPeriod: retention,
	}
	river.AddWorker(config.Workers, &teller{take: o.Take})
	if len(o.Take) > 0 {
		config.Queues = map[string]river.QueueConfig{queue: {MaxWorkers: hintWorkers}}
		config.PeriodicJobs = []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(DuePause), func() (river.JobArgs, *river.InsertOpts) {
			return hint{TopicDue}, inserted()
		}, nil)}
	}
	if d.client, err = river.NewClient(riverpgxv5.New(pool), config); err != nil {
		pool.Close()
		return nil, fmt.Errorf("river: %w", err)
	}
	return d, nil
}

func inserted() *river.InsertOpts { return &river.InsertOpts{Queue: queue, MaxAttempts: 3} }

// Hint tells the processes that there may be something to do. It never blocks.
func (d *Dispatcher) Hint(topic string) {
	select {
	case d.wanted[topic] <- struct{}{}:
	default:
	}
}

// Run sends and tells hints until ctx ends. Where River cannot be started, it
// says so and ends: the looks at the rows go on.
func (d *Dispatcher) Run(ctx context.Context) {
	defer d.pool.Close()
	if len(d.options.Take) > 0 {
		if err := d.client.Start(ctx); err != nil {
			if ctx.Err() == nil {
				d.options.Failed(fmt.Errorf("river: start: %w", err))
			}
			return
		}
		// The end of ctx stops it: what it is telling is told within moments.
		defer func() { <-d.client.Stopped() }()
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-d.wanted[TopicDue]:
			d.send(ctx, TopicDue)
		case <-d.wanted[TopicHooks]:
			d.send(ctx, TopicHooks)
		}
	}
}

func (d *Dispatcher) send(ctx context.Context, topic string) {
	if _, err := d.client.Insert(ctx, hint{topic}, inserted()); err != nil && ctx.Err() == nil {
		d.options.Failed(fmt.Errorf("river: send a hint: %w", err))
	}
}

// teller tells this process a hint.
type teller struct {
	river.WorkerDefaults[hint]
	take map[string]func() bool
}

// Work tells it, or passes it on when no worker is free. A topic that this
// version does not know is for newer ones, who look at the rows too.
func (w *teller) Work(_ context.Context, job *river.Job[hint]) error {
	take := w.take[job.Args.Topic]
	if take == nil || take() {
		return nil
	}
	if job.AttemptedAt != nil && job.AttemptedAt.Sub(job.CreatedAt) > hintLife {
		return nil
	}
	return river.JobSnooze(passOn)
}

// failing hears of hints that could not be told.
type failing struct{ failed func(error) }

// HandleError passes the error on.
func (f failing) HandleError(_ context.Context, _ *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.failed(fmt.Errorf("river: tell a hint: %w", err))
	return nil
}

// HandlePanic passes it on.
func (f failing) HandlePanic(_ context.Context, _ *rivertype.JobRow, value any, _ string) *river.ErrorHandlerResult {
	f.failed(fmt.Errorf("river: tell a hint: panic: %v", value))
	return nil
}
