-- +goose Up

-- What a proof was computed from, and by whom it was signed: the inputs and the
-- statement are kept to the byte. A database of before has proofs without.
alter table proof add column statement text not null default '';
alter table proof add column signature blob;
alter table proof add column signed_by text not null default '';
alter table proof add column inputs blob;
alter table proof_line add column causes text not null default '[]';

-- The installation's keys; the private part is sealed.
create table signing_key (
    tenant      text not null references tenant (id),
    id          text not null,
    public_key  blob not null,
    private_key blob not null,
    created_at  text not null,
    primary key (tenant, id)
);

-- What a ledger's object was before its present version, and from when until
-- when it was known to be so: what was known at an earlier time can be told.
create table past (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    external_id text not null,
    seq         bigint not null,
    recorded_at text not null,
    until_at    text not null,
    doc         text not null,
    primary key (tenant, connection, kind, external_id, seq)
);
create index past_known on past (tenant, connection, kind, until_at);

-- Documents without a marker of ours: others wrote them.
create index receipt_unmarked on receipt (tenant, connection, dated) where marker = '';
create index document_unmarked on document (tenant, connection, dated) where marker = '';

-- Who has prepared and reviewed a month of a book, over which pack.
create table sign_off (
    tenant    text not null,
    book      text not null,
    month     text not null,
    role      text not null,
    signed_by text not null,
    signed_at text not null,
    pack      text not null,
    primary key (tenant, book, month, role, signed_at)
);

-- Every change of a setting or rule: the newest row of a name is its value.
create table setting_change (
    tenant     text not null,
    scope      text not null,
    name       text not null,
    seq        bigint not null,
    before     text not null,
    after      text not null,
    changed_by text not null,
    changed_at text not null,
    primary key (tenant, scope, name, seq)
);

-- What a second person has to approve where that is switched on.
create table approval (
    tenant      text not null,
    book        text not null,
    id          text not null,
    subject     text not null,
    digest      text not null,
    asked_by    text not null,
    asked_at    text not null,
    granted     boolean not null,
    answered_by text not null,
    answered_at text,
    primary key (tenant, book, id)
);
create index approval_subject on approval (tenant, book, subject);

-- +goose Down
drop table approval;
drop table setting_change;
drop table sign_off;
drop index document_unmarked;
drop index receipt_unmarked;
drop table past;
drop table signing_key;
alter table proof_line drop column causes;
alter table proof drop column inputs;
alter table proof drop column signed_by;
alter table proof drop column signature;
alter table proof drop column statement;
