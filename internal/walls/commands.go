package walls

import (
	"go/ast"
	"go/token"
	"regexp"
)

// shownFolders are where texts are made that pages show.
func shownFolders() []string {
	return []string{"books", "connect", "connectors/...", "internal/app", "mapping", "pay", "people", "receivables", "store", "sync/...", "web"}
}

// CommandReasons are the files behind shownFolders that name a command all the
// same, each with where its words go.
func CommandReasons() map[string]string {
	return map[string]string{
		"connect/ends.go":        "Notice is for the command line; pages have Warning",
		"store/migrate.go":       "a database that does not fit ends the command",
		"internal/app/status.go": "the notes of the command status; no page has them",
	}
}

// command is a command in a sentence. One that no page has a button for is named
// as what is done on the server.
var (
	command  = regexp.MustCompile(`\btieout (?:api-key|approve|backup|bank|book|connect|connection|control|decide|doctor|hook|journal|keys|migrate|month-end|org|person|preview|proof|redo|restore|retention|retry|rules|serve|status|sync|undo|worker)\b`)
	atServer = regexp.MustCompile(`on the server[^.]*tieout [a-z]`)
)

// commands refuses texts that tell readers of pages to type: they name the
// button, and the command line says its own name for it (cmd/tieout/hints.go).
func commands(t *Tree) []Problem {
	var found []Problem
	reasons, used := CommandReasons(), map[string]bool{}
	for _, file := range t.Files {
		if file.Test || !anyOf(shownFolders(), file.Folder) {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			text, ok := node.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING || !command.MatchString(text.Value) || atServer.MatchString(text.Value) {
				return true
			}
			used[file.Path] = true
			if reasons[file.Path] == "" {
				found = append(found, t.problem(node.Pos(), "commands", "pages show it: name the button, or say that it is done on the server"))
			}
			return true
		})
	}
	for _, file := range t.Files {
		if reasons[file.Path] != "" && !used[file.Path] {
			found = append(found, t.problem(file.Syntax.Package, "commands", "a reason is given for commands, but there are none"))
		}
	}
	return found
}
