package web

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// SessionStore keeps sessions by the hash of their secret, so that any machine
// of an installation knows them.
type SessionStore interface {
	Session(ctx context.Context, id string, now time.Time) ([]byte, bool, error)
	SaveSession(ctx context.Context, id string, data []byte, expires, now time.Time) error
	EndSession(ctx context.Context, id string) error
}

// How long a session lives: a working week in all, and a night without use.
// Use is written down once in a while, not with every page.
const (
	sessionLife = 5 * 24 * time.Hour
	idleLife    = 14 * time.Hour
	seenEvery   = 15 * time.Minute
)

// The keys of what a session holds.
const (
	keyPerson  = "person"  // the id of who is signed in
	keyEpoch   = "epoch"   // the person's epoch then
	keyPending = "pending" // the id of whose code is awaited
	keyNext    = "next"    // where to go on to after the code
	keyTenant  = "tenant"  // the organisation that is looked at
	keySeen    = "seen"    // when it was last used, roughly, in Unix seconds
	keySignOn  = "sign-on" // what a single sign-on keeps until the browser is back
	keyBind    = "bind"    // what a single sign-on said, until the second factor's code has come
	keyInvited = "invited" // the secret of an invitation that it is for
	keyFlash   = "flash"   // a word to say once
)

// newSessions gives the manager of sessions. A cookie with the prefix __Host-
// is the site's own whatever its neighbours do, but needs TLS.
func newSessions(store SessionStore, now func() time.Time, secure bool) *scs.SessionManager {
	name := "tieout"
	if secure {
		name = "__Host-tieout"
	}
	return &scs.SessionManager{
		Lifetime: sessionLife, Store: sessionStore{store, now}, Codec: scs.GobCodec{}, HashTokenInStore: true,
		Cookie: scs.SessionCookie{Name: name, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, Persist: true},
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "Sessions cannot be read now. Please try again in a moment.", http.StatusServiceUnavailable)
		},
	}
}

// sessionStore is a SessionStore as the manager wants it.
type sessionStore struct {
	store SessionStore
	now   func() time.Time
}

// FindCtx gives a session's data.
func (s sessionStore) FindCtx(ctx context.Context, id string) ([]byte, bool, error) {
	return s.store.Session(ctx, id, s.now())
}

// CommitCtx stores a session. How long it lives is counted by our own clock.
func (s sessionStore) CommitCtx(ctx context.Context, id string, data []byte, _ time.Time) error {
	now := s.now()
	return s.store.SaveSession(ctx, id, data, now.Add(sessionLife), now)
}

// DeleteCtx ends a session.
func (s sessionStore) DeleteCtx(ctx context.Context, id string) error {
	return s.store.EndSession(ctx, id)
}

// Find is FindCtx for callers without a context; the manager is none.
func (s sessionStore) Find(id string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), id)
}

// Commit is CommitCtx for callers without a context; the manager is none.
func (s sessionStore) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}

// Delete is DeleteCtx for callers without a context; the manager is none.
func (s sessionStore) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }
