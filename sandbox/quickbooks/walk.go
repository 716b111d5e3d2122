package quickbooks

import (
	"bytes"
	"iter"
)

// Walks over JSON that is valid and not split: for whoever looks at a value
// once and changes nothing in it.

// members are the properties of an object in their order, nulls too; none of
// another value.
func members(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		if len(raw) == 0 || raw[0] != '{' {
			return
		}
		for i := skipSpace(raw, 1); raw[i] != '}'; {
			end := skipString(raw, i)
			name := raw[i+1 : end-1]
			if bytes.IndexByte(name, '\\') >= 0 {
				name = []byte(unquote(raw[i:end]))
			}
			i = skipSpace(raw, skipSpace(raw, end)+1) // past the colon
			end = skipValue(raw, i)
			if !yield(name, raw[i:end:end]) {
				return
			}
			if i = skipSpace(raw, end); raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
		}
	}
}

// elements are the values of an array; none of another value.
func elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func(value []byte) bool) {
		if len(raw) == 0 || raw[0] != '[' {
			return
		}
		for i := skipSpace(raw, 1); raw[i] != ']'; {
			end := skipValue(raw, i)
			if !yield(raw[i:end:end]) {
				return
			}
			if i = skipSpace(raw, end); raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
		}
	}
}

// objects are those of a value: itself, or those of a list.
func objects(raw []byte) iter.Seq[[]byte] {
	return func(yield func(object []byte) bool) {
		if len(raw) > 0 && raw[0] == '{' {
			yield(raw)
			return
		}
		for value := range elements(raw) {
			if value[0] == '{' && !yield(value) {
				return
			}
		}
	}
}

// hasObject reports that a list holds one.
func hasObject(raw []byte) bool {
	for range objects(raw) {
		return raw[0] == '['
	}
	return false
}

// member is what get gives of an object that is split.
func member(raw []byte, name string) []byte {
	for found, value := range members(raw) {
		if string(found) != name {
			continue
		}
		if string(value) == "null" {
			return nil
		}
		return value
	}
	return nil
}

// appendName writes a property's name and the colon.
func appendName[T string | []byte](out []byte, name T) []byte {
	if plain(name) {
		return append(append(append(out, '"'), name...), '"', ':')
	}
	return append(append(out, quote(string(name))...), ':')
}
