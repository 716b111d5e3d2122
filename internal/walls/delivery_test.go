package walls_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieout/internal/walls"
)

// text is a file of the project as text.
func text(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// first is what a pattern's group matches first.
func first(t *testing.T, name, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(text(t, name))
	if found == nil {
		t.Fatalf("%s has nothing that matches %s", name, pattern)
	}
	return found[1]
}

func TestDockerfileBuildsWithTheModulesGo(t *testing.T) {
	t.Parallel()
	module := first(t, "go.mod", `^go (\d+\.\d+)`)
	if image := first(t, "Dockerfile", `^FROM golang:(\d+\.\d+)[-. ]`); image != module {
		t.Errorf("the Dockerfile builds with Go %s, go.mod asks for %s", image, module)
	}
	if tools := first(t, "tools.mod", `^go (\d+\.\d+)`); tools != module {
		t.Errorf("tools.mod asks for Go %s, go.mod for %s", tools, module)
	}
}

func TestDockerfileMakesASmallHarmlessImage(t *testing.T) {
	t.Parallel()
	build := first(t, "Dockerfile", `^RUN (CGO_ENABLED=0 go build .*)$`)
	for _, want := range []string{"-trimpath", "-tags timetzdata", "./cmd/tieout", "-o /out/tieout"} {
		if !strings.Contains(build, want) {
			t.Errorf("the build lacks %s: %s", want, build)
		}
	}
	_, image, multi := strings.Cut(text(t, "Dockerfile"), "\nFROM scratch\n")
	if !multi {
		t.Fatal("the last stage does not start from an empty image")
	}
	user := regexp.MustCompile(`(?m)^USER (\d+):\d+$`).FindStringSubmatch(image)
	if user == nil || user[1] == "0" {
		t.Errorf("the image must run as a user given by number, not root: %v", user)
	}
	for _, want := range []string{"\nENTRYPOINT [", "\nHEALTHCHECK ", "ca-certificates.crt", "\nVOLUME /var/lib/tieout\n"} {
		if !strings.Contains(image, want) {
			t.Errorf("the image lacks %s", strings.TrimSpace(want))
		}
	}
	if strings.Contains(image, "\nRUN ") {
		t.Error("an empty image has nothing that could run a command")
	}
}

func TestComposeIsPlain(t *testing.T) {
	t.Parallel()
	plain := regexp.MustCompile(`^(?:  )*(?:- \S.*|[\w-]+:(?: \S.*)?|#.*)?$`)
	depth := 0
	for number, line := range strings.Split(text(t, "compose.yaml"), "\n") {
		if !plain.MatchString(line) {
			t.Errorf("line %d is not plain YAML: %q", number+1, line)
		}
		trimmed := strings.TrimLeft(line, " ")
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if at := (len(line) - len(trimmed)) / 2; at > depth {
			t.Errorf("line %d is nested too deep", number+1)
		}
		depth = (len(line) - len(trimmed)) / 2
		if strings.HasSuffix(line, ":") {
			depth++
		}
	}
}

func TestComposeKeepsToItsPlace(t *testing.T) {
	t.Parallel()
	compose := text(t, "compose.yaml")
	for _, want := range []string{
		"postgres://tieout:${POSTGRES_PASSWORD:?", "condition: service_healthy", "read_only: true", "no-new-privileges:true",
		"- tieout:/var/lib/tieout", "pg_isready",
	} {
		if !strings.Contains(compose, want) {
			t.Errorf("compose.yaml lacks %s", want)
		}
	}
	for _, port := range regexp.MustCompile(`- "([^"]*):\d+:\d+"`).FindAllStringSubmatch(compose, -1) {
		if port[1] != "127.0.0.1" {
			t.Errorf("a port is open to other machines: %s", port[0])
		}
	}
	if strings.Contains(compose, "\n    ports:") && !strings.Contains(compose, `"127.0.0.1:8080:8080"`) {
		t.Error("the status page's port is not the documented one")
	}
}

// shellLines are the lines of the README's shell blocks.
func shellLines(t *testing.T) []string {
	t.Helper()
	var lines []string
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```").FindAllStringSubmatch(text(t, "README.md"), -1) {
		lines = append(lines, strings.Split(block[1], "\n")...)
	}
	return lines
}

func TestReadmeGivesTheTwoCommandsThatThePipelineRuns(t *testing.T) {
	t.Parallel()
	lines := shellLines(t)
	for _, want := range []string{"go run ./cmd/tieout demo", "go test ./..."} {
		if !slices.Contains(lines, want) {
			t.Errorf("README.md lacks the command %q", want)
		}
	}
	pipeline := text(t, ".ci/run")
	for _, want := range []string{`test_command=$(readme "go test")`, `demo_command=$(readme "go run ./cmd/tieout demo")`} {
		if !strings.Contains(pipeline, want) {
			t.Errorf(".ci/run does not take the README's command: %s", want)
		}
	}
}

func TestPipelineIsBash(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("bash is not installed")
	}
	path := filepath.Join(root(t), ".ci", "run")
	if out, err := exec.Command(shell, "-n", path).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&0o100 == 0 {
		t.Error(".ci/run cannot be executed")
	}
}

// TestReadmeNamesTheEnvironment compares the variables that the code reads
// with those that the README explains.
func TestReadmeNamesTheEnvironment(t *testing.T) {
	t.Parallel()
	tree, err := walls.Load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\b(?:TIEOUT_[A-Z0-9_]+|DATABASE_URL)\b`)
	read := map[string]bool{}
	for _, file := range tree.Files {
		if file.Folder == "internal/walls" || file.Folder == "bench" {
			continue // these rules, and what a benchmark tells its own child processes
		}
		for _, name := range variable.FindAllString(tree.Texts[file.Path], -1) {
			read[name] = true
		}
	}
	explained := map[string]bool{}
	for _, name := range variable.FindAllString(text(t, "README.md"), -1) {
		explained[name] = true
	}
	for name := range read {
		if !explained[name] {
			t.Errorf("README.md does not explain %s", name)
		}
	}
	for name := range explained {
		if !read[name] {
			t.Errorf("README.md explains %s, which nothing reads", name)
		}
	}
}

// TestDocumentsLinkToWhatExists follows the relative links of every document.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	t.Parallel()
	top := root(t)
	tree, err := walls.Load(os.DirFS(top))
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	followed := 0
	for name, content := range tree.Texts {
		if filepath.Ext(name) != ".md" {
			continue
		}
		for _, found := range link.FindAllStringSubmatch(content, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			followed++
			if _, err := os.Stat(filepath.Join(top, filepath.Dir(name), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", name, found[1])
			}
		}
	}
	if followed == 0 {
		t.Error("no link was followed")
	}
}

// TestDecisionsAreListed compares the folder of decisions with its index.
func TestDecisionsAreListed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(filepath.Join(root(t), "docs", "decisions"))
	if err != nil {
		t.Fatal(err)
	}
	index := text(t, "docs/decisions/README.md")
	for _, entry := range entries {
		if entry.Name() != "README.md" && !strings.Contains(index, "("+entry.Name()+")") {
			t.Errorf("docs/decisions/README.md does not list %s", entry.Name())
		}
	}
}

// TestChangelogWarnsOfMigrations looks for the sign before each migration, and
// that no two have one number.
func TestChangelogWarnsOfMigrations(t *testing.T) {
	t.Parallel()
	changes := text(t, "CHANGELOG.md")
	entries, err := os.ReadDir(filepath.Join(root(t), "migrations", "sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, entry := range entries {
		number, _, _ := strings.Cut(entry.Name(), "_")
		if seen[number] != "" {
			t.Errorf("migrations %s and %s have one number", seen[number], entry.Name())
		}
		seen[number] = entry.Name()
		if !strings.Contains(changes, "⚠️ Migration "+number) {
			t.Errorf("CHANGELOG.md does not warn of migration %s", number)
		}
	}
}
