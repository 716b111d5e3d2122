package app

import (
	"context"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/web"
)

// clientReader reads each organisation of a firm in a line.
type clientReader struct{ homeReader }

// Client is as of today in zone.
func (r clientReader) Client(ctx context.Context, tenant string, zone *time.Location) (web.Client, error) {
	var out web.Client
	connections, err := r.app.Store.Connections(ctx, tenant)
	if err != nil {
		return out, err
	}
	all, err := r.app.Store.Books(ctx, tenant)
	if err != nil {
		return out, err
	}
	today := receivables.DateIn(r.app.config.Clock.Now(), zone)
	ages := map[money.Currency]*web.AgeingLine{}
	for _, b := range all {
		sentence, err := r.proof(ctx, b, connections)
		if err != nil {
			return out, err
		}
		out.Proofs = append(out.Proofs, sentence)
		if err := r.waiting(ctx, b, &out.Waiting); err != nil {
			return out, err
		}
		if err := r.age(ctx, b, today, "", ages); err != nil {
			return out, err
		}
	}
	if out.Ageing, err = lines(ages); err != nil {
		return out, err
	}
	out.Fresh, err = pulse{r.app}.Freshness(ctx, tenant)
	return out, err
}
