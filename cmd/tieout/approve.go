package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/internal/app"
	"tieout/sync/monthend"
)

type approveCommand struct {
	Approval string `arg:"" optional:"" help:"Id of what is asked for; without it the open ones are listed."`
	Refuse   bool   `help:"Say no."`
	As       string `placeholder:"NAME" help:"Who approves; not the person who asked. Default: the user of this machine."`
	JSON     bool   `name:"json" help:"Print the list as JSON."`
}

// Run lists what waits for a second person, or answers one.
func (k *approveCommand) Run(ctx context.Context, g *Global, c console) error {
	who, err := person(k.As)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		open, err := a.approvals(ctx)
		switch {
		case err != nil:
			return err
		case k.Approval == "" && k.JSON:
			return c.json(open)
		case k.Approval == "":
			listApprovals(c, open)
			return nil
		}
		for _, one := range open {
			if one.ID != k.Approval {
				continue
			}
			return k.answer(ctx, a, c, one, who)
		}
		return fmt.Errorf("nothing waits under %q; tieout approve lists what does", k.Approval)
	})
}

// answer records a yes or no; what was asked for is done at a yes.
func (k *approveCommand) answer(ctx context.Context, a opened, c console, one app.PendingApproval, who string) error {
	done, err := a.Approve(ctx, one.Book, one.ID, !k.Refuse, who)
	switch {
	case errors.Is(err, monthend.ErrSame):
		return fmt.Errorf("%s has asked for it: another person has to approve", who)
	case err != nil:
		return err
	case k.Refuse:
		c.say("Refused by %s.", who)
	case done.Done:
		c.say("Approved by %s, and done as %s has asked.", who, one.AskedBy)
	case done.Why != "":
		return fmt.Errorf("approved by %s, but not done: %s", who, done.Why)
	default:
		c.say("Approved by %s. %s repeats the command now.", who, one.AskedBy)
	}
	return nil
}

// approvals are those that wait, of all books and of the installation itself.
func (o opened) approvals(ctx context.Context) ([]app.PendingApproval, error) {
	all, err := o.Approvals(ctx, o.Tenant)
	return slices.DeleteFunc(all, func(one app.PendingApproval) bool { return one.By != "" }), err
}

func listApprovals(c console, open []app.PendingApproval) {
	if len(open) == 0 {
		c.say("Nothing waits for a second person.")
		return
	}
	rows := []string{"ID\tBOOK\tSUBJECT\tDIGEST\tASKED BY\tAT\tWHAT"}
	for _, one := range open {
		rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", one.ID, cmp.Or(one.Book, "all"), one.Subject, one.Digest, one.AskedBy, one.AskedAt.Format(time.DateTime), one.What))
	}
	c.table(rows...)
	c.say("Approve with: tieout approve ID --as NAME")
}

// waiting adds to what waits for a second person how that is given.
func waiting(err error, who string) error {
	if errors.Is(err, app.ErrSecond) {
		return fmt.Errorf("%w: tieout approve lists it, and another person than %s approves", err, who)
	}
	return err
}
