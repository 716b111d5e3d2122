-- +goose Up

-- What Tieout concluded, asks and does.

create table mark (
    tenant      text not null,
    connection  text not null,
    kind        text not null,
    external_id text not null,
    touches     bigint not null,
    marked_at   text not null,
    primary key (tenant, connection, kind, external_id)
);

-- An open or closed exception. The scope is 'connection/<id>' or 'book/<id>'.
create table exception (
    tenant    text not null,
    scope     text not null,
    subject   text not null,
    kind      text not null,
    message   text not null,
    action    text not null,
    opened_at text not null,
    closed_at text,
    primary key (tenant, scope, subject, kind)
);

create table movement_state (
    tenant     text not null,
    connection text not null,
    movement   text not null,
    state      text not null,
    held       bigint not null,
    why        text not null,
    updated_at text not null,
    primary key (tenant, connection, movement)
);
create index movement_state_open on movement_state (tenant, connection, state, movement);

-- Our decision that a part of a charge pays an invoice.
create table allocation (
    tenant     text not null,
    book       text not null,
    connection text not null,
    movement   text not null,
    charge     text not null,
    invoice    text not null,
    customer   text not null,
    amount     bigint not null,
    currency   text not null,
    rule       text not null,
    evidence   text not null,
    decided_by text not null,
    adopted    text not null,
    primary key (tenant, book, movement, invoice, adopted)
);
create index allocation_invoice on allocation (tenant, book, invoice);
create index allocation_adopted on allocation (tenant, book, adopted) where adopted <> '';

-- A part has at most one row, and its row at most one document.
create table part (
    tenant     text not null,
    book       text not null,
    part_key   text not null,
    connection text not null,
    movement   text not null,
    purpose    text not null,
    target     text not null,
    amount     bigint not null,
    marker     text not null,
    generation bigint not null,
    state      text not null,
    intent     text not null,
    doc_kind   text not null,
    doc_id     text not null,
    primary key (tenant, book, part_key)
);
create index part_movement on part (tenant, book, movement);
create index part_target on part (tenant, book, target) where target <> '';
create index part_marker on part (tenant, book, marker) where marker <> '';
create index part_document on part (tenant, book, doc_id) where doc_id <> '';
create index part_intent on part (tenant, book, intent) where intent <> '';

-- The outbox. The request and the answer are kept to the byte, so they are
-- text and not a JSON type that would write them anew.
create table intent (
    tenant     text not null,
    id         text not null,
    book       text not null,
    connection text not null,
    generation bigint not null,
    state      text not null,
    priority   bigint not null,
    sort_key   text not null,
    request    text not null,
    before     blob,
    why        text not null,
    invoice    text not null,
    effect     text not null,
    depends_on text not null,
    attempts   bigint not null,
    not_before text,
    answer     text,
    problem    text not null,
    created_at text,
    updated_at text,
    primary key (tenant, id)
);
create index intent_line on intent (tenant, book, state, priority, sort_key, id);

create table link (
    tenant      text not null,
    book        text not null,
    invoice     text not null,
    generation  bigint not null,
    state       text not null,
    id          text not null,
    url         text not null,
    amount      bigint not null,
    currency    text not null,
    shown       boolean not null,
    seen        boolean not null,
    sent_before boolean not null,
    why         text not null,
    created_at  text,
    primary key (tenant, book, invoice, generation)
);
create index link_id on link (tenant, book, id) where id <> '';
create index link_on on link (tenant, book, invoice) where state in ('making', 'active', 'ending');

create table decision (
    tenant      text not null,
    book        text not null,
    id          text not null,
    subject     text not null,
    kind        text not null,
    question    text not null,
    options     text not null,
    answer      text not null,
    decided_by  text not null,
    opened_at   text not null,
    answered_at text,
    closed_at   text,
    primary key (tenant, book, id)
);
create index decision_subject on decision (tenant, book, subject);

-- A Stripe customer joined to a ledger customer.
create table payer_join (
    tenant     text not null,
    book       text not null,
    connection text not null,
    payer      text not null,
    customer   text not null,
    evidence   text not null,
    primary key (tenant, book, connection, payer)
);
create index payer_join_customer on payer_join (tenant, book, customer);

create table proof (
    tenant    text not null,
    id        text not null,
    book      text not null,
    proven_at text not null,
    calls     bigint not null,
    primary key (tenant, id)
);
create index proof_book on proof (tenant, book, proven_at);

create table proof_line (
    tenant      text not null,
    proof       text not null,
    line        bigint not null,
    name        text not null,
    currency    text not null,
    ledger      bigint,
    stripe      bigint,
    tieout      bigint,
    difference  bigint not null,
    explained   text not null,
    unexplained bigint not null,
    measured    boolean not null,
    why         text not null,
    measured_at text,
    primary key (tenant, proof, line),
    foreign key (tenant, proof) references proof (tenant, id)
);

-- +goose Down
drop table proof_line;
drop table proof;
drop table payer_join;
drop table decision;
drop table link;
drop table intent;
drop table part;
drop table allocation;
drop table movement_state;
drop table exception;
drop table mark;
