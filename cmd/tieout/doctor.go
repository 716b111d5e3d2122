package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/books"
	"tieout/internal/app"
)

type doctorCommand struct{}

// errSick says that a check failed.
var errSick = errors.New("not everything is well: the lines that begin with ! say what")

// Run checks everything that can be checked without changing anything: the
// database, the key, and who answers for each connection.
func (*doctorCommand) Run(ctx context.Context, g *Global, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		c.say("! database or key: %v", err)
		return errSick
	}
	defer func() { _ = a.Close() }()
	c.say("  database: %s, schema up to date", a.Store.Engine())
	connections, err := a.Store.Connections(ctx, books.Tenant)
	if err != nil {
		return err
	}
	if len(connections) == 0 {
		c.say("  no connection yet: start with tieout connect")
	}
	sick := false
	for _, one := range connections {
		if err := check(ctx, a, one); err != nil {
			sick = true
			c.say("! %s %s: %v", one.Vendor, one.Profile.Name, err)
			continue
		}
		c.say("  %s %s: answers as %s", one.Vendor, one.Profile.Name, one.ExternalID)
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
