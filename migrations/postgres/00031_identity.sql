-- By what a person is known at an issuer of a single sign-on: the subject,
-- which the issuer gives to nobody else, and not the address (OpenID Connect
-- Core 1.0, section 5.7).

-- +goose Up
create table identity (
    issuer   text collate "C" not null,
    subject  text collate "C" not null,
    person   text collate "C" not null,
    bound_at timestamptz not null,
    primary key (issuer, subject)
);
create unique index identity_person on identity (person, issuer);

-- +goose Down
drop table identity;
