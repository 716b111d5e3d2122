package statement

import (
	"bytes"
	"fmt"
	"regexp"

	"tieout/money"
)

// Options say what a file does not.
type Options struct {
	// Map is needed for CSV.
	Map *ColumnMap
	// Currency is that of the account, for files that do not name it. A file
	// that names another is refused.
	Currency money.Currency
	// Scale gives the digits of currencies.
	Scale money.Scale
}

// Read reads all statements of a file, checks that each adds up, and gives
// each line its lasting id.
func Read(file []byte, o Options) ([]Statement, error) {
	if len(file) > maxFile {
		return nil, fmt.Errorf("statement: %w: the file is larger than %d MB", ErrFormat, maxFile>>20)
	}
	list, err := parse(file, o)
	if err != nil {
		return nil, fmt.Errorf("statement: %w", err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("statement: %w", ErrEmpty)
	}
	for i := range list {
		if err := finish(&list[i], o); err != nil {
			return nil, fmt.Errorf("statement: %w", err)
		}
	}
	return list, nil
}

func parse(file []byte, o Options) ([]Statement, error) {
	if what := foreign(file); what != "" {
		return nil, fmt.Errorf("%w: it is %s; ask the bank for CAMT.053, OFX or CSV", ErrFormat, what)
	}
	switch FormatOf(file) {
	case FormatCAMT:
		return readCAMT(file, o)
	case FormatOFX:
		return readOFX(file, o)
	}
	if o.Map == nil {
		return nil, fmt.Errorf("%w: a CSV file needs one that a person has confirmed", ErrMap)
	}
	s, err := readCSV(file, *o.Map, o)
	return []Statement{s}, err
}

// ofxStart is how both kinds of OFX begin: the header of 1.x, the processing
// instruction of 2.x, or, from banks that leave both out, the first tag.
var ofxStart = regexp.MustCompile(`(?i)OFXHEADER|<OFX>`)

// head is how much of a file tells its format.
const head = 2048

// FormatOf tells the format by the file's beginning: an XML document that is
// no OFX is taken for CAMT, anything else for CSV.
func FormatOf(file []byte) Format {
	start := file[:min(len(file), head)]
	switch trimmed := bytes.TrimLeft(bytes.TrimPrefix(start, []byte(bom)), " \t\r\n"); {
	case ofxStart.Match(start):
		return FormatOFX
	case bytes.HasPrefix(trimmed, []byte("<")):
		return FormatCAMT
	}
	return FormatCSV
}

// fields of MT940 (SWIFT's customer statement), and a file header of BAI2.
var (
	mt940 = regexp.MustCompile(`(?m)^:(20|25|28C):[^\r\n]*\r?$(?s:.*)^:60[FM]:`)
	bai2  = regexp.MustCompile(`\A01,[^,\r\n]*,[^,\r\n]*,[0-9]{6},`)
)

// foreign says what a file is that is plainly no statement of the kinds that are
// read; "" for all that may be one.
func foreign(file []byte) string {
	start := file[:min(len(file), head)]
	for _, kind := range []struct{ begins, what string }{
		{"%PDF-", "a PDF"}, {"PK\x03\x04", "an Excel or ZIP file"}, {"\xd0\xcf\x11\xe0", "an old Excel file"}, {"\x89PNG", "a picture"}, {"\xff\xd8\xff", "a picture"},
	} {
		if bytes.HasPrefix(start, []byte(kind.begins)) {
			return kind.what
		}
	}
	switch {
	case len(bytes.TrimSpace(file)) == 0:
		return "empty"
	case mt940.Match(start):
		return "an MT940 file, which is not read"
	case bai2.Match(start):
		return "a BAI2 file, which is not read"
	}
	return ""
}

// bom is the byte order mark that some programs put before UTF-8.
const bom = "\xef\xbb\xbf"
