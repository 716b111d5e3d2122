package e2e

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
	"testing"
)

// shades are how many colours a kept picture has: pages have few.
const shades = 40

// small is a picture with few colours, a third of its size, so that some can
// be kept beside the code.
func small(t *testing.T, picture []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bounds, count := full.Bounds(), map[color.RGBA]int{}
	at := func(x, y int) color.RGBA {
		c, _ := color.RGBAModel.Convert(full.At(x, y)).(color.RGBA)
		return c
	}
	each(bounds, func(x, y int) { count[at(x, y)]++ })
	var all []color.RGBA
	for c := range count {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, c := range all[:min(len(all), shades)] {
		palette = append(palette, c)
	}
	out, index := image.NewPaletted(bounds, palette), map[color.RGBA]int{}
	each(bounds, func(x, y int) {
		c := at(x, y)
		i, known := index[c]
		if !known {
			i = palette.Index(c)
			index[c] = i
		}
		out.Pix[out.PixOffset(x, y)] = uint8(i)
	})
	var kept bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&kept, out); err != nil {
		t.Fatal(err)
	}
	return kept.Bytes()
}

func each(bounds image.Rectangle, do func(x, y int)) {
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			do(x, y)
		}
	}
}

// TestSmall keeps what a picture shows.
func TestSmall(t *testing.T) {
	t.Parallel()
	m := image.NewRGBA(image.Rect(0, 0, 9, 9))
	m.Set(3, 4, color.RGBA{200, 10, 10, 255})
	var whole bytes.Buffer
	if err := png.Encode(&whole, m); err != nil {
		t.Fatal(err)
	}
	got, err := png.Decode(bytes.NewReader(small(t, whole.Bytes())))
	if err != nil {
		t.Fatal(err)
	}
	each(m.Bounds(), func(x, y int) {
		if color.RGBAModel.Convert(got.At(x, y)) != m.At(x, y) {
			t.Errorf("%d,%d is %v", x, y, got.At(x, y))
		}
	})
}
