// Package pushtest tries the outbox at every call of every kind of write: the
// real outbox on a real database, the real connectors, and the vendors'
// stand-ins, with one fault at one call. However the call fails, the vendor
// ends up with what an undisturbed run leaves there, once.
//
// It holds tests only. What stands at a vendor is read from the stand-in's
// dump, never from our own database.
package pushtest
