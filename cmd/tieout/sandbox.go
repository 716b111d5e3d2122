package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

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
	box, err := sandbox.Start(ctx, config, clock.NewAdjustable(clock.System{}))
	if err != nil {
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

func (s *sandboxCommand) config() (sandbox.Config, error) {
	var config sandbox.Config
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
