package web

import "testing"

// TestProse: names from right to left stand by themselves, and nothing gets
// through as markup.
func TestProse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"CROWD-1 of Acme: 20.01 GBP":         "CROWD-1 of Acme: 20.01 GBP",
		"CROWD-1 of شركة التجارة: 20.01 GBP": "CROWD-1 of <bdi>شركة التجارة</bdi>: 20.01 GBP",
		"מוסד, and then שני <b>":             "<bdi>מוסד</bdi>, and then <bdi>שני</bdi> &lt;b&gt;",
		"":                                   "",
		"<script>شركة</script>":              "&lt;script&gt;<bdi>شركة</bdi>&lt;/script&gt;",
		"株式会社東京 & Søn":                       "株式会社東京 &amp; Søn",
	} {
		if got := string(prose(text)); got != want {
			t.Errorf("%q is written %q", text, got)
		}
	}
}
