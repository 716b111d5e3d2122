//go:build unix && !linux

package testdb

import "syscall"

// processAttributes are empty: only Linux lets a child die with its parent.
func processAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
