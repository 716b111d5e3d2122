// Package migrations carries the schema of both databases: numbered SQL files,
// one set for each engine, embedded in the program. The two sets describe the
// same tables and columns (a test of the store compares them); only the types
// differ. It holds no logic.
package migrations

import "embed"

// Files are the folders postgres and sqlite.
//
//go:embed postgres/*.sql sqlite/*.sql
var Files embed.FS
