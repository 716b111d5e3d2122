package sheet

import "strconv"

// kind says what a value is to a spreadsheet program.
type kind int

const (
	text kind = iota
	number
	whole
	day
)

// Value is what stands in a cell.
type Value struct {
	// Text is the value as CSV and JSON have it.
	Text   string
	kind   kind
	digits int
}

// Text is a value of words.
func Text(s string) Value { return Value{Text: s} }

// Number is a decimal number with so many digits after the point, exactly as
// it is written.
func Number(decimal string, digits int) Value {
	return Value{Text: decimal, kind: number, digits: digits}
}

// Whole is a count.
func Whole(n int) Value { return Value{Text: strconv.Itoa(n), kind: whole} }

// Day is a date as YYYY-MM-DD; "" is none.
func Day(date string) Value { return Value{Text: date, kind: day} }

// Counts says that the value is a count, not an amount, a date or words.
func (v Value) Counts() bool { return v.kind == whole }

// Texts are the values as CSV has them.
func Texts(row []Value) []string {
	out := make([]string, len(row))
	for i, v := range row {
		out[i] = v.Text
	}
	return out
}
