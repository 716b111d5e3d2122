package xero

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/internal/clock"
)

// OrganisationOptions describes a fresh organisation.
type OrganisationOptions struct {
	ID           string // OrganisationID and tenant id; empty = from the seed
	Name         string
	BaseCurrency string   // ISO code; empty = USD
	Country      string   // ISO code; decides the tax rates; empty = US
	Timezone     string   // Xero's name, as EASTERNSTANDARDTIME; empty = UTC
	Currencies   []string // further currencies the organisation uses
	// Empty leaves the chart of accounts out, for an organisation to load.
	Empty bool
}

// Organisation is one tenant: its books and the rules that guard them. All
// methods are safe for concurrent use.
type Organisation struct {
	mu    sync.Mutex
	clock clock.Clock
	rnd   *rand.Rand
	kinds map[string]*kind
	app   string // ProviderName of answers
	base  func() string
	// listening tells whether a webhook wants the organisation's events.
	listening func() bool
	hook      *hook

	id         string
	info       object // the Organisation element
	baseCode   string
	zone       *time.Location
	lock       day    // the last locked day
	lockName   string // which of the two dates it is
	seq        int
	tables     map[string]*table
	currencies []string
	taxRates   []taxRate

	accountCodes  map[string]*record
	accountNames  map[string]*record
	systemAccts   map[string]*record
	contactNames  map[string]*record // active contacts, lower case
	contactNos    map[string]*record
	numbers       map[string]*record // "ACCREC INV-0001"
	nextNumber    map[string]int
	bills         int                  // bills that carry a number
	paymentIndex  map[string][]*record // by the id of the settled document
	ledger        ledger
	journal       []func() // undo steps of the running write, newest last
	keeping       bool     // journal is being kept
	itemCodes     map[string]*record
	set           settings
	calls         map[string]int64
	emails        int // sent on emailDay
	emailDay      string
	events        []event // of the running call, told to the webhook at its end
	eventMark     int
	meter         meter
	connection    *connection
	replays       map[string]replay
	lists         map[string][]*record // by listKey, since the last write
	replayOrder   []string
	pendingNested []*record // loaded documents whose nested elements are not linked yet
}

// uuid makes an id from the organisation's seeded source.
func (o *Organisation) uuid() string { return newUUID(o.rnd) }

func newUUID(r *rand.Rand) string {
	hi, lo := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}

func newOrganisation(s *Server, seed uint64, opt OrganisationOptions) *Organisation {
	o := &Organisation{
		clock: s.opt.Clock, rnd: rand.New(rand.NewPCG(seed, 0x7865726f)), kinds: kindTable(), app: s.opt.AppName, base: s.baseURL,
		tables: map[string]*table{}, accountCodes: map[string]*record{}, accountNames: map[string]*record{},
		systemAccts: map[string]*record{}, contactNames: map[string]*record{}, contactNos: map[string]*record{},
		numbers: map[string]*record{}, nextNumber: map[string]int{}, paymentIndex: map[string][]*record{}, ledger: ledger{}, calls: map[string]int64{},
		replays: map[string]replay{}, itemCodes: map[string]*record{}, meter: newMeter(), listening: s.listening, hook: &s.hook,
	}
	for name := range o.kinds {
		o.tables[name] = newTable()
	}
	o.baseCode = orElse(opt.BaseCurrency, "USD")
	country := orElse(opt.Country, "US")
	o.id = orElse(opt.ID, o.uuid())
	o.currencies = []string{o.baseCode}
	for _, c := range opt.Currencies {
		o.addCurrency(c)
	}
	o.setInfo(freshInfo(o, opt.Name, country, orElse(opt.Timezone, "UTC")))
	o.taxRates = countryTaxRates(country)
	o.openSettings()
	if !opt.Empty {
		o.openChart()
	}
	return o
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// freshInfo is the Organisation element of a new organisation.
func freshInfo(o *Organisation, name, country, zone string) object {
	var i object
	i.setStr("Name", name)
	i.setStr("LegalName", name)
	i.setBool("PaysTax", true)
	i.setStr("Version", version(country))
	i.setStr("OrganisationType", "COMPANY")
	i.setStr("BaseCurrency", o.baseCode)
	i.setStr("CountryCode", country)
	i.setBool("IsDemoCompany", false)
	i.setStr("OrganisationStatus", "ACTIVE")
	i.set("FinancialYearEndDay", []byte("31"))
	i.set("FinancialYearEndMonth", []byte("12"))
	i.setStr("SalesTaxBasis", "ACCRUALS")
	i.setStr("DefaultSalesTax", "Remember previous")
	i.setStr("DefaultPurchasesTax", "Remember previous")
	i.set("CreatedDateUTC", quote(fmt.Sprintf("/Date(%d)/", o.now())))
	i.setStr("OrganisationEntityType", "COMPANY")
	i.setStr("Timezone", zone)
	i.setStr("ShortCode", "!"+strings.ToUpper(newUUID(o.rnd)[:5]))
	i.setStr("OrganisationID", o.id)
	i.setStr("Edition", "BUSINESS")
	i.setStr("Class", "STANDARD")
	i.set("Addresses", []byte("[]"))
	i.set("Phones", []byte("[]"))
	i.set("ExternalLinks", []byte("[]"))
	i.set("PaymentTerms", []byte("{}"))
	return i
}

// version is the edition of Xero that a country gets (Xero docs: types,
// version).
func version(country string) string {
	switch country {
	case "GB":
		return "UK"
	case "AU", "NZ", "US":
		return country
	}
	return "GLOBAL"
}

// setInfo takes an Organisation element as the truth about the organisation.
func (o *Organisation) setInfo(i object) {
	o.info = i
	o.zone = location(i.str("Timezone"))
	o.lock, o.lockName = noDay, ""
	for _, l := range [][2]string{{"EndOfYearLockDate", "end of year lock date"}, {"PeriodLockDate", "period lock date"}} {
		if d, err := i.dayMember(l[0]); err == nil && d != noDay && d >= o.lock {
			o.lock, o.lockName = d, l[1]
		}
	}
}

// location maps Xero's zone names, which are Windows names without spaces, to
// IANA zones; a zone that is not listed here counts as UTC.
func location(name string) *time.Location {
	iana := map[string]string{
		"NEWZEALANDSTANDARDTIME": "Pacific/Auckland", "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
		"EASTERNSTANDARDTIME": "America/New_York", "CENTRALSTANDARDTIME": "America/Chicago",
		"MOUNTAINSTANDARDTIME": "America/Denver", "PACIFICSTANDARDTIME": "America/Los_Angeles",
		"GMTSTANDARDTIME": "Europe/London", "WEUROPESTANDARDTIME": "Europe/Berlin",
		"ROMANCESTANDARDTIME": "Europe/Paris", "SINGAPORESTANDARDTIME": "Asia/Singapore",
		"CENAUSTRALIASTANDARDTIME": "Australia/Adelaide", "EAUSTRALIASTANDARDTIME": "Australia/Brisbane", "WAUSTRALIASTANDARDTIME": "Australia/Perth",
		"TASMANIASTANDARDTIME": "Australia/Hobart", "AUSCENTRALSTANDARDTIME": "Australia/Darwin", "USMOUNTAINSTANDARDTIME": "America/Phoenix",
		"ATLANTICSTANDARDTIME": "America/Halifax", "NEWFOUNDLANDSTANDARDTIME": "America/St_Johns", "CANADACENTRALSTANDARDTIME": "America/Regina",
		"ALASKANSTANDARDTIME": "America/Anchorage", "HAWAIIANSTANDARDTIME": "Pacific/Honolulu", "TOKYOSTANDARDTIME": "Asia/Tokyo",
		"CHINASTANDARDTIME": "Asia/Shanghai", "INDIASTANDARDTIME": "Asia/Kolkata", "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
		"CENTRALEUROPESTANDARDTIME": "Europe/Budapest", "CENTRALEUROPEANSTANDARDTIME": "Europe/Warsaw", "FLESTANDARDTIME": "Europe/Kyiv",
		"ISRAELSTANDARDTIME": "Asia/Jerusalem", "FIJISTANDARDTIME": "Pacific/Fiji",
	}[name]
	if loc, err := time.LoadLocation(iana); iana != "" && err == nil {
		return loc
	}
	return time.UTC
}

// now is the clock's time in milliseconds, the grain of UpdatedDateUTC.
func (o *Organisation) now() int64 { return o.clock.Now().UnixMilli() }

// today is the calendar date in the organisation's own zone.
func (o *Organisation) today() day { return dayOf(o.clock.Now().In(o.zone)) }

// Zone is the organisation's time zone.
func (o *Organisation) Zone() *time.Location {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.zone
}

// ID is the OrganisationID, which is the tenant id.
func (o *Organisation) ID() string { return o.id }

// Name is the organisation's name.
func (o *Organisation) Name() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.info.str("Name")
}

// SetLockDates sets PeriodLockDate and EndOfYearLockDate as the user does in the
// settings; the form is 2006-01-02, empty removes one.
func (o *Organisation) SetLockDates(period, endOfYear string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	i := append(object(nil), o.info...)
	for key, text := range map[string]string{"PeriodLockDate": period, "EndOfYearLockDate": endOfYear} {
		if text == "" {
			i.drop(key)
			continue
		}
		d, err := parseDay(text)
		if err != nil {
			return fmt.Errorf("xero: set %s: %w", key, err)
		}
		i.set(key, msDate(d.ms()))
	}
	o.setInfo(i)
	return nil
}

// checkLock refuses a date in a locked period (Xero help: lock dates).
func (o *Organisation) checkLock(what string, d day) error {
	if d == noDay || o.lock == noDay || d > o.lock {
		return nil
	}
	return invalid("The %s date cannot be before the %s, currently set at %s", what, o.lockName, o.lock.words())
}

// AddCurrency lets documents be in one more currency, as a user does in the
// settings.
func (o *Organisation) AddCurrency(code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addCurrency(code)
}

func (o *Organisation) addCurrency(code string) {
	if !o.hasCurrency(code) {
		o.currencies = append(o.currencies, code)
	}
}

func (o *Organisation) hasCurrency(code string) bool {
	return slices.Contains(o.currencies, code)
}
