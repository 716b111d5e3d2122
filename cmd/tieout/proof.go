package main

import (
	"context"
	"fmt"
	"strings"

	"tieout/internal/app"
	"tieout/sync/proof"
)

type proofCommand struct {
	Show   proofShow   `cmd:"" default:"withargs" help:"Show the latest proof of every book, line by line, or what stood open on an earlier day with --as-of."`
	Key    proofKey    `cmd:"" help:"Print the public keys that proofs are signed with."`
	Verify proofVerify `cmd:"" help:"Check a stored proof: its signature, and its lines computed anew from what it stores."`
}

type proofShow struct {
	JSON  bool   `name:"json" help:"Print the lines as JSON."`
	AsOf  string `name:"as-of" placeholder:"YYYY-MM-DD" help:"What stood open at the end of this day."`
	Known string `placeholder:"YYYY-MM-DD" help:"With --as-of: as it was known at the end of this day; default is now."`
}

// Run prints the latest proof of every book.
func (p *proofShow) Run(ctx context.Context, g *Global, c console) error {
	if p.AsOf == "" && p.Known != "" {
		return usagef("--known needs --as-of")
	}
	return g.with(ctx, c, func(a opened) error {
		if p.AsOf != "" {
			return p.asOf(ctx, a, c)
		}
		lines, err := a.Proofs(ctx)
		if err != nil {
			return err
		}
		if p.JSON {
			if err := c.json(lines); err != nil {
				return fmt.Errorf("print the proof: %w", err)
			}
		} else {
			c.proof(lines)
		}
		for _, l := range lines {
			if l.Open() {
				return errUnexplained
			}
		}
		return nil
	})
}

func (c console) proof(lines []app.ProofLine) {
	if len(lines) == 0 {
		c.say("Nothing has been proven yet: run tieout sync.")
		return
	}
	rows := []string{"BOOK\tPROOF\tCUR\tLEDGER\tSTRIPE\tTIEOUT\tDIFFERENCE\tEXPLAINED\tUNEXPLAINED\tMEASURED"}
	for _, l := range lines {
		rows = append(rows, strings.Join([]string{
			l.Book, l.Check, l.Currency, dash(l.Ledger), dash(l.Stripe), dash(l.Tieout), l.Difference,
			l.ExplainedSum, verdict(l), l.MeasuredAt.UTC().Format("2006-01-02 15:04"),
		}, "\t"))
	}
	c.table(rows...)
	for _, l := range lines {
		for _, item := range l.Explained {
			c.say("  %s %s %s %s: %s", l.Check, l.Currency, item.Amount, item.ID, item.Text)
		}
		if !l.Open() {
			continue
		}
		for _, cause := range l.Causes {
			c.say("! %s %s %s %s: %s %s %s", l.Check, l.Currency, cause.Amount, cause.ID, cause.Text, asCommands(cause.Action), cause.URL)
		}
	}
}

type proofKey struct{}

// Run prints the public keys, and makes the first where there is none.
func (*proofKey) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		if _, err := a.SigningKey(ctx); err != nil {
			return err
		}
		keys, err := a.Store.PublicKeys(ctx, a.Tenant)
		if err != nil {
			return err
		}
		for _, k := range keys {
			c.say("%s  ed25519  %s  since %s", k.ID, proof.PublicText(k.Public), k.Created.UTC().Format("2006-01-02"))
		}
		return nil
	})
}

type proofVerify struct {
	ID     string `arg:"" optional:"" help:"Id of the proof; the latest of every book without one."`
	Public string `name:"public-key" placeholder:"BASE64" help:"Public key to check by, as tieout proof key printed it earlier; default is the stored one."`
	All    bool   `help:"Check every stored proof, and that none was taken out of the row."`
	JSON   bool   `name:"json" help:"Print the outcome as JSON."`
}

// Run checks stored proofs.
func (v *proofVerify) Run(ctx context.Context, g *Global, c console) error {
	var public []byte
	if v.Public != "" {
		key, err := proof.ParsePublic(v.Public)
		if err != nil {
			return usagef("--public-key: %v", err)
		}
		public = key
	}
	return g.with(ctx, c, func(a opened) error {
		verdicts, err := a.VerifyProofs(ctx, v.ID, public, v.All)
		if err != nil {
			return err
		}
		broken := 0
		for _, one := range verdicts {
			if !one.Holds() {
				broken++
			}
			if v.JSON {
				continue
			}
			if one.Holds() {
				c.say("%s of %s holds: signed by %s, %d lines computed anew.", one.Proof, one.At.UTC().Format("2006-01-02 15:04"), one.Key, one.Lines)
				continue
			}
			c.say("%s of %s DOES NOT HOLD: %s.", one.Proof, one.At.UTC().Format("2006-01-02 15:04"), strings.Join(one.Problems, "; "))
		}
		if v.JSON {
			if err := c.json(verdicts); err != nil {
				return fmt.Errorf("print the outcome: %w", err)
			}
		}
		if len(verdicts) == 0 && !v.JSON {
			c.say("Nothing has been proven yet: run tieout sync.")
		}
		if broken > 0 {
			return fmt.Errorf("%d of %d proofs do not hold", broken, len(verdicts))
		}
		return nil
	})
}
