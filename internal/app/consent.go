package app

import (
	"context"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/web"
)

// ConsentNotices are the words about consents that end soon, by connection, with
// the commands.
func (a *App) ConsentNotices(ctx context.Context) (map[string]string, error) {
	return a.consentWords(ctx, func(s web.ConnectionStatus) string { return s.Notice })
}

// consentWarnings are those words for people who have the pages.
func (a *App) consentWarnings(ctx context.Context) (map[string]string, error) {
	return a.consentWords(ctx, func(s web.ConnectionStatus) string { return s.Warning })
}

func (a *App) consentWords(ctx context.Context, of func(web.ConnectionStatus) string) (map[string]string, error) {
	connections, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	status := make([]web.ConnectionStatus, len(connections))
	if err := a.consents(ctx, connections, status); err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i, c := range connections {
		if text := of(status[i]); text != "" {
			out[c.ID] = text
		}
	}
	return out, nil
}

// consents says in the status of each connection when its consent ends.
func (a *App) consents(ctx context.Context, connections []books.Connection, status []web.ConnectionStatus) error {
	return a.consentsOf(ctx, a.Tenant, connections, status)
}

// consentsOf is consents for the connections of a tenant.
func (a *App) consentsOf(ctx context.Context, tenant string, connections []books.Connection, status []web.ConnectionStatus) error {
	ends, err := a.Store.GrantEnds(ctx, tenant)
	if err != nil {
		return err
	}
	now := a.config.Clock.Now()
	for i, c := range connections {
		if c.State == books.ConnectionReconnect {
			status[i].Notice = "It waits for a person. Connect it again, with " + connect.Again(c) + "."
		}
	}
	for _, e := range ends {
		for i, c := range connections {
			if c.GrantID != e.Grant {
				continue
			}
			status[i].ConsentEnds, status[i].ConsentUnused = instant(e.Consent), instant(e.Unused)
			status[i].Warning = e.Warning(c, now)
			if notice := e.Notice(c, now); notice != "" {
				status[i].Notice = notice
			}
		}
	}
	return nil
}

// instant is nil for what never comes.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
