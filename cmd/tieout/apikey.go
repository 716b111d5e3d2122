package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/people"
)

type apiKeyCommand struct {
	List   apiKeyList   `cmd:"" help:"List the keys of programs and the feeds of spreadsheets."`
	Create apiKeyCreate `cmd:"" help:"Make a key, and print it once."`
	Revoke apiKeyRevoke `cmd:"" help:"Let a key or feed in no more."`
}

type apiKeyList struct {
	JSON bool `name:"json" help:"Print the list as JSON."`
}

// listedKey is a key as the list shows it.
type listedKey struct {
	ID      string              `json:"id"`
	Name    string              `json:"name"`
	Kind    string              `json:"kind"`
	Person  string              `json:"person"`
	Scopes  []people.Permission `json:"scopes"`
	Expires *time.Time          `json:"expires,omitempty"`
	Used    *time.Time          `json:"used,omitempty"`
}

// Run lists the keys of the organisation.
func (k *apiKeyList) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		keys, err := a.Store.Keys(ctx, a.Tenant)
		if err != nil {
			return err
		}
		list := []listedKey{}
		rows := []string{"ID\tNAME\tKIND\tACTS FOR\tMAY\tENDS\tLAST USED"}
		for _, key := range keys {
			person, err := a.Store.Person(ctx, key.Person)
			if err != nil {
				return err
			}
			one := listedKey{key.ID, key.Name, "key", person.Email, key.Scopes, key.Expires, key.Used}
			if key.Feed() {
				one.Kind = "feed"
			}
			list = append(list, one)
			rows = append(rows, strings.Join([]string{one.ID, one.Name, one.Kind, one.Person, scopesText(one.Scopes), dayOf(one.Expires), dayOf(one.Used)}, "\t"))
		}
		if k.JSON {
			return c.json(list)
		}
		if len(list) == 0 {
			c.say("No program has a key.")
			return nil
		}
		c.table(rows...)
		return nil
	})
}

func scopesText(list []people.Permission) string {
	words := make([]string, len(list))
	for i, p := range list {
		words[i] = string(p)
	}
	return strings.Join(words, ", ")
}

func dayOf(at *time.Time) string {
	if at == nil {
		return "-"
	}
	return at.UTC().Format(time.DateOnly)
}

type apiKeyCreate struct {
	Name   string   `arg:"" help:"What the key is for."`
	Person string   `required:"" placeholder:"EMAIL" help:"In whose name it acts."`
	May    []string `default:"see own,see" placeholder:"LIST" help:"What it may do, with commas between: see own, see, export, comment, decide, undo, connect, manage."`
	Days   int      `default:"90" help:"After how many days it ends; 0 for never."`
}

// Run makes a key and prints its secret.
func (k *apiKeyCreate) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		person, err := a.Store.PersonByEmail(ctx, k.Person)
		if err != nil {
			return noPerson(k.Person, err)
		}
		key := people.Key{Tenant: a.Tenant, Person: person.ID, Name: k.Name}
		for _, p := range k.May {
			key.Scopes = append(key.Scopes, people.Permission(strings.TrimSpace(p)))
		}
		if k.Days != 0 {
			end := a.People.Now().AddDate(0, 0, k.Days)
			key.Expires = &end
		}
		_, secret, err := a.People.MakeKey(ctx, "cli", key)
		if err != nil {
			return noPerson(k.Person, err)
		}
		c.note("The key is printed once. It may %s, in the name of %s.", scopesText(key.Scopes), person.Name)
		c.say("%s", secret)
		return nil
	})
}

type apiKeyRevoke struct {
	ID string `arg:"" help:"Id of the key, as tieout api-key list shows it."`
}

// Run revokes a key.
func (k *apiKeyRevoke) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		keys, err := a.Store.Keys(ctx, a.Tenant)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(keys, func(key people.Key) bool { return key.ID == k.ID })
		if at < 0 {
			return fmt.Errorf("there is no key %q; tieout api-key list shows which there are", k.ID)
		}
		if err := a.People.DropKey(ctx, "cli", keys[at]); err != nil {
			return err
		}
		c.say("%s lets nobody in any more.", keys[at].Name)
		return nil
	})
}
