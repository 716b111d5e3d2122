package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"tieout/books"
	"tieout/sync/monthend"
)

type monthEndCommand struct {
	Month      string `required:"" placeholder:"YYYY-MM" help:"The month."`
	Out        string `default:"." type:"existingdir" placeholder:"DIR" help:"Folder to write a PDF and a CSV file into, for each book and currency."`
	Book       string `placeholder:"ID" help:"One book only."`
	PreparedBy string `placeholder:"NAME" help:"Sign the month as the person who prepared it."`
	ReviewedBy string `placeholder:"NAME" help:"Sign the month as the person who reviewed it."`
}

// Help tells what is in the pack.
func (*monthEndCommand) Help() string {
	return "The pack holds Stripe's opening, activity by category and closing balance; the clearing account and what explains its difference; the last proof of the month; " +
		"receivables by age; decisions and changes of settings; and the names of who prepared and reviewed it."
}

// Run writes the packs of a month, and signs it where a name is given.
func (m *monthEndCommand) Run(ctx context.Context, g *Global, c console) error {
	month, err := monthend.ParseMonth(m.Month)
	if err != nil {
		return usagef("--month: %v", err)
	}
	return g.with(ctx, c, func(a opened) error {
		all, err := a.Store.Books(ctx, a.Tenant)
		if err != nil {
			return err
		}
		if m.Book != "" {
			b, err := a.book(ctx, m.Book)
			if err != nil {
				return err
			}
			all = []books.Book{b}
		}
		for _, b := range all {
			if err := m.sign(ctx, a, b, month); err != nil {
				return err
			}
			packs, _, err := a.Packs(ctx, b, month)
			if err != nil {
				return err
			}
			for _, p := range packs {
				if err := m.write(c, p); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// sign puts the names that were given under the month.
func (m *monthEndCommand) sign(ctx context.Context, a opened, b books.Book, month monthend.Month) error {
	if m.PreparedBy == "" && m.ReviewedBy == "" {
		return nil
	}
	_, digest, err := a.Packs(ctx, b, month)
	if err != nil {
		return err
	}
	for _, one := range [][2]string{{monthend.RolePrepared, m.PreparedBy}, {monthend.RoleReviewed, m.ReviewedBy}} {
		role, by := one[0], one[1]
		if by == "" {
			continue
		}
		if err := a.SignMonth(ctx, b, month, role, digest, by); err != nil {
			return err
		}
	}
	return nil
}

// write writes a pack's two files.
func (m *monthEndCommand) write(c console, p monthend.Pack) error {
	name := filepath.Join(m.Out, fileName(p.Book+"-"+p.BookID)+"-"+string(p.Month)+"-"+string(p.Currency))
	for ending, put := range map[string]func(io.Writer) error{".csv": p.CSV, ".pdf": p.PDF} {
		if err := toFile(name+ending, put); err != nil {
			return err
		}
	}
	c.say("%s.pdf and .csv", name)
	if p.Stripe.Rest() != 0 {
		return fmt.Errorf("the month's movements of %s in %s do not add up to the closing balance: %w", p.Book, p.Currency, errUnexplained)
	}
	return nil
}

func toFile(path string, put func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the pack: %w", err)
	}
	return errors.Join(put(f), f.Close())
}

// fileName keeps the letters and digits of a name.
func fileName(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

type controlCommand struct {
	FourEyes  string `enum:"on,off," default:"" placeholder:"on|off" help:"Ask for a second person before a first write, a cut-over, a change of accounts and an undo."`
	Retention int    `placeholder:"YEARS" help:"How many years the vendors' earlier answers are kept; journal and proofs always are."`
	By        string `placeholder:"NAME" help:"Who changes it."`
	JSON      bool   `name:"json" help:"Print the controls as JSON."`
}

// Run shows the controls, and changes them.
func (k *controlCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		control, err := a.Store.Control(ctx, a.Tenant)
		if err != nil {
			return err
		}
		if control, err = k.change(ctx, a, control); err != nil {
			return err
		}
		if k.JSON {
			if err := c.json(control); err != nil {
				return fmt.Errorf("print the controls: %w", err)
			}
			return nil
		}
		eyes := "off"
		if control.FourEyes {
			eyes = "on"
		}
		c.say("Four eyes: %s. The vendors' earlier answers are kept for %d years (tieout retention); journal and proofs are never deleted.", eyes, control.RetentionYears)
		return nil
	})
}

// change stores other controls where the flags name some, once a second person
// has agreed where one is wanted.
func (k *controlCommand) change(ctx context.Context, a opened, control monthend.Control) (monthend.Control, error) {
	if k.FourEyes == "" && k.Retention == 0 {
		return control, nil
	}
	if k.By == "" {
		return control, usagef("--by: a change needs a name")
	}
	if k.FourEyes != "" {
		control.FourEyes = k.FourEyes == "on"
	}
	if k.Retention != 0 {
		control.RetentionYears = k.Retention
	}
	if err := control.Check(); err != nil {
		return control, usagef("--retention: %v", err)
	}
	return control, waiting(a.ChangeControl(ctx, control, "", k.By), k.By)
}
