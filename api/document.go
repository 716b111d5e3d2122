package api

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"tieout/people"
)

// document is the OpenAPI 3.1 description of routes.
func document(routes []Route) object {
	components := schemas{}
	components.of(reflect.TypeFor[Problem]())
	paths := object{}
	for _, r := range routes {
		path, ok := paths[r.Path].(object)
		if !ok {
			path = object{}
			paths[r.Path] = path
		}
		path[strings.ToLower(r.Method)] = operation(r, components)
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Tieout", "version": "1",
			"description": "What the pages show and do, for programs. Amounts are exact decimal text with their currency. Lists go on at next, which is given as cursor.",
		},
		"servers": []object{{"url": Base}}, "tags": tags(routes), "paths": paths, "security": []object{{"key": []string{}}},
		"components": object{
			"schemas":         components,
			"securitySchemes": object{"key": object{"type": "http", "scheme": "bearer", "description": "An API key, made under Settings or with tieout api-key."}},
			"responses":       responses(),
		},
	}
}

// tags are the groups of routes, in their order.
func tags(routes []Route) []object {
	var out []object
	seen := map[string]bool{}
	for _, r := range routes {
		if !seen[r.Tag] {
			seen[r.Tag] = true
			out = append(out, object{"name": r.Tag})
		}
	}
	return out
}

// operation describes a route.
func operation(r Route, components schemas) object {
	out := object{
		"operationId": r.Name, "tags": []string{r.Tag}, "summary": r.Summary,
		"description": "Needs the permission \"" + string(r.Need) + "\".", "responses": answers(r, components),
	}
	if r.Doc != "" {
		out["description"] = r.Doc + " Needs the permission \"" + string(r.Need) + "\"."
	}
	var list []object
	hasBody, needsBody := false, false
	for _, p := range parameters(r.in) {
		if p.in == inBody {
			hasBody, needsBody = true, needsBody || p.required
			continue
		}
		schema := components.field(p)
		one := object{"name": p.name, "in": string(p.in), "required": p.required, "schema": schema}
		if doc, ok := schema["description"]; ok {
			one["description"] = doc
			delete(schema, "description")
		}
		list = append(list, one)
	}
	if r.Method == http.MethodPost {
		list = append(list, object{
			"name": "Idempotency-Key", "in": "header", "required": false, "schema": object{"type": "string", "maxLength": maxKey},
			"description": "Sent again with the same key, the request is answered as it was and done once. Kept for a day.",
		})
	}
	if list != nil {
		out["parameters"] = list
	}
	if hasBody {
		out["requestBody"] = object{"required": needsBody, "content": object{"application/json": object{"schema": components.of(r.in)}}}
	}
	return out
}

// answers are those of a route: its own, and the problems that it may have.
func answers(r Route, components schemas) object {
	headers := object{}
	for _, name := range []string{"RateLimit", "RateLimit-Policy"} {
		headers[name] = object{"schema": object{"type": "string"}}
	}
	content := object{}
	for _, kind := range r.files {
		content[kind] = object{}
	}
	if r.files == nil {
		content["application/json"] = object{"schema": components.of(r.out)}
	}
	out := object{"200": object{"description": "Done.", "headers": headers, "content": content}}
	for _, status := range problemsOf(r) {
		out[strconv.Itoa(status)] = object{"$ref": "#/components/responses/" + strconv.Itoa(status)}
	}
	return out
}

// problemsOf are the statuses of problems that a route may have.
func problemsOf(r Route) []int {
	out := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusInternalServerError}
	if strings.Contains(r.Path, "{") || hasQuery(r, "book") || r.Method != http.MethodGet {
		out = append(out, http.StatusNotFound)
	}
	if r.Method != http.MethodGet || r.Need == people.Undo || r.Need == people.Connect {
		out = append(out, http.StatusConflict)
	}
	if r.Method != http.MethodGet {
		out = append(out, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	}
	return out
}

func hasQuery(r Route, name string) bool {
	for _, p := range parameters(r.in) {
		if p.in == inQuery && p.name == name {
			return true
		}
	}
	return false
}

// responses are the problems by status.
func responses() object {
	out := object{}
	for _, p := range kinds() {
		name := strconv.Itoa(p.Status)
		title := p.Title
		if before, ok := out[name].(object); ok {
			title, _ = before["description"].(string)
			title += ", or: " + p.Title
		}
		out[name] = object{
			"description": title,
			"content":     object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
		}
	}
	return out
}
