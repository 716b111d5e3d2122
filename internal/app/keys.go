package app

import (
	"context"
	"fmt"
	"slices"

	"tieout/store"
)

// KeyUse says what a key is used for.
type KeyUse struct {
	// ID names the key; "" stands for values of no known form.
	ID string `json:"key"`
	// Seals says that new secrets are sealed with it, Here that it is known to
	// this process.
	Seals bool `json:"seals"`
	Here  bool `json:"here"`
	// Columns counts the secrets by column, "table.column".
	Columns map[string]int `json:"secrets"`
}

// Secrets is how many secrets the key has sealed.
func (u KeyUse) Secrets() int {
	n := 0
	for _, one := range u.Columns {
		n += one
	}
	return n
}

// KeyUses says which keys there are and what they have sealed, the sealing one
// first.
func (a *App) KeyUses(ctx context.Context) ([]KeyUse, error) {
	keys, err := a.config.Keys()
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	counts, err := a.Store.SealedCounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []KeyUse
	for i, key := range keys {
		out = append(out, KeyUse{ID: key.ID(), Seals: i == 0, Here: true, Columns: map[string]int{}})
	}
	for _, c := range counts {
		i := slices.IndexFunc(out, func(u KeyUse) bool { return u.ID == c.Key })
		if i < 0 {
			out, i = append(out, KeyUse{ID: c.Key, Columns: map[string]int{}}), len(out)
		}
		out[i].Columns[c.Column] = c.Rows
	}
	return out, nil
}

// LostKeys are sentences about keys that have sealed secrets and are not here.
func (a *App) LostKeys(ctx context.Context) ([]string, error) {
	uses, err := a.KeyUses(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, u := range uses {
		if !u.Here {
			out = append(out, fmt.Sprintf("%d secrets were sealed with the key %s, which is not here (the key here is %s). Give the old key back, after the new one. "+
				"If it is lost for good, on the server: tieout keys forget %s", u.Secrets(), u.ID, uses[0].ID, u.ID))
		}
	}
	return out, nil
}

// Reseal seals all secrets with the first key; see store.Store.Reseal.
func (a *App) Reseal(ctx context.Context) (int, error) { return a.Store.Reseal(ctx) }

var _ store.Box = sealer{}
