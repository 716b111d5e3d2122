package main

import (
	"context"
	"sync"
	"time"

	"tieout/connectors"
	"tieout/internal/app"
	"tieout/sync/dispatch"
	"tieout/sync/dispatch/local"
	"tieout/sync/dispatch/river"
)

// Node are the flags of a process that works.
type Node struct {
	Workers  int    `default:"4" env:"TIEOUT_WORKERS" placeholder:"N" help:"How many books this process runs side by side; 0 works at nothing, and leaves it to other processes."`
	Dispatch string `enum:"local,river" default:"local" env:"TIEOUT_DISPATCH" help:"How processes on one PostgreSQL hear of work: local (each looks every second) or river (they tell each other)."`
}

// lookEvery is the pause between two looks of a process that hears of what is
// due from others too; each process begins at another moment.
const lookEvery = 5 * time.Second

// node is one process at work.
type node struct {
	// due and hooked look at what is due, and at what came in by webhook.
	due, hooked *local.Dispatcher
	pool        *dispatch.Pool
	// others tells the other processes; nil when there are none that listen.
	others *river.Dispatcher
	c      console
}

// node prepares the process. Nothing runs yet.
func (n *Node) node(ctx context.Context, g *Global, a *app.App, c console) (*node, error) {
	if n.Workers < 0 {
		return nil, usagef("--workers %d: a process has 0 workers or more", n.Workers)
	}
	out := &node{c: c, hooked: hooks(a, c)}
	out.pool = &dispatch.Pool{Claim: a.Claim, Workers: n.Workers, Run: func(ctx context.Context, t dispatch.Task) {
		runs, err := a.RunTask(ctx, t)
		c.troubles(ctx, runs)
		if err != nil && ctx.Err() == nil {
			c.note("tieout: %s", connectors.Logged(err))
		}
	}}
	out.due = local.New(out.pool.Round, func(err error) { c.note("tieout: %s", connectors.Logged(err)) })
	out.pool.Ended = out.due.Hint
	if n.Dispatch != "river" {
		return out, nil
	}
	if !isPostgres(g.DB) {
		return nil, usagef("--dispatch river is for several processes on one PostgreSQL: give --db postgres://...")
	}
	if err := river.Migrate(ctx, g.DB); err != nil {
		return nil, databaseProblem(g.DB, err)
	}
	o := river.Options{Failed: func(err error) { c.note("tieout: %s", connectors.Logged(err)) }}
	if n.Workers > 0 {
		o.Take = map[string]func() bool{
			river.TopicDue:   func() bool { full := out.pool.Full(); out.due.Hint(); return !full },
			river.TopicHooks: func() bool { out.hooked.Hint(); return true },
		}
	}
	var err error
	if out.others, err = river.New(ctx, g.DB, o); err != nil {
		return nil, databaseProblem(g.DB, err)
	}
	out.due.Every(lookEvery)
	out.pool.More = func() { out.others.Hint(river.TopicDue) }
	return out, nil
}

// arrived is called when something has come in by webhook.
func (n *node) arrived() {
	n.hooked.Hint()
	if n.others != nil {
		n.others.Hint(river.TopicHooks)
	}
}

// work dispatches due work until ctx ends, and beside it what webhooks ask for:
// a long run of one book must not keep them waiting. The channel closes when
// the last step has ended. What is under way then gives its claim and its lease
// back, so that another process goes on with it at once.
func (n *node) work(ctx context.Context, a *app.App) <-chan struct{} {
	done := make(chan struct{})
	var working sync.WaitGroup
	if n.others != nil {
		working.Go(func() { n.others.Run(ctx) })
	}
	if n.pool.Workers > 0 {
		working.Go(func() { n.due.Run(ctx); n.pool.Wait() })
		working.Go(func() { n.hooked.Run(ctx) })
		notices := local.New(a.Notify, func(err error) { n.c.note("tieout: webhooks to your systems: %s", connectors.Logged(err)) })
		working.Go(func() { notices.Run(ctx); a.NotifyWait() })
		mails := local.New(a.SendMail, func(err error) { n.c.note("tieout: e-mails: %s", connectors.Logged(err)) })
		working.Go(func() { mails.Run(ctx) })
		working.Go(func() { n.retention(a).Run(ctx) })
	}
	go func() {
		defer close(done)
		working.Wait()
	}()
	return done
}

// retention lets go what is not kept any longer, and says how much it was.
func (n *node) retention(a *app.App) *local.Dispatcher {
	return local.New(func(ctx context.Context) error {
		gone, err := a.Retain(ctx)
		if !gone.Nothing() {
			n.c.note("tieout: retention: deleted %s", gone)
		}
		return err
	}, func(err error) { n.c.note("tieout: retention: %s", connectors.Logged(err)) })
}
