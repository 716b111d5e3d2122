package people

import "context"

// EventKinds are all kinds, in the order in which they are offered.
func EventKinds() []EventKind {
	return []EventKind{
		EventSignedIn, EventFailed, EventLocked, EventInvited, EventWithdrawn, EventJoined, EventRole, EventRemoved, EventResponsible, EventPassword, EventReset,
		EventSecondOn, EventSecondOff, EventBound, EventUnbound, EventEverywhere, EventProfileKept, EventExported, EventActed, EventKeyMade, EventKeyDropped, EventFeedMade,
		EventFeedDropped, EventOrgMade, EventOrgRenamed, EventSetUp,
	}
}

// Did records what a person has done in an organisation, from somewhere.
func (s *Service) Did(ctx context.Context, tenant, by, from string, kind EventKind, detail string) error {
	e := s.event(kind, tenant, "", by, detail)
	e.Address = from
	return s.Gate.Record(ctx, e)
}
