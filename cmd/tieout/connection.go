package main

import (
	"context"

	"tieout/books"
)

type connectionCommand struct {
	Schedule   connectionSchedule   `cmd:"" help:"Set the cron expression of a connection."`
	Pause      connectionPause      `cmd:"" help:"Run a connection no more, until it is resumed."`
	Resume     connectionResume     `cmd:"" help:"Run a paused connection again."`
	Companies  connectionCompanies  `cmd:"" help:"List the companies that the consent of a connection reaches."`
	Disconnect connectionDisconnect `cmd:"" help:"Give a company up at its vendor; what was read stays."`
}

type connectionCompanies struct {
	Connection string `arg:"" help:"Id of the connection, as tieout status shows it."`
}

// Run lists the companies in reach.
func (k *connectionCompanies) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		one, err := a.connection(ctx, k.Connection)
		if err != nil {
			return err
		}
		reached, err := a.Connect.Reach(ctx, one)
		if err != nil {
			return err
		}
		known, err := a.Store.Connections(ctx, one.Tenant)
		if err != nil {
			return err
		}
		rows := []string{"COMPANY\tID\tCONNECTION"}
		for _, company := range reached {
			id := "-"
			for _, other := range known {
				if other.Vendor == one.Vendor && other.ExternalID == company.ExternalID {
					id = other.ID
				}
			}
			rows = append(rows, company.Name+"\t"+company.ExternalID+"\t"+id)
		}
		c.table(rows...)
		return nil
	})
}

type connectionDisconnect struct {
	Connection string `arg:"" help:"Id of the connection, as tieout status shows it."`
}

// Run gives the company up.
func (k *connectionDisconnect) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		one, err := a.connection(ctx, k.Connection)
		if err != nil {
			return err
		}
		one, left, err := a.Disconnect(ctx, one)
		if err != nil {
			return err
		}
		c.say("%s %s is disconnected. What was read of it stays, and its books write nothing until they are switched on again.", one.Vendor, one.Profile.Name)
		return left
	})
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
