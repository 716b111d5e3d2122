package main

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// newDisk gives the drill's database a disk of its own, of so many bytes.
func (d *drill) newDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk of its own needs the right to mount one")
	}
	at := filepath.Join(d.dir, "disk")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a disk of its own cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d.env = append(d.env, "DATABASE_URL="+filepath.Join(at, "tieout.db"))
	return at
}

// fill leaves no room on the disk, until the function that it gives.
func fill(t *testing.T, disk string) (free func()) {
	t.Helper()
	name := filepath.Join(disk, "filler")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(name); err != nil {
			t.Error(err)
		}
	}
}

// whole sees that a copy of the database, as it lies there, is not corrupted.
func whole(t *testing.T, disk string) {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"tieout.db", "tieout.db-wal"} {
		data, err := os.ReadFile(filepath.Join(disk, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(to, "tieout.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	said := ""
	if err := db.QueryRow("pragma integrity_check").Scan(&said); err != nil || said != "ok" {
		t.Errorf("the database is not whole: %s, %v", said, err)
	}
}

// TestFullDisk: a command on a full disk says what to do, a process that runs
// says that it is unwell, nothing is corrupted, and it goes on by itself when
// there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	d := newDrill(t, "quickbooks", "")
	disk := d.newDisk(t, "24m")
	d.setUp(t)
	d.ask(t, "/economy/act", "{}")
	free := fill(t, disk)
	d.steps(t, []step{{args: "sync", code: 1, err: []string{`no room is left on the disk of the database: make room`}}})
	whole(t, disk)
	free()
	serve, base := d.serve(t)
	if code := health(t, base); code != http.StatusOK {
		t.Errorf("well: %d", code)
	}
	free = fill(t, disk)
	d.move(t, 2*time.Hour) // the book is due
	serve.await(t, `no room is left on the disk of the database: make room`)
	if code := health(t, base); code != http.StatusServiceUnavailable {
		t.Errorf("on a full disk: %d", code)
	}
	whole(t, disk)
	free()
	d.recovers(t, base)
	d.move(t, 2*time.Hour)
	eventually(t, "payments are in the ledger", func() bool { return bytes.Contains(d.ask(t, "/quickbooks/"+d.company+"/Purchase", ""), []byte(`"Id"`)) })
	if code := serve.stop(t, syscall.SIGTERM); code != 0 {
		t.Errorf("ended with %d:\n%s", code, serve.words())
	}
	d.rests(t)
	whole(t, disk)
}

// TestReadOnlyDisk: a database that may only be read is told of at the start,
// and nothing of it changes.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	d := newDrill(t, "quickbooks", "")
	disk := d.newDisk(t, "24m")
	d.setUp(t)
	before := contents(t, disk)
	remount := func(flags uintptr) {
		if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
	}
	remount(syscall.MS_RDONLY)
	for _, command := range []string{"sync", "status", "serve --listen 127.0.0.1:0"} {
		d.steps(t, []step{{args: command, code: 1, err: []string{`has to be able to write its file and its folder`}}})
	}
	if !bytes.Equal(before, contents(t, disk)) {
		t.Error("the file has changed")
	}
	remount(0)
	d.rests(t)
}

func contents(t *testing.T, disk string) []byte {
	t.Helper()
	file, err := os.Open(filepath.Join(disk, "tieout.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
