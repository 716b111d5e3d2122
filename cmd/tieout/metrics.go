package main

import (
	"fmt"
	"net"
	"net/http"

	"tieout/internal/app"
)

// metricsFlag is where figures for Prometheus are served: on an address of its
// own, so that it never stands beside the pages in the open.
type metricsFlag struct {
	Listen string `name:"metrics-listen" env:"TIEOUT_METRICS_LISTEN" placeholder:"ADDRESS" help:"Address of /metrics for Prometheus. Default: none."`
}

// serve serves the figures and gives what ends that.
func (m metricsFlag) serve(a *app.App, c console) (stop func(), err error) {
	if m.Listen == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", m.Listen)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w (choose another address with --metrics-listen)", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.Metrics())
	server := bounded(mux)
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
	c.note("Metrics are at http://%s/metrics", listener.Addr())
	return func() { _ = server.Close() }, nil
}
