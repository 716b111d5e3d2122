package xero

import (
	"fmt"
	"net/http"
	"time"
)

// Idempotency-Key: how long an answer is kept from the first call, and the
// longest key (Xero docs: idempotent-requests).
const (
	replayLife   = 6 * time.Minute
	maxReplayKey = 128
)

// replay is a kept answer, errors included.
type replay struct {
	request [32]byte
	answer  *answer
	at      int64
}

// replayed finds the answer to a repeated request; both results nil: there is
// none.
func (o *Organisation) replayed(key string, request [32]byte) (*answer, error) {
	if len(key) > maxReplayKey {
		return nil, badKey("Idempotency Key: %s is longer than 128 characters", key)
	}
	limit := o.now() - replayLife.Milliseconds()
	for len(o.replayOrder) > 0 && o.replays[o.replayOrder[0]].at <= limit {
		delete(o.replays, o.replayOrder[0])
		o.replayOrder = o.replayOrder[1:]
	}
	was, ok := o.replays[key]
	if !ok {
		return nil, nil
	}
	if was.request != request {
		return nil, badKey("Idempotency Key: %s is used with a different request", key)
	}
	return was.answer, nil
}

func (o *Organisation) remember(key string, request [32]byte, a *answer) {
	o.replays[key] = replay{request, a, o.now()}
	o.replayOrder = append(o.replayOrder, key)
}

func badKey(format, key string) error {
	return &RequestError{Status: http.StatusBadRequest, Type: "IdempotencyException", Message: fmt.Sprintf(format, key)}
}
