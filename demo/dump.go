package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
)

// Dump writes the complete state of the sandbox to a file, as its control API
// gives it: whoever distrusts the summary can add everything up again.
func (d *Demo) Dump(ctx context.Context, file string) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.Ready.Control.URL+"/dump", nil)
	if err != nil {
		return fmt.Errorf("demo: dump: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("demo: dump: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("demo: dump: the sandbox answered %s", answer.Status)
	}
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("demo: dump: %w", err)
	}
	defer func() {
		if closed := out.Close(); err == nil && closed != nil {
			err = fmt.Errorf("demo: dump: %w", closed)
		}
	}()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return fmt.Errorf("demo: dump to %s: %w", file, err)
	}
	return nil
}
