package walls

import (
	"strconv"
	"strings"
)

// imports checks every import of our own packages against the table, and the
// pure packages' imports of the standard library.
func imports(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		wall, ok := wallOf(file.Folder)
		if !ok {
			found = append(found, t.problem(file.Syntax.Package, "walls", "the folder %s has no row in the table of walls", file.Folder))
			continue
		}
		for _, spec := range file.Syntax.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // the parser has refused it already
			}
			if what := wrong(wall, file, imported); what != "" {
				found = append(found, t.problem(spec.Pos(), "walls", "%s", what))
			}
		}
	}
	return found
}

// wrong says why a file may not import something; "" when it may.
func wrong(wall Wall, file File, imported string) string {
	if ours, ok := strings.CutPrefix(imported, Module+"/"); ok {
		itself := file.Test && ours == file.Folder
		if itself || anyOf(wall.May, ours) || (file.Test && anyOf(wall.Tests, ours)) {
			return ""
		}
		return file.Folder + " must not import " + ours + ": " + wall.Why
	}
	if !wall.Pure || file.Test {
		return ""
	}
	for _, part := range impure() {
		if within(part, imported) {
			return file.Folder + " is pure and must not import " + imported + ": " + wall.Why
		}
	}
	return ""
}

// owners checks that a module with one job is used only where its job is.
func owners(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		if file.Test {
			continue
		}
		for _, spec := range file.Syntax.Imports {
			for _, owner := range Owners() {
				imported := strings.Trim(spec.Path.Value, `"`)
				if within(owner.Module, imported) && !anyOf(owner.Folders, file.Folder) {
					found = append(found, t.problem(spec.Pos(), "owners", "%s must not use %s", file.Folder, imported))
				}
			}
		}
	}
	return found
}
