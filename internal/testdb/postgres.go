//go:build unix

package testdb

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	// The driver under the name "postgres".
	_ "github.com/lib/pq"
)

// ErrAbsent says that this machine has no PostgreSQL server programs.
var ErrAbsent = errors.New("the programs initdb and postgres were not found")

// Server is a PostgreSQL of its own, on a Unix socket in a temporary folder.
type Server struct {
	dir      string
	cmd      *exec.Cmd
	admin    *sql.DB
	template string
	made     atomic.Int64
}

// Start makes a cluster and starts its server; ErrAbsent when PostgreSQL is
// not installed. It also runs as root, whom PostgreSQL refuses, by switching
// to the user postgres or nobody.
func Start(ctx context.Context) (*Server, error) {
	initdb, postgres := program("initdb"), program("postgres")
	if initdb == "" || postgres == "" {
		return nil, ErrAbsent
	}
	// A socket's path has at most 107 bytes, so the folder's name is short.
	dir, err := os.MkdirTemp("", "tiedb")
	if err != nil {
		return nil, fmt.Errorf("testdb: %w", err)
	}
	s := &Server{dir: dir}
	if err := s.start(ctx, initdb, postgres); err != nil {
		s.Stop()
		return nil, fmt.Errorf("testdb: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, initdb, postgres string) error {
	attr, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	setup := exec.CommandContext(ctx, initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	setup.SysProcAttr, setup.Dir = attr, s.dir
	if out, err := setup.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	s.cmd = exec.Command(postgres, "-D", data, "-k", s.dir, "-h", "", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=300")
	s.cmd.SysProcAttr, s.cmd.Dir = attr, s.dir
	if err := s.launch(); err != nil {
		return err
	}
	s.admin, err = sql.Open("postgres", s.URL("postgres"))
	return err
}

// launch starts the server and waits until it says that it is ready.
func (s *Server) launch() error {
	log, output, err := os.Pipe()
	if err != nil {
		return err
	}
	s.cmd.Stderr = output
	started := make(chan error, 1)
	go func() {
		// The server is to die with the thread that started it, which
		// therefore has to live as long as the tests do: the goroutine keeps
		// its thread and reads the log to the end.
		runtime.LockOSThread()
		err := s.cmd.Start()
		_ = output.Close()
		if err != nil {
			started <- err
			return
		}
		follow(bufio.NewScanner(log), started)
		_ = log.Close()
	}()
	return <-started
}

// follow reads the server's log, tells once whether it is ready, and goes on
// reading so that the server never blocks on it.
func follow(lines *bufio.Scanner, started chan<- error) {
	var seen strings.Builder
	ready := false
	for lines.Scan() {
		if ready {
			continue
		}
		seen.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "ready to accept connections") {
			ready = true
			started <- nil
		}
	}
	if !ready {
		started <- fmt.Errorf("postgres ended: %s", seen.String())
	}
}

// Template makes the database that Database copies, filled by fill.
func (s *Server) Template(ctx context.Context, fill func(ctx context.Context, address string) error) error {
	if _, err := s.admin.ExecContext(ctx, "create database filled"); err != nil {
		return fmt.Errorf("testdb: template: %w", err)
	}
	s.template = "filled"
	return fill(ctx, s.URL("filled"))
}

// Database makes a fresh database and gives its address.
func (s *Server) Database(ctx context.Context) (string, error) {
	name := "t" + strconv.FormatInt(s.made.Add(1), 10)
	statement := "create database " + name
	if s.template != "" {
		statement += " template " + s.template + " strategy file_copy"
	}
	if _, err := s.admin.ExecContext(ctx, statement); err != nil {
		return "", fmt.Errorf("testdb: %w", err)
	}
	return s.URL(name), nil
}

// URL is the address of a database of this server.
func (s *Server) URL(database string) string {
	return "postgres://postgres@/" + database + "?sslmode=disable&host=" + url.QueryEscape(s.dir)
}

// Stop ends the server at once and removes its folder.
func (s *Server) Stop() {
	if s.admin != nil {
		_ = s.admin.Close()
	}
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGQUIT)
		_ = s.cmd.Wait()
	}
	_ = os.RemoveAll(s.dir)
}

// program finds a server program on the path, or in the folder that pg_config
// names.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	out, err := exec.Command("pg_config", "--bindir").Output()
	if err == nil {
		if path, err := exec.LookPath(filepath.Join(strings.TrimSpace(string(out)), name)); err == nil {
			return path
		}
	}
	return newest(name)
}

// newest looks where Debian and its kin install the servers, one folder for
// each version, outside the path.
func newest(name string) string {
	found, err := filepath.Glob(filepath.Join("/usr/lib/postgresql/*/bin", name))
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[len(found)-1]
}

// unprivileged gives the attributes under which the server runs, and the
// folder to whom it runs as.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := processAttributes()
	if os.Getuid() != 0 {
		return attr, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		if who, err = user.Lookup("nobody"); err != nil {
			return nil, err
		}
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, int(uid), int(gid))
}
