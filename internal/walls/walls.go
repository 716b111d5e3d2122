// Package walls reads the project's own source and says where it breaks the
// rules that docs/architecture.md gives: who may import whom, where the clock
// is read, where no float may stand, what must be documented. The linter
// enforces the imports too, from a configuration that is rendered from the
// same table. It is used by tests only, and must never be imported by the
// program.
package walls

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Module is the import path that all of the project's packages start with.
const Module = "tieout"

// Problem is one broken rule at one place.
type Problem struct {
	// Where is the file, with the line where there is one.
	Where string
	// Rule is the broken rule's short name.
	Rule string
	// What says what is wrong there.
	What string
}

// String is the problem as a compiler would print it.
func (p Problem) String() string { return p.Where + ": " + p.Rule + ": " + p.What }

// File is one parsed Go file.
type File struct {
	// Path is relative to the tree's root, with slashes.
	Path string
	// Folder is the path's folder: the package's import path below Module.
	Folder string
	// Test says that the file is compiled by go test only.
	Test   bool
	Syntax *ast.File
}

// Tree is a source tree: every Go file parsed, and the text of every file
// that people read.
type Tree struct {
	Files []File
	// Texts are the contents of the files that the text rules read, by path.
	Texts map[string]string

	positions *token.FileSet
}

// textNames are the files without a telling extension that are read as text.
var textNames = map[string]bool{"Dockerfile": true, "run": true, ".golangci.yml": true, ".gitignore": true, ".dockerignore": true}

// textKinds are the extensions of files that are read as text.
var textKinds = map[string]bool{".go": true, ".md": true, ".sql": true, ".yml": true, ".yaml": true, ".sh": true}

// Load reads the tree. Folders named testdata and hidden ones other than .ci
// are left out, as the go command leaves them out.
func Load(tree fs.FS) (*Tree, error) {
	t := &Tree{Texts: map[string]string{}, positions: token.NewFileSet()}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && leftOut(name):
			return fs.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular():
			return nil
		case textKinds[path.Ext(name)] || textNames[path.Base(name)]:
			return t.read(tree, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("walls: %w", err)
	}
	return t, nil
}

func leftOut(folder string) bool {
	base := path.Base(folder)
	return base == "testdata" || base == "node_modules" || (strings.HasPrefix(base, ".") && base != "." && base != ".ci")
}

func (t *Tree) read(tree fs.FS, name string) error {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	t.Texts[name] = string(text)
	if path.Ext(name) != ".go" {
		return nil
	}
	syntax, err := parser.ParseFile(t.positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.Files = append(t.Files, File{
		Path: name, Folder: path.Dir(name), Test: strings.HasSuffix(name, "_test.go"), Syntax: syntax,
	})
	return nil
}

// problem is a problem at a place in a Go file.
func (t *Tree) problem(at token.Pos, rule, format string, args ...any) Problem {
	position := t.positions.Position(at)
	where := fmt.Sprintf("%s:%d", position.Filename, position.Line)
	return Problem{Where: where, Rule: rule, What: fmt.Sprintf(format, args...)}
}

// Check applies every rule to the tree.
func Check(t *Tree) []Problem {
	var all []Problem
	for _, rule := range []func(*Tree) []Problem{
		imports, owners, names, clocks, commands, floats, inits, packageComments, docComments, texts, floatColumns, unfinished,
	} {
		all = append(all, rule(t)...)
	}
	return all
}

// Root is the folder of go.mod, at or above the folder given.
func Root(folder string) (string, error) {
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", errors.New("walls: no go.mod at or above " + folder)
		}
	}
}
