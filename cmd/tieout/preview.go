package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"tieout/books"
	"tieout/internal/app"
	"tieout/receivables"
	"tieout/sync/preview"
	"tieout/sync/sheet"
)

type previewCommand struct {
	Book string            `placeholder:"ID" help:"Only this book. Default: all."`
	From string            `placeholder:"YYYY-MM-DD" help:"Only documents dated on this day or later."`
	To   string            `placeholder:"YYYY-MM-DD" help:"Only documents dated on this day or earlier."`
	Try  map[string]string `placeholder:"NAME=VALUE" help:"Try a setting without keeping it: cut_over=YYYY-MM-DD, or a name as tieout book settings shows it."`
	CSV  bool              `name:"csv" help:"Print the lines as CSV." xor:"format"`
	JSON bool              `name:"json" help:"Print the lines as JSON." xor:"format"`
}

// Help tells what a preview is.
func (*previewCommand) Help() string {
	return "Reads what has changed and shows, document by document, what would be written, changed and removed. Nothing is written to any vendor. " +
		"The digest below a preview names exactly these lines: tieout book writes BOOK on --confirm DIGEST lets the book write."
}

// bookPreview is the preview of one book.
type bookPreview struct {
	Book string `json:"book"`
	Name string `json:"name"`
	app.Preview
}

// Run shows the previews.
func (k *previewCommand) Run(ctx context.Context, g *Global, c console) error {
	from, to, err := days(k.From, k.To)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		all, err := a.chosen(ctx, k.Book)
		if err != nil {
			return err
		}
		list := []bookPreview{}
		for _, b := range all {
			tried, err := try(b, k.Try)
			if err != nil {
				return err
			}
			p, err := a.Preview(ctx, tried)
			if err != nil {
				return err
			}
			p.Lines = preview.Between(p.Lines, from, to)
			if from != "" || to != "" || len(k.Try) > 0 {
				p.Totals, p.Digest = preview.Totals(p.Lines), "" // a part, or a trial, cannot be confirmed
			}
			list = append(list, bookPreview{Book: b.ID, Name: b.Name, Preview: p})
		}
		return k.print(c, list)
	})
}

func (k *previewCommand) print(c console, list []bookPreview) error {
	if k.JSON {
		return c.json(list)
	}
	if k.CSV {
		var all []preview.Line
		for _, p := range list {
			all = append(all, p.Lines...)
		}
		return sheet.Write(c.out, preview.Rows(all))
	}
	for _, p := range list {
		c.say("%s: %d writes would be made. Nothing was written.", p.Name, len(p.Lines))
		c.lines(p.Lines)
		c.totals(p.Totals, nil)
		if p.Digest != "" {
			c.say("Digest %s", p.Digest)
		}
	}
	return nil
}

// lines lists documents, one a line.
func (c console) lines(lines []preview.Line) {
	for _, l := range lines {
		c.say("  %s", lineText(l))
	}
}

// lineText is one document in a sentence.
func lineText(l preview.Line) string {
	words := []string{"would " + string(l.Action)}
	if l.Action == preview.ActionStay {
		words[0] = string(l.Action)
	}
	amount := strings.TrimSpace(l.Amount + " " + l.Currency)
	for _, part := range []struct{ before, text string }{
		{"", l.Kind}, {"", l.Document}, {"of ", string(l.Date)}, {"", amount}, {"from ", l.From}, {"to ", l.To}, {"for ", l.Customer}, {"on ", l.Invoice},
	} {
		if part.text != "" {
			words = append(words, part.before+part.text)
		}
	}
	return strings.Join(words, " ") + ": " + asCommands(l.Why)
}

// totals are what lines come down to, and what vendors keep.
func (c console) totals(totals, kept []string) {
	for _, t := range totals {
		c.say("  = %s", t)
	}
	for _, k := range kept {
		c.say("  What remains visible: %s", k)
	}
}

// days reads the bounds of a period; "" is none.
func days(from, to string) (receivables.Date, receivables.Date, error) {
	for flag, text := range map[string]string{"--from": from, "--to": to} {
		if _, err := receivables.ParseDate(text); text != "" && err != nil {
			return "", "", usagef("%s %s: not a day of the form YYYY-MM-DD", flag, text)
		}
	}
	return receivables.Date(from), receivables.Date(to), nil
}

// chosen is one book, or all when none is named.
func (o opened) chosen(ctx context.Context, id string) ([]books.Book, error) {
	if id == "" {
		return o.Store.Books(ctx, o.Tenant)
	}
	b, err := o.book(ctx, id)
	return []books.Book{b}, err
}

// try gives a book with other settings, for a look at what they would do.
func try(b books.Book, changes map[string]string) (books.Book, error) {
	if day, ok := changes["cut_over"]; ok {
		d, err := receivables.ParseDate(day)
		if err != nil {
			return b, usagef("--try cut_over=%s: not a day of the form YYYY-MM-DD", day)
		}
		at := d.Midnight(b.Location())
		b.CutOver, b.From = &at, nil
	}
	text, err := json.Marshal(b.Settings)
	if err != nil {
		return b, fmt.Errorf("settings: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return b, fmt.Errorf("settings: %w", err)
	}
	for name, value := range changes {
		if name == "cut_over" {
			continue
		}
		fields[name] = json.RawMessage(value)
		if !json.Valid(fields[name]) {
			if fields[name], err = json.Marshal(value); err != nil {
				return b, fmt.Errorf("settings: %w", err)
			}
		}
	}
	if text, err = json.Marshal(fields); err != nil {
		return b, fmt.Errorf("settings: %w", err)
	}
	var tried books.Settings
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&tried); err != nil {
		return b, usagef("--try: %v", err)
	}
	b.Settings = tried
	return b, nil
}
