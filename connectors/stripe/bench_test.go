package stripe

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
)

// canned answers every call with the same page, without a network.
type canned []byte

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(c))}, nil
}

// BenchmarkPullPage reads pages of 100 objects: calls, decoding and mapping
// without the network.
func BenchmarkPullPage(b *testing.B) {
	for stream, file := range map[string]string{"charges": "charge-card", streamMovements: "movement-converted"} {
		b.Run(stream, func(b *testing.B) {
			object, err := os.ReadFile(filepath.Join("testdata", file+".json"))
			if err != nil {
				b.Fatal(err)
			}
			body := fmt.Sprintf(`{"object":"list","has_more":false,"data":[%s]}`,
				strings.Join(strings.Split(strings.Repeat(string(object)+"|", 99)+string(object), "|"), ","))
			s := New(Config{}).Open(connectors.Access{
				Client: &http.Client{Transport: canned(body)},
				Now:    func() time.Time { return time.Unix(1767225600, 0) },
			})
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				page, err := s.Pull(b.Context(), stream, nil)
				if err != nil || len(page.Drafts) != 100 {
					b.Fatal(len(page.Drafts), err)
				}
			}
			b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}
