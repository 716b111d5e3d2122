package control

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/sandbox/delivery"
	"tieout/sandbox/faults"
)

// Vendor is one stand-in as it is served.
type Vendor struct {
	Name       string
	Handler    http.Handler // with its faults
	Faults     *faults.Injector
	Deliveries *delivery.Queue
	// SetLimits turns the refusal of calls over the vendor's limits on or off;
	// Limits is how it was configured.
	SetLimits func(on bool)
	Limits    bool
	// SetWebhook changes where events go; nil where the API does that.
	SetWebhook func(url, key string)
	// RevokeAll ends all grants; nil where there are none.
	RevokeAll func() int
	// IntentToReceive validates the webhook's URL; nil but for Xero.
	IntentToReceive func(ctx context.Context) (any, error)
}

// Company is an empty company, or a Stripe account, to be opened.
type Company struct {
	Vendor    string `json:"vendor"`
	Name      string `json:"name"`
	Country   string `json:"country"`    // ISO 3166: US, CA, GB, AU, NZ
	Currency  string `json:"currency"`   // ISO 4217
	SecretKey string `json:"secret_key"` // of a Stripe account
}

func (a *api) vendor(r *http.Request) (Vendor, error) {
	name := r.PathValue("vendor")
	for _, v := range a.box.Vendors() {
		if v.Name == name {
			return v, nil
		}
	}
	return Vendor{}, fmt.Errorf("%w: vendor %q is not served", errNotFound, name)
}

// onVendor finds the vendor of the path and runs an operation on it.
func (a *api) onVendor(run func(v Vendor, r *http.Request, body []byte) (any, error)) operation {
	return func(r *http.Request, body []byte) (any, error) {
		v, err := a.vendor(r)
		if err != nil {
			return nil, err
		}
		return run(v, r, body)
	}
}

func (a *api) frameRoutes() []route {
	return []route{
		{"GET /faults", "the faults of all vendors", a.allFaults},
		{"DELETE /faults", "ends all faults, those of webhooks too", a.clearAll},
		{"GET /faults/{vendor}", "the faults in force", a.onVendor(func(v Vendor, _ *http.Request, _ []byte) (any, error) { return v.Faults.Rules(), nil })},
		{"POST /faults/{vendor}", `adds one: {"kind":"status","method":"POST","path":"/v3/*","skip":0,"times":1,"percent":0,"status":503,"code":"","millis":0,"writes":0}`, a.onVendor(addFault)},
		{"DELETE /faults/{vendor}", "ends the vendor's faults", a.onVendor(clearFaults)},
		{"DELETE /faults/{vendor}/{id}", "ends one fault", a.onVendor(removeFault)},

		{"GET /webhooks/{vendor}", "webhook posts with their attempts, oldest first, and the faults that wait for them", a.onVendor(webhooks)},
		{"POST /webhooks/{vendor}/{act}", `act is lose, duplicate, delay, reorder or tamper: {"times":1,"match":"","percent":0,"seconds":0}; redeliver: {"number":0,"id":""}; clear; retry: {"endpoint":""}; target: {"url":"","key":""}`, a.onVendor(webhookAct)},
		{"GET /xero/intent-to-receive", "validates Xero's webhook URL as Xero does", a.intentToReceive},
		{"POST /xero/intent-to-receive", "the same", a.intentToReceive},

		{"GET /limits", "which vendors refuse calls over their limits", a.limits},
		{"POST /limits", `{"limits":"vendor"} or {"xero":"off"}`, a.setLimits},
		{"POST /tokens/{vendor}/revoke", "ends all tokens of a vendor", a.onVendor(revokeAll)},
		{"POST /consent/{vendor}", `answers an authorisation address as a user would: {"url":"...","choice":["id"],"decision":"allow"}; gives {"location"}`, a.onVendor(consent)},
		{"POST /ledgers/{ledger}/disconnect", "the company's user removes the app", a.disconnect},

		{"POST /companies", `opens an empty company or Stripe account: {"vendor","name","country","currency","secret_key"}`, a.open},
		{"POST /reset", "the configured world anew: no tokens, no faults, the clock back", a.reset},
	}
}

func (a *api) allFaults(*http.Request, []byte) (any, error) {
	out := map[string]any{}
	for _, v := range a.box.Vendors() {
		out[v.Name] = map[string]any{"requests": v.Faults.Rules(), "webhooks": v.Deliveries.Faults()}
	}
	return out, nil
}

func (a *api) clearAll(*http.Request, []byte) (any, error) {
	n := 0
	for _, v := range a.box.Vendors() {
		n += v.Faults.Remove("")
		v.Deliveries.ClearFaults()
	}
	return map[string]int{"removed": n}, nil
}

func addFault(v Vendor, _ *http.Request, body []byte) (any, error) {
	var rule faults.Rule
	if err := strict(body, &rule); err != nil {
		return nil, err
	}
	added, err := v.Faults.Add(rule)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadInput, err)
	}
	return added, nil
}

func clearFaults(v Vendor, _ *http.Request, _ []byte) (any, error) {
	return map[string]int{"removed": v.Faults.Remove("")}, nil
}

func removeFault(v Vendor, r *http.Request, _ []byte) (any, error) {
	if v.Faults.Remove(r.PathValue("id")) == 0 {
		return nil, fmt.Errorf("%w: fault %s", errNotFound, r.PathValue("id"))
	}
	return map[string]int{"removed": 1}, nil
}

func webhooks(v Vendor, _ *http.Request, _ []byte) (any, error) {
	return map[string]any{"deliveries": v.Deliveries.Log(), "faults": v.Deliveries.Faults()}, nil
}

func webhookAct(v Vendor, r *http.Request, body []byte) (any, error) {
	act := r.PathValue("act")
	switch act {
	case "redeliver":
		var which struct {
			Number int64  `json:"number"`
			ID     string `json:"id"`
		}
		if err := strict(body, &which); err != nil {
			return nil, err
		}
		n, err := v.Deliveries.Redeliver(which.Number, which.ID)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errNotFound, err)
		}
		return map[string]int{"redelivered": n}, nil
	case "retry":
		var which struct {
			Endpoint string `json:"endpoint"`
		}
		if err := strict(body, &which); err != nil {
			return nil, err
		}
		v.Deliveries.Retry(which.Endpoint)
		return webhooks(v, r, nil)
	case "target":
		return setTarget(v, body)
	case "clear":
		v.Deliveries.ClearFaults()
		return webhooks(v, r, nil)
	}
	fault := delivery.Fault{Times: 1}
	if act == delivery.Reorder {
		fault.Times = 2
	}
	if err := strict(body, &fault); err != nil {
		return nil, err
	}
	fault.Kind = act
	if err := v.Deliveries.Inject(fault); err != nil {
		return nil, fmt.Errorf("%w: %w", errBadInput, err)
	}
	return v.Deliveries.Faults(), nil
}

// setTarget changes a ledger's webhook as its developer portal does.
func setTarget(v Vendor, body []byte) (any, error) {
	var to struct {
		URL string `json:"url"`
		Key string `json:"key"`
	}
	if err := strict(body, &to); err != nil {
		return nil, err
	}
	if v.SetWebhook == nil {
		return nil, fmt.Errorf("%w: %s's webhook endpoints are made through its API", errNotFound, v.Name)
	}
	if (to.URL == "") != (to.Key == "") {
		return nil, fmt.Errorf("%w: want url and key, or neither to end it", errBadInput)
	}
	v.SetWebhook(to.URL, to.Key)
	return to, nil
}

// intentToReceive answers 200 with the outcome of each post, good or bad.
func (a *api) intentToReceive(r *http.Request, _ []byte) (any, error) {
	for _, v := range a.box.Vendors() {
		if v.IntentToReceive != nil {
			return v.IntentToReceive(r.Context())
		}
	}
	return nil, fmt.Errorf("%w: xero is not served", errNotFound)
}

func (a *api) limits(*http.Request, []byte) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := map[string]string{}
	for _, v := range a.box.Vendors() {
		on, set := a.refuses[v.Name]
		if !set {
			on = v.Limits
		}
		out[v.Name] = map[bool]string{true: "vendor", false: "off"}[on]
	}
	return out, nil
}

func (a *api) setLimits(r *http.Request, body []byte) (any, error) {
	var want map[string]string
	if err := decode(body, &want); err != nil {
		return nil, err
	}
	served := map[string]Vendor{}
	for _, v := range a.box.Vendors() {
		served[v.Name] = v
	}
	for name, limits := range want {
		v, known := served[name]
		if !known && name != "limits" {
			return nil, fmt.Errorf("%w: vendor %q is not served", errNotFound, name)
		}
		if known && v.SetLimits == nil {
			return nil, fmt.Errorf("the limits of %s cannot be switched while it runs", name)
		}
		if limits != "vendor" && limits != "off" {
			return nil, fmt.Errorf("%w: limits %q: want vendor or off", errBadInput, limits)
		}
	}
	a.mu.Lock()
	for name, v := range served {
		limits, named := want[name]
		if !named {
			limits, named = want["limits"], want["limits"] != ""
		}
		if named && v.SetLimits != nil {
			v.SetLimits(limits == "vendor")
			a.refuses[name] = limits == "vendor"
		}
	}
	a.mu.Unlock()
	return a.limits(r, nil)
}

func revokeAll(v Vendor, _ *http.Request, _ []byte) (any, error) {
	if v.RevokeAll == nil {
		return nil, fmt.Errorf("%w: %s has keys and no grants; the fault revoke ends a key", errNotFound, v.Name)
	}
	return map[string]int{"revoked": v.RevokeAll()}, nil
}

// consent plays the browser: it posts the decision that the consent page would
// and hands out where it leads.
func consent(v Vendor, r *http.Request, body []byte) (any, error) {
	var what struct {
		URL      string   `json:"url"`
		Choice   []string `json:"choice"`
		Decision string   `json:"decision"`
	}
	if err := strict(body, &what); err != nil {
		return nil, err
	}
	at, err := url.Parse(what.URL)
	if err != nil || at.RawQuery == "" {
		return nil, fmt.Errorf("%w: url: want the whole authorisation address", errBadInput)
	}
	form := at.Query()
	form.Set("decision", "allow")
	if what.Decision != "" {
		form.Set("decision", what.Decision)
	}
	form["choice"] = what.Choice
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, at.Path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("%w: url: %w", errBadInput, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	page := &shown{header: http.Header{}, status: http.StatusOK}
	v.Handler.ServeHTTP(page, req)
	if page.status != http.StatusFound {
		return nil, fmt.Errorf("the consent page answers %d: %s", page.status, page.body.String())
	}
	return map[string]string{"location": page.header.Get("Location")}, nil
}

// shown is an answer as the browser has it.
type shown struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (s *shown) Header() http.Header            { return s.header }
func (s *shown) WriteHeader(status int)         { s.status = status }
func (s *shown) Write(part []byte) (int, error) { return s.body.Write(part) }

func (a *api) disconnect(r *http.Request, _ []byte) (any, error) {
	l, err := a.ledger("", r.PathValue("ledger"))
	if err != nil {
		return nil, err
	}
	l.Disconnect()
	return map[string]bool{"disconnected": true}, nil
}

func (a *api) open(r *http.Request, body []byte) (any, error) {
	var c Company
	if err := strict(body, &c); err != nil {
		return nil, err
	}
	if c.Vendor != "quickbooks" && c.Vendor != "xero" && c.Vendor != "stripe" {
		return nil, fmt.Errorf("%w: vendor %q: want quickbooks, xero or stripe", errBadInput, c.Vendor)
	}
	return a.box.Open(r.Context(), c)
}

func (a *api) reset(r *http.Request, _ []byte) (any, error) {
	if err := a.box.Reset(r.Context()); err != nil {
		return nil, err
	}
	a.mu.Lock()
	clear(a.refuses)
	a.mu.Unlock()
	return a.now(), nil
}

// moveTo sets the clock, forward only.
func (a *api) moveTo(_ *http.Request, body []byte) (any, error) {
	var to struct {
		Now time.Time `json:"now"`
	}
	if err := strict(body, &to); err != nil {
		return nil, err
	}
	by := to.Now.Sub(a.clock.Now())
	if by < 0 {
		return nil, fmt.Errorf("%w: now: the clock moves forward only", errBadInput)
	}
	a.clock.Advance(by)
	a.box.Pulse()
	return a.now(), nil
}
