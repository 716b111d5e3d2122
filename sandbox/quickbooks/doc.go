// Package quickbooks is a stateful stand-in for the QuickBooks Online
// Accounting API v3: companies with a ledger that keeps itself in balance, and
// the HTTP surface of Intuit's hosts folded into one.
//
// It is written from the vendor's public documents alone. It must not import
// anything of the program it is there to test (the clock excepted): a stand-in
// that shares types with its client proves nothing.
package quickbooks
