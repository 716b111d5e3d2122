// Package simtest is the simulator: a whole installation and the whole sandbox
// in one process under one seed. The engine, the store, the connectors and the
// stand-ins are the real ones; the clock, the network between them and the
// moment of every step come from the seed. It breaks everything that networks,
// vendors, processes, disks and clocks can break, lets the world come to rest,
// and compares it with a world in which the same happened undisturbed.
//
// The package holds tests only; docs/simulator.md says how to run and replay
// them. It must not decide what is right by the engine's own word alone: what
// stands in the ledgers is read from the sandbox's dump.
package simtest
