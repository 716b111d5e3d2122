package listing

import (
	"slices"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// maxQuery bounds what somebody types into the search, in bytes.
const maxQuery = 200

// Read reads a filter as addresses and saved views have it; get gives the value
// of a key, "" for none. What is not understood is left out. Limit, Own and
// Today are the reader's.
func Read(get func(key string) string) Filter {
	f := Filter{
		Status: Status(get("status")), Age: Age(get("age")), Currency: money.Currency(strings.ToUpper(get("currency"))),
		Connection: get("connection"), Customer: get("customer"), Query: strings.TrimSpace(get("q")), Sort: Sort(get("sort")),
		Desc: get("desc") != "",
	}
	if len(f.Query) > maxQuery {
		f.Query = strings.ToValidUTF8(f.Query[:maxQuery], "")
	}
	if !slices.Contains(Statuses(), f.Status) {
		f.Status = Open
		if f.Query != "" || f.Customer != "" {
			f.Status = All // whoever searches does not know whether it is paid
		}
	}
	if !slices.Contains(Sorts(), f.Sort) {
		f.Sort = ByDue
	}
	if !slices.Contains(Ages(), f.Age) {
		f.Age = ""
	}
	if _, ok := money.ISO(f.Currency); !ok {
		f.Currency = ""
	}
	if month, err := receivables.ParseDate(get("month") + "-01"); err == nil {
		f.Month = month
	}
	if place, err := ParsePlace(get("after")); err == nil {
		f.After = &place
	}
	return f
}

// Write gives what Read reads, without keys that have no value.
func (f Filter) Write(set func(key, value string)) {
	some := func(key, value string) {
		if value != "" {
			set(key, value)
		}
	}
	some("status", string(f.Status))
	some("age", string(f.Age))
	some("month", MonthKey(f.Month))
	some("currency", string(f.Currency))
	some("connection", f.Connection)
	some("customer", f.Customer)
	some("q", f.Query)
	some("sort", string(f.Sort))
	if f.Desc {
		set("desc", "1")
	}
	if f.After != nil {
		set("after", f.After.String())
	}
}

// MonthKey is a month, named by its first day, as addresses have it: "2026-10".
func MonthKey(first receivables.Date) string { return string(first[:max(len(first)-len("-01"), 0)]) }
