package quickbooks

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"

	// A container may have no zone files; company time needs them.
	_ "time/tzdata"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
)

// Company is one QuickBooks company (realm). All methods are safe for
// concurrent use; each is one operation under the company's lock, all or
// nothing, and obeys the same business rules as the HTTP surface.
type Company struct {
	realm string
	clock clock.Clock
	kinds map[string]*kind

	options CompanyOptions

	mu      sync.Mutex
	zone    *time.Location
	home    string // home currency
	multi   bool   // multicurrency is on
	shelves map[string]*shelf
	next    map[string]*big.Int // next id per id space
	docNo   int64               // last automatic number of a sales form
	replays map[string][]byte   // answers by requestid
	calls   map[string]int      // requests by class, for whoever counts
	window  limitWindow
	// listings are those of queries since the last write.
	listings map[string]listing

	rooms sync.Pool // of *[]byte: answers of queries that are written already
	prefs *settings // read from Preferences and CompanyInfo; nil when stale

	mails   int    // emails of mailDay
	mailDay string // UTC
	// duplicates: the write under way may repeat a DocNumber.
	duplicates bool
	files      map[string][]byte                     // contents of attachables, by id
	rates      map[string]map[string]decimal.Decimal // exchange rates that were set: currency, date
	// base is the URL that links in answers start with.
	base func() string
	// notify hears of every change that a webhook may tell of; called under the
	// company's lock.
	notify func(event)
	// meter counts a metered call made inside a batch.
	meter func()
}

// CompanyOptions describe a company to add.
type CompanyOptions struct {
	RealmID       string // decimal; empty = made from the server's seed
	Name          string
	Country       string // ISO alpha-2; empty = US
	HomeCurrency  string // ISO code; empty = the country's
	TimeZone      string // IANA; empty = the country's, for the US that of Intuit's sample companies
	Multicurrency bool
	// Recorded leaves the company empty, to be filled by Load and FinishLoad.
	Recorded bool
}

func newCompany(o CompanyOptions, c clock.Clock, kinds map[string]*kind) (*Company, error) {
	o.Country = strings.ToUpper(orDefault(o.Country, "US"))
	currency, local := countryDefaults(o.Country)
	zone, err := time.LoadLocation(orDefault(o.TimeZone, local))
	if err != nil {
		return nil, fmt.Errorf("quickbooks: company time zone: %w", err)
	}
	if _, err := strconv.ParseUint(o.RealmID, 10, 64); err != nil {
		return nil, fmt.Errorf("quickbooks: realm id %q is not a decimal number: %w", o.RealmID, err)
	}
	co := &Company{
		options: o, realm: o.RealmID, clock: c, kinds: kinds, zone: zone, home: orDefault(o.HomeCurrency, currency), multi: o.Multicurrency,
		shelves: map[string]*shelf{}, next: map[string]*big.Int{}, docNo: 1000, replays: map[string][]byte{}, calls: map[string]int{},
		files: map[string][]byte{}, rates: map[string]map[string]decimal.Decimal{}, base: func() string { return "" }, notify: func(event) {}, meter: func() {},
	}
	co.next["attachable"], _ = new(big.Int).SetString(firstAttachable, 10)
	for _, k := range kinds {
		co.shelves[k.name] = newShelf(k)
	}
	return co, nil
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// RealmID is the company's id.
func (c *Company) RealmID() string { return c.realm }

// Name is the company's name.
func (c *Company) Name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info := c.single("CompanyInfo"); info != nil {
		return splitObject(info.raw).str("CompanyName")
	}
	return ""
}

func (c *Company) now() int64 { return c.clock.Now().Unix() }

func (c *Company) today() string { return c.clock.Now().In(c.zone).Format(time.DateOnly) }

func (c *Company) kindOf(entity string) (*kind, *Fault) {
	k := c.kinds[strings.ToLower(entity)]
	if k == nil {
		return nil, faultUnsupported("Operation " + entity + " is not supported.")
	}
	return k, nil
}

func (c *Company) shelf(name string) *shelf { return c.shelves[name] }

func (c *Company) find(name, id string) *object { return c.shelves[name].byID[id] }

func (c *Company) single(name string) *object {
	for _, o := range c.shelves[name].byID {
		return o
	}
	return nil
}

// takeID gives the next id of a sequence.
func (c *Company) takeID(space string) string {
	n := c.next[space]
	if n == nil {
		n = big.NewInt(1)
		c.next[space] = n
	}
	id := n.String()
	n.Add(n, big.NewInt(1))
	return id
}

// seenID moves the sequence past an id that was loaded.
func (c *Company) seenID(space, id string) {
	v, ok := new(big.Int).SetString(id, 10)
	if !ok {
		return
	}
	v.Add(v, big.NewInt(1))
	if n := c.next[space]; n == nil || v.Cmp(n) > 0 {
		c.next[space] = v
	}
}

// Create makes an object from the vendor's JSON and returns it as stored.
func (c *Company) Create(entity string, body []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	return asError(c.create(entity, body))
}

// CreateMany creates objects of one kind in order under one lock. It stops at
// the first that is refused; those before it stay.
func (c *Company) CreateMany(entity string, bodies [][]byte) ([][]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	out := make([][]byte, 0, len(bodies))
	for i, body := range bodies {
		made, fault := c.create(entity, body)
		if fault != nil {
			return out, fmt.Errorf("quickbooks: create %s %d of %d: %w", entity, i+1, len(bodies), fault)
		}
		out = append(out, made)
	}
	return out, nil
}

// Update changes an object: body has Id and SyncToken, and "sparse": true when
// only what it names is to change.
func (c *Company) Update(entity string, body []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	return asError(c.update(entity, body))
}

// Void voids a transaction at its present version.
func (c *Company) Void(entity, id string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	body, fault := c.present(entity, id)
	if fault != nil {
		return nil, fault
	}
	return asError(c.void(entity, body))
}

// Delete removes a transaction at its present version.
func (c *Company) Delete(entity, id string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing()
	body, fault := c.present(entity, id)
	if fault != nil {
		return nil, fault
	}
	return asError(c.remove(entity, body))
}

// Read returns one object.
func (c *Company) Read(entity, id string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return asError(c.read(entity, id))
}

// List returns the live objects of one kind in order of id, voided and inactive
// ones included.
func (c *Company) List(entity string) [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil
	}
	out := make([][]byte, 0, c.shelf(k.name).len())
	for _, o := range c.shelf(k.name).byIDs() {
		out = append(out, o.text(c.zone))
	}
	return out
}

func asError(body []byte, fault *Fault) ([]byte, error) {
	if fault != nil {
		return nil, fault
	}
	return body, nil
}

// present is the body {Id, SyncToken} of an object as it stands.
func (c *Company) present(entity, id string) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	o := c.find(k.name, id)
	if o == nil {
		return nil, faultNotFound()
	}
	body, err := json.Marshal(map[string]string{"Id": id, "SyncToken": strconv.FormatInt(o.token, 10)})
	if err != nil {
		return nil, faultMalformed(err.Error())
	}
	return body, nil
}

func (c *Company) read(entity, id string) ([]byte, *Fault) {
	k, fault := c.kindOf(entity)
	if fault != nil {
		return nil, fault
	}
	o := c.find(k.name, id)
	if k.single {
		// CompanyInfo is read by the realm id, although its own Id is 1.
		o = c.single(k.name)
	}
	if o == nil && !isID(k, id) {
		return nil, faultBadID(id)
	}
	if o == nil {
		return nil, faultNotFound()
	}
	return c.shown(o), nil
}

// isID: ids are decimal numbers of any length; the two codes that every US
// company has are named.
func isID(k *kind, id string) bool {
	return id != "" && strings.Trim(id, "0123456789") == "" || k.name == "TaxCode"
}
