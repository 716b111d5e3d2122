package testdb

import "syscall"

// processAttributes let the server die with the test, however that ends.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
