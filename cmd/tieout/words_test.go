package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestHelp(t *testing.T) {
	t.Parallel()
	newMachine(t, nil).steps(t, []step{
		{args: "", out: []string{`Start with "tieout demo"`, `Exit codes: 0 done, 1 failed, 2 wrong`}, err: []string{"!."}},
		{args: "--help", out: []string{`book cutover +Show the opening figures`, `sandbox +Run stand-ins`}},
		{args: "connect --help", out: []string{`TIEOUT_QUICKBOOKS_CLIENT_ID`, `developer\.intuit\.com`, `!client-secret`}},
		{args: "sync --help", out: []string{`never work\s+on one book`}},
		{args: "book new --help", out: []string{`--ledger=ID`}},
		{args: "completion --help", out: []string{`source <\(tieout completion bash\)`}},
		{args: "version", out: []string{`^tieout .*go1\.`}},
		{args: "--version", out: []string{`go1\.`}},
	})
}

// TestUsage: a wrong command line ends with 2, says what is wrong and where to
// look, and touches nothing.
func TestUsage(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	m.steps(t, []step{
		{args: "sandbo", code: 2, err: []string{`unexpected argument sandbo, did you mean "sandbox"`, `tieout --help`}},
		{args: "sync --bogus", code: 2, err: []string{`unknown flag --bogus`, `tieout sync --help`}},
		{args: "book", code: 2, err: []string{`expected one of "new", "accounts", "cutover", "links", "settings"`}},
		{args: "book new", code: 2, err: []string{`missing flags: --ledger=ID, --stripe=ID`, `tieout book new --help`}},
		{args: "book writes x maybe", code: 2, err: []string{`must be one of "on","off"`}},
		{args: "book cutover x --day 1.2.2026", code: 2, err: []string{`YYYY-MM-DD`}},
		{args: "connect", code: 2, err: []string{`expected "<vendor>"`}},
		{args: "connect sage", code: 2, err: []string{`must be one of "quickbooks","xero","stripe"`}},
		{args: "completion tcsh", code: 2},
		{args: "demo --invoices 0", code: 2, err: []string{`at least 1`}},
		{args: "demo --db some.db", code: 2, err: []string{`takes a postgres:// address`}},
	})
	if _, err := os.Stat(filepath.Join(m.dir, "data")); err == nil {
		t.Error("a wrong command line has made the data folder")
	}
	m.steps(t, []step{
		{args: "status --every often", code: 2, err: []string{`"often" is not a cron expression`}},
		{args: "status --unlimited --xero-url http://127.0.0.1:1", code: 2, err: []string{`the vendors themselves have limits`}},
	})
}

func TestEmptyInstallation(t *testing.T) {
	t.Parallel()
	newMachine(t, map[string]string{"key": "sk_test_nothing"}).steps(t, []step{
		{args: "status", out: []string{`Nothing is connected yet`, `Next: tieout connect quickbooks`}, err: []string{`A new key was written to .*tieout\.key`}},
		{args: "status", err: []string{"!."}},
		{args: "status --json", out: []string{`"connections": \[\]`}},
		{args: "proof", out: []string{`Nothing has been proven yet: run tieout sync`}},
		{args: "retry", out: []string{`No write was given up\.`}},
		{args: "retry --json", out: []string{`^\[\]`}},
		{args: "retry nothing", code: 1, err: []string{`no write with the id "nothing" was given up`}},
		{args: "proof --json", out: []string{`^\[\]`}},
		{args: "sync", out: []string{`There is no book yet`}},
		{args: "sync --dry-run"},
		{args: "sync --json", out: []string{`^\[\]`}},
		{args: "doctor", out: []string{`database: sqlite, schema up to date`, `no connection yet`}},
		{args: "book new --ledger x --stripe y", code: 1, err: []string{`there is no connection "x", nor any other: start with tieout connect`}},
		{args: "book writes x on", code: 1, err: []string{`there is no book "x", nor any other`}},
		{args: "connect stripe --again x --secret-file key", code: 1, err: []string{`there is no connection "x"`}},
	})
}

// TestDatabase: a database that cannot be used is named; its password is not.
func TestDatabase(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"text.db": "This is no database, but it is long enough to be taken for one: " +
		"a header has a hundred bytes, and here are some more of them."})
	if err := os.Mkdir(filepath.Join(m.dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	m.steps(t, []step{
		{
			args: "status --db postgres://someone:hush@127.0.0.1:1/books?sslmode=disable", code: 1,
			err: []string{`postgres://127\.0\.0\.1:1/books cannot be used`, `refused`, `!hush`},
		},
		{args: "migrate --db postgres://127.0.0.1:1/books?password=hush&sslmode=disable", code: 1, err: []string{`!hush`}},
		{args: "doctor --db postgres://someone:hush@127.0.0.1:1/books", code: 1, out: []string{`!hush`, `cannot be used`}, err: []string{`!hush`}},
		{args: "status --db mysql://someone:hush@host/books", code: 2, err: []string{`postgres:// address or the path of a SQLite file`, `!hush`}},
		{args: "status --db folder", code: 1, err: []string{`folder is a folder: give the path of a file in it, such as folder/tieout\.db`}},
		{args: "status --db nowhere/tieout.db", code: 1, err: []string{`the folder nowhere of the database nowhere/tieout\.db does not exist`}},
		{args: "status --db text.db", code: 1, err: []string{`text\.db cannot be used: .*not a database`}},
	})
	if _, err := os.Stat(filepath.Join(m.dir, "nowhere")); err == nil {
		t.Error("the folder of a mistyped database was made")
	}
	if os.Geteuid() == 0 {
		return // nothing is read-only for root
	}
	m.steps(t, []step{{args: "migrate --db folder/a.db"}})
	if err := os.Chmod(filepath.Join(m.dir, "folder", "a.db"), 0o400); err != nil {
		t.Fatal(err)
	}
	m.steps(t, []step{{args: "migrate --db folder/a.db --to 0 --confirm", code: 1, err: []string{`folder/a\.db cannot be used`}}})
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	newMachine(t, nil).steps(t, []step{
		{args: "migrate", out: []string{`The database is at version [0-9]+ of [0-9]+\.`}},
		{args: "migrate --to 9999", code: 2, err: []string{`this program knows the versions 0 to`}},
		{args: "migrate --to=-1", code: 2},
		{args: "migrate --to 0", code: 2, err: []string{`add --confirm`}},
		{args: "migrate --to 0 --confirm", out: []string{`The database is at version 0 of`}},
		{args: "migrate", out: []string{`!version 0 of`}},
		{args: "status", out: []string{`Nothing is connected yet`}},
	})
}

func TestSealingKey(t *testing.T) {
	t.Parallel()
	const good = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
	m := newMachine(t, map[string]string{"short": "abcdef\n", "good": good})
	m.steps(t, []step{
		{args: "status --key-file nokey", code: 1, err: []string{`nokey: no such file`}},
		{args: "status --key-file short", code: 1, err: []string{`32 bytes in base64 or hexadecimal \(file short\)`, `!abcdef`}},
		{args: "status --key-file good", err: []string{"!."}},
	})
	m.env = append(m.env, "TIEOUT_KEY=tooshort")
	m.steps(t, []step{{args: "status", code: 1, err: []string{`32 bytes`, `!tooshort`}}})
}

// TestConnectRefusals: what is missing is said before anything is asked of a
// person; keys that are none are refused without a call and not repeated.
func TestConnectRefusals(t *testing.T) {
	t.Parallel()
	newMachine(t, map[string]string{"nonsense": "open-sesame"}).steps(t, []step{
		{args: "connect quickbooks --listen 127.0.0.1:0", code: 1, out: []string{"!."}, err: []string{
			`no client id and secret of an app are configured`,
			`developer\.intuit\.com`, `TIEOUT_QUICKBOOKS_CLIENT_ID and TIEOUT_QUICKBOOKS_CLIENT_SECRET`,
		}},
		{args: "connect xero --listen 127.0.0.1:0 --xero-client-id half", code: 1, err: []string{`developer\.xero\.com`}},
		{args: "connect quickbooks --listen 203.0.113.1:9", code: 1, err: []string{`choose another address with --listen`}},
		{args: "connect stripe", stdin: "pk_test_123\n", code: 1, err: []string{`publishable key`}},
		{args: "connect stripe", stdin: "open-sesame\n", code: 1, err: []string{`does not look like sk_test_`, `!sesame`}},
		{args: "connect stripe", code: 1, err: []string{`no key on standard input`}},
		{args: "connect stripe --secret-file gone", code: 2, err: []string{`gone`}},
		{args: "connect stripe --secret-file nonsense", code: 1, err: []string{`does not look like`}},
	})
}

const tryCompletion = `
source tieout.bash
try() {
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
  _tieout
  echo "$*> ${COMPREPLY[*]}"
}
try tieout s
try tieout boo
try tieout book n
try tieout book writes abc o
try tieout book writes --db book o
try tieout book new --st
try tieout connect q
try tieout --db book sync --f
try tieout completion f
`

const completed = `tieout s> serve sync status sandbox
tieout boo> book
tieout book n> new
tieout book writes abc o> on off
tieout book writes --db book o> on off
tieout book new --st> --stripe-client-id --stripe-url --stripe
tieout connect q> quickbooks
tieout --db book sync --f> --full
tieout completion f> fish
`

func TestCompletion(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"try.bash": tryCompletion})
	m.steps(t, []step{
		{args: "completion zsh", out: []string{`bashcompinit`}},
		{args: "completion fish", out: []string{
			`complete -c tieout -f -n '__fish_seen_subcommand_from book' -a accounts`,
			`__fish_seen_subcommand_from book; and __fish_seen_subcommand_from new' -l ledger`,
		}},
	})
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	script := m.run(t, "", "completion", "bash").out
	if err := os.WriteFile(filepath.Join(m.dir, "tieout.bash"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-n", "tieout.bash"}, {"try.bash"}} {
		c := exec.CommandContext(t.Context(), bash, args...)
		c.Dir = m.dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("bash %v: %v\n%s", args, err, out)
		}
		if args[0] == "try.bash" && string(out) != completed {
			t.Errorf("completion gave\n%s\nwant\n%s", out, completed)
		}
	}
}
