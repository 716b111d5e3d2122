package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

//go:embed assets
var assetFiles embed.FS

// assets are the style, the script and the icon. Their address holds a hash of
// them, so that a browser keeps them for good and never an old one.
type assets struct {
	version string
	files   map[string][]byte
}

func loadAssets() (assets, error) {
	a := assets{files: map[string][]byte{}}
	sum := sha256.New()
	err := fs.WalkDir(assetFiles, "assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := assetFiles.ReadFile(name)
		sum.Write(body)
		a.files[path.Base(name)] = body
		return err
	})
	if err != nil {
		return a, fmt.Errorf("web: assets: %w", err)
	}
	a.version = hex.EncodeToString(sum.Sum(nil))[:12]
	return a, nil
}

// kindOf is the content type of a file, by its name's end; a machine's own
// table of types may say otherwise, so it is not asked.
func kindOf(name string) string {
	return map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}[path.Ext(name)]
}

// ServeHTTP gives a file.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := a.files[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kindOf(r.PathValue("name")))
	w.Header().Set("Cache-Control", "no-cache")
	if r.PathValue("version") == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(body)
}
