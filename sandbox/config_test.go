package sandbox

import (
	"strings"
	"testing"
)

func TestReadConfig(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"empty", `{}`, ""},
		{"ports and seed", `{"quickbooks":{"listen":"127.0.0.1:9001"},"seed":7,"invoices":20,"limits":"vendor"}`, ""},
		{"unknown name", `{"quickbook":{}}`, "unknown field"},
		{"one port twice", `{"xero":{"listen":"127.0.0.1:9001"},"stripe":{"listen":"127.0.0.1:9001"}}`, "port of its own"},
		{"limits", `{"limits":"some"}`, "vendor or off"},
		{"negative", `{"invoices":-1}`, "at least 1"},
		{"no port", `{"control":{"listen":"localhost"}}`, "control listen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ReadConfig(strings.NewReader(tt.in))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
