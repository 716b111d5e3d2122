// Command tieout is the one binary: the program itself, the sandbox to try it
// on, and the demo that runs both. It reads flags and environment, wires, and
// turns outcomes into exit codes; it decides nothing else.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"tieout/internal/clock"
)

// Exit codes.
const (
	exitOK = 0
	// exitFailed: the command could not do its work; the message says why.
	exitFailed = 1
	// exitUsage: the command line was wrong.
	exitUsage = 2
	// exitUnexplained: a proof has a difference that nothing explains, or a
	// line that could not be measured.
	exitUnexplained = 3
	// exitReconnect: a vendor needs a person's consent again.
	exitReconnect = 4
	// exitStopped: somebody ended the command, as shells say it of Ctrl-C.
	exitStopped = 130
)

// errUnexplained ends a command whose proof does not tie out.
var errUnexplained = errors.New("not everything ties out: see the lines with an unexplained rest")

// cli is the whole command line.
type cli struct {
	Global
	ShowVersion kong.VersionFlag `name:"version" help:"Print the version."`

	Demo       demoCommand       `cmd:"" help:"Start a sandbox and Tieout together and watch the main job, from connecting to the proof."`
	Serve      serveCommand      `cmd:"" help:"Run: keep every connection in sync, and show the pages."`
	Worker     workerCommand     `cmd:"" help:"Run without the pages, beside a serve on the same PostgreSQL."`
	Connect    connectCommand    `cmd:"" help:"Connect QuickBooks, Xero or Stripe."`
	Book       bookCommand       `cmd:"" help:"Set up a book: which Stripe account goes into which ledger, accounts, cut-over, writing on and off."`
	Connection connectionCommand `cmd:"" help:"Change when a connection runs, or pause it."`
	Sync       syncCommand       `cmd:"" help:"Pull, reconcile, write and prove once, now."`
	Status     statusCommand     `cmd:"" help:"Show connections, how fresh they are, and what waits for a decision."`
	Decide     decideCommand     `cmd:"" help:"List the questions that wait for a person, or answer one."`
	Retry      retryCommand      `cmd:"" help:"Try again what a vendor has refused, or list it with what was in the way."`
	Preview    previewCommand    `cmd:"" help:"Show what would be written, document by document, before anything is."`
	Undo       undoCommand       `cmd:"" help:"Take back what was written: a document, a match, a payout, a day or the whole book."`
	Redo       redoCommand       `cmd:"" help:"Write again what was undone."`
	Journal    journalCommand    `cmd:"" help:"Show or export what was done, by whom and why, or verify that nothing of it was changed."`
	Proof      proofCommand      `cmd:"" help:"Show the latest proof of every book, line by line; check one, or look back to an earlier day."`
	MonthEnd   monthEndCommand   `cmd:"" help:"Write the pack of a month for the auditor: PDF and CSV, for each book and currency."`
	Approve    approveCommand    `cmd:"" help:"List what waits for a second person, and approve it."`
	Control    controlCommand    `cmd:"" help:"Show or set the four-eyes option and how long records are kept."`
	Retention  retentionCommand  `cmd:"" help:"Show what is kept for how long, and what the next daily run deletes."`
	Bank       bankCommand       `cmd:"" help:"Import bank statements, find out what their lines stand for, and confirm payments."`
	Rules      rulesCommand      `cmd:"" help:"Show or forget what was learned from confirmed bank lines."`
	PayPage    payPageCommand    `cmd:"" name:"paypage" help:"Show or end addresses at which customers pay."`
	Hook       hookCommand       `cmd:"" help:"Send signed webhooks to your own systems: invoices paid, questions opened, proofs that differ."`
	Org        orgCommand        `cmd:"" name:"organisation" aliases:"org" help:"List the organisations of the installation, or add one."`
	Person     personCommand     `cmd:"" help:"List who may sign in to the pages, or help somebody back in."`
	APIKey     apiKeyCommand     `cmd:"" name:"api-key" help:"List, make and revoke the keys with which programs use the API."`
	Sandbox    sandboxCommand    `cmd:"" help:"Run stand-ins for QuickBooks Online, Xero and Stripe, to try any client on."`
	Keys       keysCommand       `cmd:"" help:"List, replace and retire the keys that seal credentials."`
	Backup     backupCommand     `cmd:"" help:"Write the whole database into one file, while everything goes on."`
	Restore    restoreCommand    `cmd:"" help:"Fill an empty database from a backup."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database's tables up to date, or back to an older version."`
	Doctor     doctorCommand     `cmd:"" help:"Check the configuration, the database, the key and every connection."`
	MatchEval  matchEvalCommand  `cmd:"" help:"Measure the matcher on a folder or file whose right answers are known."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
	Completion completionCommand `cmd:"" help:"Print a completion script for bash, zsh or fish."`
}

func main() { os.Exit(program(clock.System{})) }

// program is the whole process, under a clock: it gives its exit code.
func program(now clock.Clock) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], console{out: os.Stdout, err: os.Stderr, clock: now})
}

// run executes one command line and gives its exit code.
func run(ctx context.Context, args []string, c console) int {
	var root cli
	code := -1
	parser, err := kong.New(&root, kong.Name("tieout"), kong.Description(description), kong.UsageOnError(),
		kong.Writers(c.out, c.err), kong.Exit(func(n int) { code = n }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": version()})
	if err != nil {
		_, _ = fmt.Fprintln(c.err, "tieout:", err)
		return exitFailed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if code >= 0 { // help was asked for and printed
		return code
	}
	if err != nil {
		c.note("tieout: %v\nRun \"%s --help\" to see what can be given.", err, asked(err))
		return exitUsage
	}
	parsed.BindTo(acting(ctx), (*context.Context)(nil))
	err = parsed.Run(&root.Global, c, parser.Model)
	return c.exitCode(ctx, err)
}

// asked is the command that a wrong command line was meant for.
func asked(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if node := wrong.Context.Selected(); node != nil {
			return node.FullPath()
		}
		if path := wrong.Context.Path; len(path) > 0 && path[len(path)-1].Command != nil {
			return path[len(path)-1].Command.FullPath()
		}
	}
	return "tieout"
}

const description = `Tieout connects a ledger (QuickBooks Online, Xero) and Stripe, keeps them in step, and proves to the cent that they agree.

Start with "tieout demo": it needs nothing but this program.

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 a difference is unexplained or could not be measured, 4 a vendor needs consent again, 130 stopped by Ctrl-C.`
