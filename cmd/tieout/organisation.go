package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/books"
	"tieout/internal/app"
	"tieout/people"
)

// with opens the installation for one piece of work on one organisation.
func (g *Global) with(ctx context.Context, c console, work func(opened) error) error {
	return g.whole(ctx, c, func(a opened) error {
		one, err := g.of(ctx, a.App)
		if err != nil {
			return err
		}
		return work(opened{one})
	})
}

// whole opens the installation for work that is of no single organisation.
func (g *Global) whole(ctx context.Context, c console, work func(opened) error) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	return work(opened{a})
}

// of is the installation seen from the organisation that is meant: the one that
// --org names, or the only one. Before there is any, it is the first.
func (g *Global) of(ctx context.Context, a *app.App) (*app.App, error) {
	all, err := a.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	var hits []people.Organisation
	for _, o := range all {
		if g.Org == "" || o.Tenant == g.Org || strings.EqualFold(o.Name, g.Org) {
			hits = append(hits, o)
		}
	}
	switch {
	case len(hits) == 1:
		return a.Of(hits[0].Tenant), nil
	case len(all) == 0 && (g.Org == "" || g.Org == books.Tenant):
		return a.Of(books.Tenant), nil
	case len(all) == 0:
		return nil, usagef("--org %s: there is no organisation yet: tieout serve prints the address at which the first is set up", g.Org)
	case len(hits) == 0:
		return nil, usagef("--org %s: there is no such organisation; there are:%s", g.Org, organisationLines(all))
	case g.Org == "":
		return nil, usagef("there are several organisations: say with --org which one is meant:%s", organisationLines(all))
	}
	return nil, usagef("--org %s: several have this name: give the id:%s", g.Org, organisationLines(hits))
}

func organisationLines(all []people.Organisation) string {
	var text strings.Builder
	for _, o := range all {
		_, _ = fmt.Fprintf(&text, "\n  %s  %s", o.Tenant, o.Name)
	}
	return text.String()
}

type orgCommand struct {
	List orgList `cmd:"" help:"List the organisations."`
	New  orgNew  `cmd:"" help:"Add an organisation: a client with connections, books and people of its own."`
}

type orgList struct {
	JSON bool `name:"json" help:"Print the list as JSON."`
}

// listedOrganisation is an organisation as the list shows it.
type listedOrganisation struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Zone        string `json:"zone"`
	Home        string `json:"home_currency"`
	Connections int    `json:"connections"`
	Books       int    `json:"books"`
}

// Run lists the organisations.
func (k *orgList) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		all, err := a.Store.Organisations(ctx)
		if err != nil {
			return err
		}
		list, rows := []listedOrganisation{}, []string{"ID\tNAME\tZONE\tCURRENCY\tCONNECTIONS\tBOOKS"}
		for _, o := range all {
			connections, err := a.Store.Connections(ctx, o.Tenant)
			if err != nil {
				return err
			}
			ledgers, err := a.Store.Books(ctx, o.Tenant)
			if err != nil {
				return err
			}
			one := listedOrganisation{o.Tenant, o.Name, o.Zone, o.Home, len(connections), len(ledgers)}
			list = append(list, one)
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d", one.ID, one.Name, one.Zone, one.Home, one.Connections, one.Books))
		}
		if k.JSON {
			return c.json(list)
		}
		c.table(rows...)
		return nil
	})
}

type orgNew struct {
	Name  string `arg:"" help:"Name of the organisation."`
	Owner string `required:"" placeholder:"ADDRESS" help:"E-mail address of the person who owns it; tieout person list shows who is there."`
	Zone  string `default:"UTC" help:"Time zone that its days are counted in, such as Europe/Berlin."`
	Home  string `default:"USD" help:"Its home currency, an ISO 4217 code."`
	JSON  bool   `name:"json" help:"Print it as JSON."`
}

// Run adds an organisation.
func (k *orgNew) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		owner, err := a.Store.PersonByEmail(ctx, k.Owner)
		if err != nil {
			return noPerson(k.Owner, err)
		}
		o, err := a.People.NewOrganisation(ctx, "cli", owner, people.Organisation{Name: k.Name, Zone: k.Zone, Home: k.Home})
		if wrong, ok := errors.AsType[people.InputError](err); ok {
			return usagef("%s: %s", wrong.Field, wrong.Text)
		}
		if err != nil {
			return err
		}
		if k.JSON {
			return c.json(listedOrganisation{ID: o.Tenant, Name: o.Name, Zone: o.Zone, Home: o.Home})
		}
		c.say("%s is there, with the id %s. Connect its ledger: tieout connect xero --org %s", o.Name, o.Tenant, o.Tenant)
		return nil
	})
}
