//go:build !unix

package testdb

import (
	"context"
	"errors"
)

// ErrAbsent says that this machine has no PostgreSQL server programs.
var ErrAbsent = errors.New("a throw-away PostgreSQL is only made on Unix")

// Server is never made here.
type Server struct{}

// Start gives ErrAbsent.
func Start(context.Context) (*Server, error) { return nil, ErrAbsent }

// Template gives ErrAbsent.
func (*Server) Template(context.Context, func(context.Context, string) error) error { return ErrAbsent }

// Database gives ErrAbsent.
func (*Server) Database(context.Context) (string, error) { return "", ErrAbsent }

// Stop does nothing.
func (*Server) Stop() {}
