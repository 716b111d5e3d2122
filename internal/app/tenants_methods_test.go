package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tieout/store"
	"tieout/sync/lease"
)

// storeMethod is an exported method of the store with its parameters' names.
type storeMethod struct {
	name   string
	method reflect.Method
	params []string
}

// noTenant are the methods that belong to no tenant, each with why.
func noTenant() map[string]string {
	const all = "it is of the whole database"
	const person = "one person may work for several tenants"
	const ticket = "it is found by a secret, which says whose it is"
	const session = "it is found by its secret"
	const gate = "a failed sign-in is of no tenant"
	const budget = "vendors give budgets to the operator's application, which all tenants share"
	const whose = "it gives whose work waits, and nothing of theirs"
	return map[string]string{
		"Tenants": whose, "TenantsDue": whose, "TenantsHooked": whose, "TenantsToTell": whose, "TenantsMailing": whose, "Organisations": whose, "AddMail": "what is mailed to people is of no tenant", "AddOrganisation": "it makes a tenant",
		"Check": all, "Clock": all, "Close": all, "DB": all, "Engine": all, "Migrate": all, "MigrateTo": all, "Versions": all,
		"Backup": all, "Restore": all, "MarkRestored": all, "SealedCounts": all, "Reseal": all, "ForgetSealed": all,
		"ForgetEvents": "it removes what is old, whoever's it is", "ForgetNotices": "it removes what is old, whoever's it is",
		"ForgetRuns": "it removes what is old, whoever's it is", "ForgetMail": "it removes what is old, whoever's it is", "ForgetCalls": "it removes what is old, whoever's it is",
		"Budgets": budget, "DrawBudget": budget, "AllTurns": budget, "ChangeTurns": budget,
		"SavePending": "a consent under way is of no tenant yet", "TakePending": "a consent under way is of no tenant yet",
		"PayTarget": "a token of the pay page says whose it is",
		"Targets":   "it finds whose connection a webhook is for",
		"HasPeople": all, "Person": person, "PersonByEmail": person, "ChangePerson": person, "UseSecond": person, "Memberships": person,
		"PersonByIdentity": person, "Subject": person, "BindIdentity": person, "ForgetIdentities": person,
		"Ticket": ticket, "SaveTicket": ticket, "Redeem": ticket, "KeyOf": "it is found by the hash of a secret, which says whose it is",
		"Session": session, "SaveSession": session, "EndSession": session,
		"Failures": gate, "CountFailure": gate, "Forgive": gate,
	}
}

// tenantNotes say why a method gives and changes nothing here, or fails.
func tenantNotes() map[string]string {
	return map[string]string{
		"SaveSigningKey": "there is one already, and the first one stays",
	}
}

// late are methods that take away what others need, in their order.
func late() []string {
	return []string{"SaveBook", "OpenBook", "SwitchWrites", "ReopenLine", "DeleteRule", "SaveAnswer", "KeyUsed", "CountRequests", "DropKey", "DeleteView", "RemoveHook", "ReleaseLease"}
}

// storeMethods are all methods of the store but those of no tenant: those that
// read, and those that write.
func storeMethods(t *testing.T) (reads, writes []storeMethod) {
	t.Helper()
	names := parameterNames(t)
	kind := reflect.TypeFor[*store.Store]()
	for method := range kind.Methods() {
		m := storeMethod{name: method.Name, method: method}
		if noTenant()[m.name] != "" {
			continue
		}
		m.params = names[m.name]
		if len(m.params) != m.method.Type.NumIn()-1 {
			t.Fatalf("%s has the parameters %v", m.name, m.params)
		}
		if m.writes() {
			writes = append(writes, m)
		} else {
			reads = append(reads, m)
		}
	}
	slices.SortStableFunc(writes, func(a, b storeMethod) int { return slices.Index(late(), a.name) - slices.Index(late(), b.name) })
	return reads, writes
}

// writes goes by what a method takes and gives: a lease or nothing but an error,
// and the verbs of those that tell what they did.
func (m storeMethod) writes() bool {
	for in := range m.method.Type.Ins() {
		if in == reflect.TypeFor[lease.Lease]() {
			return true
		}
	}
	verbs := []string{"Save", "Retry", "Replay", "Claim", "Rotate", "Acquire", "Answer", "Take", "Draw", "Delete"}
	yields := slices.Contains(m.params, "yield")
	return !yields && m.method.Type.NumOut() == 1 && m.method.Type.Out(0) == reflect.TypeFor[error]() ||
		slices.ContainsFunc(verbs, func(v string) bool { return strings.HasPrefix(m.name, v) })
}

// parameterNames reads them from the source.
func parameterNames(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("../../store/*.go")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range syntax.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() {
				continue
			}
			if types.ExprString(f.Recv.List[0].Type) != "*Store" {
				continue
			}
			for _, field := range f.Type.Params.List {
				for _, name := range field.Names {
					out[f.Name.Name] = append(out[f.Name.Name], name.Name)
				}
			}
		}
	}
	return out
}
