package statement

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// The encodings of files by the names that column maps give them.
const (
	EncodingUTF8   = "utf-8"
	EncodingLatin1 = "latin-1"
	EncodingUTF16  = "utf-16"
)

// encodingOf tells how a file's letters are written: by a mark at its
// beginning, else as UTF-8 where that is possible, else as Latin-1.
func encodingOf(file []byte) string {
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xfe")), bytes.HasPrefix(file, []byte("\xfe\xff")):
		return EncodingUTF16
	case utf8.Valid(file):
		return EncodingUTF8
	}
	return EncodingLatin1
}

// decode gives a file's text in UTF-8, without a mark. Latin-1 is read as
// Windows-1252, which has letters where Latin-1 has unused controls, as
// browsers do (WHATWG, Encoding Standard).
func decode(file []byte, name string) (string, error) {
	var from encoding.Encoding
	switch name {
	case EncodingUTF8:
		if !utf8.Valid(file) {
			return "", fmt.Errorf("%w: it is not UTF-8", ErrFormat)
		}
		return string(bytes.TrimPrefix(file, []byte(bom))), nil
	case EncodingLatin1:
		from = charmap.Windows1252
	case EncodingUTF16:
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	default:
		return "", fmt.Errorf("%w: the encoding %q is not known", ErrMap, name)
	}
	text, err := from.NewDecoder().Bytes(file)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return string(text), nil
}

// charset reads the encodings that XML files of banks declare.
func charset(label string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii":
		return charmap.Windows1252.NewDecoder().Reader(input), nil
	case "iso-8859-15":
		return charmap.ISO8859_15.NewDecoder().Reader(input), nil
	}
	return nil, fmt.Errorf("%w: the encoding %q is not known", ErrFormat, label)
}
