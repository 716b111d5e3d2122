// Package dispatch spreads due work over the workers of a process, and over
// processes. What is due is a row, and so is who has claimed it; a worker that
// dies loses its claim. A look at the rows every now and then is the guarantee
// that what is due is done: hints, inside a process or between machines, only
// shorten the wait. It decides nothing and runs no step itself.
package dispatch

import (
	"context"
	"sync"
	"time"
)

// Kind says what a task is about.
type Kind string

// The kinds.
const (
	KindBook       Kind = "book"
	KindConnection Kind = "connection"
)

// Task is a book that is due because one of its connections is, or a connection
// without a book.
type Task struct {
	Tenant string
	Kind   Kind
	ID     string
	// Connections are those that were claimed for it.
	Connections []string
}

// ClaimLife is how long a claim stands: work that takes longer may be claimed
// by another, who finds the lease taken.
const ClaimLife = 5 * time.Minute

// Pool runs claimed tasks side by side.
type Pool struct {
	// Claim takes at most so many tasks.
	Claim func(ctx context.Context, limit int) ([]Task, error)
	// Run does one. It tells of errors itself, and gives the claim back.
	Run func(context.Context, Task)
	// Workers is how many run at once.
	Workers int
	// Ended hears of every task that has ended: there may be room for more.
	Ended func()
	// More, when set, hears that more may be due than this process could take.
	More func()

	mu      sync.Mutex
	running int
	work    sync.WaitGroup
}

// Full says that no worker is free.
func (p *Pool) Full() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running >= p.Workers
}

// Round claims as much as workers are free, and starts it. It does not wait for
// its end: see Wait. It is never called twice at once.
func (p *Pool) Round(ctx context.Context) error {
	p.mu.Lock()
	free := p.Workers - p.running
	p.mu.Unlock()
	if free <= 0 || ctx.Err() != nil {
		return nil
	}
	tasks, err := p.Claim(ctx, free)
	for _, t := range tasks {
		p.mu.Lock()
		p.running++
		p.mu.Unlock()
		p.work.Go(func() {
			defer func() {
				p.mu.Lock()
				p.running--
				p.mu.Unlock()
				p.Ended()
			}()
			p.Run(ctx, t)
		})
	}
	if len(tasks) >= free && p.More != nil {
		p.More()
	}
	return err
}

// Wait waits for what Round has started.
func (p *Pool) Wait() { p.work.Wait() }
