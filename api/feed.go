package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tieout/listing"
	"tieout/people"
	"tieout/receivables"
	"tieout/web"
)

// feed gives a saved view as it is now to whoever has its address. Spreadsheet
// programs fetch it without headers, follow no log-in, and keep asking: it is a
// plain GET, answered without a body while nothing has changed.
func (a *API) feed(w http.ResponseWriter, r *http.Request) {
	if err := a.fed(w, r); err != nil {
		(&Call{w: w, r: r, API: a}).failed(err)
	}
}

func (a *API) fed(w http.ResponseWriter, r *http.Request) error {
	secret, ending, _ := strings.Cut(r.PathValue("file"), ".")
	form := web.Format(ending)
	if form != web.CSV && form != web.JSON {
		return errNothing
	}
	b, err := a.known(r, w, secret)
	if refused(err) || err == nil && (!b.Key.Feed() || !b.May(people.Export)) {
		return errNothing.with("This feed was ended or has expired, or whoever made it may not export any more. Make a new one under Saved views.")
	}
	if err != nil {
		return err
	}
	if err := a.limited(r.Context(), w, "feed", b.Key, feedLimit); err != nil {
		return err
	}
	if b.Noted {
		// Programs read feeds all day: those of a quarter of an hour are told as one.
		if err := (&Call{w: w, r: r, API: a, Bearer: b}).record(people.EventExported, "read a feed"); err != nil { //nolint:contextcheck // a call carries its request's context
			a.Log("audit", err)
		}
	}
	view, err := a.Readers.Views.View(r.Context(), b.Key.Tenant, b.Key.View)
	if missing(err) || err == nil && !view.Shared && view.Person != b.Person.ID {
		return errNoLongerA
	}
	if err != nil {
		return err
	}
	q, err := url.ParseQuery(view.Query)
	if err != nil {
		return fmt.Errorf("api: the filter of view %s: %w", view.ID, err)
	}
	f := listing.Read(q.Get)
	f.Today = receivables.DateIn(a.Now(), zone(b.Member.Organisation))
	if !b.Member.Role.May(people.See) {
		f.Own = b.Person.ID
	}
	return a.sendFeed(w, r, b.Key.Tenant, view.Query, f, form)
}

func (a *API) sendFeed(w http.ResponseWriter, r *http.Request, tenant, query string, f listing.Filter, form web.Format) error {
	versions, err := a.Readers.Pulse.Versions(r.Context(), tenant)
	if err != nil {
		return err
	}
	sources, err := a.Readers.Receivables.Sources(r.Context(), tenant)
	if err != nil {
		return err
	}
	// Everything that the rows are made of: what the figures show changes with the
	// versions, what is overdue with the day.
	sum := sha256.Sum256(fmt.Appendf(nil, "%v\n%s\n%s\n%s\n%v", versions, query, f.Today, form, sources))
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "private, no-cache")
	if match := r.Header.Get("If-None-Match"); match == "*" || strings.Contains(match, tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if r.Method == http.MethodHead {
		return nil
	}
	h.Set("Content-Disposition", `inline; filename="receivables.`+string(form)+`"`)
	begun, err := web.Export{Reader: a.Readers.Receivables, Tenant: tenant, Filter: f}.Send(r.Context(), w, form)
	if err != nil && begun {
		// Half a feed must not look like a whole one: the connection is cut.
		a.Log("feed", err)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		h.Del("ETag")
		h.Del("Content-Disposition")
	}
	return err
}
