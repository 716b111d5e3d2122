package demo

import "tieout/internal/app"

// Config is how the demo's installation was put together: a test opens
// another one on the same database with it.
func (d *Demo) Config() app.Config { return d.config }
