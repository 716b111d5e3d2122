package app

import (
	"context"
	"time"

	"tieout/api"
)

// Programs is the API, and what feeds spreadsheets: what begins with /api/ and
// /feeds/.
func (a *App) Programs(s Screen) (*api.API, error) {
	return api.New(api.Options{
		People: a.People, Readers: a.readers(), Answers: answerKeeper{a}, Counter: a.Store, Now: a.config.Clock.Now, Wall: a.wall().Now, Proxied: s.Proxied, Log: s.Log,
	})
}

// answerKeeper keeps what programs were answered.
type answerKeeper struct{ app *App }

// Take begins a request.
func (k answerKeeper) Take(ctx context.Context, tenant, key, request, digest string, now time.Time) (api.Answer, bool, error) {
	kept, begun, err := k.app.Store.TakeAnswer(ctx, tenant, key, request, digest, now)
	return api.Answer(kept), begun, err
}

// Keep stores an answer.
func (k answerKeeper) Keep(ctx context.Context, tenant, key, request string, a api.Answer) error {
	return k.app.Store.SaveAnswer(ctx, tenant, key, request, a.Status, a.Body)
}
