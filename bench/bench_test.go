package bench

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tieout/store"
)

// profileEnv names a folder for profiles of the program's processor time.
const profileEnv = "TIEOUT_BENCH_PROFILE"

// databaseEnv is the address of an empty PostgreSQL database to use instead
// of a throw-away server, which does not wait for the disk.
const databaseEnv = "TIEOUT_BENCH_DATABASE"

// vendorNames are those that are pulled.
func vendorNames() []string { return []string{"quickbooks", "xero", "stripe"} }

// engines make a fresh, empty database.
func engines() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "bench.db") },
		"postgres": freshPostgres,
	}
}

func freshPostgres(t testing.TB) string {
	address := os.Getenv(databaseEnv)
	if address == "" {
		return postgres.Database(t)
	}
	ctx := context.Background()
	s, err := store.Open(ctx, address, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.MigrateTo(ctx, 0), s.Close()); err != nil {
		t.Fatal(err)
	}
	return address
}

// BenchmarkBackfill pulls everything of a vendor into an empty database. Its
// last part is the number of records: half invoices and half payments, or half
// charges and half balance transactions.
func BenchmarkBackfill(b *testing.B) {
	for _, vendor := range vendorNames() {
		b.Run(vendor, func(b *testing.B) {
			for _, engine := range slices.Sorted(maps.Keys(engines())) {
				b.Run(engine, func(b *testing.B) {
					for _, records := range []int{10_000, 200_000} {
						b.Run(fmt.Sprint(records), func(b *testing.B) { backfill(b, vendor, engine, records/2) })
					}
				})
			}
		})
	}
}

func backfill(b *testing.B, vendor, engine string, pairs int) {
	shop := start(b, "vendor", load{Vendor: vendor, Pairs: pairs})
	defer shop.end()
	var at served
	shop.hear(b, &at)
	var all []report
	for b.Loop() {
		all = append(all, run(b, job{Task: "backfill", Vendor: vendor, At: at, Database: engines()[engine](b), Profile: profile(b)}))
	}
	publish(b, all)
	b.ReportMetric(median(all, func(r report) float64 { return r.Waited }), "vendor-s")
	last := all[len(all)-1]
	b.ReportMetric(float64(total(last.Calls)), "calls")
	b.ReportMetric(float64(total(last.IdleCalls)), "idle-calls")
	b.Logf("calls %v for %v; idle %v, changing %d; records %v", last.Calls, at.Lists, last.IdleCalls, last.IdleWrites, last.Counts)
}

// BenchmarkReconcile matches 10,000 payments with 50,000 open invoices and
// plans what is to be written; "links" also plans a payment link for each.
func BenchmarkReconcile(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		b.Run(engine, func(b *testing.B) {
			for _, links := range []string{"payments", "links"} {
				b.Run(links, func(b *testing.B) {
					reconciled(b, job{Task: "reconcile", Invoices: 50_000, Payments: 10_000, Links: links == "links"}, engine)
				})
			}
		})
	}
}

func reconciled(b *testing.B, j job, engine string) {
	var all []report
	for b.Loop() {
		j.Database = engines()[engine](b)
		j.Task, j.Profile = "fill", ""
		run(b, j)
		j.Task, j.Profile = "reconcile", profile(b)
		all = append(all, run(b, j))
	}
	publish(b, all)
	b.Logf("%v; again %d", all[0].Counts, all[0].IdleWrites)
}

// BenchmarkAgeing ages 100,000 open invoices.
func BenchmarkAgeing(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		b.Run(engine, func(b *testing.B) {
			j := job{Task: "fill", Invoices: 100_000, Database: engines()[engine](b)}
			run(b, j)
			j.Task = "ageing"
			var all []report
			for b.Loop() {
				all = append(all, run(b, j))
			}
			publish(b, all)
		})
	}
}

// publish reports the medians of the runs: the time per operation that
// testing adds is that of starting processes and filling databases, too.
func publish(b *testing.B, all []report) {
	b.Helper()
	b.ReportMetric(0, "ns/op") // hides it
	b.ReportMetric(median(all, func(r report) float64 { return r.Seconds }), "s")
	b.ReportMetric(median(all, func(r report) float64 { return float64(r.Records) / r.Seconds }), "records/s")
	b.ReportMetric(median(all, func(r report) float64 { return r.CPU }), "cpu-s")
	b.ReportMetric(median(all, func(r report) float64 { return float64(r.PeakKiB) / 1024 }), "peak-MiB")
}

func median(all []report, of func(report) float64) float64 {
	values := make([]float64, len(all))
	for i, r := range all {
		values[i] = of(r)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// profile is the file for a profile of this benchmark; "" when none is asked
// for.
func profile(t testing.TB) string {
	folder := os.Getenv(profileEnv)
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, strings.ReplaceAll(t.Name(), "/", "-")+".pprof")
}
