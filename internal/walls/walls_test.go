package walls_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"tieout/internal/walls"
)

func root(t *testing.T) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := walls.Root(here)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestProjectKeepsItsRules(t *testing.T) {
	t.Parallel()
	tree, err := walls.Load(os.DirFS(root(t)))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Files) < 100 {
		t.Fatalf("only %d Go files were read: not the whole project", len(tree.Files))
	}
	for _, problem := range walls.Check(tree) {
		t.Error(problem)
	}
}

func TestLinterHasTheSameWalls(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile(filepath.Join(root(t), ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := walls.Depguard(); !strings.Contains(string(config), want) {
		t.Errorf("the rules under depguard in .golangci.yml are not those of the table of walls; they should be:\n%s", want)
	}
}

// good is a tree without a problem; each case of TestBadTrees spoils it.
func good() fstest.MapFS {
	return fstest.MapFS{
		"money/money.go":   file("// Package money counts.\npackage money\n\n// Cents are cents.\ntype Cents int64\n"),
		"store/store.go":   file("// Package store keeps.\npackage store\n\nimport _ \"tieout/money\"\n"),
		"migrations/1.sql": file("create table a (\n    b bigint not null\n);\n"),
		"README.md":        file("# Nothing special\n"),
	}
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestGoodTree(t *testing.T) {
	t.Parallel()
	if found := check(t, good()); len(found) > 0 {
		t.Errorf("problems in a good tree: %v", found)
	}
}

func check(t *testing.T, files fstest.MapFS) []walls.Problem {
	t.Helper()
	tree, err := walls.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return walls.Check(tree)
}

func TestBadTrees(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, path, text, where, rule string }{
		{
			"money knows the store", "money/bad.go", "package money\n\nimport _ \"tieout/store\"\n",
			"money/bad.go:3", "walls",
		},
		{
			"the sandbox knows a vendor's client", "sandbox/stripe/bad.go",
			"// Package stripe stands in.\npackage stripe\n\nimport _ \"tieout/connectors/stripe\"\n", "sandbox/stripe/bad.go:4", "walls",
		},
		{
			"a sandbox test knows the money", "sandbox/stripe/bad_test.go", "package stripe\n\nimport _ \"tieout/money\"\n",
			"sandbox/stripe/bad_test.go:3", "walls",
		},
		{
			"a vendor knows another", "connectors/xero/bad.go",
			"// Package xero speaks.\npackage xero\n\nimport _ \"tieout/connectors/stripe\"\n", "connectors/xero/bad.go:4", "walls",
		},
		{
			"a vendor knows the sandbox", "connectors/xero/bad.go",
			"// Package xero speaks.\npackage xero\n\nimport _ \"tieout/sandbox\"\n", "connectors/xero/bad.go:4", "walls",
		},
		{
			"a step knows the store", "sync/pull/bad.go",
			"// Package pull pulls.\npackage pull\n\nimport _ \"tieout/store\"\n", "sync/pull/bad.go:4", "walls",
		},
		{
			"mapping reaches the network", "mapping/bad.go",
			"// Package mapping maps.\npackage mapping\n\nimport _ \"net/http\"\n", "mapping/bad.go:4", "walls",
		},
		{
			"a page says to type", "sync/pull/bad.go",
			"// Package pull pulls.\npackage pull\n\nvar _ = \"Run tieout sync first.\"\n", "sync/pull/bad.go:4", "commands",
		},
		{"no row in the table", "oddments/a.go", "// Package oddments is odd.\npackage oddments\n", "oddments/a.go:2", "walls"},
		{
			"SQL outside the store", "sync/pull/bad.go",
			"// Package pull pulls.\npackage pull\n\nimport _ \"github.com/jmoiron/sqlx\"\n", "sync/pull/bad.go:4", "owners",
		},
		{
			"a test's module in the program", "money/bad.go", "package money\n\nimport _ \"pgregory.net/rapid\"\n",
			"money/bad.go:3", "owners",
		},
		{
			"a bucket", "sandbox/helpers/a.go", "// Package helpers helps.\npackage helpers\n",
			"sandbox/helpers/a.go:2", "names",
		},
		{"a misplaced package", "store/bad/a.go", "// Package good is not bad.\npackage good\n", "store/bad/a.go:2", "names"},
		{
			"the wall clock", "store/bad.go", "package store\n\nimport \"time\"\n\nvar _ = time.Now\n",
			"store/bad.go:5", "clock",
		},
		{
			"a sleeping test", "store/bad_test.go", "package store\n\nimport \"time\"\n\nfunc nap() { time.Sleep(1) }\n",
			"store/bad_test.go:5", "clock",
		},
		{"a float", "money/bad.go", "package money\n\ntype rate float64\n", "money/bad.go:3", "floats"},
		{
			"a parsed float", "store/bad.go", "package store\n\nimport \"strconv\"\n\nvar _ = strconv.ParseFloat\n",
			"store/bad.go:5", "floats",
		},
		{
			"a reason for no float", "sync/push/push.go", "// Package push sends.\npackage push\n",
			"sync/push/push.go:2", "floats",
		},
		{"an inexact column", "migrations/sqlite/2.sql", "create table a (\n    b numeric not null\n);\n", "migrations/sqlite/2.sql:2", "floats"},
		{"a registration", "store/bad.go", "package store\n\nfunc init() {}\n", "store/bad.go:3", "init"},
		{"no package comment", "books/books.go", "package books\n", "books/books.go:1", "docs"},
		{"a type without a comment", "money/bad.go", "package money\n\ntype Bad int\n", "money/bad.go:3", "docs"},
		{"a function without a comment", "money/bad.go", "package money\n\nfunc Bad() {}\n", "money/bad.go:3", "docs"},
		{"a method without a comment", "money/bad.go", "package money\n\nfunc (Cents) Bad() {}\n", "money/bad.go:3", "docs"},
		{"a constant without a comment", "money/bad.go", "package money\n\nconst Bad = 1\n", "money/bad.go:3", "docs"},
		{"unfinished work", "money/bad.go", "package money\n\n// TO" + "DO: count\n", "money/bad.go:3", "unfinished"},
		{"a machine's path in a document", "docs/bad.md", "It lies in /ro" + "ot/tieout.\n", "docs/bad.md:1", "texts"},
		{"a machine's path in code", "money/bad.go", "package money\n\nvar bad = \"/ho" + "me/me\"\n", "money/bad.go:3", "texts"},
		{"a registry in the pipeline", ".ci/run", "curl https://proxy.golan" + "g.org/\n", ".ci/run:1", "texts"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree := good()
			tree[c.path] = file(c.text)
			found := check(t, tree)
			if len(found) != 1 || found[0].Where != c.where || found[0].Rule != c.rule {
				t.Errorf("want one problem %s: %s, got %v", c.where, c.rule, found)
			}
		})
	}
}

func TestUnreadableSource(t *testing.T) {
	t.Parallel()
	if _, err := walls.Load(fstest.MapFS{"a/a.go": file("pack age")}); err == nil {
		t.Error("a file that is no Go was read")
	}
}
