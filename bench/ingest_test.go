package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"tieout/books"
	"tieout/connectors"
	"tieout/connectors/stripe"
	"tieout/internal/clock"
	"tieout/store"
	"tieout/sync/inbox"
)

const (
	hookSecret  = "whsec_bench"
	hookAccount = "acct_bench"
)

// BenchmarkIngest posts signed events of Stripe from this process to a receiver
// in another one, over 32 connections: so many a second, or as many as it takes
// (0). It measures how many were stored and how long the answers took.
func BenchmarkIngest(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		for _, rate := range []int{1000, 2000, 0} {
			b.Run(fmt.Sprintf("%s/%d", engine, rate), func(b *testing.B) {
				var all []time.Duration
				var seconds, processor float64
				runs := 0
				for b.Loop() {
					r := ingest(b, engine, 20_000, rate)
					all, seconds, processor, runs = append(all, r.answers...), seconds+r.seconds, processor+r.processor, runs+1
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(len(all))/seconds, "events/s")
				b.ReportMetric(float64(part(all, 50).Microseconds())/1000, "median-ms")
				b.ReportMetric(float64(part(all, 99).Microseconds())/1000, "p99-ms")
				b.ReportMetric(processor/float64(runs), "cpu-s")
			})
		}
	}
}

// TestIngestSmall is a small run of it.
func TestIngestSmall(t *testing.T) {
	t.Parallel()
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			if r := ingest(t, engine, 300, 0); r.stored != 300 || len(r.answers) != 300+300/dozen {
				t.Errorf("%d stored, %d answers", r.stored, len(r.answers))
			}
		})
	}
}

type ingested struct {
	answers            []time.Duration
	seconds, processor float64
	stored             int
}

// dozen: every twelfth event comes twice.
const dozen = 12

// paced gives so many a second, from a clock that ticks a hundred times; at once
// for 0. It ends with stop.
func paced(rate int, stop <-chan struct{}) <-chan struct{} {
	out := make(chan struct{}, max(rate, 1))
	if rate == 0 {
		close(out)
		return out
	}
	go func() {
		tick := time.NewTicker(time.Second / 100)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			for range rate / 100 {
				select {
				case out <- struct{}{}:
				default: // the receiver does not keep up
				}
			}
		}
	}()
	return out
}

// ingest has so many events posted.
func ingest(t testing.TB, engine string, events, rate int) ingested {
	t.Helper()
	child := start(t, "receiver", job{Database: engines()[engine](t)})
	defer child.end()
	var at struct{ URL string }
	child.hear(t, &at)
	const workers = 32
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	var r ingested
	var mu sync.Mutex
	var all sync.WaitGroup
	stop := make(chan struct{})
	defer close(stop)
	turns := paced(rate, stop)
	begin := clock.System{}.Now()
	for w := range workers {
		all.Go(func() {
			var own []time.Duration
			for n := w; n < events; n += workers {
				for range 1 + (n%dozen)/(dozen-1) {
					<-turns
					took, err := post(client, at.URL, n)
					if err != nil {
						t.Error(err)
						return
					}
					own = append(own, took)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			r.answers = append(r.answers, own...)
		})
	}
	all.Wait()
	r.seconds = clock.System{}.Now().Sub(begin).Seconds()
	_ = child.stdin.Close()
	var said struct {
		Stored int
		CPU    float64
	}
	child.hear(t, &said)
	r.stored, r.processor = said.Stored, said.CPU
	return r
}

// post sends one event, as large as Stripe's usually are.
func post(client *http.Client, address string, n int) (time.Duration, error) {
	now := clock.System{}.Now()
	body := fmt.Appendf(nil, `{"id":"evt_%024d","object":"event","api_version":"2023-10-16","created":%d,"livemode":false,"type":"charge.succeeded",
		"data":{"object":{"id":"ch_%024d","object":"charge","description":"%s"}}}`, n, now.Unix(), n, bytes.Repeat([]byte("x"), 3000))
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: hookSecret, Timestamp: now})
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	request.Header.Set("Stripe-Signature", signed.Header)
	sent := clock.System{}.Now()
	answer, err := client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("bench: event %d: %s", n, answer.Status)
	}
	return clock.System{}.Now().Sub(sent), nil
}

// receive is the process that takes webhooks in, until its standard input ends;
// then it says how many events it has stored.
func receive(task []byte) error {
	var j job
	if err := json.Unmarshal(task, &j); err != nil {
		return fmt.Errorf("bench: task: %w", err)
	}
	ctx := context.Background()
	s, err := store.Open(ctx, j.Database, store.Options{})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Migrate(ctx); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	now := clock.System{}.Now()
	_, err = s.SaveConnection(ctx, books.Connection{
		Tenant: books.Tenant, ID: sourceID, Vendor: "stripe", ExternalID: hookAccount, State: books.ConnectionActive, CreatedAt: now, Due: now,
		Profile: connectors.Profile{ExternalID: hookAccount, Name: "Bench Ltd", Home: "USD"},
	})
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: &inbox.Receiver{
		Vendors: map[string]connectors.Vendor{"stripe": stripe.New(stripe.Config{})}, Secrets: map[string][]string{"stripe": {hookSecret}},
		Store: s, Now: clock.System{}.Now, Received: func() {}, Refused: func(_ string, why error) { fmt.Fprintln(os.Stderr, why) },
	}}
	go func() { _ = server.Serve(listener) }()
	if err := say(map[string]string{"url": "http://" + listener.Addr().String() + "/hooks/stripe/" + hookAccount}); err != nil {
		return err
	}
	untilEnd()
	_ = server.Close()
	var stored int
	if err := s.DB().QueryRowContext(ctx, `select count(*) from inbox where state = 'new'`).Scan(&stored); err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	return say(map[string]any{"stored": stored, "cpu": cpu()})
}
