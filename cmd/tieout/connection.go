package main

import (
	"context"

	"tieout/books"
)

type connectionCommand struct {
	Schedule connectionSchedule `cmd:"" help:"Set the cron expression of a connection."`
	Pause    connectionPause    `cmd:"" help:"Run a connection no more, until it is resumed."`
	Resume   connectionResume   `cmd:"" help:"Run a paused connection again."`
}

type connectionSchedule struct {
	Connection string `arg:"" help:"Id of the connection, as tieout status shows it."`
	Every      string `arg:"" help:"Cron expression of five fields, or @hourly, @daily, @every 30m."`
}

// Run sets the schedule.
func (k *connectionSchedule) Run(ctx context.Context, g *Global, c console) error {
	return configure(ctx, g, c, k.Connection, func(one *books.Connection) { one.Schedule = k.Every })
}

type connectionPause struct {
	Connection string `arg:"" help:"Id of the connection, as tieout status shows it."`
}

// Run pauses the connection.
func (k *connectionPause) Run(ctx context.Context, g *Global, c console) error {
	return configure(ctx, g, c, k.Connection, func(one *books.Connection) { one.State = books.ConnectionPaused })
}

type connectionResume struct {
	Connection string `arg:"" help:"Id of the connection, as tieout status shows it."`
}

// Run resumes the connection.
func (k *connectionResume) Run(ctx context.Context, g *Global, c console) error {
	return configure(ctx, g, c, k.Connection, func(one *books.Connection) {
		if one.State == books.ConnectionPaused {
			one.State = books.ConnectionActive
		}
	})
}

func configure(ctx context.Context, g *Global, c console, id string, change func(*books.Connection)) error {
	return g.with(ctx, c, func(a opened) error {
		one, err := a.connection(ctx, id)
		if err != nil {
			return err
		}
		change(&one)
		one, err = a.Scheduler.Configure(ctx, one, one.Schedule, one.State)
		if err != nil {
			return err
		}
		c.say("%s %s is %s and runs %s; next at %s.", one.Vendor, one.Profile.Name, one.State, one.Schedule, one.Due.UTC().Format("2006-01-02 15:04 UTC"))
		return nil
	})
}
