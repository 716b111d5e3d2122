package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"tieout/internal/app"
	"tieout/internal/secret"
)

type keysCommand struct {
	List   keysList   `cmd:"" help:"List the keys that seal credentials, and what each has sealed."`
	Rotate keysRotate `cmd:"" help:"Make a new key and seal everything with it; an interrupted run is finished by the next one."`
	Retire keysRetire `cmd:"" help:"Remove the old keys from the key file, once nothing is sealed with them."`
	Forget keysForget `cmd:"" help:"Give up what a lost key has sealed: connections need consent again, webhook addresses have to be added again."`
}

type keysList struct {
	JSON bool `name:"json" help:"Print them as JSON."`
}

// Run lists the keys.
func (k *keysList) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		uses, err := a.KeyUses(ctx)
		if err != nil {
			return err
		}
		if k.JSON {
			return c.json(uses)
		}
		rows := []string{"KEY\tUSE\tSECRETS"}
		for _, u := range uses {
			use := "opens what it has sealed"
			switch {
			case u.Seals:
				use = "seals"
			case !u.Here:
				use = "not here"
			}
			rows = append(rows, u.ID+"\t"+use+"\t"+strconv.Itoa(u.Secrets()))
		}
		c.table(rows...)
		return nil
	})
}

type keysRotate struct{}

// Help says how to rotate where the key is no file of ours.
func (*keysRotate) Help() string {
	return "The key file gets a new key before the old one; programs that run notice it by themselves. Afterwards: tieout keys retire.\n\n" +
		"Where the key comes from TIEOUT_KEY, or every machine has a file of its own: give all of them old,new first and restart them, then new,old, " +
		"then run this command, which seals everything with the first key; at last new alone."
}

// Run finishes a rotation that was begun, or begins one and finishes it.
func (*keysRotate) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		uses, err := a.KeyUses(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(uses, func(u app.KeyUse) bool { return !u.Seals && u.Here && u.Secrets() > 0 }) {
			if err := g.newKey(c); err != nil {
				return err
			}
		}
		n, err := a.Reseal(ctx)
		c.say("%d secrets were sealed anew.", n)
		if err != nil {
			return fmt.Errorf("%w\nRun tieout keys rotate again to go on; tieout keys list shows what is left", err)
		}
		c.note("Keep a copy of the new key apart from the database. The old one is needed for older copies of the database; tieout keys retire removes it here.")
		return nil
	})
}

// newKey puts a new key before the others in the key file.
func (g *Global) newKey(c console) error {
	path, keys, err := g.keyFile()
	if err != nil {
		return err
	}
	if err := secret.WriteKeys(path, rand.Reader, keys); err != nil {
		return fmt.Errorf("keys: the file %s has to be writable for this: %w", path, err)
	}
	c.say("A new key was written to %s, before the old one.", path)
	return nil
}

// keyFile is the file of the keys, and what it holds.
func (g *Global) keyFile() (string, []secret.Key, error) {
	database, err := g.database()
	if err != nil {
		return "", nil, err
	}
	source := g.keySource(database)
	path := source.Path()
	if path == "" {
		return "", nil, errors.New("keys: the key comes from TIEOUT_KEY, which only you can change: give it as NEW,OLD to every machine and run tieout keys rotate; see tieout keys rotate --help")
	}
	keys, _, err := secret.LoadKeys(source, rand.Reader)
	return path, keys, err
}

type keysRetire struct{}

// Run removes old keys.
func (*keysRetire) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		path, keys, err := g.keyFile()
		if err != nil {
			return err
		}
		uses, err := a.KeyUses(ctx)
		if err != nil {
			return err
		}
		for _, u := range uses {
			if !u.Seals && u.Secrets() > 0 {
				return fmt.Errorf("keys: %d secrets are still sealed with the key %s: run tieout keys rotate first", u.Secrets(), u.ID)
			}
		}
		if len(keys) == 1 {
			c.say("There is no old key.")
			return nil
		}
		if err := secret.ReplaceKeys(path, keys[:1]); err != nil {
			return fmt.Errorf("keys: the file %s has to be writable for this: %w", path, err)
		}
		c.say("%d old keys were removed from %s. Copies of the database from before the rotation need them still.", len(keys)-1, path)
		return nil
	})
}

type keysForget struct {
	Key     string `arg:"" help:"Id of the lost key, as tieout keys list shows it."`
	Confirm bool   `help:"Do it: what was sealed with the key is lost for good."`
}

// Run gives up what a lost key has sealed.
func (k *keysForget) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		uses, err := a.KeyUses(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(uses, func(u app.KeyUse) bool { return u.ID == k.Key })
		switch {
		case i < 0:
			return fmt.Errorf("keys: nothing is sealed with a key %q; tieout keys list shows the keys: %w", k.Key, fs.ErrNotExist)
		case uses[i].Here:
			return fmt.Errorf("keys: the key %s is here and opens everything that it has sealed: nothing is forgotten", k.Key)
		case !k.Confirm:
			return usagef("%d secrets would be given up for good; add --confirm to do it", uses[i].Secrets())
		}
		n, err := a.Store.ForgetSealed(ctx, k.Key)
		if err != nil {
			return err
		}
		c.say("%d secrets were given up. Connect again what tieout status says; add webhook addresses again (tieout hook list). "+
			"Earlier proofs are still checked with their public key; the next ones are signed with a new one.", n)
		return nil
	})
}
