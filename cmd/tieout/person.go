package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/people"
)

type personCommand struct {
	List   personList   `cmd:"" help:"List who may sign in, and as what."`
	Reset  personReset  `cmd:"" help:"Print an address at which a person chooses a new password."`
	Second personSecond `cmd:"" help:"Switch off the second factor of somebody who has lost it."`
	SSO    personSSO    `cmd:"" name:"sso" help:"Forget by which account at the single sign-on's issuer somebody is known."`
}

type personList struct {
	JSON bool `name:"json" help:"Print the list as JSON."`
}

// listedPerson is a person as the list shows it.
type listedPerson struct {
	Name   string      `json:"name"`
	Email  string      `json:"email"`
	Role   people.Role `json:"role"`
	Second bool        `json:"second_factor"`
}

// Run lists the people of the installation.
func (k *personList) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		members, err := a.Store.Members(ctx, a.Tenant)
		if err != nil {
			return err
		}
		list := []listedPerson{}
		rows := []string{"NAME\tE-MAIL\tROLE\tSECOND FACTOR"}
		for _, m := range members {
			p := listedPerson{m.Person.Name, m.Person.Email, m.Role, m.Person.SecondOn}
			second := "off"
			if p.Second {
				second = "on"
			}
			list = append(list, p)
			rows = append(rows, strings.Join([]string{p.Name, p.Email, string(p.Role), second}, "\t"))
		}
		if k.JSON {
			return c.json(list)
		}
		if len(list) == 0 {
			c.say("Nobody yet: tieout serve prints the address at which the first person sets it up.")
			return nil
		}
		c.table(rows...)
		return nil
	})
}

type personReset struct {
	Email string `arg:"" help:"E-mail address of the person."`
	Pages string `placeholder:"URL" help:"Where the pages are. Default: --public-url, else http://127.0.0.1:8080."`
}

// Run prints an address that works once, for an hour.
func (k *personReset) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		token, err := a.People.ResetTicket(ctx, k.Email, "cli", "")
		if err != nil {
			return noPerson(k.Email, err)
		}
		c.note("The address works once, for an hour. All sessions of the person end when the password is changed.")
		c.say("%s/reset?token=%s", strings.TrimSuffix(cmp.Or(k.Pages, g.Public, "http://127.0.0.1:8080"), "/"), token)
		return nil
	})
}

type personSecond struct {
	Email string `arg:"" help:"E-mail address of the person."`
	Off   bool   `required:"" help:"Switch it off."`
}

// Run switches a second factor off.
func (k *personSecond) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		if err := a.People.DropSecond(ctx, k.Email); err != nil {
			return noPerson(k.Email, err)
		}
		c.say("The second factor of %s is off, and all sessions have ended.", k.Email)
		return nil
	})
}

type personSSO struct {
	Email  string `arg:"" help:"E-mail address of the person."`
	Forget bool   `required:"" help:"Forget it: the next account with the verified address is the person's."`
}

// Run forgets a person's accounts at issuers.
func (k *personSSO) Run(ctx context.Context, g *Global, c console) error {
	return g.whole(ctx, c, func(a opened) error {
		if err := a.People.ForgetIdentities(ctx, k.Email); err != nil {
			return noPerson(k.Email, err)
		}
		c.say("At the next single sign-on, %s is found by the verified e-mail address again.", k.Email)
		return nil
	})
}

// noPerson says that nobody has an e-mail address.
func noPerson(email string, err error) error {
	if errors.Is(err, people.ErrNotFound) {
		return fmt.Errorf("nobody has the e-mail address %q; tieout person list shows who is there", email)
	}
	return err
}
