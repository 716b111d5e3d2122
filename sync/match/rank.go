package match

import (
	"fmt"
	"math"

	"tieout/mapping"
)

// Ranked is a customer whom a payer's name may mean.
type Ranked struct {
	Customer string
	// Name is the customer's name that comes nearest.
	Name string
	// Like is how much both have in common, from 0 to 1.
	Like float64
	// Same says that the names differ in spelling at most: letter case, accents,
	// punctuation, legal form. Only then, and if nobody else is Same, does a name
	// say who paid; anything else is a suggestion.
	Same bool
	// Why is half a sentence for a person.
	Why string
}

// Rank gives the customers whom a payer's name may mean, the likeliest first.
func (d *Directory) Rank(name string) []Ranked {
	key := mapping.NameKey(name)
	var out []Ranked
	for _, p := range d.Payers(name) {
		r := Ranked{Customer: p.Customer, Like: 1 + math.Log(p.Fit)/steep}
		r.Name = d.nearest(name, p.Customer)
		r.Same = key != "" && mapping.NameKey(r.Name) == key
		if r.Same {
			r.Why = fmt.Sprintf("the name is that of %q", r.Name)
		} else {
			r.Why = fmt.Sprintf("the name is %d %% like %q", int(100*r.Like), r.Name)
		}
		out = append(out, r)
	}
	return out
}

// nearest is the one of a customer's names that is most like a payer's.
func (d *Directory) nearest(name, customer string) string {
	wanted := d.list("", name)
	best, most := "", -1.0
	for _, i := range d.listedFor[customer] {
		if like := d.like(wanted, d.entries[i]); like > most {
			best, most = d.entries[i].name, like
		}
	}
	return best
}
