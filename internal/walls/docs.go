package walls

import (
	"cmp"
	"go/ast"
	"slices"
	"strings"
	"unicode"
)

// packageComments asks each package for a comment on what it is for.
func packageComments(t *Tree) []Problem {
	said, first := map[string]bool{}, map[string]File{}
	for _, file := range t.Files {
		if file.Test {
			continue
		}
		if _, seen := first[file.Folder]; !seen {
			first[file.Folder] = file
		}
		said[file.Folder] = said[file.Folder] || file.Syntax.Doc != nil
	}
	var found []Problem
	for folder, file := range first {
		if !said[folder] {
			found = append(found, t.problem(file.Syntax.Package, "docs", "package %s has no comment", file.Syntax.Name.Name))
		}
	}
	slices.SortFunc(found, func(a, b Problem) int { return cmp.Compare(a.Where, b.Where) })
	return found
}

// docComments asks each exported thing for a comment. A comment on a group
// speaks for its members; methods that a well-known interface explains need
// none.
func docComments(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		if file.Test || file.Syntax.Name.Name == "main" {
			continue
		}
		for _, declaration := range file.Syntax.Decls {
			for _, name := range undocumented(declaration) {
				found = append(found, t.problem(name.Pos(), "docs", "%s is exported and has no comment", name.Name))
			}
		}
	}
	return found
}

func undocumented(declaration ast.Decl) []*ast.Ident {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && isPublic(d) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Doc == nil {
			return undocumentedSpecs(d)
		}
	}
	return nil
}

// isPublic says whether a function can be called from outside and is not
// explained by an interface that everybody knows.
func isPublic(function *ast.FuncDecl) bool {
	if function.Recv == nil || len(function.Recv.List) == 0 {
		return true
	}
	wellKnown := []string{
		"Close", "Error", "Is", "Len", "Less", "MarshalJSON", "MarshalText", "Read", "RoundTrip", "Scan",
		"ServeHTTP", "String", "Swap", "UnmarshalJSON", "UnmarshalText", "Unwrap", "Value", "Write",
	}
	return !slices.Contains(wellKnown, function.Name.Name) && ast.IsExported(receiver(function.Recv.List[0].Type))
}

func receiver(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

func undocumentedSpecs(group *ast.GenDecl) []*ast.Ident {
	var found []*ast.Ident
	for _, spec := range group.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Comment == nil && s.Name.IsExported() {
				found = append(found, s.Name)
			}
		case *ast.ValueSpec:
			if s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					found = append(found, name)
				}
			}
		}
	}
	return found
}

// unfinished refuses comments that say of themselves that something is still
// to be done.
func unfinished(t *Tree) []Problem {
	var found []Problem
	for _, file := range t.Files {
		for _, group := range file.Syntax.Comments {
			for _, comment := range group.List {
				if marked(comment.Text) {
					found = append(found, t.problem(comment.Pos(), "unfinished", "%s", firstLine(comment.Text)))
				}
			}
		}
	}
	return found
}

// marks are the words, whole and in capitals, that mark unfinished work; they
// are put together here so that this file carries none.
func marks() []string { return []string{"TO" + "DO", "FIX" + "ME"} }

func marked(comment string) bool {
	words := strings.FieldsFunc(comment, func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(marks(), word) })
}

func firstLine(comment string) string {
	line, _, _ := strings.Cut(comment, "\n")
	return line
}
