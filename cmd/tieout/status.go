package main

import (
	"context"
	"fmt"
	"strings"

	"tieout/web"
)

type statusCommand struct {
	JSON bool `name:"json" help:"Print the status as JSON."`
}

// Run shows the installation at a glance.
func (s *statusCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		status, err := a.Status(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			if err := c.json(status); err != nil {
				return fmt.Errorf("print the status: %w", err)
			}
			return nil
		}
		c.status(status)
		return c.next(ctx, a.App)
	})
}

func (c console) status(s web.Status) {
	if len(s.Connections) == 0 {
		c.say("Nothing is connected yet. tieout demo shows how it works.")
		return
	}
	rows := []string{"CONNECTION\tVENDOR\tNAME\tSTATE\tFRESH AS OF (UTC)\tNEXT RUN (UTC)\tCALLS TODAY\tTHIS MONTH"}
	for _, one := range s.Connections {
		fresh := "never"
		if one.Fresh != nil {
			fresh = one.Fresh.UTC().Format("2006-01-02 15:04")
		}
		state := one.State
		if one.Why != "" {
			state += ": " + one.Why
		}
		rows = append(rows, strings.Join([]string{
			one.ID, one.Vendor, one.Name, state, fresh, one.Due.UTC().Format("2006-01-02 15:04"),
			fmt.Sprint(one.CallsToday), fmt.Sprint(one.CallsMonth),
		}, "\t"))
	}
	c.table(rows...)
	for _, one := range s.Connections {
		if one.Notice != "" {
			c.say("! %s %s: %s", one.Vendor, one.Name, one.Notice)
		}
	}
	for _, one := range s.Connections {
		if text := rates(one); text != "" {
			c.say("%s %s: %s", one.Vendor, one.Name, text)
		}
	}
	for _, h := range s.Hooks {
		c.say("%s: %s", h.Vendor, h.Text())
	}
	for _, b := range s.Budgets {
		c.say("%s: %s", b.Vendor, drawn(b))
	}
	for _, b := range s.Books {
		writing := "off"
		if b.Writes {
			writing = "on"
		}
		c.say("\nBook %s, %s: %s. Writing is %s, %d writes wait, %d are parked.", b.ID, b.Name, b.Agrees(), writing, b.Waiting, b.Parked)
		c.say("  %d payments matched, %d suggested, %d held; %d payment links, %d visible", b.Matched, b.Suggested, b.Held, b.Links, b.Visible)
		for _, r := range b.Receivables {
			c.say("  Customers owe %s %s: %s in the ledger, %s on invoices that only Stripe holds", r.Total, r.Currency, r.Ledger, r.Stripe)
		}
		for _, note := range b.Notes {
			c.say("  %s", note)
		}
		for _, q := range b.Decisions {
			c.say("  ? %s %s", q.Line(), asCommands(q.Hint))
		}
		for _, q := range b.Exceptions {
			c.say("  ! %s: %s %s", q.Kind, q.Text, asCommands(q.Hint))
		}
	}
}

// rates says what is left of the calls that a vendor takes for a connection,
// where some are used or the vendor wants to be left alone.
func rates(one web.ConnectionStatus) string {
	var parts []string
	for _, r := range one.Rates {
		if r.Used > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d calls left this %s", r.Remaining, r.Limit, r.Name))
		}
	}
	if one.Held != nil {
		parts = append(parts, "the vendor asks to wait until "+one.Held.UTC().Format("2006-01-02 15:04:05")+" UTC")
	}
	return strings.Join(parts, ", ")
}

// drawn says what was drawn of a budget, bytes in MiB.
func drawn(b web.Budget) string {
	used, limit, unit := b.Used, b.Limit, b.Unit
	if unit == "bytes" {
		used, limit, unit = used>>20, limit>>20, "MiB read"
	}
	if limit == 0 {
		return fmt.Sprintf("%d %s this %s", used, unit, b.Window)
	}
	return fmt.Sprintf("%d of %d %s this %s", used, limit, unit, b.Window)
}
