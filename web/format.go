package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/monthend"
)

// functions are what every template may call.
func functions() template.FuncMap {
	return template.FuncMap{
		"amount": amount, "plural": plural, "join": strings.Join, "upper": strings.ToUpper, "prose": prose, "vendor": vendorName, "figure": figure,
		"shares": shares, "words": words, "input": newInput, "column": column, "numeric": monthend.Numeric, "day": view{}.Day, "month": month, "monthkey": listing.MonthKey, "tenths": tenths, "minus": func(n int64) int64 { return -n }, "inc": func(n int) int { return n + 1 }, "segment": url.PathEscape,
		"deed": Deed, "actor": actorOf, "id": shortID, "undotitle": undoTitle,
		"schedule": scheduleText, "count": count, "sum": sumOf, "kinds": kindsOf, "took": tookText,
	}
}

// words is a vendor's or our own key as words: "fee_later" is "fee later".
func words(key any) string { return strings.ReplaceAll(fmt.Sprint(key), "_", " ") }

// markup is the one way to write elements outside of a template: every argument
// is escaped.
func markup(format string, args ...string) template.HTML {
	escaped := make([]any, len(args))
	for i, a := range args {
		escaped[i] = template.HTMLEscapeString(a)
	}
	return template.HTML(fmt.Sprintf(format, escaped...)) //nolint:gosec // all that is not ours is escaped
}

// amount writes an amount with separators, a real minus sign, and its plain
// form for programs that read the page.
func amount(m money.Money) template.HTML {
	text := m.Text(money.ISO)
	class := "amount"
	switch {
	case m.Minor < 0:
		class += " negative"
	case m.Minor == 0:
		class += " zero"
	}
	return markup(`<data class="%s" value="%s">%s</data>`, class, text, money.Grouped(text))
}

// figure writes decimal text as amount does; "-" is nothing to show.
func figure(text string) template.HTML {
	if text == "-" || text == "" {
		return `<span class="none">–</span>`
	}
	class := "amount"
	if strings.HasPrefix(text, "-") {
		class += " negative"
	}
	return markup(`<data class="%s" value="%s">%s</data>`, class, text, money.Grouped(text))
}

// plural is "1 invoice" or "1,204 invoices".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return money.Grouped(fmt.Sprint(n)) + " " + many
}

// vendorName is a vendor as people write it.
func vendorName(vendor string) string {
	switch vendor {
	case "quickbooks":
		return "QuickBooks"
	case "xero":
		return "Xero"
	case "stripe":
		return "Stripe"
	}
	return vendor
}

// month is a calendar month, named by its first day: "Oct 2026".
func month(first receivables.Date) string { return first.Midnight(time.UTC).Format("Jan 2006") }

// tenths writes tenths of something: 384 is "38.4".
func tenths(n int64) string {
	if n < 0 {
		return "-" + tenths(-n)
	}
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

// short is an amount as the scale of a chart has it: "20k".
func short(m money.Money) string {
	text := m.Text(money.ISO)
	whole, fraction, _ := strings.Cut(text, ".")
	if strings.Trim(fraction, "0") != "" {
		return money.Grouped(text)
	}
	for _, unit := range []struct{ zeros, name string }{{"000000000", "bn"}, {"000000", "m"}, {"000", "k"}} {
		if cut, ok := strings.CutSuffix(whole, unit.zeros); ok && strings.Trim(cut, "-") != "" {
			return money.Grouped(cut) + unit.name
		}
	}
	return money.Grouped(whole)
}

// At writes an instant in the organisation's zone: the time of today, the day
// and time of this year, else the full date.
func (v view) At(at any) template.HTML {
	t, ok := instantOf(at)
	if !ok {
		return `<span class="none">never</span>`
	}
	local, now := t.In(v.zone), v.now.In(v.zone)
	layout := "2 Jan 2006 15:04"
	switch {
	case local.Format(time.DateOnly) == now.Format(time.DateOnly):
		layout = "15:04"
	case local.Year() == now.Year():
		layout = "2 Jan 15:04"
	}
	return stamp(t, local.Format(layout), local.Format("Monday 2 January 2006, 15:04:05 MST"))
}

// Ago writes how long ago an instant was.
func (v view) Ago(at any) template.HTML {
	t, ok := instantOf(at)
	if !ok {
		return `<span class="none">never</span>`
	}
	d := v.now.Sub(t)
	text := "just now"
	switch {
	case d < -time.Minute:
		text = "in " + span(-d)
	case d >= time.Minute:
		text = span(d) + " ago"
	}
	return stamp(t, text, t.In(v.zone).Format("Monday 2 January 2006, 15:04:05 MST"))
}

func span(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// Day writes a civil date.
func (v view) Day(d receivables.Date) template.HTML {
	text := d.Words()
	if text == "" {
		return `<span class="none">–</span>`
	}
	return markup(`<time datetime="%s">%s</time>`, string(d), text)
}

func stamp(at time.Time, text, title string) template.HTML {
	return markup(`<time datetime="%s" title="%s">%s</time>`, at.UTC().Format(time.RFC3339), title, text)
}

func instantOf(at any) (time.Time, bool) {
	switch t := at.(type) {
	case time.Time:
		return t, !t.IsZero()
	case *time.Time:
		if t != nil {
			return *t, !t.IsZero()
		}
	}
	return time.Time{}, false
}

// part is a piece of a bar, in thousandths of its width.
type part struct{ From, Width int }

// shares lays buckets side by side. What rounding leaves goes to the last.
func shares(buckets []Bucket) []part {
	out := make([]part, len(buckets))
	from, last := 0, -1
	for i, b := range buckets {
		out[i] = part{from, b.Share}
		from += b.Share
		if b.Share > 0 {
			last = i
		}
	}
	const whole = 1000
	if last >= 0 {
		out[last].Width += whole - from
		for i := last + 1; i < len(out); i++ {
			out[i].From = whole
		}
	}
	return out
}

// input is a field of a form.
type input struct{ Name, Label, Type, Complete, Hint, Value, Problem string }

// newInput is a field with what was filled in before, and what of it is wrong.
func newInput(f form, name, label, kind, complete, hint string) input {
	return input{name, label, kind, complete, hint, f.Values[name], f.Problems[name]}
}
