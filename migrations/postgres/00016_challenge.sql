-- +goose Up

-- What proves, with the code, that a consent was asked for here (RFC 7636),
-- sealed. Consents that are under way are begun again.
delete from pending_consent;
alter table pending_consent add column verifier bytea;

-- +goose Down
alter table pending_consent drop column verifier;
