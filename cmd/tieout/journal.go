package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/sheet"
)

type journalCommand struct {
	Book   string `placeholder:"ID" help:"Only this book. Default: all."`
	From   string `placeholder:"YYYY-MM-DD" help:"From this day of the book's zone on."`
	To     string `placeholder:"YYYY-MM-DD" help:"Up to the end of this day."`
	CSV    bool   `name:"csv" help:"Print the lines as CSV, with requests and answers." xor:"format"`
	JSON   bool   `name:"json" help:"Print one JSON object a line: the entry to the byte, and its SHA-256." xor:"format"`
	Verify bool   `help:"Recompute the chain and name the first line that is not as it was written." xor:"format"`
}

// Help tells what the journal is.
func (*journalCommand) Help() string {
	return "The journal holds every write, removal, answer and change of settings, with who and why. Each line carries the hash of the one before it, " +
		"so that a changed, missing or added line shows."
}

// Run prints or verifies journals.
func (k *journalCommand) Run(ctx context.Context, g *Global, c console) error {
	if _, _, err := days(k.From, k.To); err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		all, err := a.chosen(ctx, k.Book)
		if err != nil {
			return err
		}
		if k.CSV {
			if err := sheet.Write(c.out, [][]string{csvHead()}); err != nil {
				return err
			}
		}
		for _, b := range all {
			if err := k.one(ctx, a, c, b); err != nil {
				return fmt.Errorf("book %s: %w", b.Name, err)
			}
		}
		return nil
	})
}

func (k *journalCommand) one(ctx context.Context, a opened, c console, b books.Book) error {
	if k.Verify {
		chain, err := a.Store.VerifyJournal(ctx, b.Tenant, b.ID)
		if err != nil {
			return err
		}
		c.say("%s: %d lines, each as it was written. The last hash is %s", b.Name, chain.Seq, chain.Hash)
		return nil
	}
	return a.Store.Journal(ctx, b.Tenant, b.ID, k.query(b), func(l journal.Line) error {
		if k.JSON {
			return jsonLine(c, l)
		}
		e, err := l.Open()
		if err != nil {
			return err
		}
		if k.CSV {
			return sheet.Write(c.out, [][]string{csvRow(e, l.Hash)})
		}
		c.say("%d  %s  %s  %s %s%s: %s", e.Seq, e.At.In(b.Location()).Format("2006-01-02 15:04:05"), e.Kind, dashed(e.Who), dashed(e.Op), about(e), e.Why)
		return nil
	})
}

func (k *journalCommand) query(b books.Book) store.JournalQuery {
	var q store.JournalQuery
	if k.From != "" {
		at := receivables.Date(k.From).Midnight(b.Location())
		q.From = &at
	}
	if k.To != "" {
		at := receivables.Date(k.To).AddDays(1).Midnight(b.Location())
		q.To = &at
	}
	return q
}

// jsonLine prints an entry to the byte, so that everybody can recompute its
// hash.
func jsonLine(c console, l journal.Line) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(struct {
		Hash  string          `json:"hash"`
		Entry json.RawMessage `json:"entry"`
	}{l.Hash, l.Bytes})
	if err != nil {
		return fmt.Errorf("print the journal: %w", err)
	}
	_, err = c.out.Write(out.Bytes())
	return err
}

func csvHead() []string {
	return []string{
		"book", "seq", "at", "kind", "who", "why", "evidence", "op", "key", "document", "url", "invoice", "parts", "request", "before", "answer", "prev", "hash",
	}
}

func csvRow(e journal.Entry, hash string) []string {
	parts := make([]string, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = p.Key() + "=" + strconv.FormatInt(p.Amount, 10)
	}
	return []string{
		e.Book, strconv.FormatInt(e.Seq, 10), e.At.Format(time.RFC3339Nano), string(e.Kind), e.Who, e.Why, strings.Join(e.Evidence, "; "), e.Op, e.Key,
		strings.TrimSpace(about(e)), e.URL, e.Invoice, strings.Join(parts, "; "), string(e.Request), string(e.Before), string(e.Answer), e.Prev, hash,
	}
}

// about is the document that an entry is about.
func about(e journal.Entry) string {
	if e.Document.ID == "" {
		return ""
	}
	return " " + string(e.Document.Kind) + "/" + e.Document.ID
}

func dashed(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
