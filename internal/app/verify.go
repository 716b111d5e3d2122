package app

import (
	"context"
	"fmt"

	"tieout/sync/proof"
)

// SigningKey is the installation's key; it is made when there is none.
func (a *App) SigningKey(ctx context.Context) (proof.SigningKey, error) {
	return a.evidence().Signer.Key(ctx, a.Tenant, a.config.Clock.Now())
}

// VerifyProofs checks one proof, the latest of every book, or all of them.
// public is the key to check by; nil takes the stored one of the proof's name.
func (a *App) VerifyProofs(ctx context.Context, id string, public []byte, all bool) ([]proof.Verdict, error) {
	keys, err := a.Store.PublicKeys(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	check := func(p, before proof.Proof) proof.Verdict {
		key := public
		for _, k := range keys {
			if key == nil && k.ID == p.Key {
				key = k.Public
			}
		}
		return proof.Verify(p, key, before.Statement)
	}
	list := []proof.Verdict{}
	if id != "" {
		p, err := a.Store.Proof(ctx, a.Tenant, id)
		if err != nil {
			return nil, fmt.Errorf("app: %w", err)
		}
		before, _, err := a.Store.ProofBefore(ctx, a.Tenant, p.Book, p.ID)
		return append(list, check(p, before)), err
	}
	owned, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	for _, b := range owned {
		p, ok, err := a.Store.LatestProof(ctx, b.Tenant, b.ID)
		for ok && err == nil {
			var before proof.Proof
			var more bool
			if before, more, err = a.Store.ProofBefore(ctx, b.Tenant, b.ID, p.ID); err == nil {
				list = append(list, check(p, before))
			}
			p, ok = before, more && all
		}
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}
