package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

type versionCommand struct{}

// Run prints the version of the program and of Go.
func (*versionCommand) Run(c console) error {
	c.say("tieout %s", version())
	return nil
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	text := info.Main.Version
	if text == "" || text == "(devel)" {
		text = "development"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value[:min(len(s.Value), 12)]
		}
	}
	return fmt.Sprintf("%s (%s)", text, info.GoVersion)
}

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a script that completes commands and flags. Load it with, for
// bash: source <(tieout completion bash).
func (k *completionCommand) Run(c console, model *kong.Application) error {
	words := map[string]string{}
	for _, command := range model.Leaves(true) {
		var flags []string
		for _, group := range command.AllFlags(true) {
			for _, flag := range group {
				flags = append(flags, "--"+flag.Name)
			}
		}
		words[strings.TrimPrefix(command.Path(), "tieout ")] = strings.Join(flags, " ")
	}
	c.say("%s", completionScript(k.Shell, words))
	return nil
}
