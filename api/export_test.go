package api

import "reflect"

// Enums are the values that the fields of a request may have.
func Enums(of any) map[string][]string {
	out := map[string][]string{}
	for _, p := range parameters(reflect.TypeOf(of)) {
		out[p.name] = p.enum()
	}
	return out
}
