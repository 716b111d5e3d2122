package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/internal/app"
)

type doctorCommand struct {
	Connection string `placeholder:"ID" help:"Look at this connection only."`
	Live       bool   `help:"Take a closer look at each connection, before real money goes through it: see docs/going-live.md. Reads only."`
	Write      bool   `help:"With --live: renew tokens and make one contact or payment link, where there is no real money."`
}

// errSick says that a check failed.
var errSick = errors.New("not everything is well: the lines that begin with ! say what")

// Run checks everything that can be checked without changing anything: the
// database, the key, and who answers for each connection.
func (d *doctorCommand) Run(ctx context.Context, g *Global, c console) error {
	if d.Write && !d.Live {
		return usagef("--write goes with --live")
	}
	whole, err := g.open(ctx, c)
	if err != nil {
		c.say("! database or key: %v", err)
		return errSick
	}
	defer func() { _ = whole.Close() }()
	a, err := g.of(ctx, whole)
	if err != nil {
		return err
	}
	c.say("  database: %s, schema up to date", a.Store.Engine())
	clockErr := a.ClockRight(ctx)
	if clockErr != nil {
		c.say("! clock: %v", clockErr)
	}
	connections, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return err
	}
	if len(connections) == 0 {
		c.say("  no connection yet: start with tieout connect")
	}
	notices, err := a.ConsentNotices(ctx)
	if err != nil {
		return err
	}
	lost, err := a.LostKeys(ctx)
	if err != nil {
		return err
	}
	for _, key := range lost {
		c.say("! key: %s", key)
	}
	sick := len(lost) > 0 || clockErr != nil
	for _, one := range connections {
		if d.Connection != "" && d.Connection != one.ID {
			continue
		}
		if err := check(ctx, a, one); err != nil {
			sick = true
			c.say("! %s %s: %v", one.Vendor, one.Profile.Name, err)
			if connectors.ClassOf(err) == connectors.ClassReconnect {
				c.say("  connect it again, with %s", connect.Again(one))
			}
			continue
		}
		c.say("  %s %s: answers as %s", one.Vendor, one.Profile.Name, one.ExternalID)
		if notice := notices[one.ID]; notice != "" {
			c.say("? %s %s: %s", one.Vendor, one.Profile.Name, notice)
		}
		if !d.Live {
			continue
		}
		well, err := examine(ctx, c, a, one, d.Write)
		if err != nil {
			return err
		}
		sick = sick || !well
	}
	if d.Live {
		c.say("? what no program can find out is listed in docs/going-live.md")
	}
	if sick {
		return errSick
	}
	return nil
}

// check asks a connection who it is, and whether it still is who it was.
func check(ctx context.Context, a *app.App, one books.Connection) error {
	session, err := a.Session(one)
	if err != nil {
		return err
	}
	profile, err := session.Profile(ctx)
	if err != nil {
		return err
	}
	if profile.ExternalID != one.ExternalID || profile.Live != one.Profile.Live || profile.Home != one.Profile.Home {
		return fmt.Errorf("it was connected as %s (%s, live %v) and answers as %s (%s, live %v)", one.ExternalID, one.Profile.Home, one.Profile.Live,
			profile.ExternalID, profile.Home, profile.Live)
	}
	return nil
}
