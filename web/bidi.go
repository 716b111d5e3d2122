package web

import (
	"html/template"
	"strings"
	"unicode"
)

// rightToLeft are the scripts that are written so.
var rightToLeft = []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam}

// prose writes a sentence in which names stand. One that is written from right to
// left is isolated: else it would take the amounts and signs beside it along, and
// "of 20.01" would stand before a name that it follows (Unicode: UAX #9, 2.7).
func prose(text string) template.HTML {
	var out strings.Builder
	rest := []rune(text)
	for len(rest) > 0 {
		from := 0
		for from < len(rest) && !unicode.In(rest[from], rightToLeft...) {
			from++
		}
		to := from
		for at := from; at < len(rest) && (unicode.In(rest[at], rightToLeft...) || unicode.IsSpace(rest[at]) || unicode.IsMark(rest[at])); at++ {
			if !unicode.IsSpace(rest[at]) {
				to = at + 1
			}
		}
		out.WriteString(template.HTMLEscapeString(string(rest[:from])))
		if to > from {
			out.WriteString(string(markup("<bdi>%s</bdi>", string(rest[from:to]))))
		}
		rest = rest[to:]
	}
	return template.HTML(out.String()) //nolint:gosec // all of it is escaped
}
