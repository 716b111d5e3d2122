package quickbooks

import (
	"bytes"
	"errors"
)

// errSyntax means that a body is not JSON of the expected shape.
var errSyntax = errors.New("not the JSON that was expected")

// The functions below find the objects of a page without decoding it, so that
// each one keeps its own bytes and one that cannot be read spoils no other.
// They follow brackets and strings only; the decoder of each object checks the
// rest.

// members goes through the object at the start of data. visit is given each
// key, without its quotes and not unescaped, and the data from its value on,
// and returns what follows the value; so an answer is gone through once,
// however deep its rows lie.
func members(data []byte, visit func(key, data []byte) (rest []byte, err error)) ([]byte, error) {
	rest, err := enter(data, '{')
	if err != nil {
		return nil, err
	}
	for {
		if rest = skipSpace(rest); len(rest) > 0 && rest[0] == '}' {
			return rest[1:], nil
		}
		key, after, err := cut(rest)
		if err != nil || len(key) < 2 || key[0] != '"' {
			return nil, errSyntax
		}
		if rest, err = enter(after, ':'); err != nil {
			return nil, err
		}
		if rest, err = visit(key[1:len(key)-1], skipSpace(rest)); err != nil {
			return nil, err
		}
		if rest, err = next(rest, '}'); err != nil {
			return nil, err
		}
	}
}

// elements goes through the array at the start of data and gives what follows.
func elements(data []byte, visit func(value []byte) error) ([]byte, error) {
	rest, err := enter(data, '[')
	if err != nil {
		return nil, err
	}
	for {
		if rest = skipSpace(rest); len(rest) > 0 && rest[0] == ']' {
			return rest[1:], nil
		}
		value, after, err := cut(rest)
		if err != nil {
			return nil, err
		}
		if err := visit(value); err != nil {
			return nil, err
		}
		if rest, err = next(after, ']'); err != nil {
			return nil, err
		}
	}
}

// walkObject calls visit for each member of the object at the start of data.
func walkObject(data []byte, visit func(key, value []byte) error) error {
	_, err := members(data, func(key, data []byte) ([]byte, error) {
		value, rest, err := cut(data)
		if err != nil {
			return nil, err
		}
		return rest, visit(key, value)
	})
	return err
}

// next passes a comma, or stays before the closing bracket.
func next(data []byte, closing byte) ([]byte, error) {
	data = skipSpace(data)
	switch {
	case len(data) > 0 && data[0] == closing:
		return data, nil
	case len(data) > 0 && data[0] == ',':
		data = skipSpace(data[1:])
		if len(data) > 0 && data[0] != closing {
			return data, nil
		}
	}
	return nil, errSyntax
}

func enter(data []byte, opening byte) ([]byte, error) {
	data = skipSpace(data)
	if len(data) == 0 || data[0] != opening {
		return nil, errSyntax
	}
	return data[1:], nil
}

// cut takes one value from the start of data.
func cut(data []byte) (value, rest []byte, err error) {
	data = skipSpace(data)
	if len(data) == 0 {
		return nil, nil, errSyntax
	}
	end := 0
	switch data[0] {
	case '"':
		end = stringEnd(data)
	case '{', '[':
		end = bracketEnd(data)
	default:
		end = bytes.IndexAny(data, ",}] \t\r\n")
		if end < 0 {
			end = len(data)
		}
	}
	if end <= 0 {
		return nil, nil, errSyntax
	}
	return data[:end:end], data[end:], nil
}

// stringEnd is the index after the closing quote; 0 when there is none.
func stringEnd(data []byte) int {
	for i := 1; i < len(data); {
		switch j := bytes.IndexByte(data[i:], '"'); {
		case j < 0:
			return 0
		case escaped(data[i : i+j]):
			i += j + 1
		default:
			return i + j + 1
		}
	}
	return 0
}

// escaped says whether text ends in an odd number of backslashes.
func escaped(text []byte) bool {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n%2 == 1
}

// bracketEnd is the index after the bracket that closes the first one; 0 when
// there is none. Brackets of both kinds count alike: a mix-up is left to the
// decoder.
func bracketEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			end := stringEnd(data[i:])
			if end == 0 {
				return 0
			}
			i += end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

func skipSpace(data []byte) []byte {
	for len(data) > 0 && (data[0] == ' ' || data[0] == '\n' || data[0] == '\r' || data[0] == '\t') {
		data = data[1:]
	}
	return data
}
