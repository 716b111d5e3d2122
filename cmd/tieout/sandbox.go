package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"runtime/metrics"

	"tieout/internal/clock"
	"tieout/sandbox"
)

type sandboxCommand struct {
	Config   string   `type:"existingfile" placeholder:"FILE" help:"Configuration as JSON, see docs/sandbox.md. Flags below win over it."`
	Data     []string `type:"existingdir" placeholder:"DIR" help:"Folder of a recorded company; may be given several times."`
	Seed     int64    `help:"Seed of the generated economy."`
	Invoices int      `help:"Open invoices of each generated ledger."`
}

// Run serves the stand-ins until it is asked to stop. When they can be asked
// it prints one line of JSON: addresses, credentials, the control API.
func (s *sandboxCommand) Run(ctx context.Context, c console) error {
	config, err := s.config()
	if err != nil {
		return err
	}
	settle := spareCollector()
	box, err := sandbox.Start(ctx, config, clock.NewAdjustable(c.clock))
	settle()
	switch {
	case ctx.Err() != nil: // stopped while the companies were written
		if box != nil {
			return box.Close()
		}
		return nil
	case err != nil:
		return err
	}
	line, err := json.Marshal(box.Ready())
	if err != nil {
		return fmt.Errorf("sandbox: ready line: %w", err)
	}
	c.say("%s", line)
	select {
	case <-ctx.Done():
		return box.Close()
	case err := <-box.Failed():
		return errors.Join(err, box.Close())
	}
}

// While the companies are written nearly everything that is allocated stays:
// the collector runs seldom then, unless the heap comes near the limit.
// Afterwards the limit keeps a large sandbox, of some 100,000 invoices a
// ledger, below 1 GiB; beyond that it would only cost time.
const (
	writingPercent = 400
	writingLimit   = 700 << 20 // bytes
	servingLimit   = 800 << 20
)

// spareCollector lets the garbage collector rest until settle.
func spareCollector() (settle func()) {
	percent, limit := debug.SetGCPercent(writingPercent), debug.SetMemoryLimit(writingLimit)
	return func() {
		held := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(held)
		if held[0].Value.Uint64() < servingLimit*2/3 {
			limit = servingLimit
		}
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

func (s *sandboxCommand) config() (sandbox.Config, error) {
	config := sandbox.Config{Stripe: sandbox.StripeConfig{StripeOptions: sandbox.StripeOptions{Payouts: sandbox.PayoutsDaily}}}
	if s.Config != "" {
		file, err := os.Open(s.Config)
		if err != nil {
			return config, fmt.Errorf("sandbox: %w", err)
		}
		defer func() { _ = file.Close() }()
		if config, err = sandbox.ReadConfig(file); err != nil {
			return config, fmt.Errorf("%s: %w", s.Config, err)
		}
	}
	if len(s.Data) > 0 {
		config.Data = s.Data
	}
	if s.Seed != 0 {
		config.Seed = s.Seed
	}
	if s.Invoices != 0 {
		config.Invoices = s.Invoices
	}
	return config, nil
}
