package stripe

// routes lists every operation with the parameters that it takes. Parameters
// that Stripe documents but the stand-in does not model are refused like
// unknown ones, so that nothing is silently ignored (see README).
func (s *Server) routes() {
	s.billingRoutes()
	s.paymentsRoutes()
	s.noneRoutes()
	s.mux.HandleFunc("/", s.unknownURL)
}

// find looks an object of one shelf up by an id; param is named in the error.
func find[T object](a *Account, s *shelf, id, param string) (T, *Error) {
	o, ok := a.byID[id].(T)
	if !ok {
		return o, missing(s.kind, id, param)
	}
	return o, nil
}

// get answers the object whose id stands in the path.
func get[T object](c *call, s *shelf, param string) *Error {
	o, e := find[T](c.Account, s, c.req.PathValue("id"), param)
	if e != nil {
		return e
	}
	return c.answer(object(o))
}
