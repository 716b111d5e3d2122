package quickbooks

import (
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// exchangeRateName is an entity without ids: one row for each currency and day.
const exchangeRateName = "ExchangeRate"

// worth is a currency's price in US dollars: plausible figures of our own, the
// same on every day until a client sets others.
func worth(currency string) (decimal.Decimal, bool) {
	text, ok := map[string]string{
		"USD": "1", "EUR": "1.09", "GBP": "1.27", "CAD": "0.73", "AUD": "0.66", "NZD": "0.6", "CHF": "1.14", "JPY": "0.0067",
		"SEK": "0.095", "NOK": "0.093", "DKK": "0.146", "PLN": "0.25", "INR": "0.0119", "SGD": "0.75", "HKD": "0.128",
		"MXN": "0.055", "BRL": "0.18", "ZAR": "0.054", "ILS": "0.27", "CNY": "0.138",
	}[currency]
	if !ok {
		return decimal.Zero, false
	}
	d, err := readDecimal(text)
	return d, err == nil
}

func rateCurrencies() []string {
	return []string{
		"AUD", "BRL", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "HKD", "ILS", "INR", "JPY", "MXN", "NOK", "NZD", "PLN", "SEK", "SGD", "USD", "ZAR",
	}
}

// rateOn is home units for one foreign unit on a day: what was set last on or
// before it, else the table's.
func (c *Company) rateOn(currency, day string) (decimal.Decimal, bool) {
	best := ""
	for d := range c.rates[currency] {
		if d <= day && d > best {
			best = d
		}
	}
	if best != "" {
		return c.rates[currency][best], true
	}
	from, ok := worth(currency)
	to, ok2 := worth(c.home)
	if currency == c.home {
		return decimal.NewFromInt(1), true
	}
	if !ok || !ok2 {
		return decimal.Zero, false
	}
	return from.DivRound(to, 6), true
}

func (c *Company) rateText(currency, day string, rate decimal.Decimal) []byte {
	d := &document{}
	d.setStr("SourceCurrencyCode", currency)
	d.setStr("TargetCurrencyCode", c.home)
	d.set("Rate", []byte(rate.String()))
	d.setStr("AsOfDate", day)
	d.setStr("domain", "QBO")
	d.setBool("sparse", false)
	d.set("MetaData", []byte(`{"LastUpdatedTime":"`+stamp(c.now(), c.zone)+`"}`))
	return d.bytes()
}

// exchangeRate serves GET /exchangerate (Intuit docs: exchangerate).
func (c *Company) exchangeRate(currency, day string) ([]byte, *Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	currency = strings.ToUpper(currency)
	if currency == "" {
		return nil, faultMissing("sourcecurrencycode")
	}
	if day == "" {
		day = c.today()
	}
	if !isDate(day) {
		return nil, faultDate("asofdate")
	}
	if fault := c.needsCurrencies(currency); fault != nil {
		return nil, fault
	}
	rate, ok := c.rateOn(currency, day)
	if !ok {
		return nil, faultReference("SourceCurrencyCode", "Currency", currency)
	}
	return c.envelope(exchangeRateName, c.rateText(currency, day, rate)), nil
}

// needsCurrencies refuses what only a company with several currencies has.
func (c *Company) needsCurrencies(currency string) *Fault {
	if !c.multi && currency != c.home {
		return faultBusiness("Multi Currency should be enabled to perform this operation.")
	}
	return nil
}

// setExchangeRate serves POST /exchangerate: the rate of a day. The caller
// holds the lock.
func (c *Company) setExchangeRate(body []byte) ([]byte, *Fault) {
	_, req, fault := c.requestOf(c.kinds["exchangerate"], body)
	if fault != nil {
		return nil, fault
	}
	currency, day := strings.ToUpper(req.str("SourceCurrencyCode")), req.str("AsOfDate")
	for _, name := range []string{"SourceCurrencyCode", "Rate"} {
		if !req.has(name) {
			return nil, faultMissing(name)
		}
	}
	if day == "" {
		day = c.today()
	}
	if !isDate(day) {
		return nil, faultDate("AsOfDate")
	}
	if target := req.str("TargetCurrencyCode"); target != "" && target != c.home {
		return nil, faultReference("TargetCurrencyCode", "Currency", target)
	}
	if fault := c.needsCurrencies(currency); fault != nil {
		return nil, fault
	}
	rate, err := parseRate(req.get("Rate"))
	if err != nil {
		return nil, faultNumber("Rate", err)
	}
	value, err := readDecimal(string(rate))
	if err != nil {
		return nil, faultNumber("Rate", err)
	}
	if c.rates[currency] == nil {
		c.rates[currency] = map[string]decimal.Decimal{}
	}
	c.rates[currency][day] = value
	return c.envelope(exchangeRateName, c.rateText(currency, day, value)), nil
}

// askRates answers a query for exchange rates: of all currencies, on the day
// that AsOfDate names, else today.
func (c *Company) askRates(st *statement) ([]byte, *Fault) {
	day := c.today()
	var wanted []condition
	for _, cond := range st.where {
		switch {
		case cond.prop.path == "AsOfDate" && cond.op == "=":
			day = cond.values[0].text
		case cond.prop.path == "SourceCurrencyCode" && (cond.op == "=" || cond.op == "IN"):
			wanted = append(wanted, cond)
		default:
			return nil, faultQuery("property '" + cond.prop.path + "' is not queryable with " + cond.op)
		}
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return nil, faultDate("AsOfDate")
	}
	var rows []*document
	for _, currency := range rateCurrencies() {
		rate, ok := c.rateOn(currency, day)
		keep := ok && (c.multi || currency == c.home)
		for i := range wanted {
			keep = keep && wanted[i].holds(operand{text: strings.ToLower(currency)})
		}
		if keep {
			rows = append(rows, splitObject(c.rateText(currency, day, rate)))
		}
	}
	inner := &document{}
	if st.count {
		inner.set("totalCount", []byte(strconv.Itoa(len(rows))))
		return inner.bytes(), nil
	}
	from := min(st.start-1, len(rows))
	rows = rows[from:min(from+st.max, len(rows))]
	if len(rows) > 0 {
		inner.set(exchangeRateName, joinArray(rows))
		inner.set("startPosition", []byte(strconv.Itoa(st.start)))
		inner.set("maxResults", []byte(strconv.Itoa(len(rows))))
	}
	return inner.bytes(), nil
}
