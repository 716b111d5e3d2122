package main

import (
	"fmt"
	"strings"
	"time"

	"tieout/sync/schedule"
)

const (
	// lineWidth is what fits on the narrowest usual terminal.
	lineWidth = 79
	// redraw is how often a line is written over at most.
	redraw = 100 * time.Millisecond
	// lasting is how long work takes whose outcome stays on the screen.
	lasting = time.Second
)

// progress shows long work on a terminal: one line for each connection or
// book, written over while it is worked on and ended when it is done. Only work
// that took its time leaves its line.
type progress struct {
	console console

	subject       string
	seen, written int
	started       time.Time
	drawn         time.Time
	width         int
}

// progress gives the listener, nil when nobody is looking on.
func (c console) progress() func(schedule.Event) {
	if !c.terminal() {
		return nil
	}
	p := &progress{console: c}
	return p.hear
}

func (p *progress) hear(e schedule.Event) {
	now := p.console.clock.Now()
	if e.Subject != p.subject {
		p.end(now)
		p.subject, p.started, p.seen, p.written = e.Subject, now, 0, 0
	}
	p.seen += e.Seen
	p.written = max(p.written, e.Written)
	if e.Ended {
		p.end(now)
		return
	}
	if now.Sub(p.drawn) >= redraw {
		p.drawn = now
		p.draw(fmt.Sprintf("%s: %s, %s", p.subject, strings.ReplaceAll(e.Step, "_", " "), p.count(now)))
	}
}

// end writes the subject's last line, if there was anything to count.
func (p *progress) end(now time.Time) {
	switch {
	case p.subject == "":
		return
	case p.seen+p.written > 0 && now.Sub(p.started) >= lasting:
		p.draw(fmt.Sprintf("%s: %s", p.subject, p.count(now)))
		_, _ = fmt.Fprintln(p.console.err)
	default:
		p.draw("")
		_, _ = fmt.Fprint(p.console.err, "\r")
	}
	p.subject, p.width = "", 0
}

// count says how many and, once a second has gone by, how fast.
func (p *progress) count(now time.Time) string {
	n, verb := p.seen, "read"
	if p.written > 0 {
		n, verb = p.written, "written"
	}
	took := now.Sub(p.started)
	if took < time.Second {
		return fmt.Sprintf("%d %s", n, verb)
	}
	return fmt.Sprintf("%d %s in %s, %d/s", n, verb, took.Round(time.Second), int64(n)*int64(time.Second)/int64(took))
}

// draw writes over the line. What does not fit is cut from the name, because
// the figures stand behind it.
func (p *progress) draw(line string) {
	if runes := []rune(line); len(runes) > lineWidth {
		head, tail, named := strings.Cut(line, ": ")
		name := []rune(head)
		room := lineWidth - len([]rune(tail)) - 3
		if named && room > 0 {
			line = string(name[:min(room, len(name))]) + "…: " + tail
		} else {
			line = string(runes[:lineWidth-1]) + "…"
		}
	}
	width := len([]rune(line))
	_, _ = fmt.Fprintf(p.console.err, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-width)))
	p.width = width
}
