package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"tieout/connectors"
)

const (
	// maxAtOnce bounds the deliveries that are read at the same time; more are
	// told to come again, as every vendor does.
	maxAtOnce = 256
	// smallBody is what every delivery may have. Longer ones are let in a few at
	// a time, maxLarge, so that what a flood without a signature keeps in memory
	// is bounded: 256 of 64 KiB and 16 of what the vendor allows.
	smallBody = 64 << 10
	maxLarge  = 16
	// silence is the least time between two words about refused deliveries of
	// one vendor: a flood must not fill the log.
	silence = time.Minute
)

// Receiver answers webhooks at POST /hooks/{vendor}, and at
// /hooks/{vendor}/{company} for those whose events do not name their company.
// Its zero value with all fields set is ready; it must not be copied.
type Receiver struct {
	Vendors map[string]connectors.Vendor
	// Secrets are those of each vendor's deliveries, by its name.
	Secrets map[string][]string
	Store   ReceiveStore
	Now     func() time.Time
	// Received hears that new events may have been stored.
	Received func()
	// Refused hears, now and then, why deliveries of a vendor are not taken.
	Refused func(vendor string, why error)

	mux  http.ServeMux
	once sync.Once
	busy chan struct{}
	// large is held by deliveries longer than smallBody.
	large chan struct{}

	mu      sync.Mutex
	waiting []*parcel
	saving  bool
	told    map[string]time.Time
}

// ServeHTTP answers one delivery: 200 when it is stored or tells nothing new,
// 401 when its signature does not fit (as Xero's test of an address demands),
// 413 and 503 when it is too large or cannot be stored now. The body of the
// answer is empty but for a form that somebody has to switch off.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.once.Do(func() {
		r.busy, r.large = make(chan struct{}, maxAtOnce), make(chan struct{}, maxLarge)
		r.told = map[string]time.Time{}
		r.mux.HandleFunc("POST /hooks/{vendor}", r.receive)
		r.mux.HandleFunc("POST /hooks/{vendor}/{company}", r.receive)
	})
	r.mux.ServeHTTP(w, req)
}

func (r *Receiver) receive(w http.ResponseWriter, req *http.Request) {
	vendor, ok := r.Vendors[req.PathValue("vendor")].(connectors.HookVendor)
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	select {
	case r.busy <- struct{}{}:
		defer func() { <-r.busy }()
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, release, err := r.read(http.MaxBytesReader(w, req.Body, vendor.MaxHook()))
	defer release()
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errFull):
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case errors.As(err, &large):
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	case err != nil: // too slow, or cut off
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.answer(w, req, vendor, body)
}

// errFull says that as many long deliveries are being read as may be.
var errFull = errors.New("too many long deliveries at once")

// read reads a body whose length is bounded. The caller releases it when it has
// done with it.
func (r *Receiver) read(body io.Reader) ([]byte, func(), error) {
	release := func() {}
	text, err := io.ReadAll(io.LimitReader(body, smallBody))
	if err != nil || len(text) < smallBody {
		return text, release, err
	}
	select {
	case r.large <- struct{}{}:
		release = func() { <-r.large }
	default:
		return nil, release, errFull
	}
	rest, err := io.ReadAll(body)
	return append(text, rest...), release, err
}

func (r *Receiver) answer(w http.ResponseWriter, req *http.Request, vendor connectors.HookVendor, body []byte) {
	name, now := req.PathValue("vendor"), r.Now()
	found, err := vendor.ReadHook(connectors.Delivery{Header: req.Header, Body: body, Secrets: r.Secrets[name], At: now})
	if errors.Is(err, connectors.ErrForged) || err != nil && !errors.Is(err, connectors.ErrHook) && !errors.Is(err, connectors.ErrRefused) {
		r.tell(name, err)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	d := delivery{vendor: name, company: req.PathValue("company"), body: body, at: now}
	if err := r.keep(req.Context(), d.rows(found, err)); err != nil {
		r.tell(name, err)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if errors.Is(err, connectors.ErrRefused) {
		r.tell(name, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if len(found) > 0 {
		r.Received()
	}
	w.WriteHeader(http.StatusOK)
}

// tell passes on why a delivery was not taken, once in a while.
func (r *Receiver) tell(vendor string, why error) {
	now := r.Now()
	r.mu.Lock()
	last, before := r.told[vendor]
	quiet := before && now.Sub(last) < silence
	if !quiet {
		r.told[vendor] = now
	}
	r.mu.Unlock()
	if !quiet {
		r.Refused(vendor, why)
	}
}

// delivery is one request whose signature fits.
type delivery struct {
	vendor, company string
	body            []byte
	at              time.Time
}

// rows makes a row of each event, and one of a body that is of no form that we
// read. A body without events, with which Xero tests an address, leaves none.
func (d delivery) rows(found []connectors.Event, failed error) []Row {
	sum := sha256.Sum256(d.body)
	id := hex.EncodeToString(sum[:])
	if failed != nil {
		found = []connectors.Event{{ID: "unread:" + id, ExternalID: d.company}}
	}
	out := make([]Row, len(found))
	for i, e := range found {
		if e.ExternalID == "" {
			e.ExternalID = d.company
		}
		out[i] = Row{Vendor: d.vendor, Event: e, State: StateNew, ReceivedAt: d.at, Delivery: id}
		if failed != nil {
			out[i].State, out[i].Why = StateUnknown, failed.Error()
		}
	}
	if len(out) > 0 {
		out[0].Body = d.body
	}
	return out
}

// context of a save: a caller that gives up must not undo what others wait for.
func saving(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), saveTime)
}
